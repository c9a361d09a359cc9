"""A walk over every address of the site, in English and German, as everybody's browser may show it.

Each page is looked at by axe in light and dark, at 320 pixels (400 % of 1280, WCAG 1.4.10), at 200 %, and on a phone
that lies on its side; it must be usable by the keyboard alone, keep still for whoever wants that, and carry no class of
Bootstrap that the site's style leaves out. An address that is not in the table fails the test.
"""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is

from __future__ import annotations

import importlib.util
import os
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve, reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from ionto.prescribe import Plan
from ionto.treat.events import session_plan
from ionto.words.reading import read_json, to_json
from ionto.words.records import DayFact, HdssFact, RatingFact, SessionFact, SideEffectFact, SweatRateFact
from ionto.words.terms import Effect, Site, Wetness
from ionto_web import bundles
from ionto_web.care import actions, notices, outbox, sharing
from ionto_web.care.course import intake_of
from ionto_web.care.forms.session import CHECKS
from ionto_web.care.models import Clinic, Membership, Person, SessionRecord
from ionto_web.care.views.reach import EVENING

from .looks import RULES, moves, not_by_keyboard, seen_by_axe, sticks_out
from .phone import person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(500),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
ROOT = Path(__file__).parents[2]
# A folder for pictures of what was looked at; none when empty.
PICTURES = os.environ.get("IONTO_PICTURES", "")
DESK, LYING, ZOOMED_TWICE, NARROW = (1280, 800), (844, 390), (640, 400), (320, 640)

NOBODY, ELLA, NEW, HURT, DOCTOR, READER, RUNNING = "nobody", "ella", "new", "hurt", "doctor", "reader", "running"
RECORD = (ELLA, NEW)
# Every page, and who looks at it: Ella, who is treated; somebody who has just come; somebody with a blister; the
# dermatologist; a doctor with a code; and somebody whose session runs.
PAGES: dict[str, tuple[str, ...]] = {
    "landing": (NOBODY,),
    "account_login": (NOBODY,),
    "account_signup": (NOBODY,),
    "account_reset_password": (NOBODY,),
    "account_reset_password_done": (NOBODY,),
    "account_reset_password_from_key": (NOBODY,),
    "account_reset_password_from_key_done": (NOBODY,),
    "account_inactive": (NOBODY,),
    "account_email_verification_sent": (NOBODY,),
    "account_confirm_email": (NOBODY,),
    "account_logout": (ELLA,),
    "account_change_password": (ELLA,),
    "account_email": (ELLA,),
    "account_reauthenticate": (ELLA,),
    "house": (DOCTOR,),
    "persons": (DOCTOR,),
    "new_person": (DOCTOR,),
    "details": (*RECORD, DOCTOR),
    "consultation": RECORD,
    "result": (*RECORD, DOCTOR),
    "plan": RECORD,
    "prepare": (*RECORD, HURT),
    "diary": (*RECORD, HURT),
    "progress": (*RECORD, HURT, DOCTOR),
    "away": RECORD,
    "today": RECORD,
    "hunt": (ELLA, HURT, DOCTOR),
    "your_data": RECORD,
    "erase": (ELLA,),
    "reach": RECORD,
    "end_emails": (ELLA,),
    "shares": RECORD,
    "shared": (READER,),
    "shared_record": (READER,),
    "led": (ELLA,),
    "session": (ELLA, RUNNING),
}
# Every other address, and why there is no page to look at.
NO_PAGE = {
    "start": "leads on",
    "language": "is posted to",
    "manifest": "a file",
    "own_session": "leads on",
    "today_worker": "a file",
    "today_tap": "is posted to",
    "today_told": "is posted to",
    "led_open": "is posted to",
    "led_start": "is posted to",
    "add_device": "is posted to",
    "renew_device": "is posted to",
    "remove_device": "is posted to",
    "session_beat": "is posted to",
    "consultation_draft": "is posted to",
    "letter": "a file",
    "prescribe_site": "is posted to",
    "plan_file": "a file",
    "diary_tap": "is posted to",
    "diary_withdraw": "is posted to",
    "away_drop": "is posted to",
    "clear": "is posted to",
    "led_worker": "a file",
    "led_events": "is posted to",
    "take_in": "is posted to; its page is looked at in test_your_data.py",
    "take_in_now": "is posted to",
    "handed_out": "a file",
    "open_feed": "is posted to",
    "close_feed": "is posted to",
    "set_feed": "is posted to",
    "set_reminders": "is posted to",
    "snooze": "is posted to",
    "withdraw_share": "is posted to",
    "shared_file": "a file",
    "calendar_feed": "a file",
    "session_stream": "a stream",
    "session_press": "is posted to",
    "session_comfort": "is posted to",
    "account_set_password": "leads on, for everybody has a password",
    "account_confirm_login_code": "leads on, for there are no codes to sign in by",
}


def addresses(patterns: object = None) -> set[str]:
    """The name of every address there is."""
    found: set[str] = set()
    for entry in get_resolver().url_patterns if patterns is None else patterns:  # type: ignore[attr-defined]
        found |= addresses(entry.url_patterns) if isinstance(entry, URLResolver) else {entry.name}
    return found


def test_every_address_is_in_the_table() -> None:
    assert addresses() == set(PAGES) | set(NO_PAGE)
    assert not set(PAGES) & set(NO_PAGE)


# Pages that `./run bench pages` does not weigh, and why.
NOT_WEIGHED = {
    "account_reset_password_done": "a sentence, and a link on",
    "account_reset_password_from_key": "asks for the key of an e-mail",
    "account_reset_password_from_key_done": "a sentence, and a link on",
    "account_inactive": "a sentence",
    "account_email_verification_sent": "a sentence",
    "account_confirm_email": "asks for the key of an e-mail",
    "account_reauthenticate": "asks for the password, as the sign-in does",
    "account_email": "nothing leads there",
    "shared_record": "asks for a code of somebody else",
    "end_emails": "asks for what stands in an e-mail",
}


def test_every_page_is_weighed() -> None:
    found = importlib.util.spec_from_file_location("bench_pages", ROOT / "benchmarks" / "pages.py")
    assert found is not None
    assert found.loader is not None
    bench = importlib.util.module_from_spec(found)
    sys.modules[found.name] = bench
    found.loader.exec_module(bench)
    paths = [*bench.BEFORE.values(), *bench.OWN.values(), bench.LED_PATH, *bench.CLINIC.values()]
    weighed = {resolve(path.format(code="x", session=uuid.uuid4())).url_name for path in paths}
    assert weighed == set(PAGES) - set(NOT_WEIGHED)


@dataclass
class Stage:
    """Who is there, and what each address is filled in with."""

    users: dict[str, User]
    names: dict[str, dict[str, object]]

    def path(self, name: str, who: str) -> str:
        known = {"uidb36": "x", "key": "wrong", **self.names.get(who, {})}
        for names in _wanted(name):
            if set(names) <= set(known):
                return reverse(name, kwargs={each: known[each] for each in names})
        raise AssertionError(f"{name} cannot be filled in for {who}")


def _wanted(name: str) -> list[list[str]]:
    """What each way to write an address asks for."""
    return [params for way in get_resolver().reverse_dict.getlist(name) for _, params in way[0]]


@pytest.fixture
def stage(transactional_db: None, address: str) -> Stage:
    ella = person_with()
    clinic = Clinic.objects.create(name="The clinic", join_code="join-us")
    Person.objects.update(clinic=clinic)
    users = {
        who: User.objects.create_user(f"{who}@example.org", f"{who}@example.org", "x-of-" + who)
        for who in (NEW, HURT, DOCTOR, READER, RUNNING)
    }
    Membership.objects.create(user=users[DOCTOR], clinic=clinic, role=Membership.Role.DERMATOLOGIST)
    newcomer = actions.welcome_person(by=users[NEW], user=users[NEW], name="Noah", timezone="Europe/Berlin")
    hurt, runs = (_like(ella, users[who]) for who in (HURT, RUNNING))
    _life_of(ella)
    blister = SideEffectFact(site=Site.PALMS, at=timezone.now() - timedelta(hours=3), effect=Effect.BLISTER)
    actions.keep_facts(hurt, [blister], by=users[HURT])
    sharing.use_code(sharing.make_code(ella, days=30, by=ella.user), by=users[READER])
    running = _session_running(runs)
    names = {
        who: {"code": person.code, "site": "palms"} for who, person in ((ELLA, ella), (NEW, newcomer), (HURT, hurt))
    }
    return Stage(
        users={ELLA: ella.user} | users,
        names=names
        | {DOCTOR: names[ELLA], READER: names[ELLA], RUNNING: {"session_id": running.pk}}
        | {ELLA: names[ELLA] | {"session_id": _session_over(ella).pk, "ticket": notices.end_of(ella)}},
    )


def _like(ella: Person, user: User) -> Person:
    """Somebody with Ella's answers and plan, and the simulated device."""
    person = actions.welcome_person(
        by=user, user=user, name=user.email.partition("@")[0].title(), timezone="Europe/Berlin", device="simulated"
    )
    answers = intake_of(ella)
    assert answers is not None
    actions.keep_answers(person, answers, by=user)
    actions.prescribe_for(person, Site.PALMS, by=user, starts_on=person.today)
    return person


def _life_of(person: Person) -> None:
    """Something of everything in the diary, and days away."""
    at, here = timezone.now() - timedelta(days=1), Site.PALMS
    had = [
        SessionFact(site=here, at=at - timedelta(days=days), current_ma=12.0, duration_min=20.0)
        for days in (9, 7, 5, 2)
    ]
    seen = [
        DayFact(site=here, at=at, felt=Wetness.CLAMMY),
        RatingFact(site=here, at=at, score=4),
        HdssFact(site=here, at=at, score=3),
        SweatRateFact(site=here, at=at, sweat_mg_per_min=61.5),
        *(SideEffectFact(site=here, at=at, effect=effect) for effect in (Effect.TINGLING, Effect.ITCH)),
    ]
    actions.keep_facts(person, [*had, *seen], by=person.user)
    outbox.choose_reminders(person, **EVENING | {"by_email": True}, by=person.user)
    actions.keep_absence(person, person.today + timedelta(days=9), person.today + timedelta(days=20), by=person.user)


def _session_over(person: Person) -> SessionRecord:
    record = person.prescriptions.get()
    plan = read_json(Plan, record.plan)
    return SessionRecord.objects.create(
        prescription=record,
        started_by=person.user,
        session_plan=to_json(session_plan(plan.prescription, plan.sessions[0])),
        status=SessionRecord.Status.COMPLETED,
        summary=to_json(
            {
                "held_min": 20.0, "max_current_ma": 12.0, "fault": None, "pain_reported": False, "notices": [],
                "provenance": "measured",
                "delivered": {"charge_ma_min": 230.0, "left_anode_ma_min": 115.0, "right_anode_ma_min": 115.0},
            }
        ),
    )  # fmt: skip


def _session_running(person: Person) -> SessionRecord:
    """A session on the simulated device, which the fixture `address` stops at the end."""
    client = Client()
    client.force_login(person.user)
    ticked = {f"check-{check.key}": "on" for check in CHECKS} | {"site": "palms", "speed_ratio": "1"}
    assert client.post(reverse("prepare", args=[person.code]), ticked).status_code == 302
    return SessionRecord.objects.get(status=SessionRecord.Status.RUNNING)


def contexts(browser: Browser, address: str, stage: Stage, locale: str) -> Iterator[tuple[str, BrowserContext]]:
    """A browser of each person, one after the other."""
    for who in (NOBODY, *stage.users):
        context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=address, locale=locale)
        if who in stage.users:
            client = Client()
            client.force_login(stage.users[who])
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        yield who, context
        context.close()


@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("de", "de-DE")])
def test_every_page_is_for_everybody(language: str, locale: str, browser: Browser, address: str, stage: Stage) -> None:
    Person.objects.update(language=language)
    faults: list[str] = []
    seen = 0
    for who, context in contexts(browser, address, stage, locale):
        page = context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        for name in [name for name, whose in PAGES.items() if who in whose]:
            answer = page.goto(stage.path(name, who))
            assert answer is not None
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}_{who}_{language}.png", full_page=True)
            found = [] if answer.status == 200 else [f"status {answer.status}"]
            found += [] if page.locator("html").get_attribute("lang")[:2] == language else ["another language"]  # type: ignore[index]
            found += looked_at(page, words_alone=language != "en") + said
            faults += [f"{name}, {who}: {fault}" for fault in found]
            said.clear()
            seen += 1
    assert "\n".join(faults) == ""
    assert seen == sum(len(whose) for whose in PAGES.values())


def looked_at(page: Page, *, words_alone: bool = False) -> list[str]:
    """What is wrong with the page that is open; or, of a page looked at in another language, what words can spoil."""
    found = [] if words_alone else [f"Bootstrap's {name} was left out" for name in left_out(page)]
    found += [] if words_alone else [f"moves: {each}" for each in moves(page)[:3]]
    # axe looks at the page as it lies open; what is dark differs in its colours alone.
    found += seen_by_axe(page, "light", RULES)
    found += seen_by_axe(page, "dark", {"type": "rule", "values": ["color-contrast"]})
    for width, height in (NARROW, ZOOMED_TWICE, LYING, DESK):
        page.set_viewport_size({"width": width, "height": height})
        found += [f"sticks out at {width} x {height}: {each}" for each in sticks_out(page)]
    if not words_alone:
        found += not_by_keyboard(page)
    page.set_viewport_size({"width": 390, "height": 844})
    return found


KNOWN = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", bundles.BOOTSTRAP.read_text("utf-8")))
KEPT = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", bundles.site_style()))


def left_out(page: Page) -> set[str]:
    """The classes on this page that Bootstrap knows and the site's style does not hold."""
    worn: list[str] = page.evaluate("[...document.querySelectorAll('[class]')].flatMap((each) => [...each.classList])")
    return set(worn) & KNOWN - KEPT


def test_the_walk_notices_what_is_wrong(page: Page) -> None:
    page.goto("/")
    assert looked_at(page) == []
    page.evaluate("""() => {
        const made = (name, more) =>
            document.querySelector("main").append(Object.assign(document.createElement(name), more));
        made("div", { className: "modal" });
        made("b", { textContent: "far_too_long_for_the_screen_".repeat(90) });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("b { overflow-wrap: normal } footer { transition: color 9s !important } h1 { color: #aaa }"
            + ".btn-go:focus-visible { outline: none !important }");
        document.adoptedStyleSheets = [sheet];
    }""")
    found = " ".join(looked_at(page))
    for fault in ("Bootstrap's modal", "moves: FOOTER", "light color-contrast", "sticks out at 320", "not shown: A"):
        assert fault in found, fault


def test_what_is_no_page_is_none(stage: Stage) -> None:
    for name in NO_PAGE:
        if name in {"session_stream", "led_worker"}:
            continue
        client = Client()
        client.force_login(stage.users[ELLA])
        known = {
            "fact_id": 1,
            "absence_id": 1,
            "share_id": 1,
            "device_id": 1,
            "what": "table",
            "token": "x",
            "name": "stop_pressed",
        }
        ella = Stage(stage.users, {ELLA: known | stage.names[ELLA]})
        answer = client.get(ella.path(name, ELLA))
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        assert not is_page, name
