"""What the sweating comes from, how bad it is, and what is still unknown."""

from __future__ import annotations

from collections.abc import Callable

title = "Cause and severity"


def test_red_flags(people: Callable[[str], None]) -> None:
    """Sweating on one side, in sleep, all over, or that began after 25 may have another cause: a doctor looks first."""
    people("""
        | bilateral | stops_in_sleep | generalised | symptoms    | verdict | red flags         | decision      |
        |-----------|----------------|-------------|-------------|---------|-------------------|---------------|
        | true      | true           | false       | none        | likely  | none              | suitable      |
        | false     | true           | false       | none        | refer   | unilateral        | ask_clinician |
        | true      | false          | false       | none        | refer   | sweating_in_sleep | ask_clinician |
        | true      | true           | true        | none        | refer   | generalised       | ask_clinician |
        | true      | true           | false       | weight_loss | refer   | weight_loss       | ask_clinician |
    """)


def test_late_onset(people: Callable[[str], None]) -> None:
    """Above 25 is late; 25 itself is neither late nor a sign of the usual kind."""
    people("""
        | birth_year | onset_age_years | verdict | red flags      |
        |------------|-----------------|---------|----------------|
        | 1985       | 24              | likely  | none           |
        | 1985       | 25              | likely  | none           |
        | 1985       | 26              | refer   | onset_after_25 |
    """)


def test_six_months(people: Callable[[str], None]) -> None:
    """Sweating that is newer than six months does not yet fit the usual picture."""
    people("""
        | duration_months | verdict  | decision      | rule              |
        |-----------------|----------|---------------|-------------------|
        | 5               | unlikely | ask_clinician | not_primary_focal |
        | 6               | likely   | suitable      | none              |
    """)


def test_unknown_is_never_safe(people: Callable[[str], None]) -> None:
    """A missing answer defers: it is never read as "no". How bad the sweating is decides nothing on safety."""
    people("""
        | birth_year | history | symptoms | generalised | bilateral | hdss | decision | rule       |
        |------------|---------|----------|-------------|-----------|------|----------|------------|
        | -          | none    | none     | false       | true      | 4    | defer    | unanswered |
        | 2002       | -       | none     | false       | true      | 4    | defer    | unanswered |
        | 2002       | none    | -        | false       | true      | 4    | defer    | unanswered |
        | 2002       | none    | none     | -           | true      | 4    | defer    | unanswered |
        | 2002       | none    | none     | false       | -         | 4    | defer    | unanswered |
        | 2002       | none    | none     | false       | true      | -    | suitable | none       |
    """)


def test_severity(people: Callable[[str], None]) -> None:
    """HDSS 1 is mild, 2 moderate, 3 and 4 severe. Weighed sweat has a threshold, 20 mg/min, at hands and underarms."""
    people("""
        | site    | hdss | sweat_mg_per_min | severity | sweat band      |
        |---------|------|------------------|----------|-----------------|
        | palms   | 1    | 5                | mild     | below_threshold |
        | palms   | 2    | 19.9             | moderate | below_threshold |
        | palms   | 3    | 20               | severe   | above_threshold |
        | axillae | 4    | 52               | severe   | above_threshold |
        | soles   | 4    | 52               | severe   | no_threshold    |
        | palms   | -    | -                | -        | -               |
    """)
