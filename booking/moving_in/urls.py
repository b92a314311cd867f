"""Addresses of moving in: under /accounts/ for who gives access, under /desk/ for its list."""

from django.urls import path

from booking.moving_in import views, views_desk

accounts = [
    path("import/", views.moving_in, name="moving_in"),
    path("import/template/<slug:kind>/", views.template, name="moving_in_template"),
    path("import/<uuid:run_id>/", views.run_page, name="moving_in_run"),
    path("import/<uuid:run_id>/progress/", views.progress, name="moving_in_progress"),
    path("import/<uuid:run_id>/words/", views.words, name="moving_in_words"),
    path("import/<uuid:run_id>/start/", views.start, name="moving_in_start"),
    path("import/<uuid:run_id>/undo/", views.undo, name="moving_in_undo"),
    path("import/<uuid:run_id>/discard/", views.throw_away, name="moving_in_discard"),
    path("import/rows/<uuid:row_id>/choose/", views.choose_row, name="moving_in_choose"),
]

desk = [
    path("moved-in/", views_desk.waiting, name="desk_moved_in"),
    path("moved-in/<uuid:row_id>/done/", views_desk.done, name="desk_moved_in_done"),
]
