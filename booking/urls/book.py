"""Addresses under /book/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
