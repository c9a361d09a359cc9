"""What is decided before anything flows: whether a person is let through, and at what current a plan may be made."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from functools import cache

from ionto.consult import Clearance, Intake, NotCleared, clearance_for, consult
from ionto.prescribe import NotPrescribable, Prescription, devices, plan_for, prescribe, protocols
from ionto.treat.devices.simulated import CAPS
from ionto.treat.events import SessionPlan
from ionto.words.limits import CURRENT_CEILING_MA
from ionto.words.reading import read_json
from ionto.words.terms import PolarityHabit, Side, Site, Waveform

ASKED_ON = date(2026, 11, 23)
CLINICIAN = "Dr Ada Example"
# The plan of a full session at each site: usual current, the site's ceiling, and its skin [TAYLOR13].
_USUAL = {Site.PALMS: (15.0, 163.5), Site.SOLES: (20.0, 262.0), Site.AXILLAE: (10.0, 98.0)}


def usual_plan(site: Site) -> SessionPlan:
    """A full session at this site, with the fastest ramp that is allowed."""
    current_ma, area_cm2 = _USUAL[site]
    return SessionPlan(
        site=site,
        waveform=Waveform.DC,
        current_ma=current_ma,
        cap_current_ma=CURRENT_CEILING_MA[site],
        ramp_ma_per_s=1.0,
        duration_min=20.0,
        polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
        first_anode=Side.RIGHT,
        contact_area_cm2=area_cm2,
        voltage_limit_v=58.0,
    )


def unchecked(plan: SessionPlan, current_ma: float) -> SessionPlan:
    """The plan at a current that is asked for, as if nothing but the device limited it: for runs without the cap."""
    raised = copy.copy(plan)
    object.__setattr__(raised, "current_ma", current_ma)
    object.__setattr__(raised, "cap_current_ma", CAPS.current_max_ma)
    return raised


def asked_plan(site: Site, current_ma: float) -> SessionPlan | None:
    """The plan at a current that is asked for; None where it is refused."""
    usual = usual_plan(site)
    try:
        return replace(usual, current_ma=current_ma, cap_current_ma=max(current_ma, usual.cap_current_ma))
    except ValueError:
        return None


def prescribed_plan(site: Site, current_ma: float, age_years: int) -> SessionPlan | None:
    """The plan that is made for a person of this age who asks for this current; None where none is made."""
    made = _prescription(site, age_years)
    if made is None:
        return None
    lowered_ma = min(current_ma, made.cap_current_ma)
    return replace(usual_plan(site), current_ma=lowered_ma, cap_current_ma=made.cap_current_ma)


@cache
def is_let_through(site: Site, told: str) -> bool:
    """Whether a person with these answers (JSON), who is well in all else, is cleared without a clinician's name.

    `leaves_out` names questions that were not answered.
    """
    answers = json.loads(told)
    left_open = answers.pop("leaves_out", [])
    asked = {name: value for name, value in {**_well(site, 24), **answers}.items() if name not in left_open}
    person = read_json(Intake, json.dumps(asked))
    try:
        clearance_for(consult(person), site)
    except NotCleared:
        return False
    return True


@cache
def sessions_on_a_day(site: Site) -> int:
    """The most sessions that a plan puts on one day."""
    made = _prescription(site, 24)
    assert made is not None
    days = [one.on for one in plan_for(made, protocols()[f"{site}_dc"], starts_on=ASKED_ON).sessions]
    return max(days.count(day) for day in days)


@cache
def _prescription(site: Site, age_years: int) -> Prescription | None:
    try:
        clearance: Clearance = clearance_for(
            consult(read_json(Intake, json.dumps(_well(site, age_years)))), site, cleared_by=CLINICIAN
        )
        return prescribe(clearance, protocols()[f"{site}_dc"], device_id="simulated", device=devices()["simulated"])
    except (NotCleared, NotPrescribable):
        return None


def _well(site: Site, age_years: int) -> dict[str, object]:
    """A person with severe sweating at this site, with whom all else is well."""
    place = {
        "site": site,
        "hdss": 4,
        "onset_age_years": min(13, age_years - 2),
        "duration_months": 18,
        "bilateral": True,
        "stops_in_sleep": True,
        "episodes_per_week": 7,
        "impairs_daily_life": True,
    }
    return {
        "patient": {"birth_year": ASKED_ON.year - age_years - 1, "sex": "female"},
        "asked_on": ASKED_ON.isoformat(),
        "sites": [place],
        "family_history": True,
        "generalised": False,
        "history": [],
        "symptoms": [],
        "medicines": [],
        "tried": [],
    }
