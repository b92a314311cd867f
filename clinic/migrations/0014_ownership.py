from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

UNSUBSCRIBE = "unsubscribe"


def take_over(apps, schema_editor):
    """Let the links that are open now live on, as given to the present address of their patient."""
    patients = apps.get_model("clinic", "Patient").objects.filter(pk=OuterRef("patient"))
    # A link of a row that was merged counts for the row it was merged into.
    home = patients.annotate(home=Coalesce("merged_into__epoch", "epoch")).values("home")
    links = apps.get_model("clinic", "AccessLink").objects.all()
    links.update(given_to=Subquery(patients.values("email_key")))
    links.exclude(purpose=UNSUBSCRIBE).update(epoch=Subquery(home))


class Migration(migrations.Migration):
    dependencies = [("clinic", "0013_remove_fields_seen")]

    operations = [
        migrations.AddField(
            model_name="accesslink",
            name="epoch",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="accesslink",
            name="given_to",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="patient",
            name="disowned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="own_email_changes",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="email", name="email_owed_once"),
        migrations.AddField(
            model_name="email",
            name="copy",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="email",
            constraint=models.UniqueConstraint(
                fields=("about", "rev", "kind", "copy"), name="email_owed_once"
            ),
        ),
    ]
