"""The transition: what sessions do, and what time does, to the effect and to the day-to-day deviation.

session     A  +=  rho d                          rho the effect of a session, d its dose
between     A' =  -k A             k  = ln 2 / T   the effect wears off
            C' =  ke (A - C)       ke = ln 2 / Te  and shows with a delay
sham        E +=  (1 - E) / 3 with any session, of whatever dose; without one it halves in 30 days
sweat       ln S = ln B + ln(1 - (1 - f) C^g / (1 + C^g)) - w E + u      w the sham fall
deviation   u an Ornstein-Uhlenbeck process, six days, standard deviation su; kept as a normal (mean, variance)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ionto.follow.response.curves import Floats, logistic
from ionto.follow.response.prior import Persons
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.records import SessionFact

DEVIATION_MEMORY_DAYS = 6.0
# Sham arms were seen after two to four weeks of sessions [KIM17, KAR04]; how fast it comes and goes is judgement.
EXPECTATION_GAIN_RATIO = 1.0 / 3.0
EXPECTATION_HALF_LIFE_DAYS = 30.0
# A session far above the protocol's charge earns at most this.
DOSE_CEILING_RATIO = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where each drawn person stands. Every field but the last is an array of shape (draws,), or (moments, draws).

    amount      A, effect given by the sessions so far and not yet worn off [1]
    effect      C, effect as it shows [1]
    deviation   mean of the day-to-day deviation u of ln sweat [ln units]
    variance    its variance [ln units squared]
    expectation_fraction  E, how far what falls with any session has fallen, the same for all draws [1];
                a number, or an array of shape (moments, 1)
    """

    amount: Floats
    effect: Floats
    deviation: Floats
    variance: Floats
    expectation_fraction: float | Floats

    def rows(self) -> Floats:
        """The four arrays as rows, shape (4, draws)."""
        return np.stack([self.amount, self.effect, self.deviation, self.variance])


def untreated(persons: Persons) -> State:
    """The state before the first session, with a day-to-day deviation of which nothing is known yet."""
    zero = np.zeros_like(persons.excess)
    return State(amount=zero, effect=zero, deviation=zero, variance=persons.day_to_day**2, expectation_fraction=0.0)


def elapsed(persons: Persons, state: State, days: float) -> State:
    """The state after `days` without a session, in closed form."""
    if days <= 0.0:
        return state
    return _elapsed(persons, state, days, math.exp(-days / DEVIATION_MEMORY_DAYS))


def elapsed_each(persons: Persons, state: State, days: Sequence[float]) -> State:
    """The states after each of these times without a session, shape (moments, draws)."""
    waited = np.maximum(np.array(days), 0.0)[:, None]
    memory = np.exp(-waited / DEVIATION_MEMORY_DAYS)
    return _elapsed(persons, state, waited.astype(persons.decay.dtype), memory.astype(persons.decay.dtype))


def _elapsed(persons: Persons, state: State, days: float | Floats, memory: float | Floats) -> State:
    amount_left, effect_left = np.exp(-days * persons.decay), np.exp(-days * persons.onset)
    # The difference of the two over the difference of their rates, safe where the rates meet and for short times.
    apart = np.abs(persons.onset - persons.decay)
    shown = persons.onset / apart * np.maximum(amount_left, effect_left) * -np.expm1(-apart * days)
    usual = persons.day_to_day * persons.day_to_day
    return State(
        amount=state.amount * amount_left,
        effect=state.effect * effect_left + state.amount * shown,
        deviation=state.deviation * memory,
        variance=usual + (state.variance - usual) * memory**2,
        expectation_fraction=state.expectation_fraction * 2.0 ** (-days / EXPECTATION_HALF_LIFE_DAYS),
    )


def stacked(states: Sequence[State]) -> State:
    """States of several moments as one, shape (moments, draws)."""
    return State(
        amount=np.stack([state.amount for state in states]),
        effect=np.stack([state.effect for state in states]),
        deviation=np.stack([state.deviation for state in states]),
        variance=np.stack([state.variance for state in states]),
        expectation_fraction=np.array([state.expectation_fraction for state in states])[:, None],
    )


def treated(persons: Persons, state: State, dose_ratio: float) -> State:
    """The state right after a session of this dose (1 is the protocol's charge)."""
    return replace(
        state,
        amount=state.amount + persons.session_effect_ratio * dose_ratio,
        expectation_fraction=raised(state.expectation_fraction),
    )


def raised(expectation_fraction: float | Floats) -> float | Floats:
    """What any session does to the expectation."""
    return expectation_fraction + EXPECTATION_GAIN_RATIO * (1.0 - expectation_fraction)


def expectation_left(days: float) -> float:
    """Share of the expectation that is left after `days` without a session."""
    return float(2.0 ** (-days / EXPECTATION_HALF_LIFE_DAYS))


def dose_of(session: SessionFact, full_dose_ma_min: float) -> float:
    """Dose of a delivered session over the protocol's charge, 0 to 2. Under ten minutes it earns none [HID94]."""
    if session.duration_min < EFFECTIVE_FLOOR_MIN:
        return 0.0
    return min(session.delivered_ma_min / full_dose_ma_min, DOSE_CEILING_RATIO)


def log_residual(persons: Persons, state: State) -> Floats:
    """ln of the share of untreated sweating that is left, without day-to-day deviation; never above 0."""
    sham_fall = persons.sham_fall * state.expectation_fraction
    return log_share_left(persons, state.effect) - sham_fall.astype(state.effect.dtype)


def log_share_left(persons: Persons, effect: Floats) -> Floats:
    """ln of the share of untreated sweating that this effect leaves, shape as `effect` (…, draws)."""
    # C^g / (1 + C^g) as a logistic curve of ln C, which cannot overflow for a draw far out.
    share = logistic(persons.steepness * np.log(np.maximum(effect, 1e-30)))
    return np.log(1.0 + (persons.floor_fraction - 1.0) * share)
