"""The other scales of severity, and what people are told to expect."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from collections.abc import Callable

title = "Scales, and what to expect"


def test_totals(people: Callable[[str], None]) -> None:
    """Questionnaires are taken as totals. Each is read with its published bands and the change that matters."""
    people("""
        | site    | hidroqol_score | scale    | band            | a change that matters |
        |---------|----------------|----------|-----------------|-----------------------|
        | palms   | 6              | hidroqol | none            | 4                     |
        | palms   | 19             | hidroqol | moderate        | 4                     |
        | palms   | 36             | hidroqol | extremely_large | 4                     |
    """)


def test_skin_quality_of_life(people: Callable[[str], None]) -> None:
    """The DLQI is for those from 16 on, the CDLQI for those under 17; their bands differ."""
    people("""
        | birth_year | onset_age_years | duration_months | dlqi_score | cdlqi_score | scale | band       | a change that matters |
        |------------|-----------------|-----------------|------------|-------------|-------|------------|-----------------------|
        | 2002       | 14              | 60              | 11         | -           | dlqi  | very_large | 4                     |
        | 2014       | 6               | 48              | -          | 11          | cdlqi | moderate   | not published         |
    """)


def test_gravimetry(people: Callable[[str], None]) -> None:
    """Weighed sweat always says its window: the literature counts per minute and per five minutes."""
    people("""
        | site    | gravimetry      | mg/min | sweat band      |
        |---------|-----------------|--------|-----------------|
        | palms   | 100 mg in 5 min | 20     | above_threshold |
        | palms   | 100 mg in 1 min | 100    | above_threshold |
        | axillae | 50 mg in 5 min  | 10     | below_threshold |
        | soles   | 260 mg in 5 min | 52     | no_threshold    |
    """)


def test_upkeep(people: Callable[[str], None]) -> None:
    """Keeping the effect costs time: a session and the work around it, as often as it is needed."""
    people("""
        | site    | hours a month |
        |---------|---------------|
        | palms   | 0.5 to 2.2    |
        | soles   | 0.7 to 2.9    |
        | axillae | 1.1 to 4.3    |
    """)


def test_how_likely(people: Callable[[str], None]) -> None:
    """What is told depends on the site, the age and what was tried; it is never surer than the studies."""
    people("""
        | site    | birth_year | onset_age_years | duration_months | hdss | told |
        |---------|------------|-----------------|-----------------|------|------|
        | palms   | 2012       | 6               | 48              | 4    | In one series 36 of 43 children and young people aged 8 to 17 improved, after 7 sessions in 4 weeks. Complete dryness is not promised. |
        | axillae | 1990       | 14              | 60              | 4    | In one series of 60 people underarm sweat fell by about 70 % after 10 sessions, without a comparison group. Complete dryness is not promised. |
        | face    | 1990       | 14              | 60              | 4    | nothing |
    """)
