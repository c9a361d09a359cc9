"""Side effects: what is normal, what asks for care, and what stops treatment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ionto.follow.alerts import alerts_for, effect_rules, level_of
from ionto.words.evidence import references
from ionto.words.records import ClearedFact, SideEffectFact
from ionto.words.terms import AlertLevel, Effect, EffectSeverity, Site

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)
BERLIN = ZoneInfo("Europe/Berlin")
GREEN, AMBER, RED, STOP = AlertLevel.GREEN, AlertLevel.AMBER, AlertLevel.RED_LOCAL, AlertLevel.RED_SYSTEMIC


def felt(
    effect: str, severity: str = "mild", hours: float | None = None, days_ago: float = 0.0, site: Site = Site.PALMS
) -> SideEffectFact:
    return SideEffectFact(
        site=site,
        at=NOON - timedelta(days=days_ago),
        effect=Effect(effect),
        severity=EffectSeverity(severity),
        lasted_hours=hours,
    )


@pytest.mark.parametrize(
    ("effect", "severity", "hours", "level"),
    [
        ("tingling", "mild", None, GREEN),
        ("tingling", "moderate", None, GREEN),
        ("tingling", "severe", None, AMBER),
        ("erythema", "mild", 1.0, GREEN),
        ("erythema", "mild", 1.9, GREEN),
        ("erythema", "mild", 3.0, AMBER),
        ("erythema", "mild", 25.0, AMBER),
        ("pain", "mild", None, GREEN),
        ("pain", "moderate", None, AMBER),
        ("pain", "severe", None, RED),
        ("itch", "mild", None, AMBER),
        ("dryness", "mild", None, AMBER),
        ("bruise", "mild", None, AMBER),
        ("cracking", "mild", None, AMBER),
        ("cracking", "moderate", None, RED),
        ("cracking", "severe", None, RED),
        ("blister", "mild", None, RED),
        ("burn", "mild", None, RED),
        ("shock", "mild", None, AMBER),
        ("shock", "severe", None, RED),
        ("palpitations", "mild", 0.1, STOP),
        ("faint", "mild", 0.0, STOP),
        ("chest_pain", "mild", 0.0, STOP),
        ("seizure", "mild", 0.0, STOP),
        ("implant_felt", "mild", 0.0, STOP),
    ],
)
def test_each_side_effect_has_its_level(effect: str, severity: str, hours: float | None, level: AlertLevel) -> None:
    assert level_of(felt(effect, severity, hours)) is level


def test_redness_of_unknown_duration_is_not_taken_as_short() -> None:
    assert level_of(felt("erythema", hours=None)) is AMBER


@pytest.mark.parametrize("effect", list(Effect))
def test_more_severe_or_longer_is_never_less_serious(effect: Effect) -> None:
    order = list(AlertLevel)
    levels = [
        order.index(level_of(felt(effect, severity, hours)))
        for hours in (0.0, 2.0, 24.0, 48.0)
        for severity in EffectSeverity
    ]
    by_hours = [levels[start : start + 3] for start in range(0, 12, 3)]
    assert all(row == sorted(row) for row in by_hours)
    assert all(list(column) == sorted(column) for column in zip(*by_hours, strict=True))


def test_every_rule_says_what_to_do_and_where_it_is_from() -> None:
    for rule in effect_rules():
        assert rule.why.endswith(".")
        assert rule.do.endswith(".")
        assert set(rule.sources) <= set(references())


def test_a_red_effect_stands_for_months_and_an_amber_one_for_two_weeks() -> None:
    facts = [felt("blister", days_ago=200), felt("itch", days_ago=15), felt("dryness", days_ago=14)]
    alerts = alerts_for(Site.PALMS, facts, TODAY, zone=BERLIN)
    assert [(alert.alert, alert.level) for alert in alerts] == [("blister", RED), ("dryness", AMBER)]


def test_the_most_serious_alert_comes_first() -> None:
    facts = [felt("tingling"), felt("faint"), felt("itch"), felt("burn")]
    assert [alert.level for alert in alerts_for(Site.PALMS, facts, TODAY, zone=BERLIN)] == [STOP, RED, AMBER, GREEN]


def test_the_same_effect_twice_is_one_alert() -> None:
    assert len(alerts_for(Site.PALMS, [felt("itch", days_ago=2), felt("itch")], TODAY, zone=BERLIN)) == 1


def test_three_irritated_days_within_a_month_go_to_the_clinician() -> None:
    twice = [felt("itch", days_ago=20), felt("itch", days_ago=20.1), felt("dryness", days_ago=10)]
    assert "repeated_effect" not in [alert.alert for alert in alerts_for(Site.PALMS, twice, TODAY, zone=BERLIN)]
    alerts = alerts_for(Site.PALMS, [*twice, felt("bruise")], TODAY, zone=BERLIN)
    repeated = next(alert for alert in alerts if alert.alert == "repeated_effect")
    assert repeated.level is AMBER
    assert "clinician" in repeated.do


def test_a_blister_on_the_soles_leaves_the_palms_alone_but_fainting_does_not() -> None:
    assert alerts_for(Site.PALMS, [felt("blister", site=Site.SOLES)], TODAY, zone=BERLIN) == ()
    fainted = alerts_for(Site.PALMS, [felt("faint", site=Site.SOLES)], TODAY, zone=BERLIN)
    assert [alert.level for alert in fainted] == [STOP]


def cleared(days_ago: float, site: Site = Site.PALMS) -> ClearedFact:
    return ClearedFact(site=site, at=NOON - timedelta(days=days_ago), cleared_by="Dr Ada Example")


def test_a_clinician_clears_what_was_before_at_that_site_and_nothing_after() -> None:
    blister = felt("blister", days_ago=20)
    assert [alert.level for alert in alerts_for(Site.PALMS, [blister], TODAY, zone=BERLIN)] == [RED]
    assert alerts_for(Site.PALMS, [blister, cleared(days_ago=5)], TODAY, zone=BERLIN) == ()
    assert alerts_for(Site.PALMS, [blister, cleared(days_ago=5, site=Site.SOLES)], TODAY, zone=BERLIN)
    again = [blister, cleared(days_ago=5), felt("blister", days_ago=2)]
    assert [alert.level for alert in alerts_for(Site.PALMS, again, TODAY, zone=BERLIN)] == [RED]


def test_what_comes_at_the_moment_of_a_clearing_is_not_taken_as_seen() -> None:
    facts = [cleared(days_ago=2), felt("burn", days_ago=2)]
    assert [alert.level for alert in alerts_for(Site.PALMS, facts, TODAY, zone=BERLIN)] == [RED]


def test_fainting_is_cleared_site_by_site() -> None:
    faint = felt("faint", days_ago=9, site=Site.SOLES)
    facts = [faint, cleared(days_ago=3)]
    assert alerts_for(Site.PALMS, facts, TODAY, zone=BERLIN) == ()
    assert [alert.level for alert in alerts_for(Site.SOLES, facts, TODAY, zone=BERLIN)] == [STOP]
