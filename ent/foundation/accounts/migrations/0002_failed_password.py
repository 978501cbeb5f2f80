from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="FailedPassword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_key", models.BinaryField(max_length=16)),
                ("address_key", models.BinaryField(max_length=16, null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "mot de passe refusé",
                "indexes": [
                    models.Index(fields=["account_key", "-at"], name="failed_of_account"),
                    models.Index(fields=["address_key", "-at"], name="failed_of_address"),
                ],
            },
        ),
    ]
