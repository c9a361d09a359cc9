"""Side effects into alerts: how serious each is, what to do, and whether the site must rest.

The rules are data (alerts.toml). A red effect stops the site until a clinician clears it there, which is a fact of its
own; time alone clears nothing. What concerns the whole body, fainting for instance, stops every site, and each site
is cleared by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Ge, MinLen

from ionto.follow.recommendation import Alert
from ionto.words.reading import document, read_toml
from ionto.words.records import ClearedFact, Fact, SessionFact, SideEffectFact
from ionto.words.terms import AlertLevel, Effect, EffectSeverity, Outcome, Site

# Amber and green effects are shown this long; red ones stay.
ALERT_SHOWN_DAYS = 14
# Amber on three days within a month goes to the clinician [IONTO].
AMBER_REPEATED_COUNT = 3
AMBER_REPEATED_DAYS = 30
# After an amber effect one day is skipped [IONTO].
AMBER_REST_DAYS = 2
# Two sessions in a row that ended in a fault: the device is looked at first [HIDREX-SAFE].
FAULTS_COUNT = 2
RED = frozenset({AlertLevel.RED_LOCAL, AlertLevel.RED_SYSTEMIC})
_LEVELS = list(AlertLevel)
_SEVERITIES = list(EffectSeverity)


@document
class EffectRule:
    """What one side effect means, from a severity and a duration on."""

    effect: Effect
    from_severity: EffectSeverity = EffectSeverity.MILD
    from_hours: Annotated[float, Ge(0)] = 0.0
    level: AlertLevel
    why: str
    do: str
    sources: Annotated[tuple[str, ...], MinLen(1)]

    def fits(self, fact: SideEffectFact) -> bool:
        """Whether the rule speaks of this effect. A duration nobody wrote down counts as long."""
        long_enough = fact.lasted_hours is None or fact.lasted_hours >= self.from_hours
        strong_enough = _SEVERITIES.index(fact.severity) >= _SEVERITIES.index(self.from_severity)
        return fact.effect is self.effect and strong_enough and long_enough


@document
class EffectRules:
    """All rules, as in alerts.toml."""

    rule: Annotated[tuple[EffectRule, ...], MinLen(1)]


@cache
def effect_rules() -> tuple[EffectRule, ...]:
    """The rules of alerts.toml; every effect has one that always fits."""
    rules = read_toml(EffectRules, files("ionto.follow").joinpath("alerts.toml").read_text("utf-8")).rule
    always = {rule.effect for rule in rules if rule.from_severity is EffectSeverity.MILD and rule.from_hours == 0.0}
    if missing := [str(effect) for effect in Effect if effect not in always]:
        raise ValueError(f"alerts.toml has no rule for every {', '.join(missing)}")
    return rules


def rule_for(fact: SideEffectFact) -> EffectRule:
    """The strictest rule that fits this side effect."""
    return max((rule for rule in effect_rules() if rule.fits(fact)), key=lambda rule: _LEVELS.index(rule.level))


def level_of(fact: SideEffectFact) -> AlertLevel:
    """How serious this side effect is.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> level_of(SideEffectFact(site=Site.PALMS, at=noon, effect=Effect.ERYTHEMA, lasted_hours=1.0))
    <AlertLevel.GREEN: 'green'>
    >>> level_of(SideEffectFact(site=Site.PALMS, at=noon, effect=Effect.BLISTER))
    <AlertLevel.RED_LOCAL: 'red_local'>
    """
    return rule_for(fact).level


def felt_at(site: Site, facts: Sequence[Fact]) -> tuple[SideEffectFact, ...]:
    """The side effects that matter for this site: its own, and those elsewhere that stop every site."""
    return tuple(
        fact
        for fact in facts
        if isinstance(fact, SideEffectFact) and (fact.site is site or level_of(fact) is AlertLevel.RED_SYSTEMIC)
    )


def rested_on(site: Site, facts: Sequence[Fact], *, zone: ZoneInfo) -> date | None:
    """The first day on which a session may be held again after the last amber effect; None where there was none."""
    days = [_day(fact, zone) for fact in felt_at(site, facts) if level_of(fact) is AlertLevel.AMBER]
    return max(days) + timedelta(days=AMBER_REST_DAYS) if days else None


def alerts_for(site: Site, facts: Sequence[Fact], today: date, *, zone: ZoneInfo) -> tuple[Alert, ...]:
    """The alerts that stand today at this site, the most serious first, one for each effect and level."""
    felt = felt_at(site, facts)
    cleared_at = max((fact.at for fact in facts if isinstance(fact, ClearedFact) and fact.site is site), default=None)
    standing: dict[tuple[Effect, AlertLevel], Alert] = {}
    for fact in felt:
        rule = rule_for(fact)
        if rule.level in RED and cleared_at is not None and fact.at < cleared_at:
            continue
        if rule.level in RED or (today - _day(fact, zone)).days <= ALERT_SHOWN_DAYS:
            standing[fact.effect, rule.level] = Alert(
                alert=fact.effect.value, level=rule.level, why=rule.why, do=rule.do, sources=rule.sources
            )
    alerts = list(standing.values())
    amber_days = {
        _day(fact, zone)
        for fact in felt
        if level_of(fact) is AlertLevel.AMBER and (today - _day(fact, zone)).days <= AMBER_REPEATED_DAYS
    }
    if len(amber_days) >= AMBER_REPEATED_COUNT:
        alerts.append(_repeated(len(amber_days)))
    if _device_fails(site, facts, today, zone):
        alerts.append(_device())
    return tuple(sorted(alerts, key=lambda alert: -_LEVELS.index(alert.level)))


def _repeated(days_count: int) -> Alert:
    return Alert(
        alert="repeated_effect",
        level=AlertLevel.AMBER,
        why=f"Your skin was irritated on {days_count} days within a month.",
        do="Talk to your clinician. Pulsed current or fewer sessions may suit you better.",
        sources=("DP450", "HHUK", "IONTO"),
    )


def _device_fails(site: Site, facts: Sequence[Fact], today: date, zone: ZoneInfo) -> bool:
    """Whether the last sessions at this site all ended in a fault of the device, of late."""
    last = [fact for fact in facts if isinstance(fact, SessionFact) and fact.site is site][-FAULTS_COUNT:]
    return (
        len(last) == FAULTS_COUNT
        and all(session.outcome is Outcome.FAULTED for session in last)
        and (today - _day(last[-1], zone)).days <= ALERT_SHOWN_DAYS
    )


def _device() -> Alert:
    return Alert(
        alert="device_fault",
        level=AlertLevel.AMBER,
        why=f"The last {FAULTS_COUNT} sessions ended in a fault of the device.",
        do="Do not use this device until it has been checked: switch it off, unplug it, and call your clinic.",
        sources=("HIDREX-SAFE", "IONTO"),
    )


def _day(fact: Fact, zone: ZoneInfo) -> date:
    return fact.at.astimezone(zone).date()
