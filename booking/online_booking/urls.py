"""URL patterns under /book/ where patients book, move and cancel visits themselves."""

from django.urls import path

from booking.online_booking import views, views_confirm, views_manage, views_package

book = [
    path("", views.book_home, name="book_home"),
    path("run-ready/", views_package.package, name="package"),
    path("hold/<uuid:appointment_id>/", views_confirm.confirm, name="book_confirm"),
    path("hold/<uuid:appointment_id>/longer/", views_confirm.renew, name="book_renew"),
    path("done/<uuid:appointment_id>/", views_confirm.done, name="book_done"),
    path("visit/<uuid:appointment_id>/", views_manage.manage_visit, name="manage_visit"),
    path("visit/<uuid:appointment_id>/cancel/", views_manage.cancel_visit, name="cancel_visit"),
    path(
        "visit/<uuid:appointment_id>/undo/",
        views_manage.undo_cancel_visit,
        name="undo_cancel_visit",
    ),
    path("visit/<uuid:appointment_id>/move/", views_manage.move_visit, name="move_visit"),
    path(
        "visit/<uuid:appointment_id>/reminders/",
        views_manage.choose_reminders,
        name="choose_reminders",
    ),
    path("visit/<uuid:appointment_id>/tell/", views_manage.tell, name="tell_desk"),
    path(
        "visit/<uuid:appointment_id>/calendar/",
        views_manage.visit_calendar,
        name="visit_calendar",
    ),
]

# A service's code matches any word, so these come after all other patterns under /book/.
by_service = [
    path("<slug:code>/", views.book_service, name="book_service"),
    path("<slug:code>/keep/", views.hold_slot_view, name="book_hold"),
]
