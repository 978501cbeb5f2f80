"""Sealing: the waiting list, the seals and their keys, and the triggers that keep the journal append-only."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import ent.core.fields

# Whoever inserts a record cannot forget its sealing, nor touch the list: the function runs as the owner.
WAIT_FOR_SEAL = """
CREATE FUNCTION audit_wait_for_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_unsealed (record_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_wait_for_seal AFTER INSERT ON audit_record
    FOR EACH ROW EXECUTE FUNCTION audit_wait_for_seal();
"""
NO_WAIT_FOR_SEAL = """
DROP TRIGGER audit_wait_for_seal ON audit_record;
DROP FUNCTION audit_wait_for_seal();
"""

# Grants already stop the service; this stops the owner's slips and whoever borrows the owner's account.
APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""
NO_APPEND_ONLY = """
DROP TRIGGER audit_append_only ON audit_seal;
DROP TRIGGER audit_append_only ON audit_record;
DROP FUNCTION audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0001_initial"),
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel("Seal"),
        migrations.AddIndex("Record", models.Index(fields=["actor_person", "-id"], name="audit_actor_recent")),
        migrations.AddIndex(
            "Record", models.Index(fields=["target_type", "target_id", "-id"], name="audit_target_recent")
        ),
        migrations.CreateModel(
            name="Unsealed",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="unsealed",
                        serialize=False,
                        to="audit.record",
                    ),
                ),
            ],
            options={"verbose_name": "acte à sceller"},
        ),
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("born_under", models.CharField(max_length=32)),
                ("secret", ent.core.fields.SealedBytesField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"verbose_name": "clé des sceaux"},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("previous", models.BinaryField(max_length=32)),
                (
                    "records",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("record_digests", models.BinaryField()),
                ("complete", models.BooleanField()),
                (
                    "key",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="audit.sealingkey",
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
            ],
            options={"verbose_name": "sceau du journal", "ordering": ("number",)},
        ),
        migrations.RunSQL("INSERT INTO audit_unsealed (record_id) SELECT id FROM audit_record", migrations.RunSQL.noop),
        migrations.RunSQL(WAIT_FOR_SEAL, NO_WAIT_FOR_SEAL),
        migrations.RunSQL(APPEND_ONLY, NO_APPEND_ONLY),
    ]
