from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_websession_origin'),
    ]

    operations = [
        migrations.AddField(
            model_name='websession',
            name='origin_holder',
            field=models.BinaryField(db_index=True, max_length=16, null=True),
        ),
    ]
