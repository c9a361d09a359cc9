"""Where the sources disagree, a clinic may choose whose reading rules."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from collections.abc import Callable

title = "Whose reading rules"


def test_metal_and_coils(people: Callable[[str], None]) -> None:
    """Without a choice the strictest reasonable reading rules. A house's policy takes the house's own word where it
    speaks. Each finding names the other houses that decide otherwise, the strictest reading first."""
    people("""
        | policy           | site  | history                       | decision      | other houses                                                |
        |------------------|-------|-------------------------------|---------------|-------------------------------------------------------------|
        | strictest        | palms | metal_implant at left_hip     | ask_clinician | nhs_doncaster not_suitable, nhs_newcastle not_suitable      |
        | nhs_newcastle    | palms | metal_implant at left_hip     | not_suitable  | strictest ask_clinician                                     |
        | strictest        | palms | metal_implant at left_forearm | not_suitable  | hidrex_dp450 ask_clinician                                  |
        | hidrex_dp450     | palms | metal_implant at left_forearm | ask_clinician | strictest not_suitable, fischer not_suitable, hidrex_questions not_suitable, nhs_doncaster not_suitable, nhs_newcastle not_suitable, saalio not_suitable |
        | strictest        | soles | copper_iud                    | not_suitable  | hidrex_dp450 ask_clinician                                  |
        | saalio           | palms | copper_iud                    | suitable      | strictest ask_clinician, hidrex_dp450 ask_clinician, nhs_newcastle not_suitable      |
        | hidrex_questions | palms | copper_iud                    | suitable      | strictest ask_clinician, hidrex_dp450 ask_clinician, nhs_newcastle not_suitable      |
    """)


def test_heart_and_seizures(people: Callable[[str], None]) -> None:
    """Makers and Baylor rule out what the leaflets of the NHS do not list. What a house does not list is not thereby
    allowed: the strictest reading stands."""
    people("""
        | policy        | history       | decision      |
        |---------------|---------------|---------------|
        | strictest     | epilepsy      | ask_clinician |
        | baylor        | epilepsy      | not_suitable  |
        | fischer       | epilepsy      | not_suitable  |
        | saalio        | epilepsy      | not_suitable  |
        | nhs_newcastle | epilepsy      | ask_clinician |
        | saalio        | heart_disease | ask_clinician |
        | fischer       | thrombosis    | not_suitable  |
        | saalio        | breastfeeding | not_suitable  |
    """)


def test_age(people: Callable[[str], None]) -> None:
    """The lowest age differs most: adults only, seven, six, five, or none with less current."""
    people("""
        | policy             | birth_year | onset_age_years | duration_months | decision      |
        |--------------------|------------|-----------------|-----------------|---------------|
        | strictest          | 2019       | 4               | 12              | ask_clinician |
        | saalio             | 2019       | 4               | 12              | not_suitable  |
        | nhs_doncaster      | 2019       | 4               | 12              | suitable      |
        | nhs_doncaster      | 2021       | 2               | 12              | not_suitable  |
        | dermadry_clearance | 2010       | 8               | 48              | not_suitable  |
    """)


def test_no_house_lifts(people: Callable[[str], None]) -> None:
    """No policy lifts an electronic device in the body, a pregnancy, a red flag, a missing answer or the face, and none
    lets a clinician's name stand in for healing."""
    people("""
        | policy       | site  | history                 | generalised | decision      |
        |--------------|-------|-------------------------|-------------|---------------|
        | hidrex_dp450 | palms | pacemaker               | false       | not_suitable  |
        | hidrex_dp450 | palms | pregnant                | false       | not_suitable  |
        | saalio       | palms | none                    | true        | ask_clinician |
        | baylor       | palms | -                       | false       | defer         |
        | fischer      | face  | none                    | false       | not_suitable  |
        | hidrex_dp450 | palms | open_wound at left_hand | false       | defer         |
    """)
