"""What is still to ask: answers that are missing, or cannot be true, and matter. Unknown is never read as safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ionto.consult.diagnosis import diagnostic_table, picture
from ionto.consult.intake import Intake, SiteIntake
from ionto.words.terms import Circumstance

# Ages between which an unknown sex leaves pregnancy open [IONTO].
PREGNANCY_FROM_AGE_YEARS, PREGNANCY_TO_AGE_YEARS = 12, 55


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One answer that is missing: `decides` if a rule reads it; `about` is the site's index, None for the person."""

    path: str
    named: str
    why: str
    decides: bool
    about: int | None = None


def missing_answers(intake: Intake) -> tuple[Missing, ...]:
    """Every missing answer that matters, the person's first, then site by site."""
    found = list(_about_the_person(intake))
    for index, place in enumerate(intake.sites):
        found.extend(_about_the_site(intake, place, index))
    return tuple(found)


def _about_the_person(intake: Intake) -> Iterator[Missing]:
    age_years = intake.age_years
    if age_years is None:
        yield Missing(
            path="patient.birth_year",
            named="the year you were born",
            why="Children get less current or none, so we need the year of birth.",
            decides=True,
        )
    of_age = age_years is None or PREGNANCY_FROM_AGE_YEARS <= age_years <= PREGNANCY_TO_AGE_YEARS
    if intake.patient.sex is None and intake.history is None and of_age:
        yield Missing(
            path="patient.sex",
            named="your sex",
            why="It tells us whether to ask about pregnancy.",
            decides=False,
        )
    if intake.history is None:
        yield Missing(
            path="history",
            named="your health conditions",
            why="A pacemaker, a pregnancy or metal in the body can make the treatment unsafe.",
            decides=True,
        )
    if intake.symptoms is None:
        yield Missing(
            path="symptoms",
            named="other signs such as fever or weight loss",
            why="Signs such as fever or weight loss can mean that something else makes you sweat.",
            decides=True,
        )
    if Circumstance.ANTICHOLINERGIC_ADDITIVE in intake.circumstances and intake.additive_cautions is None:
        yield Missing(
            path="additive_cautions",
            named="what speaks against the medicine in the water",
            why="Glaucoma, trouble passing water, myasthenia, a blocked gut or a fast heartbeat speak against it.",
            decides=True,
        )
    if intake.medicines is None:
        # A medicine counts as a cause only where the usual signs are few.
        few = diagnostic_table().strong_criteria_count
        yield Missing(
            path="medicines",
            named="which medicines you take",
            why="Some medicines make people sweat.",
            decides=any(len(picture(intake, place).criteria_met) < few for place in intake.sites),
        )
    if intake.generalised is None:
        yield Missing(
            path="generalised",
            named="whether you sweat all over",
            why="Sweating all over the body can have another cause that a doctor should look for.",
            decides=True,
        )


def _about_the_site(intake: Intake, place: SiteIntake, index: int) -> Iterator[Missing]:
    asked = (
        ("hdss", "how bad the sweating is", "It sets the order of the treatments and shows later whether they help."),
        ("onset_age_years", "how old you were when it began", "Sweating that begins after 25 can have another cause."),
        ("duration_months", "how long you have had it", "Sweating that is newer than six months needs another look."),
        ("bilateral", "whether it is on both sides", "Sweating on one side only can have another cause."),
        ("stops_in_sleep", "whether it stops in sleep", "Sweating in sleep can have another cause."),
    )
    for field, named, why in asked:
        if getattr(place, field) is None:
            yield Missing(
                path=f"sites[{index}].{field}",
                named=f"{named} ({place.site})",
                why=why,
                decides=field != "hdss",
                about=index,
            )
    yield from _beyond_belief(intake, place, index)


def _beyond_belief(intake: Intake, place: SiteIntake, index: int) -> Iterator[Missing]:
    """Answers that cannot be true together, or of a person of this age; they count as missing."""
    if place.side is not None and place.bilateral is True:
        yield Missing(
            path=f"sites[{index}].bilateral",
            named=f"whether it is on both sides ({place.site})",
            why=f"You named the {place.side} side and both sides; please say which is right.",
            decides=True,
            about=index,
        )
    if intake.age_years is None:
        return
    oldest_years = intake.age_years + 1  # the birthday may already have passed
    if place.onset_age_years is not None and place.onset_age_years > oldest_years:
        yield Missing(
            path=f"sites[{index}].onset_age_years",
            named=f"how old you were when it began ({place.site})",
            why="This age lies above your age today; please check it.",
            decides=True,
            about=index,
        )
    if place.duration_months is not None and place.duration_months >= 12 * (oldest_years + 1):
        yield Missing(
            path=f"sites[{index}].duration_months",
            named=f"how long you have had it ({place.site})",
            why="This is longer than you have lived; please check it.",
            decides=True,
            about=index,
        )
