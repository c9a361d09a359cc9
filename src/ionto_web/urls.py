"""Every address of the site."""

from django.urls import include, path

from ionto_web.care.views import away, consultation, diary, house, led, persons, plan, progress, result, session, start

urlpatterns = [
    path("", start.landing, name="landing"),
    path("start/", start.start, name="start"),
    path("accounts/", include("allauth.account.urls")),
    path("clinic/house/", house.house, name="house"),
    path("persons/", persons.persons, name="persons"),
    path("persons/new/", persons.new_person, name="new_person"),
    path("persons/<slug:code>/details/", persons.details, name="details"),
    path("persons/<slug:code>/consultation/", consultation.consultation, name="consultation"),
    path("persons/<slug:code>/consultation/draft/", consultation.consultation_draft, name="consultation_draft"),
    path("persons/<slug:code>/result/", result.result, name="result"),
    path("persons/<slug:code>/result/letter.pdf", result.letter, name="letter"),
    path("persons/<slug:code>/prescribe/<slug:site>/", result.prescribe_site, name="prescribe_site"),
    path("persons/<slug:code>/plan/", plan.plan, name="plan"),
    path("persons/<slug:code>/plan/<slug:site>.ics", plan.plan_file, name="plan_file"),
    path("persons/<slug:code>/session/", session.prepare, name="prepare"),
    path("persons/<slug:code>/diary/", diary.diary, name="diary"),
    path("persons/<slug:code>/diary/tap/", diary.tap, name="diary_tap"),
    path("persons/<slug:code>/diary/<int:fact_id>/withdraw/", diary.withdraw, name="diary_withdraw"),
    path("persons/<slug:code>/progress/", progress.progress, name="progress"),
    path("persons/<slug:code>/away/", away.away, name="away"),
    path("persons/<slug:code>/away/<int:absence_id>/drop/", away.drop, name="away_drop"),
    path("persons/<slug:code>/clear/<slug:site>/", progress.clear, name="clear"),
    path("led/worker.js", led.led_worker, name="led_worker"),
    path("led/<slug:code>/<slug:site>/", led.led, name="led"),
    path("led/<slug:code>/<slug:site>/events/", led.led_events, name="led_events"),
    path("sessions/<uuid:session_id>/", session.session, name="session"),
    path("sessions/<uuid:session_id>/stream/", session.stream, name="session_stream"),
    path("sessions/<uuid:session_id>/press/<slug:name>/", session.press, name="session_press"),
    path("sessions/<uuid:session_id>/comfort/", session.comfort, name="session_comfort"),
]
