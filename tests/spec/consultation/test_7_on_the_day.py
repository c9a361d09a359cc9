"""Where and when the device is used, and what goes into the water."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from collections.abc import Callable

title = "On the day"


def test_place_and_weather(people: Callable[[str], None]) -> None:
    """Two devices at once, diathermy within two metres, a thunderstorm while on the mains, wet rooms and outdoors: no
    session before it is over. Jewellery and nail polish come off first."""
    people("""
        | circumstances         | decision | rule                  |
        |-----------------------|----------|-----------------------|
        | two_devices           | defer    | two_devices           |
        | diathermy_nearby      | defer    | diathermy_nearby      |
        | thunderstorm_on_mains | defer    | thunderstorm_on_mains |
        | wet_or_outdoors       | defer    | wet_or_outdoors       |
        | jewellery_worn        | defer    | jewellery_worn        |
        | nail_polish           | defer    | nail_polish           |
        | none                  | suitable | none                  |
    """)


def test_a_medicine_in_the_water(people: Callable[[str], None]) -> None:
    """An anticholinergic medicine in the water is on prescription only, and has a list of its own."""
    people("""
        | circumstances            | additive_cautions | decision      | rule                                                       |
        |--------------------------|-------------------|---------------|------------------------------------------------------------|
        | anticholinergic_additive | none              | ask_clinician | anticholinergic_additive                                   |
        | anticholinergic_additive | glaucoma          | not_suitable  | anticholinergic_additive_refused, anticholinergic_additive |
        | anticholinergic_additive | -                 | ask_clinician | anticholinergic_additive, unanswered                       |
        | none                     | glaucoma          | suitable      | none                                                       |
    """)
