"""A session on the simulated device, as it runs in the server."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.consult.rules import suitability_rules
from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import InjectedFault, SimulatedSource
from ionto.treat.events import SessionPlan, session_plan
from ionto.treat.journal import Journal, replay
from ionto.treat.runner import Interruption, VirtualClock, run_session
from ionto.words.reading import read_json
from ionto.words.records import Fact, SessionFact, SideEffectFact
from ionto.words.terms import Circumstance, Effect, EffectSeverity, Outcome, Side, Site
from ionto_web.care import actions, live
from ionto_web.care.course import active_plans, recommended, sessions_at, why_not_now
from ionto_web.care.forms.session import CHECKS
from ionto_web.care.models import FactRecord, Person, PrescriptionRecord, SessionRecord
from ionto_web.care.views.session import _next_session, _pictures

from .conftest import audited, ended, eventually, prescribed, shortened

pytestmark = pytest.mark.django_db(transaction=True)
TICKED = {f"check-{check.key}": "on" for check in CHECKS}


def begin(client: Client, person: Person, **changed: str):
    data = {"site": "palms", "speed_ratio": "60", **TICKED, **changed}
    return client.post(reverse("prepare", args=[person.code]), data)


def started(person: Person, *, speed_ratio: int = 60, faults: Iterable[InjectedFault] = ()) -> SessionRecord:
    record, plan = active_plans(person)[Site.PALMS]
    session = actions.start_session(
        record, session_plan(plan.prescription, _next_session(person, Site.PALMS)), by=person.user
    )
    live.start(session, speed_ratio=speed_ratio, faults=faults)
    return session


def stopped_in_the_first_half(person: Person) -> None:
    """A session that was stopped after two minutes of its own time, however fast this computer is today."""
    record, plan = active_plans(person)[Site.PALMS]
    planned = session_plan(plan.prescription, _next_session(person, Site.PALMS))
    session = actions.start_session(record, planned, by=person.user)
    file = io.StringIO()
    over = run_session(
        planned,
        SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=planned.voltage_limit_v),
        VirtualClock(),
        journal=Journal(file),
        interruptions=[Interruption(name="stop_pressed", at_s=120.0)],
    )
    assert over.half_count == 1
    actions.end_session(session, over, file.getvalue().encode(), ended_at=timezone.now())


def phase(record: SessionRecord) -> str:
    running = live.running(record.pk)
    return running.session.phase.value if running else "gone"


def test_without_a_plan_there_is_nothing_to_run(alice: Person, as_alice: Client) -> None:
    assert "There is no plan yet" in as_alice.get(reverse("prepare", args=[alice.code])).content.decode()


def test_the_checklist_rules_out_every_circumstance_with_a_source_of_its_rule() -> None:
    ruled_out = {circumstance: check for check in CHECKS for circumstance in check.rules_out}
    assert set(ruled_out) == set(Circumstance)
    rules = [rule for rule in suitability_rules() if rule.when == "circumstance"]
    for rule in rules:
        assert all(set(ruled_out[each].sources) & set(rule.sources) for each in rule.circumstances), rule.id


@pytest.mark.parametrize("missing", sorted(TICKED))
def test_a_line_that_is_not_ticked_keeps_the_session_from_starting(
    missing: str, alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    answer = begin(as_alice, alice, **{missing: ""})
    assert answer.status_code == 422
    assert answer.content.decode().count("checked") == len(TICKED)  # the other lines, and the speed
    assert not SessionRecord.objects.exists()


@pytest.mark.parametrize(
    ("language", "kept", "said", "mark"),
    [
        ("en", 0, f"{len(CHECKS)} lines are not ticked.", "Not ticked yet."),
        ("en", len(CHECKS) - 1, "1 line is not ticked.", "Not ticked yet."),
        ("de", 1, f"{len(CHECKS) - 1} Zeilen sind nicht abgehakt.", "Noch nicht abgehakt."),
    ],
)
def test_what_is_not_ticked_is_said_once_with_its_count_and_each_line_is_marked(
    language: str, kept: int, said: str, mark: str, alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    data = {"site": "palms", "speed_ratio": "60"} | dict(list(TICKED.items())[:kept])
    Person.objects.filter(pk=alice.pk).update(language=language)
    text = as_alice.post(reverse("prepare", args=[alice.code]), data).content.decode()
    assert text.count('role="alert"') == text.count(said) == 1
    # Each is found by a screen reader by itself, and the first from the top.
    lines = [line for line in re.findall(r"<input[^>]*>", text) if 'name="check-' in line]
    marked = [line for line in lines if 'aria-invalid="true"' in line]
    assert len(marked) == text.count(mark) == len(CHECKS) - kept
    for line in marked:
        described = re.search(r'aria-describedby="(\w[\w-]*)"', line)
        assert described is not None
        assert f'<span class="visually-hidden" id="{described[1]}"> {mark}</span>' in text
    first = re.search(r' id="([\w-]+)"', marked[0])
    assert first is not None
    assert f'href="#{first[1]}"' in text


@pytest.mark.parametrize("site", ["soles", "", "elbow"])
def test_what_was_ticked_for_another_place_starts_nothing(
    site: str, alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    answer = begin(as_alice, alice, site=site)
    assert answer.url == reverse("prepare", args=[alice.code])
    assert not SessionRecord.objects.exists()


def test_a_session_runs_to_its_end_and_is_kept_as_a_fact(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    answer = begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    assert answer.url == reverse("session", args=[record.pk])
    assert record.status == "completed"
    (fact,) = sessions_at(alice, Site.PALMS)
    assert fact.outcome is Outcome.COMPLETED
    assert fact.delivered_ma_min == pytest.approx(json.loads(record.summary)["delivered"]["charge_ma_min"], abs=1e-3)
    assert fact.delivered_ma_min > 0.5 * fact.current_ma
    assert audited("session_started")
    assert audited("session_completed")
    assert "Well done" in as_alice.get(answer.url).content.decode()


def test_the_side_that_had_less_of_the_anode_has_it_first_next_time(
    alice: Person, prescription: PrescriptionRecord
) -> None:
    assert _next_session(alice, Site.PALMS).first_anode is Side.RIGHT
    stopped_in_the_first_half(alice)
    (fact,) = sessions_at(alice, Site.PALMS)
    assert (fact.left_anode_ma_min, fact.right_anode_ma_min) == (0, pytest.approx(fact.charge_ma_min))
    assert _next_session(alice, Site.PALMS).first_anode is Side.LEFT
    # Cut short again, and sooner: the left still has had less, so it keeps its turn.
    less = replace(fact, first_anode=Side.LEFT, left_anode_ma_min=0.1, right_anode_ma_min=0.0, at=timezone.now())
    actions.keep_facts(alice, [less], by=alice.user)
    assert _next_session(alice, Site.PALMS).first_anode is Side.LEFT


def test_the_journal_is_kept_and_tells_the_same_session(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    lines = gzip.decompress(record.journal_gz).decode().splitlines(keepends=True)
    assert replay(lines).delivered.charge_ma_min == json.loads(record.summary)["delivered"]["charge_ma_min"]
    assert not live.journal_file(record).exists()


def test_stop_takes_the_current_down_and_the_session_itself_says_that_it_has_ended(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "holding")
    answer = as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]), HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()) == (202, {"heard": True})
    assert ended(record).status == "stopped"
    summary = json.loads(record.summary)
    assert summary["max_slope_ma_per_s"] <= 1.0
    assert audited("stop_pressed")
    assert sessions_at(alice, Site.PALMS)[0].outcome is Outcome.STOPPED


def test_a_second_press_cuts_at_once(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    record = started(alice, speed_ratio=20)
    eventually(lambda: phase(record) == "holding")
    stop = reverse("session_press", args=[record.pk, "stop_pressed"])
    as_alice.post(stop)
    eventually(lambda: phase(record) == "stopping")
    as_alice.post(stop)
    ended(record)
    lines = [json.loads(line) for line in gzip.decompress(record.journal_gz).decode().splitlines()]
    pressed_s = [line["t_s"] for line in lines if line.get("event", {}).get("kind") == "stop_pressed"]
    cut_s = next(line["t_s"] for line in lines if line.get("command", {}).get("kind") == "cut_off")
    assert len(pressed_s) == 2
    assert cut_s == pressed_s[1]


def test_pain_ends_the_session_and_no_other_begins_on_that_day(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "ramping_up")
    as_alice.post(reverse("session_press", args=[record.pk, "pain_reported"]))
    assert ended(record).status == "stopped"
    assert sessions_at(alice, Site.PALMS)[0].pain_reported
    assert audited("pain_reported")
    answer = begin(as_alice, alice)
    assert "A session hurt today." in answer.content.decode()
    assert SessionRecord.objects.count() == 1


def test_a_stop_that_nobody_hears_is_not_shown_as_heard(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    answer = as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]), HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()) == (409, {"heard": False})
    assert not audited("stop_pressed")


def test_two_sessions_never_run_at_the_same_time(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    assert begin(as_alice, alice).url == reverse("session", args=[record.pk])
    with pytest.raises(actions.SessionRunning):
        actions.start_session(prescription, read_json(SessionPlan, record.session_plan), by=prescription.by)
    assert SessionRecord.objects.count() == 1
    live.press(record.pk, "stop_pressed")
    live.press(record.pk, "stop_pressed")
    ended(record)


def test_while_a_session_runs_every_page_of_the_record_has_a_way_to_stop_it(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    stop = f'action="{reverse("session_press", args=[record.pk, "stop_pressed"])}"'
    for page in ("consultation", "result", "plan", "diary", "progress", "details"):
        assert stop in as_alice.get(reverse(page, args=[alice.code])).content.decode(), page
    assert as_alice.get(reverse("prepare", args=[alice.code])).url == reverse("session", args=[record.pk])
    assert as_alice.get(reverse("session", args=[record.pk])).content.decode().count(stop) == 1
    live.press(record.pk, "stop_pressed")
    live.press(record.pk, "stop_pressed")
    ended(record)
    assert stop not in as_alice.get(reverse("diary", args=[alice.code])).content.decode()


def test_how_the_skin_feels_is_asked_on_the_day_of_the_session(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    page = reverse("session", args=[record.pk])
    text = as_alice.get(page).content.decode()
    assert text.index("How does the skin feel?") < text.index("What was delivered")
    # What only a doctor can read is folded away.
    assert text.index("For your doctor: the charge</summary>") < text.index("mA·min")
    past = timezone.now() - timedelta(days=3)
    SessionRecord.objects.update(started_at=past, ended_at=past + timedelta(minutes=20))
    assert "How does the skin feel?" not in as_alice.get(page).content.decode()


def test_only_a_session_that_may_be_taken_up_again_says_so_and_leads_there(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    stopped_in_the_first_half(alice)
    record = SessionRecord.objects.get()

    def says_again() -> bool:
        page = as_alice.get(reverse("session", args=[record.pk])).content.decode()
        sentence, link = (
            "You may start again today." in page,
            f'{reverse("prepare", args=[alice.code])}?site=palms"' in page,
        )
        assert sentence is link
        return sentence

    assert says_again()
    assert "What was delivered counts." not in as_alice.get(reverse("session", args=[record.pk])).content.decode()
    held(alice, duration_min=9.0)
    assert not says_again()
    past = timezone.now() - timedelta(days=3)
    alice.facts.all().delete()
    assert says_again()
    SessionRecord.objects.update(started_at=past, ended_at=past + timedelta(minutes=2))
    assert not says_again()
    SessionRecord.objects.update(summary=json.dumps(json.loads(record.summary) | {"held_min": 12.0}))
    assert "What was delivered counts." in as_alice.get(reverse("session", args=[record.pk])).content.decode()


def test_the_running_page_has_the_numbers_and_the_stop_button(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    text = as_alice.get(reverse("session", args=[record.pk])).content.decode()
    assert f'action="{reverse("session_press", args=[record.pk, "stop_pressed"])}"' in text
    assert 'id="current"' in text
    live.press(record.pk, "stop_pressed")
    ended(record)


def test_the_stream_tells_what_was_then_what_is_and_then_that_it_is_over(
    alice: Person, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    record = started(alice)
    eventually(lambda: phase(record) == "ramping_up")

    async def heard() -> list[tuple[str, object]]:
        said = [text async for text in _pictures(record.pk, "en-gb")]
        return [(text.split("\n")[0], json.loads(text.split("data: ")[1])) for text in said]

    said = asyncio.run(heard())
    assert said[0][0] == "event: points"
    assert said[-1][0] == "event: gone"
    pictures = [data for name, data in said if name == "event: picture"]
    times_s = [point[0] for point in said[0][1]] + [point[0] for data in pictures for point in data["points"]]
    assert times_s == sorted(times_s)
    assert pictures[-1]["has_ended"]
    assert max(data["current_ma"] for data in pictures) > 1
    assert [data["left_s"] for data in pictures] == sorted((data["left_s"] for data in pictures), reverse=True)


def dead_server_leaves(prescription: PrescriptionRecord, person: Person, *, part: float) -> SessionRecord:
    """A journal that ends in the middle of a line, as after a power cut, and a record that still says running."""
    whole = ended(started(person))
    journal = gzip.decompress(whole.journal_gz).decode().splitlines(keepends=True)
    FactRecord.objects.all()._raw_delete("default")
    record = actions.start_session(prescription, active_session_plan(person), by=person.user)
    path = live.journal_file(record)
    path.parent.mkdir(exist_ok=True)
    lines = int(len(journal) * part)
    path.write_text("".join(journal[:lines]) + journal[lines][:20])
    old_s = time.time() - 60
    os.utime(path, (old_s, old_s))
    return record


def active_session_plan(person: Person):
    _, plan = active_plans(person)[Site.PALMS]
    return session_plan(plan.prescription, _next_session(person, Site.PALMS))


def test_what_a_dead_server_delivered_is_read_from_the_journal(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    record = dead_server_leaves(prescription, alice, part=0.6)
    text = as_alice.get(reverse("session", args=[record.pk])).content.decode()
    assert "The computer was switched off or restarted" in text
    record.refresh_from_db()
    assert record.status == "faulted"
    (fact,) = sessions_at(alice, Site.PALMS)
    assert fact.delivered_ma_min > 1
    journal = gzip.decompress(record.journal_gz).decode().splitlines(keepends=True)
    assert fact.delivered_ma_min == pytest.approx(replay(journal).delivered.charge_ma_min, abs=1e-3)


def test_a_journal_that_was_written_just_now_belongs_to_a_session_that_lives(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    record = dead_server_leaves(prescription, alice, part=0.3)
    live.journal_file(record).touch()
    assert "Looking for the session" in as_alice.get(reverse("session", args=[record.pk])).content.decode()
    record.refresh_from_db()
    assert record.status == "running"


def test_a_journal_with_nothing_in_it_delivers_nothing(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = actions.start_session(prescription, active_session_plan(alice), by=alice.user)
    SessionRecord.objects.filter(pk=record.pk).update(started_at=timezone.now() - timedelta(minutes=5))
    as_alice.get(reverse("prepare", args=[alice.code]))
    (fact,) = sessions_at(alice, Site.PALMS)
    assert fact.delivered_ma_min == 0
    assert fact.outcome is Outcome.FAULTED


def test_comfort_is_kept_as_side_effects(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    answer = as_alice.post(
        reverse("session_comfort", args=[record.pk]), {"felt-tingling": "mild", "felt-blister": "moderate"}
    )
    assert answer.url == reverse("progress", args=[alice.code])
    assert {record.kind for record in FactRecord.objects.all()} == {"session", "side_effect"}
    assert len(audited("side_effect_recorded")) == 2
    advice = recommended(alice)[Site.PALMS]
    assert advice.phase == "paused"
    assert why_not_now(alice, Site.PALMS, advice) is not None


def test_nothing_felt_is_said_in_one_tap_unless_it_hurt(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "ramping_up")
    as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]))
    page, nothing = reverse("session", args=[ended(record).pk]), "Nothing felt, nothing to see</button>"
    text = as_alice.get(page).content.decode()
    assert text.index(nothing) < text.index("<select")
    SessionRecord.objects.update(summary=json.dumps(json.loads(ended(record).summary) | {"pain_reported": True}))
    text = as_alice.get(page).content.decode()
    assert "<select" in text
    assert nothing not in text


def held(person: Person, *, days_ago: int = 0, duration_min: float = 20.0) -> None:
    at = timezone.now() - timedelta(days=days_ago, minutes=1 if not days_ago else 0)
    fact = SessionFact(site=Site.PALMS, at=at, current_ma=5.0, duration_min=duration_min)
    actions.keep_facts(person, [fact], by=person.user)


def test_one_session_a_day_is_the_most(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    held(alice)
    assert "You have had today&#x27;s session here." in begin(as_alice, alice).content.decode()
    assert not SessionRecord.objects.exists()


@pytest.mark.parametrize("device", ["simulated", "saalio"])
def test_where_no_session_may_begin_the_page_leads_to_what_can_be_done(
    device: str, alice: Person, as_alice: Client
) -> None:
    alice.device = device
    alice.save()
    prescribed(alice)
    path = reverse("prepare", args=[alice.code])
    led = f'class="btn btn-go btn-lg" href="{reverse("led", args=[alice.code, "palms"])}"'
    assert "What to do, and when I may again" not in as_alice.get(path).content.decode()
    assert (led in as_alice.get(path).content.decode()) is (device == "saalio")
    held(alice)
    text = as_alice.get(path).content.decode()
    assert led not in text
    for name in ("progress", "result"):
        assert f'class="btn btn-quiet" href="{reverse(name, args=[alice.code])}"' in text


def test_a_session_too_short_to_count_may_be_taken_up_again(alice: Person, prescription: PrescriptionRecord) -> None:
    held(alice, duration_min=3.0)
    assert why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS]) is None
    held(alice, duration_min=7.0)
    assert why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS]) is not None


def test_five_sessions_a_week_are_the_most(alice: Person, prescription: PrescriptionRecord) -> None:
    for days_ago in (6, 5, 4, 3):
        held(alice, days_ago=days_ago)
    assert why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS]) is None
    held(alice, days_ago=2)
    refusal = why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS])
    assert refusal is not None
    assert "5 sessions" in refusal


def test_irritated_skin_rests(alice: Person, prescription: PrescriptionRecord) -> None:
    held(alice, days_ago=1)
    itch = SideEffectFact(
        site=Site.PALMS, at=timezone.now(), effect=Effect.ITCH, severity=EffectSeverity.MODERATE, lasted_hours=30
    )
    actions.keep_facts(alice, [itch], by=alice.user)
    refusal = why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS])
    assert refusal is not None
    assert "irritated" in refusal


def test_where_no_session_is_recommended_none_begins(alice: Person, prescription: PrescriptionRecord) -> None:
    advice = replace(recommended(alice)[Site.PALMS], next_session_on=None, why=("It has not worked.", "Ask."))
    assert why_not_now(alice, Site.PALMS, advice) == "It has not worked. Ask."


def test_the_server_stops_its_sessions_before_it_ends(alice: Person, prescription: PrescriptionRecord) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "holding")
    live.stop_all(patience_s=20)
    assert ended(record).status == "stopped"


def test_before_its_day_a_session_is_held_back_for_what_is_so_and_for_nothing_else(
    alice: Person, prescription: PrescriptionRecord
) -> None:
    def refusal(*facts: Fact) -> str | None:
        kept = actions.keep_facts(alice, facts, by=alice.user)
        found = why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS])
        for record in kept:
            actions.withdraw_fact(record, by=alice.user)
        return found

    def begun(days: int, outcome: Outcome = Outcome.COMPLETED) -> SessionFact:
        at = timezone.now() - timedelta(days=days)
        return SessionFact(site=Site.PALMS, at=at, current_ma=5.0, duration_min=20.0, outcome=outcome)

    def itch(days: int) -> SideEffectFact:
        return SideEffectFact(site=Site.PALMS, at=timezone.now() - timedelta(days=days), effect=Effect.ITCH)

    rests = timezone.localdate(timezone=alice.zone) + timedelta(days=2)
    assert refusal(begun(1)) is None
    assert f"It rests until {rests:%A} {rests.day} {rests:%B}." in (refusal(begun(1), itch(0)) or "")
    assert "irritated lately. Keep to the day that is planned" in (refusal(begun(1), itch(5)) or "")
    for_device = refusal(begun(3, Outcome.FAULTED), begun(1, Outcome.FAULTED)) or ""
    assert "Do not use this device" in for_device
    assert "skin" not in for_device
