"""Severity: every scale with its bands and the change that matters, and weighed sweat with its window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import Intake, ScaleReading, consult
from ionto.consult.severity import Scale, ScaleBand, scales
from ionto.words.reading import DocumentError, read_json, to_document
from ionto.words.terms import Site

PALMS = json.loads((Path(__file__).parent.parent / "examples" / "palms.json").read_text("utf-8"))


def intake(*, site: str = "palms", answers: dict[str, Any] | None = None, **told: Any) -> Intake:
    """The person of examples/palms.json with other answers about the site, or about themselves."""
    place = {**PALMS["sites"][0], "site": site, **(answers or {})}
    place = {key: value for key, value in place.items() if value is not None}
    return read_json(Intake, json.dumps({**PALMS, "sites": [place], **told}))


def reading(asked: Intake, scale: str) -> ScaleReading:
    found = next(iter(consult(asked).sites.values()))
    return next(one for one in found.severity.scales if one.scale == scale)


# The edges of every published band, from both sides.
@pytest.mark.parametrize(
    ("scale", "score", "band"),
    [
        ("dlqi", 0, "none"), ("dlqi", 1, "none"), ("dlqi", 2, "small"), ("dlqi", 5, "small"), ("dlqi", 6, "moderate"),
        ("dlqi", 10, "moderate"), ("dlqi", 11, "very_large"), ("dlqi", 20, "very_large"),
        ("dlqi", 21, "extremely_large"), ("dlqi", 30, "extremely_large"),
        ("hidroqol", 0, "none"), ("hidroqol", 6, "none"), ("hidroqol", 7, "small"), ("hidroqol", 18, "small"),
        ("hidroqol", 19, "moderate"), ("hidroqol", 25, "moderate"), ("hidroqol", 26, "very_large"),
        ("hidroqol", 32, "very_large"), ("hidroqol", 33, "extremely_large"), ("hidroqol", 36, "extremely_large"),
    ],
)  # fmt: skip
def test_the_persons_scores_fall_in_their_published_bands(scale: str, score: int, band: str) -> None:
    assert reading(intake(**{f"{scale}_score": score}), scale).band == band


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "none"), (1, "none"), (2, "small"), (6, "small"), (7, "moderate"), (12, "moderate"), (13, "very_large"),
     (18, "very_large"), (19, "extremely_large"), (30, "extremely_large")],
)  # fmt: skip
def test_a_childs_score_falls_in_the_childrens_bands(score: int, band: str) -> None:
    child = intake(
        patient={"birth_year": 2014}, answers={"onset_age_years": 6, "duration_months": 48}, cdlqi_score=score
    )
    assert reading(child, "cdlqi").band == band


@pytest.mark.parametrize(
    ("scale", "change_score"),
    [
        ("hdss", 1),
        ("hdsm_ax", 11),
        ("hidroqol", 4),
        ("dlqi", 4),
        ("cdlqi", None),
        ("rating", None),
        ("starch_iodine", None),
    ],
)
def test_the_change_that_matters_is_the_published_one_or_none(scale: str, change_score: float | None) -> None:
    assert scales().scale[scale].meaningful_change_score == change_score


def test_the_scales_of_the_site_are_read_with_their_sources() -> None:
    asked = intake(site="axillae", answers={"rating_score": 7, "starch_iodine_score": 4, "hdsm_ax_score": 30})
    read = {one.scale: one for one in consult(asked).sites[Site.AXILLAE].severity.scales}
    assert list(read) == ["hdss", "hdsm_ax", "rating", "starch_iodine"]
    assert (read["rating"].band, read["starch_iodine"].band, read["hdsm_ax"].band) == (None, "intense", None)
    assert read["hdsm_ax"].sources == ("HDSM-AX",)
    assert "mean" in (read["hdsm_ax"].meaningful_change or "")


def test_a_scale_that_was_not_answered_is_not_read() -> None:
    asked = intake(answers={"hdss": None})
    assert consult(asked).sites[Site.PALMS].severity.scales == ()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"answers": {"hdsm_ax_score": 10}}, "sites[0]: hdsm_ax_score is for the axillae only"),
        ({"answers": {"rating_score": 11}}, "rating_score"),
        ({"answers": {"starch_iodine_score": 6}}, "starch_iodine_score"),
        ({"site": "axillae", "answers": {"hdsm_ax_score": 45}}, "hdsm_ax_score"),
        ({"dlqi_score": 31}, "dlqi_score"),
        ({"hidroqol_score": 37}, "hidroqol_score"),
        ({"cdlqi_score": 31, "patient": {"birth_year": 2014}}, "cdlqi_score"),
        ({"cdlqi_score": 10}, "cdlqi_score is for those under 17"),
        ({"dlqi_score": 10, "patient": {"birth_year": 2014}}, "dlqi_score is for those from 16 on"),
        ({"answers": {"gravimetry": {"collected_mg": 260}}}, "gravimetry.window_min: this field is missing"),
        ({"answers": {"gravimetry": 260}}, "gravimetry"),
        ({"answers": {"gravimetry": {"collected_mg": 260.0, "window_min": 0.0}}}, "window_min"),
        ({"answers": {"gravimetry": {"collected_mg": 90000.0, "window_min": 1.0}}}, "more than anyone sweats"),
        ({"answers": {"gravimetry": {"collected_mg": 52.0, "window_min": 5.0}}}, "sweat_mg_per_min is 52, but"),
    ],
)  # fmt: skip
def test_a_score_out_of_range_or_a_bare_weight_is_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        intake(**told)
    assert said in str(refusal.value)


@pytest.mark.parametrize(("birth_year", "scale"), [(2010, "cdlqi_score"), (2010, "dlqi_score")])
def test_at_fifteen_or_sixteen_by_the_year_of_birth_either_form_is_taken(birth_year: int, scale: str) -> None:
    assert intake(patient={"birth_year": birth_year}, **{scale: 3})


def test_weighed_sweat_keeps_its_window_and_says_both_units() -> None:
    weighed = {"gravimetry": {"collected_mg": 100.0, "window_min": 5.0}, "sweat_mg_per_min": None}
    severity = consult(intake(answers=weighed)).sites[Site.PALMS].severity
    assert severity.gravimetry is not None
    assert (severity.sweat_mg_per_min, severity.sweat_band) == (20.0, "above_threshold")
    assert (severity.gravimetry.collected_mg, severity.gravimetry.window_min) == (100.0, 5.0)
    assert severity.gravimetry.site is Site.PALMS
    assert "100 mg in 5 min is 20 mg/min. " in severity.gravimetry.why
    in_one = {"gravimetry": {"collected_mg": 20.0, "window_min": 1.0}, "sweat_mg_per_min": None}
    weighed_in_one = consult(intake(answers=in_one)).sites[Site.PALMS].severity.gravimetry
    assert weighed_in_one is not None
    assert "20 mg in 1 min is 20 mg/min, or 100 mg in 5 min. " in weighed_in_one.why


def test_the_fifty_of_the_literature_is_told_per_minute_and_per_five() -> None:
    weighed = {"gravimetry": {"collected_mg": 50.0, "window_min": 5.0}, "sweat_mg_per_min": None}
    severity = consult(intake(site="axillae", answers=weighed)).sites[Site.AXILLAE].severity
    assert severity.sweat_band == "below_threshold"
    assert severity.gravimetry is not None
    assert "50 mg in 5 minutes" in severity.gravimetry.why
    assert "50 mg in one minute" in severity.gravimetry.why


def test_a_rate_that_agrees_with_the_weight_is_taken() -> None:
    asked = intake(answers={"gravimetry": {"collected_mg": 259.0, "window_min": 5.0}})
    assert asked.sites[0].weighed_mg_per_min == pytest.approx(51.8)


def test_an_intake_with_every_score_reads_back_as_it_was_written() -> None:
    asked = intake(
        site="axillae",
        answers={"rating_score": 0, "hdsm_ax_score": 0, "gravimetry": {"collected_mg": 260.0, "window_min": 5.0}},
        dlqi_score=0,
        hidroqol_score=36,
        circumstances=["nail_polish"],
    )
    assert read_json(Intake, json.dumps(to_document(asked))) == asked
    assert reading(replace(asked, dlqi_score=0), "dlqi").score == 0


def test_bands_that_do_not_rise_to_the_end_of_the_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise and end at 4"):
        Scale(
            label="HDSS",
            least_score=1,
            most_score=4,
            why="One question.",
            sources=("CAN07",),
            bands=(ScaleBand(to_score=3, band="mild"),),
        )
