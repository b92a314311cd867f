"""Move what staff typed as the reason of a row of the books into its side table, sealed."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from clinic.database.append_only import lifted
from clinic.database.digests import new_salt, salted_digest

BATCH = 500
SIDES = {
    "AddedDays": "AddedDaysReason",
    "LedgerEntry": "LedgerReason",
    "Payment": "PaymentReason",
}


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    books: dict[Any, Any] = {
        apps.get_model("booking", model): apps.get_model("booking", side)
        for model, side in SIDES.items()
    }
    with lifted(using, list(books)):
        for model, side in books.items():
            # By the reason that is left: what was moved has a digest.
            rows = model.objects.using(using).exclude(reason="").filter(reason_digest="")
            while batch := list(rows.order_by("pk")[:BATCH]):
                beside = []
                for row in batch:
                    salt = new_salt()
                    row.reason_digest = salted_digest(salt, row.reason)
                    beside.append(side(row=row, sealed={"salt": salt, "reason": row.reason}))
                model.objects.using(using).bulk_update(batch, ["reason_digest"], batch_size=200)
                side.objects.using(using).bulk_create(beside)


def move_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    books: dict[Any, Any] = {
        apps.get_model("booking", model): apps.get_model("booking", side)
        for model, side in SIDES.items()
    }
    with lifted(using, list(books)):
        for model, side in books.items():
            for one in side.objects.using(using).select_related("row"):
                changed = {"reason": one.sealed["reason"], "reason_digest": ""}
                model.objects.using(using).filter(pk=one.row_id).update(**changed)
            side.objects.using(using).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0024_side_tables_of_reasons"),
        # It compares the keys with what is stored, before anything is sealed.
        ("clinic", "0023_seal_typed_reasons"),
    ]

    operations = [migrations.RunPython(move, move_back)]
