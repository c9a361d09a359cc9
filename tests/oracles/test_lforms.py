"""Our questionnaire in a renderer that nobody here wrote: the same questions are asked, the same answers come out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ionto.consult.questionnaire import (
    Answers,
    Item,
    Value,
    answers_of,
    enabled,
    intake_from,
    intake_of,
    questionnaire,
)

pytestmark = pytest.mark.browser
TODAY = date(2026, 11, 23)
SCHEMA = Path(__file__).parents[1] / "data" / "fhir" / "fhir.schema.json.gz"
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Questionnaire</title>
<link rel="stylesheet" href="webcomponent/styles.css"></head><body><div id="form"></div>
<script src="webcomponent/assets/lib/zone.min.js"></script>
<script src="webcomponent/lhc-forms.js"></script>
<script src="fhir/R4/lformsFHIR.min.js"></script></body></html>"""
VISIBLE = """() => [...document.querySelectorAll('lhc-item')]
    .filter(item => item.id && item.checkVisibility())
    .map(item => item.id.replace(/^item-/, '').split('/')[0])"""
PALMS: Answers = {
    "birth_year": (1998,),
    "sites": ("palms",),
    "palms.hdss": ("4",),
    "palms.bilateral": (True,),
    "palms.stops_in_sleep": (True,),
    "palms.onset_age_years": (14,),
    "palms.duration_years": (12.5,),
    "palms.episodes_per_week": (7,),
    "family_history": (True,),
    "generalised": (False,),
    "symptoms": ("none",),
}
# Answers in the order in which they are given; each path opens another part of the questionnaire.
PATHS: dict[str, Answers] = {
    "a typical woman": {
        "sex": ("female",),
        **PALMS,
        "history": ("none",),
        "pregnancy": ("none",),
        "more": ("none",),
    },
    "a typical man": {"sex": ("male",), **PALMS, "history": ("none",), "more": ("none",)},
    "sex not said": {**PALMS, "history": ("epilepsy",), "pregnancy": ("may_be_pregnant", "copper_iud")},
    "one side, hardly noticed, two places": {
        "sex": ("other",),
        "sites": ("palms", "axillae"),
        "palms.hdss": ("1",),
        "palms.impairs_daily_life": (False,),
        "palms.bilateral": (False,),
        "palms.side": ("left",),
        "axillae.impairs_daily_life": (True,),
        "axillae.hdss": ("2",),
        "axillae.bilateral": (True,),
    },
    "metal, numb skin and a cut": {
        "sex": ("male",),
        "sites": ("soles",),
        "history": ("metal_implant", "reduced_sensation", "small_cut"),
        "where.metal_implant": ("left_hip", "spine"),
        "where.reduced_sensation": ("right_foot",),
        "where.small_cut": ("left_foot",),
    },
    "much tried, and weighed": {
        "sites": ("palms", "face"),
        "more": ("medicines", "tried", "weighed", "scores", "additive", "circumstances"),
        "medicines": ("sertraline",),
        "tried": ("aluminium_chloride", "botulinum_toxin", "other"),
        "tried.aluminium_chloride.site": ("palms",),
        "tried.aluminium_chloride.strength_percent": (20,),
        "tried.aluminium_chloride.weeks": (6,),
        "tried.aluminium_chloride.outcome": ("no_change",),
        "tried.other.name": ("sage tea",),
        "palms.sweat_mg_per_min": (52.5,),
        "face.collected_mg": (260,),
        "face.window_min": (5,),
        "dlqi_score": (12,),
        "palms.rating_score": (8,),
        "additive_cautions": ("glaucoma",),
        "circumstances": ("nail_polish", "jewellery_worn"),
    },
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, lforms: Path) -> Iterator[Page]:
    """A page with our questionnaire in it, and nothing taken from the network."""
    context = browser.new_context()
    asked: list[str] = []

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix("http://lforms.test/")
        asked.append(path)
        if path == "":
            route.fulfill(body=FORM, content_type="text/html; charset=utf-8")
        elif (lforms / path).is_file():
            route.fulfill(path=lforms / path)
        else:
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://lforms.test/")
    shown = page.evaluate(
        "asked => LForms.Util.addFormToPage(asked, 'form', {fhirVersion: 'R4'}).then(() => null, said => String(said))",
        dict(questionnaire().document),
    )
    assert shown is None, shown
    page.locator("[id='item-birth_year/1/1']").wait_for()
    yield page
    context.close()


def give(page: Page, item: Item, value: Value) -> None:
    """Give one answer as a person does: by clicking or typing."""
    if item.kind in ("boolean", "choice"):
        choice = item.choice(value)
        code = f"{choice.system}|{choice.code}" if choice else json.dumps(value)
        page.locator(f"label[id^='{item.link_id}/'][id$='|{code}']").click()
    else:
        box = page.locator(f"input[id^='{item.link_id}/'], textarea[id^='{item.link_id}/']").first
        box.fill(str(value))
        box.press("Tab")


def visible(page: Page) -> list[str]:
    """The groups and questions that the renderer shows, in its order."""
    shown: list[str] = page.evaluate(VISIBLE)
    return shown


def answers_out(page: Page) -> dict[str, Any]:
    response: dict[str, Any] = page.evaluate("() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')")
    return response


def test_before_any_answer_the_renderer_asks_what_we_ask(page: Page) -> None:
    assert visible(page) == list(enabled(questionnaire(), {}))


@pytest.mark.parametrize("path", PATHS)
def test_after_each_answer_the_renderer_asks_what_we_ask(page: Page, path: str) -> None:
    asked, given = questionnaire(), dict[str, tuple[Value, ...]]()
    for link_id, values in PATHS[path].items():
        assert link_id in visible(page)
        for value in values:
            give(page, asked.by_link_id[link_id], value)
        given[link_id] = values
        assert visible(page) == list(enabled(asked, given)), f"after {link_id}"


@pytest.mark.parametrize("path", PATHS)
def test_the_same_answers_come_out(page: Page, path: str) -> None:
    for link_id, values in PATHS[path].items():
        for value in values:
            give(page, questionnaire().by_link_id[link_id], value)
    response = answers_out(page)
    schema = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    official = {"$schema": schema["$schema"], "definitions": schema["definitions"]}
    assert jsonschema_rs.is_valid(official | {"$ref": "#/definitions/QuestionnaireResponse"}, response)
    shown = enabled(questionnaire(), PATHS[path])
    given = {link_id: values for link_id, values in PATHS[path].items() if link_id in shown}
    assert {key: values for key, values in answers_of(questionnaire(), response).items() if values} == given
    assert intake_from(response, TODAY) == intake_of(PATHS[path], TODAY)


def test_an_answer_that_is_taken_back_closes_what_it_opened(page: Page) -> None:
    """Another condition is ticked first: a list that was emptied again still counts as answered in lforms."""
    asked = questionnaire()
    given: dict[str, tuple[Value, ...]] = {"sites": ("palms",), "history": ("metal_implant", "epilepsy")}
    given["where.metal_implant"] = ("spine",)
    for link_id, values in given.items():
        for value in values:
            give(page, asked.by_link_id[link_id], value)
    assert "where.metal_implant" in visible(page)
    give(page, asked.by_link_id["history"], "metal_implant")
    given["history"] = ("epilepsy",)
    assert visible(page) == list(enabled(asked, given))
    assert "where.metal_implant" not in answers_of(asked, answers_out(page))


def test_the_renderer_reads_the_scores_of_the_severity_scale(page: Page) -> None:
    form = page.evaluate(
        "asked => LForms.Util.convertFHIRQuestionnaireToLForms(asked, 'R4')", dict(questionnaire().document)
    )
    palms = next(item for item in form["items"] if item["linkId"] == "palms")
    assert [answer["score"] for answer in palms["items"][0]["answers"]] == [1, 2, 3, 4]


def test_the_renderer_shows_why_a_question_is_asked(page: Page) -> None:
    page.locator("[id='help-button-birth_year/1/1']").click()
    why = page.locator("[id='help-content-birth_year/1/1']")
    why.wait_for()
    assert why.inner_text() == questionnaire().by_link_id["birth_year"].why
