"""Write the parts of the documentation that are drawn from the code: `./run docs`.

The specification tests become the manual, a chapter a folder, a section a file, a paragraph a test. The diagram of the
session is drawn from its table of motion. A test compares what is written with what stands here.
"""

from __future__ import annotations

import ast
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from ionto.cli.trial_report import interval, our_value, said_value
from ionto.consult import STRICTEST, Intake, consult, policies
from ionto.consult.expect import ExpectedClaim, expected_claims, told_claims
from ionto.consult.rules import suitability_rules
from ionto.consult.severity import scales
from ionto.follow.alerts import effect_rules
from ionto.hazards.table import HazardRow, hazards, page_hazards
from ionto.prescribe import TreatmentDevice, devices, polarity_habits, protocols
from ionto.prescribe.device import GuideWords
from ionto.simulate.trial import trials
from ionto.treat.table import ENDED, TABLE, Phase
from ionto.words.evidence import references
from ionto.words.reading import read_json
from ionto.words.terms import AdditiveCaution, BodyPart, Circumstance, Condition, Decision, Site, Symptom
from ionto.words.units import unit_of

ROOT = Path(__file__).parents[1]
SPEC, REFERENCE = ROOT / "tests" / "spec", ROOT / "docs" / "reference"
NOTE = "<!-- Written by docs/render.py; change the source, then `./run docs`. -->\n"


def pages() -> dict[Path, str]:
    """Every rendered page by its path."""
    chapters = sorted(folder for folder in SPEC.iterdir() if folder.is_dir() and not folder.name.startswith("_"))
    return {
        **{REFERENCE / f"{chapter.name}.md": chapter_of(chapter) for chapter in chapters},
        REFERENCE / "session.md": session_page(),
        REFERENCE / "rules.md": rules_page(),
        REFERENCE / "decision-table.md": decision_table_page(),
        REFERENCE / "expectations.md": expectations_page(),
        REFERENCE / "protocols.md": protocols_page(),
        REFERENCE / "devices.md": devices_page(),
        REFERENCE / "hazards.md": hazards_page(),
        REFERENCE / "sources.md": sources_page(),
        REFERENCE / "trials.md": trials_page(),
        REFERENCE / "leaderboard.md": leaderboard_page(),
        REFERENCE / "population.md": population_page(),
        REFERENCE / "population.svg": growth_svg(),
        REFERENCE / "pages.md": weights_page(),
    }


def chapter_of(folder: Path) -> str:
    """A chapter of the manual from a folder of specification tests."""
    text = [NOTE, f"# {folder.name.capitalize()}", ""]
    for path in sorted(folder.glob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"))
        title = next(
            ast.literal_eval(node.value)
            for node in module.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "title"
        )
        text += [f"## {title}", ""]
        for test in (node for node in module.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"):
            text += [f"### {test.name[5:].replace('_', ' ').capitalize()}", ""]
            text += [" ".join((ast.get_docstring(test) or "").split()), ""]
            text += _tables(test)
    return "\n".join(text).rstrip() + "\n"


def _tables(test: ast.FunctionDef) -> list[str]:
    """The table literals of a test, as Markdown."""
    literals = [
        argument.value
        for call in ast.walk(test)
        if isinstance(call, ast.Call)
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "|" in argument.value
    ]
    return [dedent(literal).strip() + "\n" for literal in literals]


def session_page() -> str:
    """The rules of motion as a diagram and a table."""
    lines = [NOTE, "# The treatment session", "", "Drawn from `src/ionto/treat/table.py`.", "", "```mermaid"]
    lines += ["stateDiagram-v2", f"    [*] --> {Phase.READY}"]
    for phase, row in TABLE.items():
        lines += [f"    {phase} --> {to}: {happening.replace('_', ' ')}" for happening, to in row.items()]
    lines += [f"    {phase} --> [*]" for phase in Phase if phase in ENDED]
    lines += ["```", "", "| phase | happening | next |", "|---|---|---|"]
    for phase, row in TABLE.items():
        said = phase.replace("_", " ")
        for happening, to in row.items():
            lines.append(f"| {said} | {happening.replace('_', ' ')} | {to.replace('_', ' ')} |")
        if not row:
            lines.append(f"| {said} | the end: nothing moves any more | |")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """Every suitability rule with its sentences, what each source says and where they disagree; then the stop rules."""
    lines = [
        NOTE,
        "# Suitability rules",
        "",
        "Drawn from `src/ionto/consult/rules/`. What they decide under each policy:",
    ]
    lines += ["[the decision table](decision-table.md).", ""]
    for rule in suitability_rules():
        universal = ", universal" if rule.universal else ""
        lines += [f"## {rule.id}", "", f"**{_spoken(rule.decision)}{universal}.** {rule.why}", ""]
        lines += [f"To do: {rule.do}", "", f"For the clinician: {rule.for_clinician}", ""]
        lines += [f"- {said.source}: {said.says}" for said in rule.said]
        lines += ["", f"Where they disagree: {rule.disagreement}", ""] if rule.disagreement else [""]
    lines += [
        "# Stop rules",
        "",
        "What a side effect means once treatment runs. Drawn from `src/ionto/follow/alerts.toml`;",
    ]
    lines += ["the strictest rule that fits decides.", ""]
    lines += ["| effect | from | level | why | what to do | sources |", "|---|---|---|---|---|---|"]
    for stop in effect_rules():
        since = f"{stop.from_severity}" + (f", {stop.from_hours:g} h" if stop.from_hours else "")
        level = stop.level.replace("_", " ")
        lines.append(f"| {stop.effect} | {since} | {level} | {stop.why} | {stop.do} | {', '.join(stop.sources)} |")
    return "\n".join(lines) + "\n"


def decision_table_page() -> str:
    """Every single answer at every place, site and policy: what the strictest reading decides, and who differs."""
    lines = [NOTE, "# The decision table", ""]
    lines += [
        "One answer at a time, in a person with whom all else is well: the decision of the strictest reading, and"
    ]
    lines += [
        "after it the policies that decide otherwise. Body parts stand together where no cell differs between them."
    ]
    lines += [
        "What must first heal or come off says *not today*; no clinician's name lifts it.",
        "",
        "## The policies",
        "",
    ]
    lines += ["| policy | whose | what marks it | sources |", "|---|---|---|---|"]
    lines += [f"| {one.id} | {one.label} | {one.note} | {', '.join(one.sources)} |" for one in policies().values()]
    for heading, rows in _decision_rows():
        lines += ["", f"## {heading}", "", f"| answer | {' | '.join(Site)} |", "|---" * (1 + len(Site)) + "|"]
        lines += [f"| {name} | {' | '.join(_cells(table))} |" for name, table in rows.items()]
    return "\n".join(lines) + "\n"


Decisions = dict[tuple[Site, str], Decision]


def _decision_rows() -> Iterator[tuple[str, dict[str, Decisions]]]:
    """Each block of rows: the answers, and what every policy decides at every site."""
    yield "Conditions", dict(row for condition in Condition for row in _condition_rows(condition))
    yield (
        "Circumstances",
        {_words(one): _decisions({"circumstances": [one], "additive_cautions": []}) for one in Circumstance}
        | {
            f"{_words(Circumstance.ANTICHOLINERGIC_ADDITIVE)}, with {_words(one)}": _decisions(
                {"circumstances": [Circumstance.ANTICHOLINERGIC_ADDITIVE], "additive_cautions": [one]}
            )
            for one in AdditiveCaution
        },
    )
    yield (
        "Age",
        {
            f"{age_years} years": _decisions(
                {"patient": {"birth_year": 2025 - age_years}}, {"onset_age_years": 3, "duration_months": 12}
            )
            for age_years in (5, 6, 7, 17, 18)
        },
    )
    yield (
        "Signs of another cause",
        {_words(one): _decisions({"symptoms": [one]}) for one in Symptom}
        | {
            "on one side only": _decisions({}, {"bilateral": False}),
            "also in sleep": _decisions({}, {"stops_in_sleep": False}),
            "all over the body": _decisions({"generalised": True}),
            "began at 25": _decisions({"patient": {"birth_year": 1980}}, {"onset_age_years": 25}),
            "began at 26": _decisions({"patient": {"birth_year": 1980}}, {"onset_age_years": 26}),
            "for 5 months": _decisions({}, {"duration_months": 5}),
            "for 6 months": _decisions({}, {"duration_months": 6}),
            "a medicine that makes people sweat": _decisions({"medicines": ["sertraline"]}),
        },
    )
    person, place = ("history", "symptoms", "generalised"), ("bilateral", "stops_in_sleep", "onset_age_years")
    yield (
        "Answers left out",
        {_words(name): _decisions({name: None}) for name in person}
        | {_words(name): _decisions({}, {name: None}) for name in (*place, "duration_months", "hdss")}
        | {"year of birth": _decisions({"patient": {}})},
    )


def _condition_rows(condition: Condition) -> Iterator[tuple[str, Decisions]]:
    """The rows of a condition, the body parts together for which every cell is the same."""
    if not condition.needs_where:
        yield _words(condition), _decisions({"history": [{"condition": condition}]})
        return
    alike: list[tuple[Decisions, list[BodyPart]]] = []
    for part in BodyPart:
        table = _decisions({"history": [{"condition": condition, "where": part}]})
        known = next((parts for seen, parts in alike if seen == table), None)
        if known is None:
            alike.append((table, [part]))
        else:
            known.append(part)
    for table, parts in alike:
        named = dict.fromkeys(_words(part.removeprefix("left_").removeprefix("right_")) for part in parts)
        yield f"{_words(condition)}: {', '.join(named)}", table


def _decisions(told: dict[str, Any], answers: dict[str, Any] | None = None) -> Decisions:
    """What every policy decides at every site for the person of examples/palms.json with other answers."""
    person = json.loads((ROOT / "examples" / "palms.json").read_text("utf-8"))
    place = {**person["sites"][0], **(answers or {})}
    sites = [{**_given(place), "site": site} for site in Site]
    intake = read_json(Intake, json.dumps({**_given({**person, **told}), "sites": sites}))
    return {(site, name): found.decision for name in policies() for site, found in consult(intake, name).sites.items()}


def _given(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}


def _cells(table: Decisions) -> Iterator[str]:
    for site in Site:
        usual = table[site, STRICTEST]
        others = {name: table[site, name] for name in policies() if table[site, name] is not usual}
        said = [
            f"{_spoken(decision)}: {', '.join(name for name, other in others.items() if other is decision)}"
            for decision in Decision
            if decision in others.values()
        ]
        yield "; ".join([f"**{_spoken(usual)}**", *said])


def _spoken(decision: Decision) -> str:
    return {"defer": "not today", "ask_clinician": "ask a clinician"}.get(decision, decision.replace("_", " "))


def _words(name: str) -> str:
    return name.replace("_", " ")


def expectations_page() -> str:
    """What people are told to expect, how sure it is, and the scales of severity."""
    table = expected_claims()
    lines = [
        NOTE,
        "# What to expect, and the scales",
        "",
        "Drawn from `src/ionto/consult/expect.toml` and `scales.toml`.",
    ]
    lines += ["", "## How sure", "", "| certainty | as it is said |", "|---|---|"]
    lines += [f"| {_words(one)} | {said} |" for one, said in table.certainty_in_words.items()]
    lines += ["", "## What to expect", ""]
    lines += ["| about | sites | for whom | claim | certainty | sources |", "|---|---|---|---|---|---|"]
    for claim, told in told_claims():
        said = f"{told.claim} → {told.do}" if told.do else told.claim
        who = f"{_words(claim.about)} | {', '.join(claim.sites)} | {_whom(claim)}"
        lines.append(f"| {who} | {said} | {_words(claim.certainty)} | {', '.join(claim.sources)} |")
    lines += ["", "## Scales", "", "Totals only; ionto ships no scale's questions but the HDSS.", ""]
    lines += ["| scale | bands, up to | a change that matters | remarks | sources |", "|---|---|---|---|---|"]
    for scale in scales().scale.values():
        bands = ", ".join(f"{_words(band.band)} {band.to_score:g}" for band in scale.bands) or "none published"
        change = scale.meaningful_change or "not published"
        lines.append(f"| {scale.label} | {bands} | {change} | {scale.why} | {', '.join(scale.sources)} |")
    return "\n".join(lines) + "\n"


def _whom(claim: ExpectedClaim) -> str:
    whom = []
    if claim.from_age_years is not None or claim.below_age_years is not None:
        whom.append("adults" if claim.from_age_years else "under 18")
    if claim.bands:
        whom.append(" or ".join(claim.bands))
    if claim.tried:
        whom.append(f"{_words(claim.tried)} {claim.outcome} before")
    return ", ".join(whom) or "all"


def protocols_page() -> str:
    """Every protocol with its values, who says so, and who disagrees; then the habits of polarity."""
    lines = [NOTE, "# Treatment protocols", "", "Drawn from `src/ionto/prescribe/protocols/` and `polarity.toml`.", ""]
    for protocol in protocols().values():
        for version in protocol.version:
            lines += [f"## {protocol.label} (`{protocol.id}`), from {version.in_force_from.isoformat()}", ""]
            lines += [f"- {remark}" for remark in protocol.remarks] + ([""] if protocol.remarks else [])
            lines += [
                f"- Session {number} of a day: {_words(leads.left_lead)} on the left lead, "
                f"{_words(leads.right_lead)} on the right."
                for number, leads in enumerate(protocol.leads, start=1)
            ] + ([""] if protocol.leads else [])
            lines += ["| value | | says | sources | disagreement |", "|---|---|---|---|---|"]
            for name, cited in version.cited.items():
                sources = ", ".join(cited.sources)
                said = f"{_cell(cited.value)} | {cited.says} | {sources} | {cited.disagreement or ''}"
                lines.append(f"| {name} | {said} |")
            lines.append("")
    lines += ["## What is done with the poles", "", "| habit | says | sources | disagreement |", "|---|---|---|---|"]
    for name, habit in polarity_habits().items():
        lines.append(f"| {name} | {habit.says} | {', '.join(habit.sources)} | {habit.disagreement or ''} |")
    return "\n".join(lines).rstrip() + "\n"


def devices_page() -> str:
    """Every device of the catalogue, its blank cells too."""
    lines = [
        NOTE,
        "# Devices",
        "",
        "Drawn from `src/ionto/prescribe/devices.toml`. What no source says is *not known*;",
    ]
    lines += ["what is only hearsay stands below a device's table, and limits nothing.", ""]
    lines += ["| device | id | highest current [mA] | polarity | waveforms |", "|---|---|---|---|---|"]
    for key, device in devices().items():
        cells = (device.current_max_ma, device.polarity, device.waveforms)
        shown = " | ".join(_cell(cell.value) if cell else "*not known*" for cell in cells)
        lines.append(f"| {device.label} | `{key}` | {shown} |")
    for key, device in devices().items():
        lines += ["", f"## {device.label} (`{key}`)", ""]
        lines += [f"**No plan is made for it.** {device.refused.value}", ""] if device.refused else []
        lines += ["| | | says | sources | disagreement |", "|---|---|---|---|---|"]
        for name in _device_cells():
            cell = device.cited.get(name)
            if cell is not None:
                said = f"{_cell(cell.value)} | {cell.says} | {', '.join(cell.sources)} | {cell.disagreement or ''}"
                lines.append(f"| {_named(name)} | {said} |")
        unknown = [_named(name) for name in _device_cells() if name not in device.cited]
        told = [f"- {remark}" for remark in device.remarks] + [f"- Hearsay: {one}" for one in device.doubted]
        lines += ["", f"*Not known:* {', '.join(unknown)}.", *([""] if told else []), *told]
    return "\n".join(lines).rstrip() + "\n"


def hazards_page() -> str:
    """Every hazard with its control, its tests and what is left; and what the last full run measured."""
    kept = json.loads((ROOT / "benchmarks" / "hazards.json").read_text("utf-8"))
    lines = [
        NOTE,
        "# Hazards",
        "",
        "Drawn from [docs/hazards.toml](../hazards.toml) and the last `./run bench hazards`:",
        f"{kept['scenarios_count']} scenarios on {kept['skins_count']} virtual skins, with all controls and without:",
        f"{kept['runs_count']:,} of {kept['runs_wanted_count']:,} runs. `ionto hazards run` plays them.",
        "",
        "The worst over all runs of a hazard, from the moment at which something goes wrong, as it really was in the",
        "simulated circuit; *without* stops at the end of what was watched, so that its longest flow may be longer.",
        "",
        "| hazard | peak [mA] | without | on intact skin [mA/cm²] | without | longest flow [s] | without |",
        "|---|---|---|---|---|---|---|",
    ]
    measured = (("peak_ma", 1), ("intact_ma_per_cm2", 2), ("exposure_s", 2))
    for row in kept["hazards"]:
        kept_cells = [f"{row[which][name]:.{digits}f}" for name, digits in measured for which in WITH_AND_WITHOUT]
        lines.append(f"| [{row['hazard']}](#{row['hazard']}) | {' | '.join(kept_cells)} |")
    for hazard in hazards():
        lines += _hazard_lines(hazard)
        lines += [f"- No worse without: {hazard.shown}"] if hazard.shown else []
    lines += ["", "# On the page of a hands-free session", ""]
    lines += ["No skin can play these; what shows them are tests in a browser, its clock wound and its network cut."]
    for page in page_hazards():
        lines += _hazard_lines(page)
    return "\n".join(lines) + "\n"


def _hazard_lines(hazard: HazardRow) -> list[str]:
    return [
        *("", f"## {hazard.id}", "", f"**{hazard.hazard}** {hazard.cause}", ""),
        f"- Harm: {hazard.harm}",
        f"- Control: {hazard.control} ({', '.join(f'`{at}`' for at in hazard.control_at)})",
        f"- Shown by: {', '.join(f'`{test}`' for test in hazard.tests)}",
        f"- Left: {hazard.residual}",
        f"- Sources: {', '.join(hazard.sources)}",
    ]


WITH_AND_WITHOUT = ("with_control", "without")


def _device_cells() -> list[str]:
    """The names of a device's cells, in order."""
    plain = {"label", "maker", "words", "remarks", "doubted", "refused"}
    own = [name for name in TreatmentDevice.__dataclass_fields__ if name not in plain]
    return own + [f"words.{name}" for name in GuideWords.__dataclass_fields__]


def _named(name: str) -> str:
    """The name of a cell as people read it, its unit in brackets."""
    name, unit = name.removeprefix("words."), unit_of(name)
    said = name.removesuffix(f"_{unit.suffix}") if unit else name
    return _words(said) + (f" [{unit.label}]" if unit and unit.label else "")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, int | float) else _words(str(value))


def sources_page() -> str:
    """Every reference by key."""
    lines = [NOTE, "# Sources", "", "How each was read: itself, through another text, or known without being read.", ""]
    lines += ["| key | source | address | read |", "|---|---|---|---|"]
    lines += [f"| {key} | {one.title} | {one.where} | {one.seen} |" for key, one in sorted(references().items())]
    return "\n".join(lines) + "\n"


def leaderboard_page() -> str:
    """Policies on the same virtual people, from the stored result of `./run bench leaderboard`."""
    kept = json.loads((ROOT / "benchmarks" / "leaderboard.json").read_text("utf-8"))
    cost, seed = kept["session_cost_days"], kept["seed"]
    lines = [NOTE, "# The leader table", ""]
    lines += ["Policies on the same virtual people, through [the environment](environment.md). Drawn from the last", ""]
    lines += [f"    ./run bench leaderboard --people {kept['people_count']} --seed {seed} --keep", ""]
    lines += [
        f"{kept['people_count']} people with palms and an HDSS of 3 or 4, of whom {kept['responders_count']} respond;",
        f"{kept['days_count']} days; the same people and the same days for each policy. *Return* is days of",
        f"control less {cost} for each session, and what the rows are sorted by. All but the random one raise the",
        "current alike, 5 mA and then 1 mA more each session up to 15. In brackets 95 % intervals by Student's t over",
        "people; *ours less this one* is paired, person by person.",
        "",
        "| policy | days controlled | sessions | return [days] | ours less this one [days] | sessions that hurt |",
        "|---|---|---|---|---|---|",
    ]
    names = ("controlled_days", "sessions_count", "return_days", "less_than_ours_days", "hurt_count")
    for row in kept["policies"]:
        lines.append(f"| {row['policy']} | {' | '.join(_spanned(row[name]) for name in names)} |")
    lines += [
        "",
        "- *Every N days* and *random* know nothing of the person; the *ladder* is ten sessions three a week, four a",
        "  week apart, four a fortnight apart, then one every 28 days.",
        "- *Reactive* treats on every day that is rated clammy (4 of 10) or worse, at most five times a week.",
        f"- *Ours* is `ionto.follow` at a risk of {kept['risk_prob']:.0%} to be above HDSS 2. It had no part in making",
        "  these people, stops where it finds no response, and keeps the prescription's days in the first weeks.",
        "",
        *_break_even(kept["policies"]),
        "A table on virtual people says nothing of patients.",
    ]
    return "\n".join(lines) + "\n"


def _break_even(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What a session must cost for ours to come before a policy with more days of control and more sessions."""
    ours = next(row for row in rows if row["policy"].startswith("ours"))
    control, sessions = (ours[name]["mean"] for name in ("controlled_days", "sessions_count"))
    yield "The order depends on what a session costs."
    yield f"Ours has {control:.0f} days of control from {sessions:.0f} sessions;"
    yield "by these means it comes before a policy with more of both where a session costs more than so many days:"
    yield ""
    for row in rows:
        more_days, more_count = row["controlled_days"]["mean"] - control, row["sessions_count"]["mean"] - sessions
        if more_days > 0 and more_count > 0:
            yield f"- {row['policy']}: {more_days / more_count:.2f}"
    yield ""


def _spanned(cell: dict[str, float]) -> str:
    return f"{cell['mean']:.1f} ({cell['low']:.1f} to {cell['high']:.1f})"


def population_page() -> str:
    """What the population costs, from the stored result of `./run bench population --full`."""
    kept = json.loads((ROOT / "benchmarks" / "population.json").read_text("utf-8"))
    rates, band = kept["rates"], kept["band"]
    allowed = band["memory_gb_per_s"] * 1e9 / band["touched_bytes"]
    lines = [NOTE, "# What the population costs", ""]
    lines += ["Drawn from the last `./run bench population --full --keep`: one core, the processor's own seconds.", ""]
    lines += ["| patient-days a second | | ours, in a course of 30 days |", "|---|---|---|"]
    for name, words in (
        ("course", "ours, 30 days with 8 sessions"),
        ("year", "ours, 365 days with 8 sessions"),
        ("numpy", "the bare mechanism in plain NumPy, all people in one array"),
        ("scalar", "the bare mechanism, one person at a time"),
        ("solve_ivp", "the bare mechanism with SciPy's `solve_ivp`"),
    ):
        times = rates["course"] / rates[name]
        lines.append(f"| {words} | {rates[name]:,.0f} | {times:,.{1 if times < 10 else 0}f} times |")
    lines += [
        "",
        "The bare mechanism has no placebo, memory, leaving or side effects, and draws from a generator that is rolled",
        "on; ours draws by counting, so that a person is the same in any company.",
        "",
        f"A patient-day touches {band['touched_bytes']:,.0f} bytes, counted operation by operation:",
        f"{band['moved_gb_per_s']:.1f} GB/s. STREAM's triad moved {band['memory_gb_per_s']:.1f} GB/s from memory and",
        f"{band['cache_gb_per_s']:.1f} GB/s in arrays as small as the day's step has (in the cache, NumPy's cost of a",
        "call included), in the same run. If all bytes came from memory, it would",
        f"allow {allowed:,.0f} patient-days a second, and ours are {100 * rates['year'] / allowed:.0f} % of that; only",
        "14 bytes of a patient-day must go there, its results.",
        "",
        "![cost against people](population.svg)",
        "",
        "| people | days | time [s] | each [µs] | peak memory [MB] |",
        "|---|---|---|---|---|",
    ]
    for run in (*kept["course"], *kept["year"]):
        each_us = run["took_s"] / run["people_count"] * 1e6
        cells = f"{run['took_s']:.1f} | {each_us:.0f} | {run['peak_mb']:.0f}"
        lines.append(f"| {run['people_count']:,} | {run['days_count']} | {cells} |")
    return "\n".join(lines) + "\n"


def growth_svg() -> str:
    """Time against people in powers of ten, both of the course and of the year; dashes are linear growth."""
    kept = json.loads((ROOT / "benchmarks" / "population.json").read_text("utf-8"))
    wide, high, left, bottom, top, right = 640, 390, 64, 356, 72, 48
    across, up = (wide - left - right) / 3, (bottom - top) / 5  # a power of ten: from 10³ people, from 10⁻² seconds

    def place(people_count: float, took_s: float) -> tuple[float, float]:
        return left + (math.log10(people_count) - 3) * across, bottom - (math.log10(took_s) + 2) * up

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="12" fill="#1a1a1a">',
        "<title>Time against people</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{left}" y="22" font-size="15" font-weight="bold">Time [s] against people, one core</text>',
    ]
    for power in range(-2, 4):
        y = bottom - (power + 2) * up
        drawn.append(f'<path d="M{left} {y:.1f}H{wide - right}" stroke="#dddddd"/>')
        drawn.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for power in range(3, 7):
        x = left + (power - 3) * across
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{10**power:,}</text>')
    for number, (name, colour) in enumerate((("course", "#0072b2"), ("year", "#c44f00"))):
        runs = kept[name]
        points = [place(run["people_count"], run["took_s"]) for run in runs]
        x, y = points[-1]
        span = (x - points[0][0]) / across * up
        drawn.append(
            f'<path d="M{points[0][0]:.1f} {y + span:.1f}L{x:.1f} {y:.1f}" stroke="{colour}" stroke-dasharray="4 4"/>'
        )
        drawn += [f'<circle cx="{at:.1f}" cy="{to:.1f}" r="4" fill="{colour}"/>' for at, to in points]
        words = f"{runs[0]['days_count']} days; dashes: linear, through the largest"
        drawn.append(f'<text x="{left}" y="{42 + 16 * number}" fill="{colour}">● {words}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def weights_page() -> str:
    """What each page costs a slow phone, from the stored result of `./run bench pages --beside`."""
    kept = json.loads((ROOT / "benchmarks" / "pages.json").read_text("utf-8"))
    lines = [NOTE, "# What a page costs a slow phone", ""]
    lines += ["Drawn from the last `./run bench pages --beside --keep`.", ""]
    lines += [
        f"Chromium {kept['chromium']}, a processor slowed {kept['slowed_times']} times, an empty cache, the server on",
        f"the same busy machine; the median of {kept['rounds_count']} loads. *Bytes* come over the wire with headers.",
        "*Answered* is the first byte, most of it the server's own work; *loaded* is DOMContentLoaded; *painted* the",
        "first contentful paint; all since the request. *At rest* is the end of the last task of over 50 ms that",
        f"{kept['quiet_s']:g} s without one follow: from then on a tap is heard at once.",
        "What the hands-free page's worker keeps for later is not in its row.",
        "",
    ]
    head = ["| page | kB | requests | sockets | answered | loaded | painted | at rest [ms] |", "|---" * 8 + "|"]
    lines += [*head, *(_weight(cost) for cost in kept["own"])]
    first, loads = kept["own"][0], [cost for cost in kept["own"] if cost["page"] != "progress, scrolled"]
    heaviest = max(loads, key=lambda cost: cost["bytes_count"])
    most = max(cost["requests_count"] for cost in loads)
    lines += [
        "",
        "The goal for the first page is under 60 kB and under 5 requests, and every first load keeps it: the first",
    ]
    lines += [f"page has {first['bytes_count'] / 1000:.1f} kB in {first['requests_count']} requests, the heaviest page"]
    lines += [f"({heaviest['page']}) {heaviest['bytes_count'] / 1000:.1f} kB, and none more than {most} requests."]
    lines += [
        "The plot of the progress is fetched when it comes into sight; *progress, scrolled* is the page with it.",
        "",
    ]
    if kept["beside"]:
        lines += ["The first page's text with one button, as other Python libraries serve it. The two live diaries for"]
        lines += ["hyperhidrosis are not in the table: their sources can be had, but not their pages as published.", ""]
        lines += [*head, *(_weight(cost) for cost in kept["beside"]), ""]
        lines += ["Times the first page of ionto: bytes, requests, and time until at rest.", ""]
        lines += ["| page | bytes | requests | at rest |", "|---|---|---|---|"]
        lines += [_times(cost, first) for cost in kept["beside"]]
    return "\n".join(lines) + "\n"


def _times(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    said = (f"{theirs[name] / ours[name]:.1f}" for name in ("bytes_count", "requests_count", "at_rest_ms"))
    return f"| {theirs['page']} | {' | '.join(said)} |"


def _weight(cost: dict[str, Any]) -> str:
    times = " | ".join(f"{cost[name]:.0f}" for name in ("answered_ms", "loaded_ms", "painted_ms", "at_rest_ms"))
    cells = f"{cost['page']} | {cost['bytes_count'] / 1000:,.1f} | {cost['requests_count']} | {cost['sockets_count']}"
    return f"| {cells} | {times} |"


def trials_page() -> str:
    """Every published trial on the shelf against its source, from the stored result of `ionto trial library`."""
    stored = json.loads((REFERENCE / "trials.json").read_text("utf-8"))
    patients, seed, counts = stored["patients"], stored["seed"], stored["counts"]
    lines = [NOTE, "# Published trials, played on virtual people", ""]
    lines += ["Drawn from `trials.json`, which is what this command says:", ""]
    lines += [f"    ionto trial library --patients {patients} --seed {seed} --json > docs/reference/trials.json", ""]
    lines += [
        "Agreement is no evidence that a treatment works, and in the *fit* trials it is none for the virtual person,",
        "who was set with them. Values of other trials that some number of the virtual person was set with are *used*,",
        "all others *predicted*. No published value was moved, and what disagrees stays.",
        "*Inside*: our value lies in the published 95 % interval (Wilson for k of n, Student's t for a mean with its",
        "spread). Where none can be made from what the source says, none was invented. *A trial of that size* is what",
        "95 % of replicas with as many virtual people see; *seen there* says whether the published value lies in it.",
        "",
        f"{counts['trials']} trials, {counts['end_points']} end points.",
        "",
        f"| | {' | '.join(counts['fit'])} |",
        "|---" * (1 + len(counts["fit"])) + "|",
    ]
    lines += [
        f"| {role} | {' | '.join(str(number) for number in counts[role].values())} |"
        for role in ("fit", "used", "predicted")
    ]
    within, beside = counts["predicted_within_replicas"], counts["predicted_beside_replicas"]
    lines += ["", f"Of the predicted values, a trial of that size would often see {within} and seldom {beside}.", ""]
    lines += [
        "| trial | arm | end point | published | 95 % | ours | 95 % | a trial of that size | seen there | verdict | |"
    ]
    lines += ["|---" * 11 + "|"]
    for row in stored["rows"]:
        said = row["published"]
        cells = [row["source"], row["arm"], row["title"], f"{said_value(said['value'], row['unit'])} ({said['words']})"]
        cells += [interval(said["low"], said["high"]), our_value(row)]
        cells += [interval(row["low"], row["high"]), interval(row["trial_low"], row["trial_high"])]
        cells += [{True: "yes", False: "no", None: ""}[row["within_replicas"]], row["verdict"], row["role"]]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## What no source gives, and is ours", ""]
    for trial in (trial for trial in trials().values() if trial.source):
        lines += [f"**{trial.source}**, {trial.title}:", "", *(f"- {sentence}" for sentence in trial.ours), ""]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
