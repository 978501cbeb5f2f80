"""Lets the service, which owns no table, refresh what the planner knows of the staging tables it has just filled."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION ent_analyze_staged() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE directory_stagedentry;
    ANALYZE directory_stagedperson;
    ANALYZE directory_stagedpresence;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0002_import_staging")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION ent_analyze_staged()")]
