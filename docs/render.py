"""Write the parts of the documentation that are drawn from the code: `./run docs`.

The specification tests become the manual, a chapter a folder, a section a file, a paragraph a test. The diagram of the
session is drawn from its table of motion. A test compares what is written with what stands here.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from textwrap import dedent

from ionto.consult.rules import suitability_rules
from ionto.prescribe import protocols
from ionto.treat.table import ENDED, TABLE, Phase
from ionto.words.evidence import references

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
        REFERENCE / "protocols.md": protocols_page(),
        REFERENCE / "sources.md": sources_page(),
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
    """Every suitability rule with its sentence, sources and disagreement."""
    lines = [NOTE, "# Suitability rules", "", "Drawn from `src/ionto/consult/rules/`.", ""]
    lines += ["| rule | decision | what the person reads | sources | where they disagree |", "|---|---|---|---|---|"]
    for rule in suitability_rules():
        lines.append(
            f"| {rule.id} | {rule.decision.replace('_', ' ')}{', universal' if rule.universal else ''} | {rule.why} "
            f"| {', '.join(rule.sources)} | {rule.disagreement or ''} |"
        )
    return "\n".join(lines) + "\n"


def protocols_page() -> str:
    """Every protocol with its values, who says so, and who disagrees."""
    lines = [NOTE, "# Treatment protocols", "", "Drawn from `src/ionto/prescribe/protocols/`.", ""]
    for protocol in protocols().values():
        for version in protocol.version:
            lines += [f"## {protocol.label} (`{protocol.id}`), from {version.in_force_from.isoformat()}", ""]
            lines += ["| value | | says | sources | disagreement |", "|---|---|---|---|---|"]
            for name in version.__dataclass_fields__:
                if name != "in_force_from":
                    cited = getattr(version, name)
                    said = f"{cited.value:g}" if isinstance(cited.value, int | float) else cited.value
                    sources = ", ".join(cited.sources)
                    lines.append(f"| {name} | {said} | {cited.says} | {sources} | {cited.disagreement or ''} |")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def sources_page() -> str:
    """Every reference by key."""
    lines = [NOTE, "# Sources", "", "How each was read: itself, through another text, or known without being read.", ""]
    lines += ["| key | source | address | read |", "|---|---|---|---|"]
    lines += [f"| {key} | {one.title} | {one.where} | {one.seen} |" for key, one in sorted(references().items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
