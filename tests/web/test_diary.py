"""The diary."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.records import DayFact, RatingFact, SweatRateFact
from ionto.words.terms import Site, Wetness
from ionto_web.care import actions
from ionto_web.care.course import course_of, fact_from
from ionto_web.care.models import FactRecord, Person, PrescriptionRecord, Withdrawal

from .conftest import audited

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def write(client: Client, person: Person, **changed: str):
    at = datetime.now(BERLIN) - timedelta(hours=1)
    data = {"site": "palms", "at": f"{at:%Y-%m-%dT%H:%M}", "severity": "mild", **changed}
    return client.post(reverse("diary", args=[person.code]), data)


def tap(client: Client, person: Person, felt: str, **headers: str):
    return client.post(reverse("diary_tap", args=[person.code]), {"site": "palms", "felt": felt}, headers=headers)


@pytest.mark.parametrize("felt", ["dry", "clammy", "wet"])
def test_one_tap_is_the_day(felt: str, alice: Person, as_alice: Client) -> None:
    assert tap(as_alice, alice, felt).status_code == 302
    fact = fact_from(FactRecord.objects.get().body)
    assert (fact.kind, fact.felt) == ("day", felt)
    assert audited("day_recorded")


def test_the_page_shows_the_last_answer_of_today_and_none_of_yesterday(alice: Person, as_alice: Client) -> None:
    page = reverse("diary", args=[alice.code])
    yesterday = timezone.now() - timedelta(days=1)
    actions.keep_facts(alice, [DayFact(site=Site.PALMS, at=yesterday, felt=Wetness.WET)], by=alice.user)
    assert "your answer of today" not in as_alice.get(page).content.decode()
    tap(as_alice, alice, "dry")
    tap(as_alice, alice, "clammy")
    text = as_alice.get(page).content.decode()
    assert text.count("your answer of today") == 1
    assert text.index('value="clammy"') < text.index("your answer of today") < text.index('value="wet"')


def test_a_tap_by_htmx_brings_back_the_list_alone(alice: Person, as_alice: Client) -> None:
    text = tap(as_alice, alice, "wet", HX_Request="true").content.decode()
    assert text.lstrip().startswith("<section")
    assert "Hands: wet" in text
    assert 'hx-swap-oob="true"' in text


def test_a_tap_that_is_none_is_not_found(alice: Person, as_alice: Client) -> None:
    assert tap(as_alice, alice, "moist").status_code == 404
    assert not FactRecord.objects.exists()


def test_two_presses_in_a_moment_are_one_entry(alice: Person, as_alice: Client, as_nina: Client) -> None:
    tap(as_alice, alice, "wet")
    tap(as_alice, alice, "wet")
    assert FactRecord.objects.count() == 1
    tap(as_alice, alice, "dry")
    tap(as_nina, alice, "wet")
    assert [fact_from(record.body).felt for record in FactRecord.objects.order_by("id")] == ["wet", "dry", "wet"]


def test_the_same_again_after_a_while_is_another_entry(
    alice: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "DOUBLE_PRESS", timedelta(0))
    tap(as_alice, alice, "wet")
    tap(as_alice, alice, "wet")
    assert FactRecord.objects.count() == 2


@pytest.mark.parametrize("typed", ["52.3", "52,3", " 52,3 "])
def test_a_comma_is_a_decimal_point(typed: str, alice: Person, as_alice: Client) -> None:
    assert write(as_alice, alice, sweat_mg_per_min=typed).status_code == 302
    assert fact_from(FactRecord.objects.get().body).sweat_mg_per_min == 52.3


@pytest.mark.parametrize("typed", ["1,234", "1.234,5", "1,234.5", "1,2,3"])
def test_a_number_that_may_be_read_two_ways_is_asked_again(typed: str, alice: Person, as_alice: Client) -> None:
    answer = write(as_alice, alice, sweat_mg_per_min=typed)
    assert answer.status_code == 422
    assert "without dividing the thousands" in answer.content.decode()
    assert f'value="{typed}"' in answer.content.decode()
    assert not FactRecord.objects.exists()


def test_one_entry_may_hold_several_facts(alice: Person, as_alice: Client) -> None:
    answer = write(as_alice, alice, rating="7", hdss="3", sweat_mg_per_min="41.5", effect="itch", lasted_hours="5")
    assert answer.url == reverse("diary", args=[alice.code])
    assert {record.kind for record in FactRecord.objects.all()} == {"rating", "hdss", "sweat_rate", "side_effect"}
    assert len(audited("hdss_recorded")) == 1


def test_times_are_typed_in_the_persons_zone_and_kept_in_utc(alice: Person, as_alice: Client) -> None:
    write(as_alice, alice, rating="2", at="2026-07-01T08:30")
    kept = FactRecord.objects.get()
    assert kept.at.isoformat() == "2026-07-01T06:30:00+00:00"
    assert "1 July, 08:30" in as_alice.get(reverse("diary", args=[alice.code])).content.decode()


def test_a_rating_of_zero_counts_as_an_answer(alice: Person, as_alice: Client) -> None:
    write(as_alice, alice, rating="0")
    assert fact_from(FactRecord.objects.get().body).score == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Nothing is filled in yet."),
        ({"rating": "11"}, "Select a valid choice"),
        ({"sweat_mg_per_min": "5000"}, "This must be 2000 or less."),
        ({"rating": "3", "at": "2099-01-01T10:00"}, "This lies in the future."),
        ({"rating": "3", "at": "1926-01-01T10:00"}, "Please check the year."),
        ({"rating": "3", "at": "yesterday"}, "Please give a day and a time."),
        ({"rating": "3", "site": "soles-and-palms"}, "Select a valid choice"),
    ],
)
def test_a_wrong_entry_is_told_and_what_was_typed_stays(
    changed: dict[str, str], said: str, alice: Person, as_alice: Client
) -> None:
    answer = write(as_alice, alice, lasted_hours="12.5", **changed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert 'value="12.5"' in text
    assert not FactRecord.objects.exists()


def test_an_entry_taken_back_counts_no_more_but_stays_in_the_record(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    tap(as_alice, alice, "wet")
    assert len(course_of(alice).facts) == 1
    kept = FactRecord.objects.get()
    as_alice.post(reverse("diary_withdraw", args=[alice.code, kept.pk]))
    assert course_of(alice).facts == ()
    assert FactRecord.objects.count() == Withdrawal.objects.count() == 1
    assert audited("fact_withdrawn")
    again = as_alice.post(reverse("diary_withdraw", args=[alice.code, kept.pk]), follow=True)
    assert "This was taken back already." in again.content.decode()
    assert Withdrawal.objects.count() == 1


def test_what_stops_the_treatment_is_taken_back_by_a_dermatologist_alone(
    alice: Person, as_alice: Client, as_nina: Client, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    write(as_alice, alice, effect="blister", severity="moderate")
    kept = FactRecord.objects.get()
    FactRecord.objects.filter(pk=kept.pk).update(recorded_at=kept.recorded_at - timedelta(minutes=11))
    path = reverse("diary_withdraw", args=[alice.code, kept.pk])
    for client in (as_alice, as_nina):
        assert "Only your dermatologist takes it back." in client.post(path, follow=True).content.decode()
    assert not Withdrawal.objects.exists()
    as_bob.post(path)
    assert Withdrawal.objects.get().by.email == "bob@example.org"


def test_a_slip_of_the_finger_is_taken_back_at_once_by_its_own_hand(
    alice: Person, as_alice: Client, as_nina: Client
) -> None:
    write(as_alice, alice, effect="blister", severity="moderate")
    as_nina.post(reverse("diary_withdraw", args=[alice.code, FactRecord.objects.get().pk]))
    assert not Withdrawal.objects.exists()
    as_alice.post(reverse("diary_withdraw", args=[alice.code, FactRecord.objects.get().pk]))
    assert Withdrawal.objects.exists()


def test_a_fact_is_never_changed_or_deleted(alice: Person, as_alice: Client) -> None:
    tap(as_alice, alice, "wet")
    kept = FactRecord.objects.get()
    with pytest.raises(TypeError, match="never changed"):
        kept.save()
    with pytest.raises(TypeError, match="never deleted"):
        kept.delete()


def test_what_the_nurse_writes_bears_the_nurses_name(alice: Person, as_nina: Client) -> None:
    tap(as_nina, alice, "clammy")
    assert FactRecord.objects.get().recorded_by.email == "nina@example.org"


def test_reading_is_not_writing(alice: Person, as_alice: Client) -> None:
    assert as_alice.get(reverse("diary_tap", args=[alice.code])).status_code == 405


def test_a_number_in_the_diary_says_what_it_is(alice: Person, as_alice: Client) -> None:
    at = timezone.now() - timedelta(hours=1)
    said = [
        RatingFact(site=Site.PALMS, at=at, score=4),
        SweatRateFact(site=Site.PALMS, at=at - timedelta(days=1), sweat_mg_per_min=12.3),
    ]
    actions.keep_facts(alice, said, by=alice.user)
    text = as_alice.get(reverse("diary", args=[alice.code])).content.decode()
    assert "Hands: 4 of 10, where 10 is the worst" in text
    assert "Hands: weighed sweat 12.3 mg/min" in text
