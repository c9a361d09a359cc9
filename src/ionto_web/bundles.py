"""What a page fetches besides itself: one style and at most one script, made when the site starts.

The style is what the site uses of Bootstrap, then ionto's own. A rule of Bootstrap is used when every class that it
names stands in a template, in the Python that writes HTML, or in a string of a script; tests/browser/test_walk.py looks
whether any page carries a class of Bootstrap that was left out. Nothing made here is kept in git.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import django_htmx

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
BOOTSTRAP = STATIC / "vendor" / "bootstrap" / "bootstrap.min.css"
STYLES = (STATIC / "vendor" / "uplot" / "uPlot.min.css", STATIC / "ionto" / "ionto.css")
OWN = STATIC / "ionto"
PLOT = STATIC / "vendor" / "uplot" / "uPlot.iife.min.js"
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
# One script for the pages that htmx drives, so that it is fetched once. The progress fetches its plot when in sight.
SCRIPTS: Mapping[str, tuple[Path, ...]] = {
    "bundles/driven.js": (HTMX, OWN / "diary.js", OWN / "consultation.js"),
    "bundles/progress.js": (OWN / "colours.js", OWN / "what_if.js", OWN / "progress.js"),
    "bundles/led.js": (OWN / "patience.js", OWN / "led-page.js", OWN / "led.js"),
    "bundles/led-live.js": (OWN / "patience.js", OWN / "led-page.js", OWN / "led-live.js"),
    "bundles/today.js": (OWN / "patience.js", OWN / "today-waiting.js", OWN / "today.js"),
    "bundles/reach.js": (OWN / "today-device.js", OWN / "reach.js"),
    # The plot last: whatever fails in it, the session's figures and buttons are there already.
    "bundles/session.js": (OWN / "colours.js", OWN / "session.js", PLOT),
}
STYLE = "bundles/site.css"
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_VARIABLE = re.compile(r"(--[\w-]+):(?:\"[^\"]*\"|\([^)]*\)|[^;{}\"(])*(?:;|(?=\}))")
_WORD = re.compile(r"-?[A-Za-z_][\w-]*")


def made(to: Path) -> Path:
    """The folder with every bundle, under `to`, named by what the bundles are made of."""
    scripts = (path for paths in SCRIPTS.values() for path in paths)
    sources = [path.read_bytes() for path in (Path(__file__), BOOTSTRAP, *STYLES, *scripts)]
    made_of = b"\0".join([*sources, " ".join(sorted(classes_written())).encode()])
    folder = to / sha256(made_of).hexdigest()[:16]
    if not (folder / STYLE).exists():
        for name, paths in SCRIPTS.items():
            _put(folder / name, ";\n".join(path.read_text("utf-8") for path in paths))
        # Written last: when it is there, all of them are.
        _put(folder / STYLE, site_style())
    return folder


def _put(path: Path, text: str) -> None:
    """Written aside and moved: another process may look for it now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(text.encode())
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)  # noqa: PTH105 - one step, on every system


def writers() -> list[Path]:
    """Every file that may write a class into a page."""
    found = [*HERE.rglob("*.html"), *(HERE / "care").rglob("*.py"), *OWN.glob("*.js")]
    return sorted(path for path in found if "migrations" not in path.parts)


def classes_written() -> set[str]:
    """Every word that may become a class of an element: in a class attribute, or in a string of a script."""
    found: set[str] = set()
    for path in writers():
        text = path.read_text("utf-8")
        said = (
            re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", text)
            if path.suffix == ".js"
            else re.findall(r"class(?:=|\": )\"([^\"]*)\"", re.sub(r"\{%.*?%\}", " ", text))
        )
        found |= set(_WORD.findall(str(said)))
    return found


def site_style() -> str:
    """The whole style of the site."""
    own = "".join(_without_comments(path.read_text("utf-8")) for path in STYLES)
    return used_of(BOOTSTRAP.read_text("utf-8"), classes_written(), own) + own


def used_of(style: str, classes: set[str], own: str) -> str:
    """The rules of a style sheet that these classes use, with the variables that these and `own` read.

    >>> used_of("a{b:c}.x,.y{--v:1;--w:2;d:var(--v)}.z{e:f}@media (f){.x .z{g:h}.x{i:j}}", {"x"}, "")
    'a{b:c}.x{--v:1;d:var(--v)}@media (f){.x{i:j}}'
    """
    licence = re.match(r"[^{]*?(/\*!.*?\*/)", style, re.DOTALL)
    kept = _used(_without_comments(style).removeprefix('@charset "UTF-8";'), classes)
    # A variable that only sets another unread one goes as well.
    while True:
        read = set(re.findall(r"var\((--[\w-]+)", kept + own))
        said, fewer = 0, ""
        for found in _VARIABLE.finditer(kept):
            fewer += kept[said : found.end() if found[1] in read else found.start()]
            said = found.end()
        fewer = re.sub(r"[^{};]+\{\}", "", fewer + kept[said:]).replace(";}", "}")
        if fewer == kept:
            return (licence[1] if licence else "") + kept
        kept = fewer


def _used(style: str, classes: set[str]) -> str:
    said = ""
    for head, body in _rules(style):
        if head.startswith(("@media", "@supports")):
            inner = _used(body, classes)
            said += f"{head}{{{inner}}}" if inner else ""
        elif not head.startswith("@"):
            wanted = [each for each in head.split(",") if _is_used(each, classes)]
            said += f"{','.join(wanted)}{{{body}}}" if wanted else ""
    return said


def _is_used(selector: str, classes: set[str]) -> bool:
    """Whether a page can match it: its classes are written, and it asks for no theme by attribute."""
    bare = re.sub(r":not\([^)]*\)", "", selector)
    return "[data-bs" not in bare and all(name in classes for name in _CLASS.findall(bare))


def _rules(style: str) -> Iterator[tuple[str, str]]:
    """Each rule with what stands in its braces."""
    start, depth, opened = 0, 0, 0
    for place, sign in enumerate(style):
        if sign == "{":
            depth += 1
            if depth == 1:
                opened = place
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield style[start:opened].strip(), style[opened + 1 : place]
                start = place + 1


def _without_comments(style: str) -> str:
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
