from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("care", "0003_clinic_policy"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField("person", "device", models.CharField(default="simulated", max_length=40)),
        migrations.AddField(
            "person",
            "language",
            models.CharField(choices=[("en", "English"), ("de", "Deutsch")], default="en", max_length=2),
        ),
        migrations.CreateModel(
            "LedEventRecord",
            [
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("session", models.UUIDField(db_index=True)),
                ("body", models.TextField()),
                ("heard_at", models.DateTimeField(default=timezone.now)),
                ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")),
                ("person", models.ForeignKey("care.person", models.PROTECT, related_name="led_events")),
                ("prescription", models.ForeignKey("care.prescriptionrecord", models.PROTECT, related_name="+")),
            ],
            options={"ordering": ["heard_at"]},
        ),
    ]
