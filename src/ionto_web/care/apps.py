from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "ionto_web.care"
    label = "care"
