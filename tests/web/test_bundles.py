"""The style and the scripts that pages share: small, made of what is used, and whole."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from ionto_web import bundles

STYLE = bundles.site_style()


def test_the_style_is_small_and_names_its_licence() -> None:
    assert len(gzip.compress(STYLE.encode())) < 15_000
    assert "Bootstrap  v5.3.9" in STYLE
    assert "Licensed under MIT" in STYLE
    assert STYLE.count("{") == STYLE.count("}")


def test_every_class_of_bootstrap_that_a_page_may_carry_is_kept() -> None:
    known = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", bundles.BOOTSTRAP.read_text("utf-8")))
    kept = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", STYLE))
    used = bundles.classes_written() & known
    assert {"container", "row", "btn", "d-flex", "visually-hidden", "d-none", "g-3", "col-lg-6"} <= used
    assert used <= kept


def test_what_nobody_uses_is_left_out() -> None:
    for name in (".modal", ".navbar", ".carousel", ".offcanvas", "--bs-indigo", "data-bs-theme=dark"):
        assert name not in STYLE.replace("[data-bs-theme]", ""), name


def test_every_variable_that_is_read_is_set_unless_bootstrap_never_sets_it() -> None:
    whole = bundles.BOOTSTRAP.read_text("utf-8")
    read, has = set(re.findall(r"var\((--[\w-]+)\)", STYLE)), set(re.findall(r"(--[\w-]+):", STYLE))
    # The colours of a button are set by its kind, `.btn-primary` for instance; ionto has kinds of its own.
    lost = {name for name in read - has if f"{name}:" in whole and not name.startswith("--bs-btn-")}
    assert lost == set()
    assert len(read & has) > 40


def test_rules_inside_a_condition_are_chosen_too() -> None:
    style = "@media print{.x{a:b}.y{c:d}}@supports (a:b){.y{e:f}}@keyframes spin{to{g:h}}.x:not(.y){i:j}"
    assert bundles.used_of(style, {"x"}, "") == "@media print{.x{a:b}}.x:not(.y){i:j}"


@pytest.mark.parametrize("name", [bundles.STYLE, *bundles.SCRIPTS])
def test_a_bundle_is_found_as_a_file_of_the_site(name: str) -> None:
    found = finders.find(name)
    assert isinstance(found, str)
    text = Path(found).read_text("utf-8")
    for path in bundles.SCRIPTS.get(name, ()):
        assert path.read_text("utf-8") in text


def test_bundles_are_made_anew_when_what_they_are_made_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundles.made(tmp_path)
    assert bundles.made(tmp_path) == before
    own = tmp_path / "own.css"
    own.write_text(".new{color:red}")
    monkeypatch.setattr(bundles, "STYLES", (own,))
    after = bundles.made(tmp_path)
    assert after != before
    assert ".new{color:red}" in (after / bundles.STYLE).read_text()
