"""Addresses under /learn/."""

from django.urls import path

from intake.learn import views as learning

urlpatterns = [
    path("", learning.index, name="learn"),
    path("sources/", learning.sources, name="learn_sources"),
    path("<slug:slug>/", learning.topic, name="learn_topic"),
]
