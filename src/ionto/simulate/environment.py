"""The virtual patient as a Gymnasium environment: one person, one step a day, to treat or not and with how much.

Anybody's policy can so be tried on the people that ionto's own is tried on. The policy sees what the person knows: the
diary, the HDSS of the week, the sessions. The reward is a day of control less what a session costs. The person does
what the policy says: no session is missed, nobody leaves, and all else (the current that is reached, placebo, memory,
skin) is the `cohort`'s. The ceilings of `words.limits` hold whatever the policy asks for.

Needs `ionto[gymnasium]`. Importing this registers `ionto/VirtualPatient-v0`:

>>> import gymnasium
>>> env = gymnasium.make("ionto.simulate.environment:ionto/VirtualPatient-v0", days_count=28)
>>> seen, _ = env.reset(seed=7)
>>> dict(zip(OBSERVED, seen.tolist(), strict=True))["sessions_count"]
0.0
>>> seen, reward, terminated, truncated, told = env.step(15)
>>> told["delivered_ma"]
15.0
"""

from __future__ import annotations

from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ionto.simulate.cohort import FIRST_DAY, Population, Regimen, Underway, people, unplayed
from ionto.words.limits import (
    CHILD_CURRENT_CEILING_MA,
    CURRENT_CEILING_MA,
    CURRENT_CEILING_SOURCE,
    DURATION_CEILING_MIN,
    SESSIONS_CEILING_PER_WEEK,
    Cap,
    CapReason,
    check_ceilings,
    floored,
)
from ionto.words.terms import Effect, Site

# What the policy sees each morning, by place.
OBSERVED = (
    "rating_score",  # the diary of this morning, 0 (dry) to 10 (worst)
    "hdss_score",  # the last weekly answer, 1 to 4
    "hdss_age_days",
    "session_age_days",  # since the last session; days_count while there was none
    "sessions_count",
    "delivered_ma",  # in the last session, as the display said
    "pain_count",  # 1 when the last session hurt
    "blister_count",  # 1 when it left a blister
)
HDSS_EVERY_DAYS = 7
WEEK_DAYS = 7
PERSONS_COUNT = 1 << 31

Seen = NDArray[np.float32]


def current_cap(site: Site, age: Literal["adult", "child"]) -> Cap:
    """The highest current of an action, in whole milliamperes: the ceiling of the site, and that of a child."""
    site_ma = CURRENT_CEILING_MA[site]
    source = CURRENT_CEILING_SOURCE[site]
    cap = Cap(site_ma).lowered(CapReason(limit="site", value_ma=site_ma, why=f"The {site}.", source=source))
    if age == "child":
        why = "Under 18 years."
        cap = cap.lowered(CapReason(limit="child", value_ma=CHILD_CURRENT_CEILING_MA, why=why, source="DONC"))
    return cap


class VirtualPatientEnv(gymnasium.Env[Seen, np.int64]):
    """One virtual person, from the morning before a first session on.

    An action is the current of today's session in whole milliamperes, 0 for none. A session that the week has no room
    for is not given; `action_mask` in the info says which actions would be, `refused` why one was not.

    Parameters
    ----------
    session_cost_days
        What a session costs, in days of control.
    tolerance_score
        A day is controlled when the person sweats no more than at this HDSS of theirs, 1, 2 or 3.
    population_seed
        People number 0, 1, 2 … of this seed are who may come.

    Raises
    ------
    ValueError
        When a number is out of range, in one sentence.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 Gymnasium's own form

    def __init__(
        self,
        *,
        site: Site | str = Site.PALMS,
        age: Literal["adult", "child"] = "adult",
        entry_hdss: int | None = 3,
        days_count: int = 365,
        duration_min: float = 20.0,
        session_cost_days: float = 0.25,
        tolerance_score: int = 2,
        population_seed: int = 1,
    ) -> None:
        if site not in set(Site) or CURRENT_CEILING_MA[Site(site)] == 0:
            raise ValueError(f"site: there is no virtual patient for {site!r}")
        if age not in ("adult", "child"):
            raise ValueError(f"age: {age!r} is not adult or child")
        if not days_count >= 1:
            raise ValueError(f"days_count: at least one day, not {days_count}")
        if not 0 < duration_min <= DURATION_CEILING_MIN:
            raise ValueError(f"duration_min: above 0 and at most {DURATION_CEILING_MIN:g}, not {duration_min:g}")
        if not 0 <= session_cost_days < np.inf:
            raise ValueError(f"session_cost_days: 0 or more, not {session_cost_days:g}")
        if tolerance_score not in (1, 2, 3):
            raise ValueError(f"tolerance_score: an HDSS of 1, 2 or 3, not {tolerance_score}")
        self.population = Population(site=Site(site), age=age, entry_hdss=entry_hdss)
        self.cap = current_cap(Site(site), age)
        self.days_count, self.tolerance_score = days_count, tolerance_score
        self.session_cost_days, self.population_seed = session_cost_days, population_seed
        # A plan of no current on every day: what is asked takes its place.
        self.regimen = Regimen(
            session_days=tuple(range(days_count)), current_ma=(0.0,) * days_count, duration_min=duration_min
        )
        self.currents_count = int(floored(self.cap.value_ma, 1.0)) + 1
        self.action_space = spaces.Discrete(self.currents_count)
        never = days_count + 1
        highest = np.array([10, 4, HDSS_EVERY_DAYS, never, never, self.cap.value_ma, 1, 1], np.float32)
        lowest = np.array([0, 1, 0, 0, 0, 0, 0, 0], np.float32)
        self.observation_space = spaces.Box(lowest, highest, dtype=np.float32)
        self.person_number = -1

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, dict[str, Any]]:
        """Another person: the one named by `person_number` in the options, or drawn by the seed, else the next one.

        Raises
        ------
        ValueError
            For an option that is not known, or no person's number.
        """
        super().reset(seed=seed)
        if unknown := set(options or {}) - {"person_number"}:
            raise ValueError(f"options: {', '.join(sorted(unknown))} is not person_number")
        if options and "person_number" in options:
            number = options["person_number"]
        elif seed is not None:
            number = self.np_random.integers(PERSONS_COUNT)
        else:
            number = (self.person_number + 1) % PERSONS_COUNT
        if not isinstance(number, int | np.integer) or not 0 <= number < PERSONS_COUNT:
            raise ValueError(f"person_number: a whole number from 0 to 2^31 - 1, not {number!r}")
        self.person_number = int(number)
        self.person = people(self.population, 1, seed=self.population_seed, first=self.person_number)
        check_ceilings(self.population.site, self.cap.value_ma, self.person.contact_area_cm2)
        self.underway = Underway(self.person, self.regimen, self.population_seed)
        self.kept = unplayed(1, days_count=self.days_count + 1, sessions_count=self.days_count)
        self.today, self.session_days, self.suffered = 0, list[int](), frozenset[Effect]()
        for column in range(-FIRST_DAY):
            self._see(column)
            self.underway.rest(column)
        self._see(-FIRST_DAY)
        return self._observed(), self._told(0.0)

    def step(self, action: np.int64 | int) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """Today's session or none, the night, and the next morning.

        Raises
        ------
        ValueError
            When the action is no current from 0 to the cap, or the days are over.
        """
        if self.today >= self.days_count:
            raise ValueError("the days are over: reset() begins with another person")
        if isinstance(action, bool) or not self.action_space.contains(action):
            cap_ma = self.currents_count - 1
            raise ValueError(f"action: a whole current from 0 to {cap_ma} mA (0: no session), not {action!r}")
        refused, delivered_ma = None, 0.0
        if action and not self._has_room():
            refused = f"{SESSIONS_CEILING_PER_WEEK} sessions in {WEEK_DAYS} days are the most; today none is given"
        elif action:
            had = self.underway.give(np.ones(1, bool), float(action), self.kept, self.today)
            delivered_ma = float(self.kept.delivered_ma[self.today, 0])
            self.suffered = frozenset(effect for effect, by_person in had.items() if by_person[0])
            self.session_days.append(self.today)
        self.underway.rest(self.today - FIRST_DAY)
        self.today += 1
        self._see(self.today - FIRST_DAY)
        told = self._told(delivered_ma) | ({"refused": refused} if refused else {})
        reward = float(told["controlled"]) - self.session_cost_days * (delivered_ma > 0)
        return self._observed(), reward, False, self.today >= self.days_count, told

    def _see(self, column: int) -> None:
        self.underway.see(self.underway.average_mg_per_min(), self.kept, column)

    def _has_room(self) -> bool:
        held_count = sum(self.today - day < WEEK_DAYS for day in self.session_days)
        return held_count < SESSIONS_CEILING_PER_WEEK

    def _observed(self) -> Seen:
        asked_day = self.today - self.today % HDSS_EVERY_DAYS
        last = self.session_days[-1] if self.session_days else None
        return np.array(
            (
                self.kept.rating[self.today - FIRST_DAY, 0],
                self.kept.hdss[asked_day - FIRST_DAY, 0],
                self.today - asked_day,
                self.days_count if last is None else self.today - last,
                len(self.session_days),
                0.0 if last is None else self.kept.delivered_ma[last, 0],
                Effect.PAIN in self.suffered,
                Effect.BLISTER in self.suffered,
            ),
            np.float32,
        )

    def _told(self, delivered_ma: float) -> dict[str, Any]:
        """What only we know of this morning, and what may be done now."""
        sweat_mg_per_min = float(self.kept.sweat_mg_per_min[self.today - FIRST_DAY, 0])
        threshold_mg_per_min = self.person.hdss_thresholds_mg_per_min[self.tolerance_score - 1, 0]
        mask = np.full(self.currents_count, self._has_room(), np.int8)
        mask[0] = 1
        return {
            "person_number": self.person_number,
            "sweat_mg_per_min": sweat_mg_per_min,
            "controlled": bool(sweat_mg_per_min <= threshold_mg_per_min),
            "delivered_ma": delivered_ma,
            "action_mask": mask,
        }


gymnasium.register(id="ionto/VirtualPatient-v0", entry_point=f"{__name__}:{VirtualPatientEnv.__name__}")
