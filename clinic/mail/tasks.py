"""The periodic task that sends mail. It takes no arguments: the broker never holds anything."""

from celery import shared_task

from clinic.mail.sending import send_due


@shared_task(name="clinic.mail.send_due")
def send_due_mail() -> None:
    """Send what is due."""
    send_due()
