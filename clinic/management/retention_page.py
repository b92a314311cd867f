"""docs/retention.md, printed from the list of what is kept, why and how long."""

from django.conf import settings

from clinic.retention.schedule import BLANK, DELETE, KEEP, Keeping, Table, schedule

PAGE = settings.BASE_DIR / "docs" / "retention.md"
WRITTEN = (
    "Written by `manage.py clear_columns` from `clinic/retention/retention.toml`. What the law "
    "asks for is erased only once seven years have passed since her last visit."
)
DOES = {DELETE: "deletes the row", BLANK: "blanks it", KEEP: "keeps it"}


def page() -> str:
    """Return docs/retention.md."""
    kinds, tables = schedule()
    lines = [
        "# What is kept, and how long\n",
        "\n",
        f"{WRITTEN}\n",
        "\n",
        "| Kind | Why | How long | Erasing |\n",
        "|---|---|---|---|\n",
    ]
    lines += [f"| {one.name} | {one.why} | {one.long} | {_does(one)} |\n" for one in kinds.values()]
    for table in tables.values():
        lines += [
            "\n",
            f"## {table.model._meta.db_table}\n",
            "| Columns | Keeping |\n",
            "|---|---|\n",
        ]
        lines += [_row(table, kind) for kind in _kinds_of(table)]
    return "".join(lines)


def _does(kind: Keeping) -> str:
    return DOES[kind.erase] + (", unless the law asks for it" if kind.law else "")


def _kinds_of(table: Table) -> dict[Keeping, None]:
    return dict.fromkeys(table.columns.values())


def _row(table: Table, kind: Keeping) -> str:
    names = [f"`{name}`" for name, one in table.columns.items() if one == kind]
    return f"| {', '.join(names)} | {kind.name} |\n"
