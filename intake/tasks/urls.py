"""Addresses of the tasks."""

from django.urls import path

from intake.tasks import views, views_actions, views_contact, views_note

review = [
    path("tasks/", views.task_list, name="task_list"),
    path("tasks/<uuid:task_id>/", views.task, name="task"),
    path("tasks/<uuid:task_id>/try/", views_actions.attempt, name="task_attempt"),
    path("tasks/<uuid:task_id>/take/", views_actions.take, name="task_take"),
    path("tasks/<uuid:task_id>/contact/", views_contact.contact, name="task_contact"),
    path("tasks/<uuid:task_id>/undo/", views_actions.undo, name="task_undo"),
    path("tasks/<uuid:task_id>/reopen/", views_actions.reopen, name="task_reopen"),
    # Where the list of urgent calls was before there were other tasks.
    path("calls/", views.calls_moved, name="calls_moved"),
]
desk = [path("patient/<uuid:patient_id>/note/", views_note.note, name="desk_note")]
