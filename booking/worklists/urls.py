"""URL patterns of the desk's work lists and of its mail page."""

from django.urls import path

from booking.worklists import views, views_mail

desk = [
    path("lists/", views.overview, name="desk_lists"),
    path("lists/beside/", views.beside, name="desk_beside"),
    path("lists/<slug:slug>/", views.one_list, name="desk_list"),
    path("lists/<slug:slug>/file/", views.as_file, name="desk_list_file"),
    path("mail/", views_mail.mails, name="desk_mails"),
    path("mail/file/", views_mail.mails_file, name="desk_mails_file"),
    path("mail/go-on/", views_mail.let_mail_go, name="desk_let_mail_go"),
    path("mail/leave/", views_mail.leave_mail_unsent, name="desk_leave_mail_unsent"),
    path("mail/<uuid:email_id>/", views_mail.mail, name="desk_mail"),
    path("mail/<uuid:email_id>/again/", views_mail.send_again, name="desk_send_again"),
    path("mail/<uuid:email_id>/retry/", views_mail.retry, name="desk_retry_mail"),
]
