"""The hands-free session when the page was away: a locked screen, a dead battery, a wrong clock, a door shut."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from ionto.words.terms import Site
from ionto_web.care.course import sessions_at
from ionto_web.care.models import SessionRecord

from .looks import barriers
from .phone import DURATION_MIN, Network, Phone, away, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


def test_after_a_locked_screen_only_what_nobody_can_know_is_asked(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    ends_at_s = phone.ends_at_s()
    away(phone, 120)
    expect(page.locator("#away")).to_contain_text("2 minutes")
    assert page.locator('[data-said="as_planned"]').is_hidden()  # nothing was due
    assert barriers(page) == []
    page.locator('[data-said="on"]').click()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    # A second time, over half time: it stayed on, so it is turned down now, and the second half is whole.
    away(phone, 520)
    expect(page.locator('[data-said="as_planned"]')).to_be_visible()
    page.locator('[data-said="on"]').click()
    expect(page.locator("#h-run")).to_have_text("Down to zero")
    while page.locator("#zero").is_hidden():
        phone.winds(20)
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("completed", DURATION_MIN)
    page.locator("#zero").click()
    expect(page.locator("#ask-turned")).to_be_visible()
    assert barriers(page) == []
    # A comma for a point is a number; a word is asked for again.
    page.locator("label", has_text="Another number").click()
    page.get_by_label("mA on the display").fill("five")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("mA on the display")).to_be_focused()
    page.get_by_label("mA on the display").fill("4,5")
    page.get_by_role("button", name="Save").click()
    expect(phone.view("done")).to_be_visible()
    eventually(lambda: sessions_at(phone.person, Site.PALMS)[0].provenance == "displayed", phone)
    assert sessions_at(phone.person, Site.PALMS)[0].current_ma == 4.5


def test_a_foot_switch_stops_also_while_it_is_asked(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    away(phone, 120)
    page.keyboard.press("PageDown")
    expect(page.locator("#said")).to_contain_text("See that the dial stands at zero")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("stopped", pytest.approx(0.96, abs=0.05))


def test_who_was_alone_at_half_time_may_say_that_it_was_done(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    while page.locator("#h-run").inner_text() != "Poles":
        phone.winds(5)
    away(phone, 120)
    page.locator('[data-said="as_planned"]').click()
    expect(page.locator("#h-run")).to_have_text("Hold still")


@pytest.mark.parametrize(("said", "held_min"), [("off", 0.96), ("unknown", 0.96)])
def test_a_dead_battery_ends_it_where_the_page_went_away(
    phone_of: Callable[..., Phone], said: str, held_min: float
) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    url = page.url
    phone.is_kept()
    page.close()
    phone.page = page = phone.context.new_page()
    page.clock.install(time=time.time() + 3 * 3600)
    page.goto(url)
    expect(phone.view("away")).to_be_visible()
    page.locator(f'[data-said="{said}"]').click()
    expect(page.locator("#said")).to_contain_text("It is over for today.")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert fact.outcome == "stopped"
    assert fact.duration_min == pytest.approx(held_min, abs=0.1)


def test_a_clock_that_is_set_on_moves_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.context.add_init_script(
        "const real = Date.now; window.jump = 0; Date.now = () => real.call(Date) + window.jump;"
    )
    phone.opens()
    phone.starts()
    shown = phone.page.locator("#clock").inner_text()
    phone.page.evaluate("window.jump = 3600e3")
    expect(phone.view("away")).to_be_visible()
    phone.page.locator('[data-said="clock"]').click()
    expect(phone.view("run")).to_be_visible()
    minutes, seconds = phone.page.locator("#clock").inner_text().split(":")
    before_minutes, before_seconds = shown.split(":")
    assert 0 <= int(before_minutes) * 60 + int(before_seconds) - int(minutes) * 60 - int(seconds) < 12
    phone.page.evaluate("window.jump = -3600e3")
    phone.page.wait_for_timeout(600)
    expect(phone.view("run")).to_be_visible()  # a clock set back is seen through: nobody is asked


def test_a_kept_page_leads_no_second_session_that_day_and_none_after_a_blister(
    phone_of: Callable[..., Phone], network: Network
) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    network.cut()
    phone.context.set_offline(True)
    while page.locator("#zero").is_hidden():
        phone.winds(60)
    page.locator("#zero").click()
    page.locator("label", has_text="A blister").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Kept on this device.")
    for later in (0, 48 * 3600):
        page.clock.fast_forward(later * 1000)
        page.reload()
        expect(phone.view("refused")).to_contain_text("leads none before it has had a network")


def test_a_page_that_was_left_open_for_a_week_leads_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.page.clock.install()
    phone.opens()
    phone.page.clock.fast_forward(8 * 24 * 3600 * 1000)
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").click()
    expect(phone.view("refused")).to_contain_text("kept for too long without a network")


def test_back_and_forward_again_lose_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.page.goto(phone.address)
    phone.opens()
    phone.starts()
    expect(phone.page.locator("#h-run")).to_have_text("Into the water")
    ends_at_s = phone.ends_at_s()
    phone.page.go_back()
    phone.page.go_forward()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3


def test_a_sign_in_that_runs_out_does_not_take_the_page_away_under_way(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    phone.runs_for(60)
    phone.is_kept()
    ends_at_s = phone.ends_at_s()
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    page.reload()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    page.keyboard.press("b")
    phone.winds(60)
    assert not SessionRecord.objects.exists()
    page.locator("#zero").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Sign in again to send it.")
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    phone.context.add_cookies(cookies)  # type: ignore[arg-type]
    phone.opens()
    eventually(SessionRecord.objects.exists, phone)
    assert sessions_at(phone.person, Site.PALMS)[0].outcome == "stopped"
