"""What a phone keeps of the hands-free session, and that it goes with whoever it belonged to."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from ionto_web.care.models import Clinic, LedEventRecord, Membership

from .phone import Network, Phone, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
KEPT = """async () => {
  const pages = [];
  for (const name of await caches.keys()) {
    for (const kept of await (await caches.open(name)).keys()) pages.push(new URL(kept.url).pathname);
  }
  const entries = await new Promise((done) => {
    const asked = indexedDB.open("ionto-led");
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onerror = () => done([]);
    asked.onsuccess = () => {
      const all = asked.result.transaction("events").objectStore("events").getAll();
      all.onsuccess = () => { asked.result.close(); done(all.result.map((each) => each.event.kind)); };
    };
  });
  const own = pages.filter((path) => path.startsWith("/led/") && !path.endsWith(".js"));
  return [own, entries, Object.keys(localStorage)];
}"""


def kept(page: Page) -> tuple[list[str], list[str], list[str]]:
    pages, entries, notes = page.evaluate(KEPT)
    return pages, entries, notes


def led_and_unsent(phone: Phone) -> None:
    """A session that was begun and stopped without a network: kept here, and nowhere else."""
    phone.page.clock.install()
    phone.opens()
    phone.starts()
    phone.context.set_offline(True)
    phone.winds(100)
    phone.page.keyboard.press("b")
    phone.winds(60)
    phone.page.locator("#zero").click()
    eventually(lambda: "over" in kept(phone.page)[1], phone)
    assert phone.page.url.endswith("/palms/")


def sign_out(phone: Phone) -> None:
    phone.page.goto(f"{phone.address}/persons/{phone.person.code}/diary/")
    phone.page.get_by_role("button", name="Sign out").click()


def is_gone(phone: Phone) -> None:
    page = phone.page
    page.goto(f"{phone.address}/accounts/login/")
    assert kept(page) == ([], [], [])
    phone.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.opens()
    phone.context.set_offline(False)


def test_signing_out_clears_what_the_phone_kept(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    expect(phone.page.locator("#network")).to_have_text(re.compile("network now"))
    phone.page.locator("#note").fill("two cups")
    phone.page.locator("#note").blur()
    pages, _, notes = kept(phone.page)
    assert pages
    assert notes
    sign_out(phone)
    expect(phone.page).to_have_url(f"{phone.address}/")
    is_gone(phone)


def test_a_session_at_another_place_is_sent_as_well_or_said_to_be_unsent(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    with phone.page.expect_request(lambda asked: asked.url.endswith("/soles/events/")) as sent:
        phone.page.evaluate("""async () => {
          await led.ready();
          const there = { id: crypto.randomUUID(), place: led.data.code + "/soles", isOver: true };
          await led.note(there, { kind: "over", t_s: 1 });
          await led.send();
        }""")
    # It is sent from here; without its ticket it is refused, and stays.
    assert [each["event"]["kind"] for each in sent.value.post_data_json["events"]] == ["over"]
    sign_out(phone)
    expect(phone.page.get_by_role("heading", name="Not sent yet")).to_be_visible()


def test_whoever_signs_out_with_a_session_unsent_is_told_first(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    led_and_unsent(phone)
    phone.context.set_offline(False)
    phone.context.route("**/events/", lambda route: route.abort())
    sign_out(phone)
    expect(phone.page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    phone.page.get_by_role("link", name="Stay signed in").click()
    phone.context.unroute("**/events/")
    phone.opens()
    eventually(lambda: LedEventRecord.objects.filter(body__contains='"over"').exists(), phone)
    expect(phone.view("ask")).to_be_visible()
    # Now nothing is unsent, and nothing is asked.
    eventually(lambda: "ionto_unsent" not in phone.page.evaluate("document.cookie"), phone)
    sign_out(phone)
    expect(phone.page).to_have_url(f"{phone.address}/")
    is_gone(phone)


def test_a_record_that_is_erased_goes_from_the_phone_too(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    expect(phone.page.locator("#network")).to_have_text(re.compile("network now"))
    page = phone.page
    page.goto(f"{phone.address}/persons/{phone.person.code}/data/delete/")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    page.locator("main input[type=password]").fill("dry-hands-for-everybody")
    for text in page.locator("main input[type=text]").all():
        text.fill(phone.person.code)
    page.locator("main button[type=submit]").click()
    expect(page.locator("main h1")).to_be_visible()
    eventually(lambda: not User.objects.filter(email="ella@example.org").exists(), phone)
    is_gone(phone)


def test_a_record_that_is_no_longer_ones_to_see_is_dropped_at_the_next_look(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    person, nurse = phone.person, person_with(name="Otto")
    person.clinic = Clinic.objects.create(name="The clinic", join_code="clinic")
    person.save()
    assert nurse.user is not None
    Membership.objects.create(user=nurse.user, clinic=person.clinic, role=Membership.Role.NURSE)
    phone.signs_in_as(nurse)
    led_and_unsent(phone)
    # The person leaves the clinic meanwhile; the nurse is who they were, and signed in.
    person.clinic = None
    person.save()
    phone.page.goto("about:blank")
    phone.context.set_offline(False)
    answer = phone.page.goto(f"{phone.address}/led/{person.code}/palms/")
    assert answer is not None
    assert answer.status == 404
    eventually(lambda: kept(phone.page)[:2] == ([], []), phone)
    assert kept(phone.page)[2]  # only what was this person's is gone


def test_somebody_else_on_the_same_phone_sees_and_sends_nothing_of_the_former(
    phone_of: Callable[..., Phone], network: Network
) -> None:
    phone = phone_of()
    led_and_unsent(phone)
    sent = LedEventRecord.objects.count()
    other = person_with(name="Otto")
    phone.context.route("**/events/", lambda route: route.abort())
    phone.context.set_offline(False)
    phone.page.goto(f"{network.address}/accounts/login/")
    phone.signs_in_as(other)
    phone.page.goto(f"{network.address}/persons/{other.code}/diary/")
    phone.context.unroute("**/events/")
    assert kept(phone.page) == ([], [], [])
    phone.page.goto(f"{network.address}/led/{other.code}/palms/")
    expect(phone.view("check")).to_be_visible()
    phone.page.wait_for_timeout(500)
    assert LedEventRecord.objects.count() == sent
    assert not LedEventRecord.objects.filter(person=other).exists()
