"""The treatments, and which comes first."""

from __future__ import annotations

from collections.abc import Callable

title = "The treatments, and which comes first"


def test_order_by_site_and_severity(people: Callable[[str], None]) -> None:
    """The first two treatments, for someone who has tried nothing yet."""
    people("""
        | site    | hdss | first option                    | second option           |
        |---------|------|---------------------------------|-------------------------|
        | palms   | 1    | over_the_counter_antiperspirant | aluminium_chloride_15   |
        | palms   | 2    | aluminium_chloride              | tap_water_iontophoresis |
        | palms   | 4    | tap_water_iontophoresis         | aluminium_chloride      |
        | soles   | 3    | tap_water_iontophoresis         | aluminium_chloride      |
        | axillae | 2    | aluminium_chloride              | topical_anticholinergic |
        | axillae | 4    | aluminium_chloride              | botulinum_toxin         |
        | palms   | -    | over_the_counter_antiperspirant | aluminium_chloride_15   |
    """)


def test_what_was_tried(people: Callable[[str], None]) -> None:
    """Aluminium chloride counts as tried at 20 % or more for four weeks, its form without prescription at 12 % or
    more, iontophoresis after four weeks. Then, without change, it moves down."""
    people("""
        | hdss | tried                                | first option            | second option           |
        |------|--------------------------------------|-------------------------|-------------------------|
        | 4    | aluminium_chloride, 20, 6, no_change | tap_water_iontophoresis | botulinum_toxin         |
        | 4    | aluminium_chloride, 20, 2, no_change | tap_water_iontophoresis | aluminium_chloride      |
        | 4    | aluminium_chloride, 10, 6, no_change | tap_water_iontophoresis | aluminium_chloride      |
        | 2    | aluminium_chloride, 20, 6, no_change | tap_water_iontophoresis | over_the_counter_antiperspirant |
        | 2    | aluminium_chloride, 15, 6, no_change | aluminium_chloride      | tap_water_iontophoresis |
        | 1    | antiperspirant, 20, 6, no_change     | aluminium_chloride_15   | aluminium_chloride      |
        | 4    | iontophoresis, 0, 6, no_change       | aluminium_chloride      | botulinum_toxin         |
        | 4    | iontophoresis, 0, 2, no_change       | tap_water_iontophoresis | aluminium_chloride      |
    """)
