"""Who must not be treated, at any site."""

from __future__ import annotations

from collections.abc import Callable

title = "Who must not be treated"


def test_electronic_devices_in_the_body(people: Callable[[str], None]) -> None:
    """A device in the body that works with electricity excludes every site, however far it lies from the current."""
    people("""
        | site    | history              | decision     | rule                 |
        |---------|----------------------|--------------|----------------------|
        | palms   | pacemaker            | not_suitable | pacemaker            |
        | soles   | pacemaker            | not_suitable | pacemaker            |
        | axillae | icd                  | not_suitable | icd                  |
        | soles   | cochlear_implant     | not_suitable | cochlear_implant     |
        | palms   | implanted_pump       | not_suitable | implanted_pump       |
        | palms   | implanted_stimulator | not_suitable | implanted_stimulator |
        | palms   | none                 | suitable     | none                 |
    """)


def test_pregnancy(people: Callable[[str], None]) -> None:
    """Pregnancy, even a possible one, excludes treatment. The wish for a child, and breastfeeding, ask a doctor."""
    people("""
        | history           | decision      | rule              |
        |-------------------|---------------|-------------------|
        | pregnant          | not_suitable  | pregnant          |
        | may_be_pregnant   | not_suitable  | may_be_pregnant   |
        | trying_to_conceive| ask_clinician | trying_to_conceive|
        | breastfeeding     | ask_clinician | breastfeeding     |
    """)


def test_age(people: Callable[[str], None]) -> None:
    """Under six nobody is treated; from six to seventeen a doctor decides. The younger reading of the birth year
    counts, because the birthday may still come. The people here are asked on 23 November 2026."""
    people("""
        | birth_year | onset_age_years | duration_months | decision      | rule           |
        |------------|-----------------|-----------------|---------------|----------------|
        | 2020       | 4               | 12              | not_suitable  | under_six      |
        | 2019       | 4               | 12              | ask_clinician | aged_six       |
        | 2018       | 4               | 12              | ask_clinician | under_eighteen |
        | 2008       | 13              | 48              | ask_clinician | under_eighteen |
        | 2007       | 13              | 48              | suitable      | none           |
    """)


def test_the_face(people: Callable[[str], None]) -> None:
    """There is no plan for the face. The page says so, and offers the other treatments."""
    people("""
        | site | decision     | rule                 | first option       |
        |------|--------------|----------------------|--------------------|
        | face | not_suitable | no_protocol_for_face | aluminium_chloride |
    """)
