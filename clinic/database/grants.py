"""What the user of the site is granted by the owner of the tables, on PostgreSQL."""

from django.db import DEFAULT_DB_ALIAS, connections

from clinic.database.append_only import append_only_tables

# Of what only migrations write.
READ_ONLY = {"django_migrations", "django_content_type", "auth_permission"}


def grants_to(role: str, tables: list[str]) -> list[str]:
    """Return the SQL by which the user of the site may use these tables, and nothing more.

    Of append-only tables it may read and add rows. Nothing lets it TRUNCATE, own or alter a table.
    """
    kept = append_only_tables()
    lines = [
        f"GRANT USAGE ON SCHEMA public TO {_quoted(role)}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {_quoted(role)}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_quoted(role)}",
    ]
    for table in sorted(tables):
        rights = "SELECT, INSERT, UPDATE, DELETE"
        if table in READ_ONLY:
            rights = "SELECT"
        elif table in kept:
            rights = "SELECT, INSERT"
        lines.append(f"GRANT {rights} ON {_quoted(table)} TO {_quoted(role)}")
    return lines


def grant(role: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Grant the user of the site what it needs. Run it as the owner, after each migration."""
    with connections[using].cursor() as cursor:
        for line in grants_to(role, tables_of(using)):
            cursor.execute(line)


def tables_of(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the tables of the database."""
    return connections[using].introspection.table_names()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
