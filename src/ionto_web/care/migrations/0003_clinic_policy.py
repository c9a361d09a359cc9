from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0002_consultation_draft")]

    operations = [
        migrations.AddField("clinic", "policy", models.CharField(default="strictest", max_length=40)),
    ]
