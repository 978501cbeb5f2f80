"""The file's own key becomes an encrypted field, which `ent keys rotate` knows."""

from django.db import migrations

import ent.core.fields


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [migrations.AlterField("File", "key", ent.core.fields.SealedBytesField())]
