"""Progress, the next session, and the clinic's list."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import math
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.prescribe import Plan
from ionto.words.reading import read_json
from ionto.words.records import HdssFact, RatingFact, SessionFact, SideEffectFact, SweatRateFact
from ionto.words.terms import Effect, EffectSeverity, Site
from ionto_web.care import actions
from ionto_web.care.course import course_of, recommended, sessions_at
from ionto_web.care.languages import in_plain_english
from ionto_web.care.models import Person, PrescriptionRecord
from ionto_web.care.templatetags.plain import percent
from ionto_web.care.views.persons import ON_ONE_PAGE

from .conftest import audited, intake, prescribed


def page(client: Client, person: Person):
    return client.get(reverse("progress", args=[person.code]))


def cleared(client: Client, person: Person):
    """As the page sends it."""
    seen = re.search(r'name="seen" value="(\d+)"', page(client, person).content.decode())
    return client.post(reverse("clear", args=[person.code, "palms"]), {"seen": seen[1]})


def test_without_a_plan_the_page_says_what_comes_first(alice: Person, as_alice: Client) -> None:
    assert "Answer the questions" in page(as_alice, alice).content.decode()


def test_the_next_date_stands_there_in_words_with_how_long_it_may_wait(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    advice = recommended(alice)[Site.PALMS]
    text = page(as_alice, alice).content.decode()
    assert advice.next_session_on is not None
    assert f"{advice.next_session_on:%A} {advice.next_session_on.day} {advice.next_session_on:%B}" in text
    assert all(in_plain_english(sentence).split("'")[0][:40] in text for sentence in advice.why)
    assert "To the session" in text


def test_the_picture_holds_every_fact_and_the_band(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    at = timezone.now() - timedelta(hours=2)
    where = {"site": Site.PALMS, "at": at}
    facts = [
        SessionFact(current_ma=5.0, duration_min=20.0, **where),
        RatingFact(score=6, **where),
        HdssFact(score=3, **where),
        SweatRateFact(sweat_mg_per_min=33.0, **where),
    ]
    actions.keep_facts(alice, facts, by=alice.user)
    answer = page(as_alice, alice)
    (site,) = answer.context["sites"]
    picture = site["picture"]
    assert picture["sessions"] == [at.timestamp()]
    assert picture["ratings"] == [[at.timestamp(), 6]]
    assert picture["sweat"] == [[at.timestamp(), 33.0]]
    assert all(low <= middle <= high for _, low, middle, high in picture["forecast"])
    in_page = answer.content.decode().split('<script id="picture-palms" type="application/json">')[1]
    assert json.loads(in_page.split("</script>")[0]) == picture


def test_the_same_forecast_stands_in_a_table(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    advice = recommended(alice)[Site.PALMS]
    text = page(as_alice, alice).content.decode()
    for day in advice.forecast[::7]:
        assert f'<th scope="row">{day.on.day} {day.on:%b}</th>' in text


def test_the_chance_without_a_session_stands_beside_the_chance_with_them(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    (item,) = page(as_alice, alice).context["sites"]
    kept = {day.on: day.controlled_prob for day in item["advice"].forecast}
    in_three_weeks = item["advice"].skipped[21]
    words = item["what_if"]["days"][21]["words"]
    assert kept[in_three_weeks.on] > in_three_weeks.controlled_prob + 0.1
    assert words.endswith(f"With the sessions on their days: {percent(kept[in_three_weeks.on])}.")
    assert f"dry enough then is {percent(in_three_weeks.controlled_prob)}." in words


def test_a_blister_puts_everything_on_hold_and_says_what_to_do(
    alice: Person, as_alice: Client, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    at = timezone.now() - timedelta(hours=1)
    where = {"site": Site.PALMS, "at": at}
    blister = SideEffectFact(effect=Effect.BLISTER, severity=EffectSeverity.MODERATE, **where)
    actions.keep_facts(alice, [SessionFact(current_ma=5.0, duration_min=20.0, **where), blister], by=alice.user)
    text = page(as_alice, alice).content.decode()
    assert 'class="alert-box alert-red_local" role="alert"' in text
    assert "What to do:" in text
    assert "None for now" in text
    assert text.count("A blister means that the skin was damaged.") == 1
    assert text.count("Do not open the blister.") == 1
    assert "Call your clinic, The clinic, or your doctor." in text
    assert "Call your clinic" not in page(as_bob, alice).content.decode()
    assert "row-red_local" in as_bob.get(reverse("persons")).content.decode()


def test_palpitations_stop_the_hands_wherever_they_were_written_down(
    alice: Person, prescription: PrescriptionRecord
) -> None:
    at = timezone.now() - timedelta(hours=1)
    felt = SideEffectFact(site=Site.SOLES, at=at, effect=Effect.PALPITATIONS, severity=EffectSeverity.MODERATE)
    actions.keep_facts(alice, [felt], by=alice.user)
    assert recommended(alice)[Site.PALMS].next_session_on is None


def test_facts_of_a_place_that_is_not_treated_do_not_break_the_page(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    soles = RatingFact(site=Site.SOLES, at=timezone.now(), score=3)
    actions.keep_facts(alice, [soles], by=alice.user)
    assert course_of(alice).facts == ()
    assert page(as_alice, alice).status_code == 200


def test_the_clinics_list_shows_who_waits_for_whom(alice: Person, as_bob: Client) -> None:
    assert "Not asked yet" in as_bob.get(reverse("persons")).content.decode()
    actions.keep_answers(alice, intake(history=[{"condition": "epilepsy"}]), by=alice.user)
    assert "waits for a dermatologist" in as_bob.get(reverse("persons")).content.decode()
    actions.keep_answers(alice, intake(history=[{"condition": "pacemaker"}]), by=alice.user)
    assert "Hands: not suitable" in as_bob.get(reverse("persons")).content.decode()


def test_whoever_has_stopped_comes_first_on_whichever_page_the_name_would_stand(
    alice: Person, bob: User, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    def first_page() -> list[str]:
        return [row.person.name for row in as_bob.get(reverse("persons")).context["rows"]]

    for number in range(ON_ONE_PAGE):
        actions.welcome_person(by=bob, user=None, clinic=alice.clinic, name=f"Aaron {number:02}")
    assert "Alice" not in first_page()
    burn = SideEffectFact(site=Site.PALMS, at=timezone.now(), effect=Effect.BURN)
    actions.keep_facts(alice, [burn], by=bob)
    assert first_page()[:2] == ["Alice", "Aaron 00"]
    cleared(as_bob, alice)
    assert "Alice" not in first_page()
    # Felt before it was cleared and written down after: nobody has looked at it.
    late = SideEffectFact(site=Site.PALMS, at=timezone.now() - timedelta(days=1), effect=Effect.BLISTER)
    actions.keep_facts(alice, [late], by=bob)
    assert first_page()[0] == "Alice"


def test_the_clinic_welcomes_a_person_without_an_account(as_nina: Client) -> None:
    answer = as_nina.post(reverse("new_person"), {"name": "Walter", "timezone": "Europe/Vienna"})
    person = Person.objects.get()
    assert answer.url == reverse("consultation", args=[person.code])
    assert (person.user, person.clinic.name) == (None, "The clinic")
    assert audited("person_welcomed")


def test_details_are_saved_and_a_wrong_clinic_code_is_told(alice: Person, as_alice: Client) -> None:
    path = reverse("details", args=[alice.code])
    wrong = as_alice.post(path, {"name": "Ally", "timezone": "Asia/Tokyo", "clinic_code": "jion-us"})
    assert "No clinic has this code." in wrong.content.decode()
    assert 'value="jion-us"' in wrong.content.decode()
    as_alice.post(path, {"name": "Ally", "timezone": "Asia/Tokyo", "clinic_code": " JOIN-US "})
    alice.refresh_from_db()
    assert (alice.name, alice.timezone, alice.clinic.name) == ("Ally", "Asia/Tokyo", "The clinic")
    assert audited("details_changed")


def test_a_dermatologist_clears_a_blister_and_nobody_else_does(
    alice: Person, as_alice: Client, as_nina: Client, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    blister = SideEffectFact(
        site=Site.PALMS, at=timezone.now(), effect=Effect.BLISTER, severity=EffectSeverity.MODERATE
    )
    actions.keep_facts(alice, [blister], by=alice.user)
    path = reverse("clear", args=[alice.code, "palms"])
    assert "I have looked at it" not in page(as_alice, alice).content.decode()
    assert "I have looked at it" in page(as_bob, alice).content.decode()
    assert [who.post(path).status_code for who in (as_alice, as_nina)] == [404, 404]
    assert as_bob.get(path).status_code == 405
    assert recommended(alice)[Site.PALMS].phase.value == "paused"
    assert cleared(as_bob, alice).status_code == 302
    assert recommended(alice)[Site.PALMS].phase.value != "paused"
    assert audited("cleared_recorded")
    assert "cleared by" in page(as_alice, alice).content.decode()
    assert as_bob.post(path).status_code == 404, "there is nothing to clear any more"


def test_what_is_written_down_after_a_clearing_is_not_cleared_by_it_whenever_it_was_felt(
    alice: Person,
    as_alice: Client,
    as_bob: Client,
    prescription: PrescriptionRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "DOUBLE_PRESS", timedelta())
    yesterday = timezone.now() - timedelta(days=1)
    actions.keep_facts(alice, [SideEffectFact(site=Site.PALMS, at=yesterday, effect=Effect.BLISTER)], by=alice.user)
    cleared(as_bob, alice)
    assert recommended(alice)[Site.PALMS].phase.value != "paused"
    forgotten = SideEffectFact(site=Site.PALMS, at=yesterday - timedelta(days=1), effect=Effect.BURN)
    actions.keep_facts(alice, [forgotten], by=alice.user)
    assert recommended(alice)[Site.PALMS].phase.value == "paused"
    assert "A burn means" in as_alice.get(reverse("diary", args=[alice.code])).content.decode()
    cleared(as_bob, alice)
    assert recommended(alice)[Site.PALMS].phase.value != "paused"


def test_nobody_clears_what_was_written_down_after_they_had_looked(
    alice: Person, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    for effect in (Effect.BLISTER, Effect.BURN):
        looked = page(as_bob, alice)
        felt = SideEffectFact(site=Site.PALMS, at=timezone.now(), effect=effect)
        actions.keep_facts(alice, [felt], by=alice.user)
    answer = as_bob.post(reverse("clear", args=[alice.code, "palms"]), {"seen": looked.context["seen"]}, follow=True)
    assert "Another side effect was written down" in answer.content.decode()
    assert recommended(alice)[Site.PALMS].phase.value == "paused"
    assert not audited("cleared_recorded")
    assert as_bob.post(reverse("clear", args=[alice.code, "palms"])).status_code == 302
    assert not audited("cleared_recorded")
    cleared(as_bob, alice)
    assert audited("cleared_recorded")


def test_the_site_answers_a_question_for_the_head_of_a_page(client: Client, db: None) -> None:
    assert client.head("/").status_code == 200


def test_a_plan_is_made_for_the_device_that_the_person_has(alice: Person, as_alice: Client) -> None:
    path = reverse("details", args=[alice.code])
    as_alice.post(path, {"name": "Alice", "timezone": "Europe/Berlin", "device": "saalio", "language": "de"})
    alice.refresh_from_db()
    assert (alice.device, alice.language, alice.has_closed_device) == ("saalio", "de", True)
    assert audited("device_changed")[0].what == "simulated to saalio"
    made = read_json(Plan, prescribed(alice).plan).prescription
    assert (made.device, made.start_current_ma % 1) == ("saalio", 0)


def test_a_device_that_only_pulses_gets_a_pulsed_plan(alice: Person) -> None:
    alice.device = "idrostar_pro_pulse"
    assert read_json(Plan, prescribed(alice).plan).prescription.waveform == "pulsed"


def test_a_device_that_no_plan_is_made_for_cannot_be_chosen(alice: Person, as_alice: Client) -> None:
    answer = as_alice.post(reverse("details", args=[alice.code]), {"name": "A", "timezone": "UTC", "device": "diy_12v"})
    assert "diy_12v" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.device == "simulated"


def test_the_outlook_stands_as_picture_words_and_table_once_one_is_dry_enough(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    assert 'class="outlook"' not in page(as_alice, alice).content.decode()
    now = timezone.now()
    facts = []
    for days_ago in range(30, 1, -2):
        at = now - timedelta(days=days_ago)
        score = 4 if days_ago > 20 else 2 if days_ago > 12 else 1
        facts += [
            HdssFact(site=Site.PALMS, at=at, score=score),
            SessionFact(site=Site.PALMS, at=at + timedelta(hours=1), current_ma=15.0, duration_min=20.0),
        ]
    actions.keep_facts(alice, facts, by=alice.user)
    text = page(as_alice, alice).content.decode()
    assert 'class="outlook" role="img"' in text
    assert "Without a further session: " in text
    assert "Nine in ten: at least until" in text
    assert " style=" not in text.split('class="outlook-figure"')[1].split("</figure>")[0]


# What speaks of sessions to come: words of the page in English and in German.
INVITES = (
    "What if I wait?",
    "Forecast, week by week",
    "Chance that the treatment works",
    "Find out why",
    "9 of 10 cases",
)
LADET_EIN = (
    "Was, wenn ich warte?",
    "Vorhersage, Woche für Woche",
    "Chance, dass die Behandlung",
    "Die Ursache finden",
    "9 von 10",
)


def course(person: Person, *scores: int, ended_days_ago: int = 2) -> None:
    """Sessions every second day, each with the HDSS just before it."""
    facts: list[HdssFact | SessionFact] = []
    for place, score in enumerate(reversed(scores)):
        at = timezone.now() - timedelta(days=ended_days_ago + 2 * place)
        facts.append(HdssFact(site=Site.PALMS, at=at, score=score))
        facts.append(SessionFact(site=Site.PALMS, at=at + timedelta(hours=1), current_ma=15.0, duration_min=20.0))
    actions.keep_facts(person, sorted(facts, key=lambda fact: fact.at), by=person.user)


@pytest.mark.parametrize(("language", "invites"), [("en", INVITES), ("de", LADET_EIN)])
def test_on_hold_nothing_invites_to_a_session_and_the_page_says_what_comes_first(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord, language: str, invites: tuple[str, ...]
) -> None:
    alice.language = language
    alice.save()
    course(alice, *[4] * 6, *[2] * 4, *[1] * 4)
    before = page(as_alice, alice).content.decode()
    assert [said for said in invites if said not in before] == []
    assert 'class="outlook"' in before
    felt = SideEffectFact(site=Site.PALMS, at=timezone.now(), effect=Effect.BLISTER)
    actions.keep_facts(alice, [felt], by=alice.user)
    answer = page(as_alice, alice)
    text, (item,) = answer.content.decode(), answer.context["sites"]
    assert [said for said in invites if said in text] == []
    assert 'class="outlook"' not in text
    assert item["picture"]["forecast"] == []
    assert len(item["picture"]["sessions"]) == 14
    first = {"en": "First comes what the alert above says to do.", "de": "Zuerst kommt, was oben in der Warnung steht."}
    assert text.count(first[language]) == 1
    assert text.index('class="alert-box') < text.index(first[language])


def test_fewer_sessions_are_praised_only_while_they_keep_the_person_dry(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    course(alice, 4, ended_days_ago=40)
    assert recommended(alice)[Site.PALMS].phase.value == "induction"
    assert "fewer" not in page(as_alice, alice).content.decode()
    course(alice, *[4] * 6, *[2] * 4, *[1] * 4)
    advice = recommended(alice)[Site.PALMS]
    assert advice.phase.value == "maintenance"
    assert advice.dry_until is not None
    had = sessions_at(alice, Site.PALMS)
    days = (alice.today - had[0].at.astimezone(alice.zone).date()).days + 1
    fixed = math.ceil(days * 3 / 7)
    said = f"With 3 sessions every week it would have been {fixed}: {fixed - len(had)} fewer."
    assert said in page(as_alice, alice).content.decode()


def test_fewer_sessions_are_not_praised_to_whom_the_sweating_is_back(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    course(alice, *[4] * 6, *[2] * 4, *[1] * 4, ended_days_ago=60)
    back = [HdssFact(site=Site.PALMS, at=timezone.now() - timedelta(days=days), score=4) for days in (9, 6, 3, 1)]
    actions.keep_facts(alice, back, by=alice.user)
    assert recommended(alice)[Site.PALMS].phase.value == "relapse"
    assert "fewer" not in page(as_alice, alice).content.decode()


@pytest.mark.parametrize(
    ("duration_min", "english", "german"),
    [
        (0.2, "less than one minute with", "weniger als eine Minute mit"),
        (1.2, "1 minute with", "1 Minute mit"),
        (20.0, "20 minutes with", "20 Minuten mit"),
        (59.8, "1.0 hours with", "1,0 Stunden mit"),
    ],
)
def test_under_an_hour_the_time_with_the_current_on_is_told_in_minutes(
    alice: Person,
    as_alice: Client,
    prescription: PrescriptionRecord,
    duration_min: float,
    english: str,
    german: str,
) -> None:
    had = SessionFact(site=Site.PALMS, at=timezone.now(), current_ma=5.0, duration_min=duration_min)
    actions.keep_facts(alice, [had], by=alice.user)
    assert f", {english} the current on." in page(as_alice, alice).content.decode()
    alice.language = "de"
    alice.save()
    assert f", {german} Strom." in page(as_alice, alice).content.decode()
