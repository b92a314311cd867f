"""Addresses under /visits/."""

from django.urls import path

from intake.checkins import views as checkin
from intake.fhir.views import own_record
from intake.patient_pages import views as visits
from intake.patient_pages import views_readers as readers

urlpatterns = [
    path("", visits.visits_home, name="visits_home"),
    path("progress/", visits.progress, name="progress"),
    path("plan/", visits.plan, name="walk_run_plan"),
    path("readers/", readers.readers, name="readers"),
    path("record/", own_record, name="own_record"),
    path("check-in/<uuid:appointment_id>/", checkin.check_in, name="check_in"),
    path("check-in/<uuid:appointment_id>/help/", checkin.emergency, name="check_in_emergency"),
    path("check-in/<uuid:appointment_id>/result/", checkin.result, name="check_in_result"),
]
