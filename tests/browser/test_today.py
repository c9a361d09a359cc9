"""Messages on a phone, and the day in one tap: encrypted by the site, shown by Chromium, tapped, with and without a
network. Only the way through the push service of the browser's maker is played: by a service on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, Worker, expect

from ionto.words.records import DayFact
from ionto.words.terms import Site, Wetness
from ionto_web.care import actions, outbox, push
from ionto_web.care.course import fact_from
from ionto_web.care.models import Person, PushDevice, Reminder, ReminderChoice

from .looks import barriers, fits
from .phone import Network, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
SIZES = ((390, 844), (1280, 800), (320, 640))
# A browser without a window subscribes nowhere: it says what it was told of itself, and remembers that it did.
SUBSCRIBES = """
const told = () => JSON.parse(localStorage.getItem("told") || "null");
const ends = async () => { localStorage.removeItem("told"); return true; };
const of = (self) => self && { ...self, toJSON: () => self, unsubscribe: ends };
PushManager.prototype.getSubscription = async () => of(told());
PushManager.prototype.subscribe = async (options) => {
  localStorage.setItem("asked", JSON.stringify([options.userVisibleOnly, options.applicationServerKey]));
  localStorage.setItem("told", JSON.stringify(SELF));
  return of(told());
};
"""
SHOWN = """() => self.registration.getNotifications().then((all) => all.map((each) => ({
  title: each.title, body: each.body, tag: each.tag, actions: each.actions.map((button) => button.title) })))"""
# The page, its script, its style and its icon.
KEPT = "caches.open('ionto-today').then((kept) => kept.keys()).then((all) => all.length)"
PAGE = "caches.open('ionto-today').then((kept) => kept.match('/today/')).then((page) => page.text())"
CLOSE = "() => self.registration.getNotifications().then((all) => all.forEach((each) => each.close()))"
# When the worker last saw a message; 0 for never.
SEEN = """(tag) => new Promise((done) => {
  const asked = indexedDB.open("ionto-today");
  asked.onupgradeneeded = () => asked.transaction.abort();
  asked.onerror = () => done(0);
  asked.onsuccess = () => {
    const found = asked.result.transaction("shown").objectStore("shown").get(tag);
    found.onsuccess = () => { asked.result.close(); done(found.result ? found.result.at : 0); };
  };
})"""
# A tap on a notification: the browser's own event, by a hand of ours, so that its work must be waited for by us.
TAP = """async ([tag, action]) => {
  const [notification] = await self.registration.getNotifications({ tag });
  const event = new NotificationEvent("notificationclick", { notification, action });
  let work;
  event.waitUntil = (promise) => { work = promise; };
  self.clients.openWindow = async (path) => { self.opened = path; };
  self.dispatchEvent(event);
  await work;
}"""


# The push service has given the browser another address: what the worker then finds, and the event that it is told by.
RENEWED = """async ([me, isSaid, isSubscribed]) => {
  const now = { ...me, toJSON: () => me };
  PushManager.prototype.getSubscription = async () => (isSubscribed ? now : null);
  PushManager.prototype.subscribe = async (options) => { self.asked = options; return now; };
  const event = new ExtendableEvent("pushsubscriptionchange");
  if (isSaid) Object.assign(event, { newSubscription: now });
  let work;
  event.waitUntil = (promise) => { work = promise; };
  self.dispatchEvent(event);
  await work;
}"""
OTHER = {"title": "Another", "body": "", "tag": "other", "lang": "en", "buttons": [], "opens": "/today/"}


@dataclass
class Phone:
    """A phone on which Ella is signed in, and allows messages."""

    page: Page
    person: Person
    site: Network
    service: Any

    def opens(self, path: str) -> None:
        self.page.goto(self.site.address + path)

    @property
    def worker(self) -> Worker:
        return next(each for each in self.page.context.service_workers if each.url.endswith("/today/worker.js"))

    def takes_messages(self) -> None:
        """Ella adds this phone, by the page."""
        self.opens(reverse("reach", args=[self.person.code]))
        self.page.get_by_role("button", name="Take messages on this device").click()
        expect(self.page.get_by_text("(this device)")).to_be_visible()

    def is_asked(self, *, in_plain_words: bool = True) -> dict[str, Any]:
        """The day's question, sent by the site, read from its encryption, and handed to the worker by the browser."""
        ReminderChoice.objects.update(
            by_push=False, asks_daily=True, asks_at=time(0), quiet_from=time(3), quiet_until=time(3),
            says_what=in_plain_words,
        )  # fmt: skip
        assert outbox.sweep() == 1
        said: dict[str, Any] = self.service.said[-1]
        self.gets(said)
        return said

    def gets(self, said: dict[str, Any]) -> None:
        """A message, as the browser hands it to the worker; handed again where it did not reach it."""
        before = self.worker.evaluate(SEEN, said["tag"])
        for _ in range(4):
            self._dispatches("deliverPushMessage", data=json.dumps(said, ensure_ascii=False))
            for _ in range(250):
                if self.worker.evaluate(SEEN, said["tag"]) > before:
                    return
                self.page.wait_for_timeout(20)
        raise AssertionError("the worker got no message")

    def has_a_network_again(self) -> None:
        """What the browser tells the worker then, with no page open."""
        self._dispatches("dispatchSyncEvent", tag="send", lastChance=False)

    def _dispatches(self, what: str, **more: Any) -> None:
        cdp, scope = self.page.context.new_cdp_session(self.page), f"{self.site.address}/today/"
        found: list[str] = []
        cdp.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: found.extend(
                each["registrationId"] for each in event["registrations"] if each["scopeURL"] == scope
            ),
        )
        cdp.send("ServiceWorker.enable")
        self.waits_for(lambda: bool(found))
        told = {"origin": self.site.address, "registrationId": found[-1], **more}
        cdp.send(f"ServiceWorker.{what}", told)
        cdp.detach()

    def waits_for(self, true: Any) -> None:
        for _ in range(500):
            if true():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("this did not come true in time")

    def shown(self, count: int = 1) -> list[dict[str, Any]]:
        """What lies on the locked screen, once there are so many."""
        self.waits_for(lambda: len(self.worker.evaluate(SHOWN)) == count)
        found: list[dict[str, Any]] = self.worker.evaluate(SHOWN)
        return found

    def taps(self, tag: str, action: str = "") -> None:
        self.worker.evaluate(TAP, [tag, action])

    def address_changes(self, to: str, *, is_said: bool = True, is_subscribed: bool = True) -> str:
        """The push service gives the browser another address; the worker is told so, and the page would find it."""
        told = self.service.browser(to)
        me = {"endpoint": told["endpoint"], "keys": {"p256dh": told["p256dh"], "auth": told["auth"]}}
        self.page.evaluate("me => localStorage.setItem('told', JSON.stringify(me))", me)
        self.worker.evaluate(RENEWED, [me, is_said, is_subscribed])
        return str(told["endpoint"])

    @property
    def felt(self) -> list[str]:
        facts = self.person.facts.filter(withdrawal=None, kind="day").order_by("at", "id")
        return [fact_from(record.body).felt for record in facts]


@pytest.fixture
def phone(browser: Browser, network: Network, push_service: Any) -> Iterator[Phone]:
    person = person_with()
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="en-GB",
        timezone_id="Europe/Berlin",
        permissions=["notifications"],
    )
    client = Client()
    client.force_login(person.user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": network.address}])
    told = push_service.browser("phone")
    me = {"endpoint": told["endpoint"], "keys": {"p256dh": told["p256dh"], "auth": told["auth"]}}
    context.add_init_script(SUBSCRIBES.replace("SELF", json.dumps(me)))
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Phone(page, person, network, push_service)
    context.close()
    assert errors == []


def test_a_home_screen_takes_it(phone: Phone) -> None:
    phone.opens(reverse("today"))
    cdp = phone.page.context.new_cdp_session(phone.page)
    assert cdp.send("Page.getAppManifest")["errors"] == []
    found = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's browser keeps nothing.
    assert [each["errorId"] for each in found] == ["in-incognito"]


def looks_right_everywhere(page: Page) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page), width
        assert barriers(page) == []
    page.set_viewport_size({"width": 390, "height": 844})


def test_a_phone_is_added_listed_and_removed(phone: Phone) -> None:
    phone.opens(reverse("reach", args=[phone.person.code]))
    looks_right_everywhere(phone.page)
    phone.takes_messages()
    asked = json.loads(phone.page.evaluate("localStorage.getItem('asked')"))
    assert asked == [True, push.public_key()]
    device = PushDevice.objects.get()
    assert (device.name, device.endpoint) == ("Chrome, Linux", phone.service.browser("phone")["endpoint"])
    looks_right_everywhere(phone.page)
    expect(phone.page.get_by_role("button", name="Take messages on this device")).to_be_hidden()
    phone.page.get_by_label("Ask me once a day on my devices how the day was").check()
    phone.page.get_by_role("button", name="Save the reminders").click()
    expect(phone.page.get_by_text("Saved.")).to_be_visible()
    assert ReminderChoice.objects.get().asks_daily
    looks_right_everywhere(phone.page)
    phone.page.get_by_role("button", name="Remove").click()
    expect(phone.page.get_by_text("Removed.")).to_be_visible()
    assert not PushDevice.objects.exists()
    assert phone.page.evaluate("localStorage.getItem('told')") is None
    expect(phone.page.get_by_text("No device takes messages now.")).to_be_visible()
    looks_right_everywhere(phone.page)


@pytest.mark.parametrize(
    "how",
    [{}, {"is_said": False}, {"is_said": False, "is_subscribed": False}],
    ids=["said in the event", "found", "asked for"],
)
def test_an_address_that_the_push_service_renews_reaches_the_site_by_itself(phone: Phone, how: dict[str, bool]) -> None:
    phone.takes_messages()
    endpoint = phone.address_changes("renewed", **how)
    assert [device.endpoint for device in PushDevice.objects.all()] == [endpoint]
    if "is_subscribed" in how:
        asked = phone.worker.evaluate("() => [self.asked.userVisibleOnly, self.asked.applicationServerKey]")
        assert asked == [True, push.public_key()]
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("(this device)")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Remove")).to_have_count(1)
    phone.is_asked()
    assert phone.service.taken[-1].browser == "renewed"
    # And once more, from the new one on.
    endpoint = phone.address_changes("renewed-again", **how)
    assert [device.endpoint for device in PushDevice.objects.all()] == [endpoint]


@pytest.mark.parametrize("visited", ["reach", "today"])
def test_who_was_signed_out_then_is_heard_at_the_next_visit(phone: Phone, visited: str) -> None:
    phone.takes_messages()
    before = PushDevice.objects.get().endpoint
    cookies = phone.page.context.cookies()
    phone.page.context.clear_cookies()
    endpoint = phone.address_changes("renewed", is_said=False)
    assert PushDevice.objects.get().endpoint == before
    phone.page.context.add_cookies(cookies)
    phone.opens(reverse("today") if visited == "today" else reverse("reach", args=[phone.person.code]))
    phone.waits_for(lambda: PushDevice.objects.get().endpoint == endpoint)
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("(this device)")).to_be_visible()
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_hidden()


def test_messages_that_ended_are_said_to_have_ended_and_are_taken_again(phone: Phone) -> None:
    phone.takes_messages()
    phone.page.evaluate("localStorage.removeItem('told')")
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_visible()
    looks_right_everywhere(phone.page)
    phone.takes_messages()
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_hidden()
    assert PushDevice.objects.count() == 1
    # So where the push service said it, and the browser does not know.
    phone.service.answers["phone"] = 410
    ReminderChoice.objects.update(time_of_day=time(0), quiet_from=time(3), quiet_until=time(3))
    assert outbox.sweep() == 0
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_visible()
    expect(phone.page.get_by_text("Has taken no messages since")).to_be_visible()
    expect(phone.page.get_by_text("No device takes messages now.")).to_be_visible()
    looks_right_everywhere(phone.page)


def test_a_device_whose_messages_ended_is_removed_and_forgotten(phone: Phone) -> None:
    phone.takes_messages()
    phone.page.evaluate("localStorage.removeItem('told')")
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("(this device)")).to_be_visible()
    phone.page.get_by_role("button", name="Remove").click()
    expect(phone.page.get_by_text("Removed.")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Take messages on this device")).to_be_visible()
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_hidden()


def test_a_device_that_was_removed_elsewhere_is_told_at_its_next_visit_and_stays_away(phone: Phone) -> None:
    phone.takes_messages()
    push.remove_device(PushDevice.objects.get(), by=phone.person.user)
    phone.address_changes("renewed")
    phone.opens(reverse("reach", args=[phone.person.code]))
    expect(phone.page.get_by_text("Messages on this device have ended.")).to_be_visible()
    assert not PushDevice.objects.exists()


def test_a_browser_that_blocks_messages_says_so(phone: Phone) -> None:
    phone.page.context.clear_permissions()
    phone.page.add_init_script("Notification.requestPermission = async () => 'denied';")
    phone.opens(reverse("reach", args=[phone.person.code]))
    phone.page.get_by_role("button", name="Take messages on this device").click()
    expect(phone.page.get_by_text("This browser blocks messages")).to_be_visible()
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    ("half", "answers"), [("drier", ["dry", "clammy"]), ("wetter", ["clammy", "wet"])], ids=["rather dry", "rather wet"]
)
def test_no_answer_is_nearer_than_another_where_two_buttons_fit(phone: Phone, half: str, answers: list[str]) -> None:
    phone.takes_messages()
    said = phone.is_asked()
    (shown,) = phone.shown()
    assert (shown["title"], shown["body"], shown["tag"]) == (
        "How was today?",
        "Sweating: hands",
        Reminder.objects.get().pk.hex,
    )
    assert phone.worker.evaluate("() => Notification.maxActions") == 2
    assert shown["actions"] == ["Rather dry", "Rather wet"]
    phone.taps(said["tag"], half)
    (shown,) = phone.shown()
    assert (shown["body"], shown["actions"]) == ("And more exactly?", [felt.capitalize() for felt in answers])
    assert phone.felt == []
    phone.taps(said["tag"], answers[1])
    assert phone.felt == [answers[1]]
    assert phone.shown(0) == []
    assert phone.worker.evaluate("() => self.waiting.all()") == []


def test_where_three_buttons_fit_each_answer_has_its_own(phone: Phone) -> None:
    phone.takes_messages()
    phone.worker.evaluate("() => Object.defineProperty(Notification, 'maxActions', { get: () => 3 })")
    said = phone.is_asked()
    (shown,) = phone.shown()
    # This Chromium leaves out the third of the three that it gets.
    assert shown["actions"] == ["Dry", "Clammy"]
    phone.taps(said["tag"], "wet")
    assert phone.felt == ["wet"]


def test_in_neutral_words_a_locked_screen_shows_no_answers_and_a_tap_opens_the_page(phone: Phone) -> None:
    phone.takes_messages()
    said = phone.is_asked(in_plain_words=False)
    (shown,) = phone.shown()
    assert (shown["title"], shown["body"], shown["actions"]) == ("How was today?", "", [])
    phone.taps(said["tag"])
    assert phone.worker.evaluate("() => self.opened") == reverse("today")
    assert phone.shown(0) == []
    assert phone.felt == []


def test_a_copy_of_a_message_takes_its_place_and_does_not_come_back(phone: Phone) -> None:
    phone.takes_messages()
    said = phone.is_asked()
    phone.shown()
    phone.gets(said)
    phone.page.wait_for_timeout(500)
    assert len(phone.shown()) == 1
    phone.worker.evaluate(CLOSE)
    phone.shown(0)
    phone.gets(said)
    phone.page.wait_for_timeout(500)
    assert phone.shown(0) == []
    phone.gets(said | {"tag": "another"})
    assert [each["tag"] for each in phone.shown()] == ["another"]


@pytest.mark.parametrize(
    "comes_back",
    [Phone.has_a_network_again, lambda phone: phone.opens(reverse("today")), lambda phone: phone.gets(OTHER)],
    ids=["by itself", "with the page", "with another message"],
)
def test_a_tap_without_a_network_is_kept_and_arrives(phone: Phone, comes_back: Callable[[Phone], None]) -> None:
    phone.takes_messages()
    said = phone.is_asked()
    phone.shown()
    phone.site.cut()
    phone.taps(said["tag"], "wet")
    (shown,) = phone.shown()
    assert shown["body"] == "Noted. It is sent as soon as there is a network."
    assert len(phone.worker.evaluate("() => self.waiting.all()")) == 1
    phone.site.back()
    comes_back(phone)
    phone.waits_for(lambda: phone.felt == ["wet"])
    phone.waits_for(lambda: said["tag"] not in [each["tag"] for each in phone.worker.evaluate(SHOWN)])
    assert phone.worker.evaluate("() => self.waiting.all()") == []


def test_a_tap_on_a_day_that_was_answered_otherwise_says_so(phone: Phone) -> None:
    phone.takes_messages()
    said = phone.is_asked()
    phone.shown()
    fact = DayFact(site=Site.PALMS, at=timezone.now(), felt=Wetness.CLAMMY)
    actions.keep_facts(phone.person, [fact], by=phone.person.user)
    phone.taps(said["tag"], "wet")
    (shown,) = phone.shown()
    assert shown["body"] == "You had given another answer today. Tap here to change it."
    assert phone.felt == ["clammy"]
    phone.taps(said["tag"])
    assert phone.worker.evaluate("() => self.opened") == reverse("today")


def test_a_session_is_put_off_by_its_message(phone: Phone) -> None:
    phone.takes_messages()
    ReminderChoice.objects.update(time_of_day=time(0), quiet_from=time(3), quiet_until=time(3))
    assert outbox.sweep() == 1
    (said,) = phone.service.said
    phone.gets(said)
    (shown,) = phone.shown()
    assert [shown["title"], *shown["actions"]] == ["Your reminder", "In an hour", "Tomorrow"]
    phone.taps(said["tag"], "hour")
    until = ReminderChoice.objects.get().snoozed_until
    assert until is not None
    assert 3500 < (until - timezone.now()).total_seconds() < 3600


def test_the_page_of_the_day_takes_one_tap_with_and_without_a_network(phone: Phone) -> None:
    phone.opens(reverse("today"))
    looks_right_everywhere(phone.page)
    phone.page.get_by_role("button", name="Dry").click()
    expect(phone.page.locator("#said")).to_have_text("Saved.")
    assert phone.felt == ["dry"]
    looks_right_everywhere(phone.page)
    phone.waits_for(lambda: phone.page.evaluate(KEPT) == 4)
    phone.waits_for(lambda: 'data-before="dry"' in phone.page.evaluate(PAGE))
    phone.site.cut()
    phone.opens(reverse("today"))
    expect(phone.page.get_by_role("button", name="Dry")).to_have_attribute("aria-pressed", "true")
    phone.page.get_by_role("button", name="Wet").press("Enter")
    expect(phone.page.locator("#said")).to_have_text("Noted. It is sent as soon as there is a network.")
    phone.site.back()
    phone.opens(reverse("today"))
    phone.waits_for(lambda: phone.felt == ["wet"])
    expect(phone.page.get_by_role("button", name="Wet")).to_have_attribute("aria-pressed", "true")


def test_a_tap_that_somebody_on_the_way_answers_has_not_arrived(phone: Phone) -> None:
    phone.opens(reverse("today"))
    phone.page.evaluate("() => { window.fetch = async () => new Response('<h1>Welcome to our hotel</h1>'); }")
    phone.page.get_by_role("button", name="Dry").click()
    expect(phone.page.locator("#said")).to_have_text("Noted. It is sent as soon as there is a network.")
    assert phone.felt == []
    phone.opens(reverse("today"))
    phone.waits_for(lambda: phone.felt == ["dry"])


def test_a_tap_that_the_site_stumbles_over_holds_up_no_other(phone: Phone) -> None:
    phone.opens(reverse("today"))
    phone.page.evaluate(
        "() => { const send = window.fetch, stumbled = async () => new Response('', { status: 500 });"
        " window.stumbles = 1; window.fetch = (...asked) => (window.stumbles-- > 0 ? stumbled() : send(...asked)); }"
    )
    phone.page.get_by_role("button", name="Clammy").click()
    expect(phone.page.locator("#said")).to_have_text("Noted. It is sent as soon as there is a network.")
    phone.page.evaluate("() => { window.stumbles = 1; }")
    phone.page.get_by_role("button", name="Dry").click()
    phone.waits_for(lambda: phone.felt == ["dry"])


def test_an_old_page_overwrites_nothing(phone: Phone) -> None:
    phone.opens(reverse("today"))
    fact = DayFact(site=Site.PALMS, at=timezone.now(), felt=Wetness.CLAMMY)
    actions.keep_facts(phone.person, [fact], by=phone.person.user)
    phone.page.get_by_role("button", name="Dry").click()
    expect(phone.page.locator("#said")).to_have_text("You had answered “Clammy” already. Tap again to change it.")
    looks_right_everywhere(phone.page)
    assert phone.felt == ["clammy"]
    expect(phone.page.get_by_role("button", name="Clammy")).to_have_attribute("aria-pressed", "true")
    phone.page.get_by_role("button", name="Dry").click()
    expect(phone.page.locator("#said")).to_have_text("Saved.")
    assert phone.felt == ["dry"]


def test_who_is_signed_out_loses_no_tap_and_leaves_no_page(phone: Phone) -> None:
    phone.opens(reverse("today"))
    phone.waits_for(lambda: phone.page.evaluate(KEPT) == 4)
    phone.page.context.clear_cookies()
    phone.page.get_by_role("button", name="Wet").click()
    expect(phone.page.locator("#said")).to_have_text("Noted on this device. Sign in, and it is saved.")
    looks_right_everywhere(phone.page)
    phone.page.locator("#door a").click()
    phone.page.get_by_label("Email").fill("ella@example.org")
    kept = "caches.open('ionto-today').then((kept) => kept.match('/today/')).then((page) => Boolean(page))"
    assert phone.page.evaluate(kept)
    phone.opens(reverse("today"))
    assert "/accounts/login/" in phone.page.url
    assert not phone.page.evaluate(kept)
    phone.page.get_by_label("Email").fill("ella@example.org")
    phone.page.get_by_label("Password").fill("dry-hands-for-everybody")
    phone.page.get_by_role("button", name="Sign In").click()
    phone.waits_for(lambda: phone.felt == ["wet"])


def test_signing_out_on_a_device_ends_its_messages(phone: Phone) -> None:
    phone.takes_messages()
    phone.opens(reverse("today"))
    phone.waits_for(lambda: phone.page.evaluate(KEPT) == 4)
    phone.page.get_by_role("button", name="Sign out").click()
    expect(phone.page.get_by_role("link", name="Sign in")).to_be_visible()
    workers = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    phone.waits_for(lambda: phone.page.evaluate(workers) == 0)
    assert phone.page.evaluate("caches.keys()") == []
