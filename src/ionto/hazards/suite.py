"""The whole suite: every scenario on every skin, with its controls and without, in parallel processes.

A run that cannot be played is counted as failed and named; nothing is skipped.
"""

from __future__ import annotations

import gc
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from ionto.hazards.gauge import NOTHING_FLOWED, Measures, broken
from ionto.hazards.people import asked_plan, is_let_through, prescribed_plan, sessions_on_a_day, unchecked, usual_plan
from ionto.hazards.rehearsal import NotPlayed, Prelude, played
from ionto.hazards.skins import VirtualSkin, virtual_skins
from ionto.hazards.table import Hazard, Scenario, hazards, scenarios
from ionto.simulate.circuit import CircuitTraits
from ionto.treat.events import SessionPlan
from ionto.words.terms import Site

SKINS_COUNT, SEED = 100, 0
ADULT_YEARS = 24


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario on one skin, once: what was measured, and what is wrong with it."""

    scenario: str
    hazard: str
    skin: str
    with_control: bool
    seen: Measures | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The worst of many runs, measure by measure, and the skin with the densest current."""

    runs_count: int
    peak_ma: float
    intact_ma_per_cm2: float
    cut_ma_per_cm2: float
    exposure_s: float
    charge_ma_min: float
    shock_ma: float
    skin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardOutcome:
    """A hazard after the suite: its runs with all controls against its runs without those it names."""

    hazard: str
    scenarios_count: int
    with_control: Worst
    without: Worst


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOutcome:
    """What was to run, what ran, what each hazard came to, which promises were broken, and what could not be played."""

    skins_count: int
    seed: int
    scenarios_count: int
    runs_wanted_count: int
    runs_count: int
    hazards: tuple[HazardOutcome, ...]
    broken: tuple[str, ...]
    not_played: tuple[str, ...]
    no_worse: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether all was played and every promise kept."""
        return not self.broken and not self.not_played and self.runs_count == self.runs_wanted_count


def run_suite(
    *,
    skins_count: int = SKINS_COUNT,
    seed: int = SEED,
    only: Iterable[str] = (),
    workers_count: int | None = None,
    told: Callable[[int, int], None] | None = None,
) -> SuiteOutcome:
    """Every scenario of these hazards (all, when none is named) on so many skins. `told` hears how many skins are done.

    Raises
    ------
    ValueError
        When a hazard that is named does not exist.
    """
    rows = chosen(only)
    ids, skins = [row.id for row in rows], virtual_skins(skins_count, seed)
    workers_count = workers_count or len(os.sched_getaffinity(0))
    runs: list[Run] = []
    if workers_count == 1:
        for done_count, skin in enumerate(skins, start=1):
            runs += runs_on(skin, seed, ids)
            if told is not None:
                told(done_count, len(skins))
    else:
        # What a run makes holds no circles, so that nothing needs to be looked for.
        with ProcessPoolExecutor(workers_count, initializer=gc.disable) as pool:
            waiting = [pool.submit(runs_on, skin, seed, ids) for skin in skins]
            for done_count, _ in enumerate(as_completed(waiting), start=1):
                if told is not None:
                    told(done_count, len(skins))
            # In the order of the skins, whoever was ready first.
            runs = [run for future in waiting for run in future.result()]
    return outcome_of(rows, runs, skins_count, seed)


def chosen(only: Iterable[str]) -> tuple[Hazard, ...]:
    """The hazards named, or all of them."""
    by_id = {row.id: row for row in hazards()}
    names = tuple(only) or tuple(by_id)
    unknown = next((name for name in names if name not in by_id), None)
    if unknown is not None:
        raise ValueError(f"{unknown!r} is no hazard; `ionto hazards list` names them")
    return tuple(by_id[name] for name in dict.fromkeys(names))


def runs_on(skin: VirtualSkin, seed: int, ids: Iterable[str]) -> list[Run]:
    """Every run of these hazards on one skin."""
    preludes: dict[object, Prelude] = {}
    found: list[Run] = []
    for scenario in scenarios(chosen(ids)):
        found += _runs_of(scenario, skin, seed, preludes)
    return found


def _runs_of(scenario: Scenario, skin: VirtualSkin, seed: int, preludes: dict[object, Prelude]) -> Iterator[Run]:
    traits = _traits(scenario, skin)

    def measured(plan: SessionPlan | None, left_out: Iterable[str]) -> tuple[Measures, bool]:
        if plan is None:
            return NOTHING_FLOWED, True
        key = (plan.site, plan.current_ma, plan.cap_current_ma, traits)
        prelude = preludes.setdefault(key, Prelude(plan, traits, seed))
        return played(scenario, prelude.at(scenario.moment), plan, left_out)

    hazard, standing = scenario.hazard, scenario.play.left_out
    try:
        seen, has_ended = measured(_plan_with(scenario), standing)
        faults = tuple(broken(hazard.promise, seen, has_ended=has_ended))
        yield Run(scenario.name, hazard.id, skin.name, with_control=True, seen=seen, faults=faults)
    except (NotPlayed, ValueError, ArithmeticError) as error:
        yield Run(scenario.name, hazard.id, skin.name, with_control=True, faults=(str(error),))
    try:
        seen, _ = measured(_plan_without(scenario), (*standing, *hazard.without))
        yield Run(scenario.name, hazard.id, skin.name, with_control=False, seen=seen)
    except (NotPlayed, ValueError, ArithmeticError) as error:
        yield Run(scenario.name, hazard.id, skin.name, with_control=False, faults=(str(error),))


def _traits(scenario: Scenario, skin: VirtualSkin) -> CircuitTraits:
    traits, change = skin.traits(scenario.site, scenario.water), scenario.play.skin
    return replace(
        traits,
        skin_kohm_cm2=traits.skin_kohm_cm2 * change.resistance_ratio,
        left_cut_cm2=max(traits.left_cut_cm2, change.cut_cm2),
    )


def _plan_with(scenario: Scenario) -> SessionPlan | None:
    """The plan that is carried out when what decides beforehand stands; None when nothing is carried out."""
    play, site = scenario.play, scenario.site
    match play.by:
        case "person":
            return usual_plan(site) if is_let_through(site, json.dumps(play.person)) else None
        case "plan":
            return asked_plan(site, play.current_ma or 0.0)
        case "prescription":
            return prescribed_plan(site, _asked_ma(play.current_ma, site), play.age_years or ADULT_YEARS)
        case "second_session":
            return usual_plan(site) if sessions_on_a_day(site) > 1 else None
        case _:
            return usual_plan(site)


def _plan_without(scenario: Scenario) -> SessionPlan:
    """The plan that is carried out when nobody decides beforehand."""
    play, usual = scenario.play, usual_plan(scenario.site)
    return unchecked(usual, _asked_ma(play.current_ma, scenario.site)) if play.by in {"plan", "prescription"} else usual


def _asked_ma(current_ma: float | None, site: Site) -> float:
    return current_ma if current_ma is not None else usual_plan(site).cap_current_ma


def outcome_of(rows: Iterable[Hazard], runs: list[Run], skins_count: int, seed: int) -> SuiteOutcome:
    """All runs drawn together."""
    rows = tuple(rows)
    by_hazard: dict[tuple[str, bool], list[Run]] = defaultdict(list)
    by_scenario: dict[tuple[str, bool], list[Run]] = defaultdict(list)
    for run in runs:
        by_hazard[run.hazard, run.with_control].append(run)
        by_scenario[run.scenario, run.with_control].append(run)
    wanted = list(scenarios(rows))
    worst = {key: _worst(of) for key, of in by_scenario.items()}
    return SuiteOutcome(
        skins_count=skins_count,
        seed=seed,
        scenarios_count=len(wanted),
        runs_wanted_count=2 * skins_count * len(wanted),
        runs_count=sum(run.seen is not None for run in runs),
        hazards=tuple(
            HazardOutcome(
                hazard=row.id,
                scenarios_count=sum(scenario.hazard is row for scenario in wanted),
                with_control=_worst(by_hazard[row.id, True]),
                without=_worst(by_hazard[row.id, False]),
            )
            for row in rows
        ),
        broken=tuple(_said(run) for run in runs if run.seen is not None and run.faults),
        not_played=tuple(_said(run) for run in runs if run.seen is None),
        no_worse=tuple(
            scenario.name
            for scenario in wanted
            if not _is_worse(worst.get((scenario.name, False)), worst.get((scenario.name, True)))
        ),
    )


MEASURES = ("peak_ma", "intact_ma_per_cm2", "cut_ma_per_cm2", "exposure_s", "charge_ma_min", "shock_ma")
# A difference smaller than this part is none.
WORSE_RATIO, WORSE_LEAST = 1.02, 1e-3


def _worst(runs: list[Run]) -> Worst:
    seen = [(run.skin, run.seen) for run in runs if run.seen is not None]
    peaks = {name: max((getattr(one, name) for _, one in seen), default=0.0) for name in MEASURES}
    densest = max(seen, key=lambda one: max(one[1].intact_ma_per_cm2, one[1].cut_ma_per_cm2), default=("", None))[0]
    return Worst(runs_count=len(seen), skin=densest, **peaks)


def _is_worse(without: Worst | None, with_control: Worst | None) -> bool:
    if without is None or with_control is None:
        return False
    return any(getattr(without, name) > WORSE_RATIO * getattr(with_control, name) + WORSE_LEAST for name in MEASURES)


def _said(run: Run) -> str:
    which = "with its control" if run.with_control else "without"
    return f"{run.scenario} on {run.skin}, {which}: {'; '.join(run.faults)}"
