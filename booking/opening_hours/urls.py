"""URL patterns of hours: a clinician's own, and those of all clinicians and rooms at the desk."""

from django.urls import URLPattern, URLResolver, include, path

from booking.opening_hours import views_clinician, views_desk, views_room

own = [
    path("", views_clinician.hours, name="own_hours"),
    path("close/", views_clinician.close, name="own_close"),
    path("open/", views_clinician.open_extra, name="own_open"),
    path("week/", views_clinician.week, name="own_week"),
    path("closure/<int:closure_id>/reopen/", views_clinician.reopen, name="own_reopen"),
    path("opening/<int:opening_id>/close/", views_clinician.close_extra, name="own_close_extra"),
]

_of_clinician = [
    path("", views_desk.clinician_hours, name="desk_clinician_hours"),
    path("close/", views_desk.close_clinician, name="desk_clinician_close"),
    path("open/", views_desk.open_clinician, name="desk_clinician_open"),
    path("week/", views_desk.clinician_week, name="desk_clinician_week"),
    path("abilities/", views_desk.clinician_abilities, name="desk_clinician_abilities"),
    path(
        "closure/<int:closure_id>/reopen/",
        views_desk.reopen_clinician,
        name="desk_clinician_reopen",
    ),
    path(
        "opening/<int:opening_id>/close/",
        views_desk.close_extra,
        name="desk_clinician_close_extra",
    ),
]

_of_room = [
    path("", views_room.room_hours, name="desk_room_hours"),
    path("change/", views_room.change_room, name="desk_room_change"),
    path("close/", views_room.close_room, name="desk_room_close"),
    path("open/", views_room.open_room, name="desk_room_open"),
    path("week/", views_room.room_week, name="desk_room_week"),
    path("closure/<int:closure_id>/reopen/", views_room.reopen_room, name="desk_room_reopen"),
    path("opening/<int:opening_id>/close/", views_room.close_extra, name="desk_room_close_extra"),
]

desk: list[URLPattern | URLResolver] = [
    path("hours/", views_desk.clinic_hours, name="desk_hours"),
    path("hours/clinic/week/", views_desk.clinic_week, name="desk_clinic_week"),
    path("hours/close/", views_desk.close_clinic, name="desk_close"),
    path("hours/closure/<int:closure_id>/reopen/", views_desk.reopen, name="desk_reopen"),
    path("hours/room/<int:room_id>/", include(_of_room)),
    path("hours/<int:clinician_id>/", include(_of_clinician)),
]
