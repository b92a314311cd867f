"""URL patterns of prices and terms."""

from django.urls import path

from booking.catalog import views, views_desk

book = [path("prices/", views.prices, name="prices")]

desk = [
    path("terms/", views_desk.terms, name="desk_terms"),
    path("terms/change/", views_desk.change_terms, name="desk_change_terms"),
    path("terms/visits/add/", views_desk.add_service_view, name="desk_add_service"),
    path("terms/packages/add/", views_desk.add_package, name="desk_add_package"),
    path("terms/packages/<int:package_id>/", views_desk.change_package, name="desk_package_terms"),
    path("terms/<slug:code>/", views_desk.change_service, name="desk_change_service"),
]
