"""The hands-free session in German, with what the core says inside it."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.records import SideEffectFact
from ionto.words.terms import Effect, Site
from ionto_web.care import actions
from ionto_web.care.models import Person, SessionRecord

from .conftest import prescribed
from .test_german import english_in, german_in, read
from .test_led import Phone, address, data_in, saalio
from .test_led_live import TICKED, starts

__all__ = ["saalio"]


@pytest.fixture
def anna(saalio: Person) -> Person:
    saalio.language = "de"
    saalio.save()
    return saalio


def test_before_it_every_word_is_german(anna: Person, as_alice: Client) -> None:
    before = read(as_alice.get(reverse("prepare", args=[anna.code])).content.decode())
    assert any("12 Minuten" in said and "Gerät Saalio DE/AX" in said for said in before.said)
    assert english_in(before.said + before.marked) == []
    page = read(as_alice.get(address(anna)).content.decode())
    assert english_in(page.said) == []
    assert german_in(page.marked) == []


def test_a_device_without_a_name_is_a_device(anna: Person, as_alice: Client) -> None:
    anna.device = "guided"
    anna.save()
    prescribed(anna)
    before = read(as_alice.get(reverse("prepare", args=[anna.code])).content.decode())
    assert any(said.endswith("mit Ihrem Gerät.") for said in before.said)


def test_after_it_the_next_date_is_explained_in_german(anna: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, anna)
    answer = phone.sends(phone.whole()).json()
    assert answer["why"].startswith("Nach 1 Sitzung sind Ihre Hände wahrscheinlich")
    assert english_in([answer["why"], *answer["alerts"]]) == []


def test_what_the_skin_says_and_what_keeps_it_from_leading_are_german(anna: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, anna)
    told = phone.told(felt=[{"effect": "blister", "severity": "moderate"}])
    alerts = phone.sends([*phone.whole(), told]).json()["alerts"]
    assert alerts
    assert english_in(alerts) == []
    assert english_in([data_in(as_alice.get(address(anna)))["refusal"]]) == []


def test_a_day_of_rest_is_told_in_german(anna: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, anna)
    phone.sends(phone.whole())
    data = data_in(as_alice.get(address(anna)))
    assert data["refusal"] == "Die Sitzung von heute hatten Sie hier schon. Die Haut braucht bis morgen Ruhe."
    assert data["not_before"] == (anna.today + timedelta(days=1)).isoformat()


def test_what_is_refused_is_refused_in_german(anna: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, anna)
    answer = phone.sends(phone.whole(), ticket="made-up")
    assert answer.status_code == 422
    assert answer.json()["why"] == "Die Seite gehört nicht zu diesem Server."
    unread = phone.sends(phone.whole(), more=1).json()["why"]
    assert unread == "Was die Seite schickte, lässt sich nicht lesen: more."


def test_a_start_is_refused_in_german(alice: Person, as_alice: Client, prescription: object) -> None:
    def why(**changed: object) -> str:
        answer = starts(as_alice, alice, **changed)
        assert answer.status_code in {409, 422}
        return str(answer.json()["why"])

    alice.language = "de"
    alice.save()
    said = {"unticked": why(ticked=TICKED[:1] + TICKED[2:]), "unread": why(page="phone"), "unknown": why(made_up=1)}
    alice.device = "saalio"
    alice.save()
    said["closed"] = why()
    alice.device = "simulated"
    alice.save()
    blister = SideEffectFact(site=Site.PALMS, at=timezone.now() - timedelta(hours=3), effect=Effect.BLISTER)
    actions.keep_facts(alice, [blister], by=alice.user)
    said["grave"] = why()
    assert {name: found for name, sentence in said.items() if (found := english_in([sentence]))} == {}
    assert "Ich habe die Haut angesehen (Hände)" in said["unticked"]
    assert said["unread"] == "Was die Seite schickte, lässt sich nicht lesen: page."
    assert said["closed"] == "Für ein verbundenes Gerät gibt es hier keinen Plan."
    assert not SessionRecord.objects.exists()


def test_who_names_no_device_is_asked_in_german(anna: Person, as_alice: Client) -> None:
    anna.device = "simulated"
    anna.save()
    asked = read(as_alice.get(address(anna), follow=True).content.decode())
    assert english_in(asked.said) == []
