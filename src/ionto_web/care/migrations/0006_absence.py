from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0004_led_sessions")]

    operations = [
        migrations.CreateModel(
            "Absence",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("person", models.ForeignKey("care.person", models.PROTECT, related_name="absences")),
            ],
            options={"ordering": ["first_on", "id"]},
        ),
    ]
