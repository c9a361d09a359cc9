"""Metal in and on the body, seen from the way the current takes."""

from __future__ import annotations

from collections.abc import Callable

title = "Metal, and the way the current takes"


def test_metal_in_the_path(people: Callable[[str], None]) -> None:
    """From hand to hand the current crosses arms, shoulders and chest; from foot to foot legs, hips and pelvis; from
    underarm to underarm the chest. Metal there excludes the site; metal elsewhere asks a doctor."""
    people("""
        | site    | history                       | decision      | rule                    |
        |---------|-------------------------------|---------------|-------------------------|
        | palms   | metal_implant at left_forearm | not_suitable  | metal_implant_in_path   |
        | soles   | metal_implant at left_forearm | ask_clinician | metal_implant_elsewhere |
        | palms   | metal_implant at right_hip    | ask_clinician | metal_implant_elsewhere |
        | soles   | metal_implant at right_hip    | not_suitable  | metal_implant_in_path   |
        | axillae | metal_implant at chest        | not_suitable  | metal_implant_in_path   |
        | axillae | metal_implant at left_forearm | ask_clinician | metal_implant_elsewhere |
    """)


def test_coils(people: Callable[[str], None]) -> None:
    """A copper coil lies in the way from foot to foot. Elsewhere, and for hormonal coils, the sources disagree, so a
    doctor is asked."""
    people("""
        | site    | history      | decision      | rule             |
        |---------|--------------|---------------|------------------|
        | soles   | copper_iud   | not_suitable  | copper_iud_soles |
        | palms   | copper_iud   | ask_clinician | copper_iud       |
        | soles   | hormonal_iud | ask_clinician | hormonal_iud     |
    """)


def test_jewellery_and_braces(people: Callable[[str], None]) -> None:
    """A ring that does not come off waits until it is off. Fixed braces ask a doctor."""
    people("""
        | history                          | decision      | rule                   |
        |----------------------------------|---------------|------------------------|
        | jewellery_fixed at left_hand     | defer         | jewellery_fixed        |
        | jewellery_fixed at left_forearm  | suitable      | jewellery_beside_field |
        | jewellery_fixed at left_foot     | suitable      | none                   |
        | fixed_braces                     | ask_clinician | fixed_braces           |
    """)
