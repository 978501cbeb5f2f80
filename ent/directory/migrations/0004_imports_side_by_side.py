"""What lets schools be applied side by side: identifiers drawn for the whole run, and statistics that are always fresh."""

from django.db import migrations, models

# Only those where much has changed since: the others cost nothing.
DIRECTORY = """
CREATE FUNCTION ent_analyze_directory() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE stale text;
BEGIN
    FOR stale IN
        SELECT relname FROM pg_stat_user_tables
        WHERE schemaname = 'public' AND (relname = 'accounts_account' OR relname LIKE 'directory\\_%')
            AND relname NOT LIKE 'directory\\_staged%' AND n_mod_since_analyze > 1000 + n_live_tup / 5
    LOOP
        EXECUTE format('ANALYZE %I', stale);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_staged_statistics")]

    operations = [
        migrations.CreateModel(
            name="StagedAccount",
            fields=[
                ("person_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("run_id", models.BigIntegerField()),
                ("identifier", models.CharField(max_length=150)),
            ],
            options={"verbose_name": "compte en attente"},
        ),
        migrations.RunSQL("ALTER TABLE directory_stagedaccount SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunSQL(DIRECTORY, "DROP FUNCTION ent_analyze_directory()"),
    ]
