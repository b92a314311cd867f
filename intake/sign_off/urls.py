"""The address of the sign-off of the rules."""

from django.urls import path

from intake.sign_off import views

review = [path("rules/", views.rules_sign_off, name="rules_sign_off")]
