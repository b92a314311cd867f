"""URLs under /desk/heard-from/."""

from django.urls import path

from clinic.heard_from import views

urlpatterns = [
    path("", views.places, name="heard_from"),
    path("usual/", views.fill_places, name="heard_from_usual"),
    path("<int:place_id>/", views.sheet, name="heard_from_sheet"),
    path("<int:place_id>/change/", views.change_place, name="heard_from_change"),
    path("<int:place_id>/qr/", views.code_file, name="heard_from_qr"),
]
