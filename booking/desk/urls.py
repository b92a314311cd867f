"""URL patterns of the practice manager's pages about one patient or one visit."""

from django.urls import path

from booking.desk import views_contact, views_explain, views_move, views_patients, views_visit

desk = [
    path("why/", views_explain.why, name="desk_why"),
    path("appointment/<uuid:appointment_id>/", views_visit.appointment, name="desk_appointment"),
    path("appointment/<uuid:appointment_id>/mark/<slug:mark>/", views_visit.mark, name="desk_mark"),
    path("appointment/<uuid:appointment_id>/cancel/", views_visit.cancel, name="desk_cancel"),
    path(
        "appointment/<uuid:appointment_id>/confirmation/",
        views_contact.send_visit_confirmation,
        name="desk_send_confirmation",
    ),
    path("appointment/<uuid:appointment_id>/undo/", views_visit.undo, name="desk_undo_cancel"),
    path("appointment/<uuid:appointment_id>/move/", views_move.move, name="desk_move"),
    path("appointment/<uuid:appointment_id>/aside/", views_move.aside, name="desk_aside"),
    path(
        "appointment/<uuid:appointment_id>/keep/",
        views_move.allow_outside_hours_view,
        name="desk_keep",
    ),
    path("patients/", views_patients.patients, name="desk_patients"),
    path("patients/new/", views_patients.new_patient, name="desk_new_patient"),
    path("patient/<uuid:patient_id>/", views_patients.patient, name="desk_patient"),
    path("patient/<uuid:patient_id>/contact/", views_contact.contact, name="desk_contact"),
    path(
        "patient/<uuid:patient_id>/reminders/",
        views_contact.choose_reminders,
        name="desk_reminders",
    ),
    path(
        "patient/<uuid:patient_id>/confirmations/",
        views_contact.send_confirmations,
        name="desk_send_confirmations",
    ),
    path("patient/<uuid:patient_id>/book/", views_patients.new_appointment, name="desk_new"),
]
