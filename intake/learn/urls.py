"""Addresses of the pages to read."""

from django.urls import path

from intake.learn import views

learn = [
    path("", views.index, name="learn"),
    path("sources/", views.sources, name="learn_sources"),
    path("<slug:slug>/", views.topic, name="learn_topic"),
]
