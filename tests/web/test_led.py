"""The hands-free session on the server: its page, what a phone sends of it, and what the record holds afterwards."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import ionto_web
from ionto.follow.alerts import RED, level_of
from ionto.treat.journal import replay
from ionto.words.evidence import references
from ionto.words.records import SideEffectFact
from ionto.words.terms import Circumstance, Effect, EffectSeverity, Site
from ionto_web.care import actions
from ionto_web.care.course import sessions_at
from ionto_web.care.led import led_words, words_in
from ionto_web.care.models import FactRecord, LedEventRecord, Person, SessionRecord

from .conftest import audited, client_of, prescribed, shortened

SITE = Path(ionto_web.__file__).parent


@pytest.fixture
def saalio(alice: Person) -> Person:
    """Alice with a device of her own and a plan for it, of two minutes."""
    alice.device = "saalio"
    alice.save()
    shortened(prescribed(alice), duration_min=12.0)
    return alice


def address(person: Person, name: str = "led") -> str:
    return reverse(name, args=[person.code, "palms"])


def data_in(answer: Any) -> dict[str, Any]:
    found = re.search(r'<script id="led-data" type="application/json">(.*?)</script>', answer.content.decode(), re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


class Phone:
    """What a page sends."""

    def __init__(self, client: Client, person: Person, *, clock_is_off_by: timedelta = timedelta()) -> None:
        self.client, self.person, self.off = client, person, clock_is_off_by
        self.data = data_in(client.get(address(person)))
        self.session = str(uuid.uuid4())
        self.began_at = timezone.now() - timedelta(minutes=30)

    def wrote(self, kind: str, t_s: float, **more: object) -> dict[str, Any]:
        at = self.began_at + self.off + timedelta(seconds=t_s)
        return {"id": str(uuid.uuid4()), "at": at.isoformat(), "event": {"kind": kind, "t_s": t_s, **more}}

    def whole(self) -> list[dict[str, Any]]:
        return [self.wrote("began", 0.0), self.wrote("over", 960.0)]

    def told(self, **said: object) -> dict[str, Any]:
        return self.wrote("told", 970.0, **({"reached_ma": None, "turned": None, "felt": []} | said))

    def sends(self, events: list[dict[str, Any]], **more: object) -> Any:
        body = {
            "session": self.session,
            "ticket": self.data["ticket"],
            "sent_at": (timezone.now() + self.off).isoformat(),
            "events": events,
        } | more
        return self.client.post(address(self.person, "led_events"), json.dumps(body), content_type="application/json")


def test_the_page_carries_the_timeline_and_no_rule_of_its_own(saalio: Person, as_alice: Client) -> None:
    answer = as_alice.get(address(saalio))
    assert answer.status_code == 200
    steps = data_in(answer)["timeline"]["steps"]
    assert [step["phase"] for step in steps][:4] == ["self_testing", "turning", "checking_contact", "ramping_up"]
    assert "Set the current higher." in json.dumps(steps)
    script = (SITE / "static" / "ionto" / "led.js").read_text()
    assert not re.search(r"\b(0\.3|15|20|25|30|35|45|600|1200)\s*(mA|;)", script)
    assert "self_testing" not in script


def test_in_german_every_word_of_the_page_is_german(saalio: Person, as_alice: Client) -> None:
    saalio.language = "de"
    saalio.save()
    text = as_alice.get(address(saalio)).content.decode()
    assert '<html lang="de" dir="ltr">' in text
    assert "Den Strom höher einstellen." in json.dumps(data_in(as_alice.get(address(saalio))), ensure_ascii=False)
    assert "Hands-free" not in text
    english, german = words_in("en"), words_in("de")
    assert english.keys() == german.keys()
    assert {key for key in english if english[key] == german[key]} <= {"unit", "start"}
    for key in english:
        if isinstance(english[key], str):
            blanks = [
                sorted(set(re.findall(r"{(\w+)}", words[key])) - {"current", "aim_ma"}) for words in (english, german)
            ]
            assert blanks[0] == blanks[1], key
        else:
            assert english[key].keys() == german[key].keys()


def test_the_checklist_asks_for_every_circumstance_and_cites_who_wants_it() -> None:
    checks = led_words().check
    assert {circumstance for check in checks for circumstance in check.rules_out} == set(Circumstance)
    assert {key for check in checks for key in check.sources} <= set(references())


def test_the_page_is_light(saalio: Person, as_alice: Client) -> None:
    page = as_alice.get(address(saalio)).content
    linked = re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode())
    # One request more asks whether a session is open.
    assert len(linked) + 2 < 5
    files = [Path(str(finders.find(name))).read_bytes() for name in linked]
    assert sum(len(gzip.compress(each)) for each in (page, *files)) < 60_000


def test_without_a_plan_it_goes_to_the_session_page(alice: Person, as_alice: Client) -> None:
    alice.device = "saalio"
    alice.save()
    assert as_alice.get(address(alice)).url == reverse("prepare", args=[alice.code])


def test_a_plan_for_another_device_leads_nothing(alice: Person, as_alice: Client, prescription: object) -> None:
    alice.device = "saalio"
    alice.save()
    answer = as_alice.get(address(alice))
    assert "was made for another device" in answer.content.decode()
    assert "ticket" not in data_in(answer)


def test_who_treats_themselves_gets_no_simulated_session(saalio: Person, as_alice: Client) -> None:
    path = reverse("prepare", args=[saalio.code])
    assert "To the hands-free session" in as_alice.get(path).content.decode()
    as_alice.post(path, {"site": "palms", "speed_ratio": "60"})
    assert not SessionRecord.objects.exists()


def test_a_session_that_was_led_is_in_the_record_as_assumed(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    assert phone.sends([phone.wrote("began", 0.0)]).json().keys() == {"kept"}
    assert not SessionRecord.objects.exists()
    answer = phone.sends([phone.wrote("over", 960.0)]).json()
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert (fact.provenance, fact.outcome, fact.duration_min) == ("assumed", "completed", 12.0)
    assert answer["next_on"] > saalio.today.isoformat()
    assert answer["why"]
    record = SessionRecord.objects.get(pk=phone.session)
    assert fact.at == record.started_at == phone.began_at
    session = replay(gzip.decompress(bytes(record.journal_gz or b"")).decode().splitlines(keepends=True))
    assert session.held_s == 720
    assert as_alice.get(answer["record"]).status_code == 200
    assert audited("led_events_kept")
    assert audited("session_completed")


def test_what_is_sent_twice_counts_once(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    events = [*phone.whole(), phone.told(felt=[{"effect": "erythema", "severity": "mild"}])]
    first, second = phone.sends(events).json(), phone.sends(events + events).json()
    assert first == second
    assert LedEventRecord.objects.count() == 3
    assert FactRecord.objects.filter(kind="session").count() == 1
    assert FactRecord.objects.filter(kind="side_effect").count() == 1


def test_what_is_said_later_takes_the_place_of_what_was_assumed(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    phone.sends(phone.whole())
    phone.sends([phone.told(reached_ma=4.0, turned=False)])
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert (fact.provenance, fact.current_ma) == ("displayed", 4.0)
    assert fact.charge_ma_min == pytest.approx(4 * 12, rel=0.15)
    assert fact.first_anode is not None
    sides = {"left": fact.left_anode_ma_min, "right": fact.right_anode_ma_min}
    assert sides[fact.first_anode] == fact.charge_ma_min
    assert sides[fact.first_anode.other] == 0
    assert FactRecord.objects.filter(kind="session").count() == 2  # the one that was assumed is withdrawn, not gone


def at_midday(person: Person) -> None:
    """Puts the person where it is midday now, so that a session of half an hour ago was today."""
    ahead_hours = 12 - timezone.now().hour
    person.timezone = f"Etc/GMT{-ahead_hours:+d}"
    person.save()


def test_what_is_said_later_is_taken_by_a_site_that_writes_plans_otherwise(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    phone.sends(phone.whole())
    record = SessionRecord.objects.get()
    record.session_plan = json.dumps(json.loads(record.session_plan), sort_keys=True)
    record.save()
    assert phone.sends([phone.told(reached_ma=4.0)]).status_code == 200


def test_a_stop_is_kept_where_it_was(saalio: Person, as_alice: Client) -> None:
    at_midday(saalio)
    phone = Phone(as_alice, saalio)
    phone.sends([phone.wrote("began", 0.0), phone.wrote("pain_reported", 250.0), phone.wrote("over", 260.0)])
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert (fact.outcome, fact.pain_reported) == ("stopped", True)
    assert 1 < fact.duration_min < 4
    answer = as_alice.get(address(saalio))
    assert "A session hurt today." in data_in(answer)["refusal"]


def test_a_phone_whose_clock_is_a_day_ahead_is_set_right(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio, clock_is_off_by=timedelta(days=1))
    phone.sends(phone.whole())
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert abs(fact.at - phone.began_at) < timedelta(seconds=10)


def test_a_phone_whose_clock_had_lost_the_year_while_it_led_tells_no_time(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    phone.began_at = datetime(1970, 1, 1, tzinfo=UTC)
    phone.sends(phone.whole())
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert abs(fact.at + timedelta(seconds=960) - timezone.now()) < timedelta(seconds=10)
    # It counts as today's.
    assert "You have had today's session here." in data_in(as_alice.get(address(saalio)))["refusal"]


def test_a_page_that_comes_back_after_days_is_read_by_the_plan_that_it_showed(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    phone.began_at = timezone.now() - timedelta(days=5)
    saalio.refresh_from_db()
    saalio.device = "hidrex_dp450"
    saalio.save()
    assert saalio.user is not None
    actions.prescribe_for(saalio, Site.PALMS, by=saalio.user, starts_on=saalio.today)
    assert phone.sends(phone.whole()).status_code == 200
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert fact.duration_min == 12.0
    assert datetime.now(fact.at.tzinfo) - fact.at > timedelta(days=4)


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"ticket": "made-up"}, 422, "ticket"),
        ({"events": []}, 422, "events"),
        ({"session": "not-a-name"}, 422, "session"),
        ({"more": 1}, 422, "more"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(
    saalio: Person, as_alice: Client, wrong: dict[str, object], status: int, why: str
) -> None:
    phone = Phone(as_alice, saalio)
    answer = phone.sends(wrong.pop("events", phone.whole()), **wrong)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert why in answer.json()["why"]
    assert not LedEventRecord.objects.exists()


def test_nobody_sends_for_somebody_else(saalio: Person, as_alice: Client, charlie: Any) -> None:
    phone = Phone(as_alice, saalio)
    events = phone.whole()
    phone.sends(events)
    # Charlie's own record does not take Alice's ticket, nor the names of her events.
    own = Person.objects.get(user=charlie)
    own.device = "saalio"
    own.save()
    prescribed(own)
    theirs = Phone(client_of(charlie), own)
    assert theirs.sends(theirs.whole(), ticket=phone.data["ticket"]).status_code == 409
    assert theirs.sends(events).status_code == 409
    assert theirs.sends(theirs.whole(), session=phone.session).status_code == 409
    assert client_of(charlie).post(address(saalio, "led_events")).status_code == 404


def test_her_nurse_and_her_dermatologist_may_lead_her_too(saalio: Person, as_nina: Client, as_bob: Client) -> None:
    for client in (as_nina, as_bob):
        phone = Phone(client, saalio)
        assert phone.sends([phone.wrote("began", 0.0)]).status_code == 200


def test_the_worker_is_a_script_that_is_asked_for_anew_each_time(as_alice: Client) -> None:
    answer = as_alice.get(reverse("led_worker"))
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert answer.status_code == 200


def test_a_day_of_rest_is_told_with_its_end_so_that_the_page_needs_no_network_then(
    saalio: Person, as_alice: Client
) -> None:
    at_midday(saalio)
    phone = Phone(as_alice, saalio)
    phone.sends(phone.whole())
    data = data_in(as_alice.get(address(saalio)))
    assert "rest until tomorrow" in data["refusal"]
    assert data["not_before"] == (saalio.today + timedelta(days=1)).isoformat()
    assert data["ticket"]


def test_a_blister_keeps_the_page_from_leading_at_all(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    answer = phone.sends([*phone.whole(), phone.told(felt=[{"effect": "blister", "severity": "moderate"}])]).json()
    assert answer["alerts"]
    data = data_in(as_alice.get(address(saalio)))
    assert data["refusal"]
    assert "ticket" not in data


def test_what_the_page_calls_grave_is_grave(saalio: Person, as_alice: Client) -> None:
    text = as_alice.get(address(saalio)).content.decode()
    offered = re.findall(r'name="(?:comfort|skin)" value="(\w+) (\w+)"( data-red)?', text)
    assert len(offered) == 6
    for effect, severity, red in offered:
        felt = SideEffectFact(
            site=Site.PALMS, at=timezone.now(), effect=Effect(effect), severity=EffectSeverity(severity)
        )
        assert (level_of(felt) in RED) == bool(red), effect


def test_the_record_says_by_whom_the_current_is_known(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    over = as_alice.get(phone.sends(phone.whole()).json()["record"]).content.decode()
    assert "taken as it was set" in over
    over = as_alice.get(phone.sends([phone.told(reached_ma=5.0)]).json()["record"]).content.decode()
    assert "read off the display" in over


def test_an_open_session_is_offered_to_another_phone_with_what_it_is_led_by(
    saalio: Person, as_alice: Client, as_nina: Client
) -> None:
    phone = Phone(as_alice, saalio)
    phone.sends([phone.wrote("began", 0.0)])
    there = asks_open(as_nina, saalio)["open"]
    assert (there["session"], there["ticket"]) == (phone.session, phone.data["ticket"])
    assert there["timeline"] == phone.data["timeline"]
    assert there["now_s"] == pytest.approx(1800, abs=30)
    assert there["heard_s"] == 0.0
    # How far it is, the phone that leads says, and no other.
    asks_open(as_alice, saalio, phone="another", session=phone.session, t_s=900.0)
    assert asks_open(as_nina, saalio)["open"]["heard_s"] == 0.0
    assert asks_open(as_alice, saalio, phone="", session=phone.session, t_s=600.0) == {"taken": False}
    assert asks_open(as_nina, saalio)["open"]["heard_s"] == 600.0
    phone.sends([phone.wrote("over", 960.0)])
    assert asks_open(as_nina, saalio) == {"open": None}


def asks_open(client: Client, person: Person, **more: object) -> dict[str, Any]:
    body = json.dumps({"phone": "the-second"} | more)
    said: dict[str, Any] = client.post(address(person, "led_open"), body, content_type="application/json").json()
    return said


def test_of_two_phones_only_the_one_that_leads_counts(saalio: Person, as_alice: Client) -> None:
    phone = Phone(as_alice, saalio)
    phone.began_at = timezone.now() - timedelta(minutes=40)
    phone.sends([phone.wrote("began", 0.0)])

    def second(kind: str, t_s: float) -> dict[str, Any]:
        return phone.wrote(kind, t_s) | {"phone": "the-second"}

    phone.sends([second("taken_over", 400.0)])
    # The first wakes up: what it had written before counts, what it writes now does not.
    before, after = phone.wrote("more_time_asked", 300.0), phone.wrote("stop_pressed", 100.0)
    after["at"] = (phone.began_at + timedelta(seconds=900)).isoformat()
    assert phone.sends([before, after]).json()["taken"]
    answer = phone.sends([second("over", 960.0)]).json()
    assert "taken" not in answer
    (fact,) = sessions_at(saalio, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("completed", 12.0)
    assert FactRecord.objects.filter(kind="session").count() == 1
    assert LedEventRecord.objects.count() == 5
    assert asks_open(as_alice, saalio, phone="", session=phone.session) == {"taken": True}
