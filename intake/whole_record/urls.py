"""Addresses of a whole record: her own pages, the desk's, and the clinician's."""

from django.urls import path

from intake.whole_record import views, views_staff

visits = [path("record/", views.own_record, name="own_record")]

desk = [path("patient/<uuid:patient_id>/record/", views_staff.ask_for_record, name="desk_record")]

review = [path("record/<uuid:patient_id>/", views_staff.hand_over, name="hand_over")]
