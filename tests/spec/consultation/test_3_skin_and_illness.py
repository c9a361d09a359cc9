"""The skin that would be treated, and illnesses that ask a doctor."""

from __future__ import annotations

from collections.abc import Callable

title = "Skin and illness"


def test_skin(people: Callable[[str], None]) -> None:
    """Broken or ill skin in the bath waits until it has healed. A small cut is covered with petroleum jelly."""
    people("""
        | site  | history                     | decision | rule           |
        |-------|-----------------------------|----------|----------------|
        | palms | open_wound at left_hand     | defer    | open_wound     |
        | soles | open_wound at left_hand     | suitable | none           |
        | palms | skin_infection at right_hand| defer    | skin_infection |
        | palms | eczema at right_hand        | defer    | eczema         |
        | palms | small_cut at left_hand      | suitable | small_cut      |
    """)


def test_heart_seizures_feeling(people: Callable[[str], None]) -> None:
    """These ask a doctor first: heart, seizures, feeling, diabetes."""
    people("""
        | history                         | decision      | rule                        |
        |---------------------------------|---------------|-----------------------------|
        | arrhythmia                      | ask_clinician | arrhythmia                  |
        | heart_disease                   | ask_clinician | heart_disease               |
        | epilepsy                        | ask_clinician | epilepsy                    |
        | diabetes                        | ask_clinician | diabetes                    |
        | electrical_hypersensitivity     | ask_clinician | electrical_hypersensitivity |
        | reduced_sensation at left_hand  | ask_clinician | reduced_sensation_in_field  |
        | reduced_sensation at left_foot  | ask_clinician | reduced_sensation_elsewhere |
    """)


def test_clots_and_cancer(people: Callable[[str], None]) -> None:
    """A clot or a severe disease of the vessels excludes treatment, and so does cancer in the field. Cancer elsewhere
    asks a doctor."""
    people("""
        | history             | decision      | rule             |
        |---------------------|---------------|------------------|
        | thrombosis          | not_suitable  | thrombosis       |
        | vascular_disease    | not_suitable  | vascular_disease |
        | cancer at left_hand | not_suitable  | cancer_in_field  |
        | cancer at elsewhere | ask_clinician | cancer_elsewhere |
    """)


def test_the_strictest_rules(people: Callable[[str], None]) -> None:
    """Where several rules hold, all are named, strictest first, and the strictest decides."""
    people("""
        | history                                     | decision      | rule                            |
        |---------------------------------------------|---------------|---------------------------------|
        | open_wound at left_hand, epilepsy           | ask_clinician | epilepsy, open_wound            |
        | open_wound at left_hand, epilepsy, pregnant | not_suitable  | pregnant, epilepsy, open_wound  |
    """)
