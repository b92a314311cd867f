"""URL patterns of the desk's pages about money: one package, one visit, takings."""

from django.urls import path

from booking.billing import views, views_takings, views_visit

# The last one matches any word, so these come after all other patterns under /desk/package/.
desk_package = [
    path("<uuid:enrollment_id>/", views.package, name="desk_package"),
    path("<uuid:enrollment_id>/receipt/", views.receipt, name="desk_receipt"),
    path("<uuid:enrollment_id>/<slug:act>/", views.act, name="desk_package_act"),
]
desk = [
    path("takings/", views_takings.takings, name="desk_takings"),
    path("takings/file/", views_takings.takings_file, name="desk_takings_file"),
    path(
        "appointment/<uuid:appointment_id>/money/",
        views_visit.visit_money,
        name="desk_visit_money",
    ),
    path(
        "appointment/<uuid:appointment_id>/money/receipt/",
        views_visit.visit_receipt,
        name="desk_visit_receipt",
    ),
    path(
        "appointment/<uuid:appointment_id>/money/<slug:act>/",
        views_visit.visit_act,
        name="desk_visit_money_act",
    ),
]
