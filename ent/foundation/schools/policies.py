"""Row-level security and grants, written to PostgreSQL after each migration from what the models declare.

A model declares `row_reads` and `row_writes`, SQL conditions on its row (`{table}` stands for its table);
`SchoolOwned` brings those of a school. `append_only = True` also forbids the service to change or remove a row.
"""

from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection, models

FUNCTIONS = """
CREATE OR REPLACE FUNCTION ent_schools() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(string_to_array(nullif(current_setting('ent.schools', true), ''), ',')::bigint[], '{}') $$;
CREATE OR REPLACE FUNCTION ent_write_school() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('ent.write_school', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION ent_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('ent.person', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION ent_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('ent.account', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION ent_region() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('ent.region', true), '') = 'on' $$;
CREATE OR REPLACE FUNCTION ent_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('ent.everything', true), '') = 'on' $$;
"""


def secured_models() -> list[type[models.Model]]:
    """The models whose table is under row-level security."""
    return [model for model in apps.get_models() if hasattr(model, "row_reads")]


def service_role() -> str:
    return urlsplit(settings.DATABASE_URL).username or ""


def on_migrated(**_: Any) -> None:
    """After `migrate`: bring functions, policies and grants in line with the models."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        existing = set(connection.introspection.table_names(cursor))
        for model in secured_models():
            if model._meta.db_table in existing:
                cursor.execute(_policies(model))
        cursor.execute(_grants(existing))


def _policies(model: type[models.Model]) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    reads = model.row_reads.format(table=table)  # type: ignore[attr-defined]
    writes = model.row_writes.format(table=table)  # type: ignore[attr-defined]
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS ent_select ON {table};
        DROP POLICY IF EXISTS ent_insert ON {table};
        DROP POLICY IF EXISTS ent_update ON {table};
        DROP POLICY IF EXISTS ent_delete ON {table};
        CREATE POLICY ent_select ON {table} FOR SELECT USING ({reads});
        CREATE POLICY ent_insert ON {table} FOR INSERT WITH CHECK ({writes});
        CREATE POLICY ent_update ON {table} FOR UPDATE USING ({writes}) WITH CHECK ({writes});
        CREATE POLICY ent_delete ON {table} FOR DELETE USING ({writes});
    """


def _grants(existing: set[str]) -> str:
    role = connection.ops.quote_name(service_role())
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    ]
    for model in apps.get_models():
        if getattr(model, "append_only", False) and model._meta.db_table in existing:
            statements.append(f"REVOKE UPDATE, DELETE ON {connection.ops.quote_name(model._meta.db_table)} FROM {role}")
    return ";\n".join(statements)
