"""Side effects as pictures: drawn as serious as the record takes them, said in words too, and light."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.follow.alerts import level_of
from ionto.words.records import SideEffectFact
from ionto.words.terms import AlertLevel, Effect, EffectSeverity, Site
from ionto_web.care import actions, effects
from ionto_web.care.models import Person, PrescriptionRecord

pytestmark = pytest.mark.django_db
# These concern the whole body and share one picture.
WHOLE_BODY = {Effect.PALPITATIONS, Effect.FAINT, Effect.CHEST_PAIN, Effect.SEIZURE, Effect.IMPLANT_FELT}
# Felt, not seen; what it is stands in the list of what to expect.
NOT_DRAWN = {Effect.SHOCK}


def test_every_side_effect_that_can_be_seen_is_drawn() -> None:
    assert {picture.effect for picture in effects.PICTURES} | WHOLE_BODY | NOT_DRAWN == set(Effect)


def test_a_picture_is_as_serious_as_the_record_takes_it() -> None:
    found = {level: {picture.effect for picture in pictures} for level, pictures in effects.by_level()}
    assert list(found) == list(AlertLevel)
    assert found[AlertLevel.GREEN] == {Effect.TINGLING, Effect.ERYTHEMA}
    assert found[AlertLevel.AMBER] == {Effect.ERYTHEMA, Effect.ITCH, Effect.DRYNESS, Effect.BRUISE}
    assert found[AlertLevel.RED_LOCAL] == {Effect.BLISTER, Effect.CRACKING, Effect.BURN, Effect.PAIN}
    at = timezone.now()
    systemic = {level_of(SideEffectFact(site=Site.PALMS, at=at, effect=effect)) for effect in WHOLE_BODY}
    assert systemic == {AlertLevel.RED_SYSTEMIC}


@pytest.mark.parametrize("site", list(Site))
def test_the_drawings_of_a_place_are_small_and_differ(site: Site) -> None:
    drawn = [effects.drawn(picture, site) for picture in effects.PICTURES]
    assert len(set(drawn)) == len(drawn)
    whole = effects.shared(site) + "".join(drawn)
    assert len(gzip.compress(whole.encode())) < 2_500
    assert not re.search(r"style=|#[0-9a-f]{6}|http", whole)
    assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", whole)) <= set(re.findall(r'id="([\w-]+)"', whole))


@pytest.mark.parametrize("page", ["diary", "result", "plan"])
def test_the_pictures_stand_where_side_effects_are_spoken_of(
    page: str, alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    text = as_alice.get(reverse(page, args=[alice.code])).content.decode()
    pictures = re.findall(r'<svg viewBox="0 0 100 100" role="img" aria-label="([^"]+)"', text)
    assert len(set(pictures)) == len(effects.PICTURES)
    red = text[text.index("fx-red_local") :]
    assert "Call your clinic, The clinic, or your doctor." in red
    assert "larger than 1 cm" in red
    assert "call the emergency number" in red[red.index("fx-red_systemic") :]
    assert "SPP95" in text[text.index("fx-green") : text.index("fx-amber")]


def test_somebody_without_a_clinic_is_told_to_call_a_doctor(as_charlie: Client) -> None:
    path = as_charlie.get(reverse("start")).url.replace("consultation", "diary")
    assert "Call your clinic or your doctor." in as_charlie.get(path).content.decode()


def test_whoever_writes_down_a_blister_is_told_at_once_to_stop_and_whom_to_call(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    page = reverse("diary", args=[alice.code])
    at = timezone.now() - timedelta(hours=1)
    mild = SideEffectFact(site=Site.PALMS, at=at, effect=Effect.ERYTHEMA, lasted_hours=1.0)
    actions.keep_facts(alice, [mild], by=alice.user)
    assert 'role="alert"' not in as_alice.get(page).content.decode()
    local = f"{timezone.localtime(at, alice.zone):%Y-%m-%dT%H:%M}"
    posted = {"site": "palms", "at": local, "effect": "blister", "severity": EffectSeverity.MILD.value}
    text = as_alice.post(page, posted, follow=True).content.decode()
    told = text[text.index('role="alert"') : text.index("How was today?")]
    assert "Stop here until healed" in told
    assert "A blister means that the skin was damaged." in told
    assert "Call your clinic, The clinic, or your doctor." in told
