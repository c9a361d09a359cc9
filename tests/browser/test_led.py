"""The hands-free session on a phone, from the checklist to the next date."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from ionto.words.terms import Site
from ionto_web.care.course import sessions_at
from ionto_web.care.models import FactRecord, LedEventRecord, SessionRecord

from .looks import barriers, fits, mirrored
from .phone import DURATION_MIN, Network, Phone, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


def test_a_whole_session_with_the_network_cut_and_the_page_loaded_twice(
    phone_of: Callable[..., Phone], network: Network
) -> None:
    phone = phone_of()
    page, person = phone.page, phone.person
    page.clock.install()
    phone.opens()
    phone.starts()
    network.cut()
    phone.context.set_offline(True)
    expect(page.locator("#said")).to_contain_text("Put both hands into the water")
    phone.winds(31)
    expect(page.locator("#said")).to_contain_text("Set the current higher. To 5 mA")
    phone.winds(30)
    expect(page.locator("#h-run")).to_have_text("Hold still")
    expect(page.locator("#aim")).to_have_text("5")

    # Loaded again in the middle, without a network: on to the second, and nobody is asked anything.
    phone.winds(60)
    phone.is_kept()
    before_s = phone.ends_at_s()
    page.reload()
    expect(phone.view("run")).to_be_visible()
    assert abs(before_s - phone.ends_at_s()) <= 1.3
    assert "Hold still" in page.locator("#h-run").inner_text()

    # Half time is led step by step in the words of the device.
    while "Poles" not in page.locator("#h-run").inner_text():
        phone.winds(5)
    expect(page.locator("#said")).to_contain_text("At zero only: move the polarity switch. Plus goes to the")
    page.locator("#done-step").click()
    phone.winds(3)
    expect(page.locator("#h-run")).to_have_text("Up slowly")
    phone.winds(120)
    phone.is_kept()
    before_s, where = phone.ends_at_s(), page.url
    page.goto("about:blank")
    phone.winds(10)
    page.goto(where)
    expect(phone.view("run")).to_be_visible()
    assert abs(before_s - phone.ends_at_s()) <= 1.3
    while page.locator("#zero").is_hidden():
        phone.winds(15)
    expect(page.locator("#said")).to_contain_text("Done. See that the dial stands at zero")
    heard = phone.heard()
    assert "That is enough." in heard

    # Afterwards: twenty seconds of questions; all of it stays here until there is a network.
    page.locator("#zero").click()
    expect(page.locator("#ask-turned")).to_be_hidden()  # it was said at the time
    page.locator("label", has_text="5 mA, as planned").click()
    page.locator("label", has_text="It tingled").click()
    page.locator("label", has_text="A little red").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Kept on this device.")
    assert not SessionRecord.objects.exists()

    network.back()
    phone.context.set_offline(False)
    expect(page.locator("#next")).to_have_text(re.compile(r"Next one on \w+ \d+ \w+"), timeout=20_000)
    expect(page.locator("#sent")).to_have_text("In your record.")
    (fact,) = sessions_at(person, Site.PALMS)
    assert (fact.outcome, fact.duration_min, fact.provenance, fact.current_ma) == (
        "completed",
        DURATION_MIN,
        "displayed",
        5,
    )
    assert fact.left_anode_ma_min == pytest.approx(fact.right_anode_ma_min, rel=0.02)
    assert {kept.kind for kept in FactRecord.objects.all()} == {"session", "side_effect"}
    record = SessionRecord.objects.get()
    assert record.status == "completed"
    # What the page played and what the session makes of it end at the same second.
    written = [json.loads(kept.body)["event"] for kept in LedEventRecord.objects.all()]
    (over_s,) = [event["t_s"] for event in written if event["kind"] == "over"]
    assert json.loads(record.summary)["lasted_s"] == pytest.approx(over_s, abs=1.0)


@pytest.mark.parametrize("key", ["PageDown", "b", "Enter", "F5", "Escape"])
def test_any_key_stops_and_says_how_to_get_out(phone_of: Callable[..., Phone], key: str) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift")
    expect(page.locator("#h-run")).to_have_text("Hold still")
    page.locator("#stop").focus()
    page.keyboard.press(key)
    expect(page.locator("#h-run")).to_have_text("Stop: down to zero")
    expect(page.locator("#said")).to_contain_text("lift one limb out slowly, rolling from the palm")
    assert "Set the current to zero." in phone.heard()
    phone.winds(60)
    expect(page.locator("#said")).to_contain_text("It is over for today.")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert fact.outcome == "stopped"
    assert fact.duration_min == pytest.approx(0.96, abs=0.05)


def test_of_two_tabs_only_one_leads_and_the_other_takes_over(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    phone.starts()
    second = phone.context.new_page()
    second.goto(phone.page.url)
    elsewhere = second.locator('section[data-view="elsewhere"]')
    expect(elsewhere).to_be_visible()
    # A key does nothing there, and so the page does not promise it.
    expect(elsewhere).to_contain_text("Nothing on this page stops it.")
    expect(elsewhere).not_to_contain_text("any key")
    assert second.locator("#start").is_hidden()
    assert barriers(second) == []
    expect(phone.page.locator("#h-run")).to_have_text("Into the water")
    ends_at_s = phone.ends_at_s()
    phone.page.close()
    expect(second.locator('section[data-view="run"]')).to_be_visible()
    phone.page = second
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    eventually(lambda: LedEventRecord.objects.count() >= 2, phone)
    assert len({kept.session for kept in LedEventRecord.objects.all()}) == 1


def test_a_double_tap_starts_one_session(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").dblclick()
    expect(phone.view("run")).to_be_visible()
    eventually(lambda: LedEventRecord.objects.count() >= 2, phone)
    assert len({kept.session for kept in LedEventRecord.objects.all()}) == 1


def test_what_is_ticked_before_the_server_has_answered_is_kept(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    # Nobody answers what else is open.
    page.route("**/palms/open/", lambda _route: None)
    phone.opens()
    box = page.locator(".check input").first
    box.check()
    page.locator("#voice").uncheck()
    page.reload()
    expect(box).to_be_checked()
    expect(page.locator("#voice")).not_to_be_checked()


def test_no_line_is_taken_for_ticked_another_time(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    boxes = page.locator(".check:not(.advice) input")
    boxes.first.check()
    page.locator("#note").fill("two cups a tray")
    page.locator("#note").blur()
    page.locator("#start").click()
    expect(page.locator("#missing")).to_contain_text(f"Still to tick: {boxes.count() - 1}")
    page.reload()
    expect(boxes.first).to_be_checked()
    page.clock.fast_forward("20:00")
    page.reload()
    expect(page.locator("#note")).to_have_value("two cups a tray")
    expect(boxes.first).not_to_be_checked()


def test_whoever_is_out_before_the_page_has_counted_down_is_in_the_record(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    page.locator("#stop").click()
    page.locator("#zero").click()
    page.locator("#later").click()
    expect(page.locator("#sent")).to_have_text("In your record.")
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert fact.outcome == "stopped"


def test_calls_are_advised_to_be_silenced_and_nothing_waits_for_it(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    silent = page.get_by_label("Calls are silenced")
    silent.check()
    page.reload()
    expect(silent).to_be_checked()
    page.clock.fast_forward("20:00")
    page.reload()
    expect(silent).not_to_be_checked()
    needed = page.locator(".check:not(.advice) input")
    for box in needed.all():
        box.check()
    page.locator("#start").click()
    expect(phone.view("run")).to_be_visible()


def test_a_browser_that_can_keep_nothing_starts_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    phone.page.evaluate(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; 0"
    )
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").click()
    expect(phone.view("refused")).to_contain_text("cannot keep anything")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_view_is_for_everybody(phone_of: Callable[..., Phone], language: str) -> None:
    phone = phone_of(person_with(language), locale=language)
    page = phone.page
    page.clock.install()
    phone.opens()

    def looks_right() -> None:
        assert barriers(page) == []
        assert mirrored(page) == []
        for width, height in ((390, 844), (844, 390), (320, 568), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            assert fits(page), (width, height)
            if phone.view("run").is_visible() and page.locator("#stop").is_visible():
                box = page.locator("#stop").bounding_box()
                assert box is not None
                assert box["y"] >= 0 and box["y"] + box["height"] <= height, (width, height)  # noqa: PT018
                figure = page.locator("#clock").bounding_box()
                assert figure is not None
                assert figure["height"] >= 60
        page.set_viewport_size({"width": 390, "height": 844})

    looks_right()
    phone.starts()
    looks_right()
    phone.winds(35)
    looks_right()
    phone.winds(40)
    looks_right()
    page.locator("#hurts").click()
    looks_right()
    phone.winds(30)
    looks_right()
    page.locator("#zero").click()
    looks_right()
    page.locator("#later").click()
    expect(page.locator("#next")).not_to_be_empty()
    looks_right()
    spoken = {lang for lang, _ in page.evaluate("window.heard")}
    assert spoken == {language}
