"""The reasons: why the recommendation is what it is, in sentences a patient can read, and the sources behind them."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from ionto.follow.alerts import RED
from ionto.follow.current import SKIN_REMEMBERS_COUNT, skin_ceiling_ma
from ionto.follow.phase import NO_RESPONSE_COUNT, Standing, missed_count
from ionto.follow.recommendation import Alert
from ionto.follow.rhythm import SessionAhead, comes_late, gap_days, longest_days, possible, present
from ionto.follow.situation import EVERY_WEEKDAY, Situation
from ionto.follow.taper import LONGEST_INTERVAL_DAYS
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.records import SessionFact
from ionto.words.terms import AlertLevel, CoursePhase, Site

SITE_WORDS = {Site.PALMS: "palms", Site.SOLES: "soles", Site.AXILLAE: "underarms", Site.FACE: "face"}
CONTROL_WORDS = {1: "dry", 2: "dry enough", 3: "bearable"}
SOURCES = {
    CoursePhase.PAUSED: ("BURNS-FR", "DAG17", "IONTO"),
    CoursePhase.NO_RESPONSE: ("CAN07", "HOL87", "REI95", "SAAL-I"),
    CoursePhase.INDUCTION: ("HHUK", "DERMADRY", "HID94", "HOL87"),
    CoursePhase.RELAPSE: ("GUILDWOOD", "GUL26", "DERMADRY"),
    CoursePhase.MAINTENANCE: ("UKSCHED", "OZC14", "FISCHER", "DERMADRY"),
}


def reasons(
    situation: Situation,
    standing: Standing,
    alerts: tuple[Alert, ...],
    ahead: tuple[SessionAhead, ...],
    interval_days: int | None,
    waits_until: date | None,
) -> tuple[str, ...]:
    """Plain sentences with their numbers, the decisive one first."""
    match standing.phase:
        case CoursePhase.PAUSED:
            return _paused(situation, alerts)
        case CoursePhase.NO_RESPONSE:
            return _no_response(situation, standing)
        case CoursePhase.MAINTENANCE:
            said = _maintenance(situation, standing, ahead, interval_days, waits_until)
        case CoursePhase.RELAPSE:
            said = _relapse(situation, standing)
        case CoursePhase.INDUCTION:
            said = _induction(situation, standing)
    return (
        *said,
        *_missed(situation, standing),
        *_skin(situation),
        *_device(alerts, ahead),
        *_days(situation, ahead),
    )


def sources_of(phase: CoursePhase) -> tuple[str, ...]:
    """Keys of the references behind the rules of this phase."""
    return SOURCES[phase]


def _paused(situation: Situation, alerts: tuple[Alert, ...]) -> tuple[str, ...]:
    red = [alert for alert in alerts if alert.level in RED]
    everywhere = any(alert.level is AlertLevel.RED_SYSTEMIC for alert in red)
    where = "at any site" if everywhere else f"on your {SITE_WORDS[situation.belief.site]}"
    told = [sentence for alert in red for sentence in (alert.why, alert.do)]
    return (f"There are no sessions {where} until a clinician has looked at this and agrees.", *told)


def _no_response(situation: Situation, standing: Standing) -> tuple[str, ...]:
    site, last = SITE_WORDS[situation.belief.site], situation.credited[-NO_RESPONSE_COUNT:]
    reached_ma = median(session.current_ma for session in last)
    found = (
        "your HDSS has not changed"
        if standing.hdss_unchanged
        else f"the chance that the treatment works for you as it stands is {_percent(situation.belief.responder_prob)}"
    )
    return (
        f"After {standing.tried_count} sessions on your {site}, {found}.",
        "Stop for now and talk to your clinician about the next step.",
        f"Check three things first. Current: your last sessions ran at about {reached_ma:.0f} mA, the target is "
        f"{situation.prescription.target_current_ma:g} mA. Water: was it tap water, and did it cover the skin evenly? "
        "Waveform: was the current direct, or pulsed?",
    )


def _induction(situation: Situation, standing: Standing) -> tuple[str, ...]:
    site, per_week = SITE_WORDS[situation.belief.site], situation.prescription.sessions_per_week
    rhythm = f"Keep to {_times(per_week)} a week until your {site} are {_control(situation)} on most days."
    if standing.credited_count == 0:
        return (
            rhythm,
            *_too_short(situation),
            "Most people notice nothing until after the fourth session; many need 6 to 12.",
        )
    said = [
        f"After {_sessions(standing.credited_count)} your {site} are likely {_control(situation)} on "
        f"{_of_five(standing.usual_controlled_prob)}.",
        *_too_short(situation),
        rhythm,
    ]
    if standing.credited_count < 6:
        said.append("Most people notice nothing until after the fourth session; many need 6 to 12.")
    if standing.tried_count >= NO_RESPONSE_COUNT:
        said.append(
            f"{standing.tried_count} sessions is longer than most people need: ask your clinician whether the current "
            "can go up, or what else may help."
        )
    return tuple(said)


def _relapse(situation: Situation, standing: Standing) -> tuple[str, ...]:
    site = SITE_WORDS[situation.belief.site]
    return (
        f"Your {site} were {_control(situation)} before, and now only on {_of_five(standing.usual_controlled_prob)}.",
        "Go back to the rhythm of the first weeks for a few sessions; three or four are often enough.",
    )


def _maintenance(
    situation: Situation,
    standing: Standing,
    ahead: tuple[SessionAhead, ...],
    interval_days: int | None,
    waits_until: date | None,
) -> tuple[str, ...]:
    site, risk = SITE_WORDS[situation.belief.site], _percent(situation.risk_prob)
    said = [
        f"After {_sessions(standing.credited_count)} your {site} are {_control(situation)} on "
        f"{_of_five(standing.usual_controlled_prob)}.",
        *_too_short(situation),
    ]
    if not ahead or interval_days is None:
        return tuple(said)
    step = longest_days(situation, situation.proven_days)
    by_step = step < LONGEST_INTERVAL_DAYS and (ahead[0].on - situation.held_on[-1]).days == step
    if ahead[0].on == situation.today and by_step:
        said.append(f"A session is due today: {_days_count(step)} is the longest you may wait for now.")
    elif ahead[0].on == situation.today:
        said.append(f"A session is due today: without one the risk of wet {site} soon passes {risk}.")
    elif comes_late(situation, ahead):
        said.append(f"Without a session before {_spoken(ahead[0].on)} the risk of wet {site} passes {risk} by then.")
    elif interval_days == LONGEST_INTERVAL_DAYS:
        said.append(f"Waiting {interval_days} days between sessions keeps the risk of wet {site} under {risk}.")
        said.append(f"{LONGEST_INTERVAL_DAYS} days is the longest that makers and clinics advise.")
    else:
        said.append(f"Waiting {_days_count(interval_days)} between sessions keeps the risk of wet {site} under {risk}.")
    if by_step:
        said.append(
            f"The interval lengthens in steps. Note how your {site} are just before the session: if they are still "
            f"{_control(situation)}, the next step is {_days_count(longest_days(situation, step))}."
        )
    if waits_until is not None and waits_until > ahead[0].on:
        said.append(f"If that day does not suit you, it may wait until {_spoken(waits_until)}.")
    return tuple(said)


def _too_short(situation: Situation) -> tuple[str, ...]:
    """Why fewer sessions are told than were begun: too short a one earns no credit [HID94]."""
    short_count = sum(
        isinstance(fact, SessionFact) and fact.duration_min < EFFECTIVE_FLOOR_MIN for fact in situation.belief.facts
    )
    if short_count == 0:
        return ()
    return (f"Sessions under {EFFECTIVE_FLOOR_MIN:g} minutes do not count here: {short_count} so far.",)


def _missed(situation: Situation, standing: Standing) -> tuple[str, ...]:
    """What missed sessions mean: they are not made up for. After a long gap nobody is told a number."""
    missed, last_on = missed_count(situation, standing), max(situation.held_on, default=situation.today)
    if missed == 0:
        return ()
    long_ago = (situation.today - last_on).days > LONGEST_INTERVAL_DAYS
    said = (
        f"Your last session was on {_with_year(last_on)}."
        if long_ago
        else f"You have missed about {_sessions(missed)}."
    )
    return (f"{said} Go on where you are: sessions are not made up for, and never two on one day.",)


def _skin(situation: Situation) -> tuple[str, ...]:
    """What the skin has borne, where it holds the current down."""
    ceiling_ma = skin_ceiling_ma(situation.prescription.site, situation.belief.facts)
    if ceiling_ma is None or ceiling_ma >= situation.prescription.target_current_ma:
        return ()
    return (
        f"Your skin objected just above {ceiling_ma:g} mA, so the current stays there for {SKIN_REMEMBERS_COUNT} well "
        "borne sessions. Petroleum jelly on small cuts and at the water line helps.",
    )


def _device(alerts: tuple[Alert, ...], ahead: tuple[SessionAhead, ...]) -> tuple[str, ...]:
    """What a device that is not to be used means for the day that is named."""
    if not (ahead and any(alert.alert == "device_fault" for alert in alerts)):
        return ()
    return (f"Hold the session of {_spoken(ahead[0].on)} only with a device that has been checked.",)


def _days(situation: Situation, ahead: tuple[SessionAhead, ...]) -> tuple[str, ...]:
    """What moved the day: days away, the start of the prescription, rest for the skin."""
    if not ahead:
        return ("There is no day on which a session can be held; look again when you are back.",)
    on = ahead[0].on
    if not present(situation, on + timedelta(days=1)):
        return (f"{_spoken(on)} is the last day before you are away.", *_soon(situation, on))
    if on > situation.today and not present(situation, on - timedelta(days=1)):
        return (f"You are away before {_spoken(on)}; that is your first day back.",)
    if situation.weekdays != EVERY_WEEKDAY and not possible(situation, on + timedelta(days=1)):
        sentence = f"{_spoken(on)} is the last of your days before the risk rises or the rhythm asks for one."
        return (sentence, *_soon(situation, on))
    if on == situation.not_before > situation.today:
        moved = "your plan begins then" if on == situation.prescription.starts_on else "your skin rests for a day first"
        return (f"The next session is on {_spoken(on)}: {moved}.",)
    return ()


def _soon(situation: Situation, on: date) -> tuple[str, ...]:
    """What is said of a session that follows the last one sooner than the rhythm has it."""
    if not situation.held_on or (on - situation.held_on[-1]).days >= gap_days(situation):
        return ()
    per_week = situation.prescription.sessions_per_week
    return (
        f"That is sooner after your last session than usual, and within your {_times(per_week)} a week. "
        "Leave it out if your skin is still red or sore.",
    )


def _control(situation: Situation) -> str:
    return CONTROL_WORDS[situation.tolerance_score]


def _of_five(prob: float) -> str:
    days_count = round(5.0 * prob)
    return {0: "very few days", 5: "nearly every day"}.get(days_count, f"about {days_count} of 5 days")


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def _times(count: int) -> str:
    return "one session" if count == 1 else f"{count} sessions"


def _days_count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _percent(prob: float) -> str:
    return f"{100.0 * prob:.0f} %"


def _with_year(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _spoken(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
