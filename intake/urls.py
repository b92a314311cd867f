"""All addresses of intake. Each concept lists its own, under the path they begin with."""

from django.urls import include, path

from intake.checkins import urls as checkins
from intake.concern_pages import urls as concern_pages
from intake.day_sheet import urls as day_sheet
from intake.drafts import urls as drafts
from intake.duplicates import urls as duplicates
from intake.emergency_access import urls as emergency_access
from intake.emergency_contact import urls as emergency_contact
from intake.fhir import urls as fhir
from intake.learn import urls as learn
from intake.moving_out import urls as moving_out
from intake.online_intake import urls as online_intake
from intake.own_email import urls as own_email
from intake.own_questions import urls as own_questions
from intake.patient_pages import urls as patient_pages
from intake.reports import urls as reports
from intake.review import urls as review
from intake.sign_off import urls as sign_off
from intake.tasks import urls as tasks
from intake.telephone_intake import urls as telephone_intake
from intake.visit_records import urls as visit_records
from intake.whole_record import urls as whole_record

# The order counts under intake/: the sections, which match any word, come last.
urlpatterns = [
    path("intake/", include(drafts.intake)),
    path("intake/", include(telephone_intake.intake)),
    path("intake/", include(own_questions.intake)),
    path("intake/", include(online_intake.intake)),
    path("intake/", include(online_intake.by_section)),
    path("visits/", include(patient_pages.visits)),
    path("visits/", include(own_email.visits)),
    path("visits/", include(online_intake.visits)),
    path("visits/", include(emergency_contact.visits)),
    path("visits/", include(checkins.visits)),
    path("visits/", include(whole_record.visits)),
    path("visits/", include(fhir.visits)),
    path("review/", include(tasks.review)),
    path("review/", include(concern_pages.review)),
    path("review/", include(checkins.review)),
    path("review/", include(day_sheet.review)),
    path("review/", include(visit_records.review)),
    path("review/", include(duplicates.review)),
    path("review/", include(fhir.review)),
    path("review/", include(whole_record.review)),
    path("review/", include(sign_off.review)),
    path("review/", include(review.review)),
    path("desk/reports/", include(reports.desk)),
    path("desk/", include(tasks.desk)),
    path("desk/", include(emergency_contact.desk)),
    path("accounts/", include(moving_out.accounts)),
    path("desk/", include(whole_record.desk)),
    path("emergency-access/", include(emergency_access.emergency)),
    path("fhir/", include(fhir.fhir)),
    path("learn/", include(learn.learn)),
]
