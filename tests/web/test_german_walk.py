"""Every page that a person can reach, in German, for each person of the demo: no sentence is left in English.

The addresses come from the site's own table, so that a page that is new is walked, too.
"""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from ionto.prescribe import devices
from ionto.words.terms import Site
from ionto_web.care import demo
from ionto_web.care.models import Clinic, Person, SessionRecord

from .conftest import client_of
from .test_german import english_in, german_in, read

# What is no page of words: files, streams, scripts, and addresses that only take something.
SILENT = {
    "start", "language", "consultation_draft", "prescribe_site", "plan_file", "letter", "diary_tap", "diary_withdraw",
    "away_drop", "clear", "led_worker", "led_events", "take_in", "take_in_now", "handed_out", "open_feed", "close_feed",
    "set_feed", "set_reminders", "snooze", "withdraw_share", "shared_file", "calendar_feed", "session_stream",
    "session_press", "session_comfort", "session_beat", "led_start", "manifest", "today_worker", "today_tap",
    "today_told", "add_device", "renew_device", "remove_device",
}  # fmt: skip
# The pages that are others for somebody who has a device of their own.
BY_DEVICE = {"prepare", "led", "details", "plan"}
pytestmark = pytest.mark.timeout(400)
# Pages that are English still, and why. This list may only become shorter.
NOT_YET: dict[str, str] = {}
# Marked as English in a German page, since they are the words of others: titles of sources, and what a house says.
OTHERS_WORDS = re.compile(r'<span class="where"><strong>.*?</span>|<details class="sources">.*?</details>', re.DOTALL)


# A word; keys of sources, in capitals, are none. And what is the same in both languages.
WORD = re.compile(r"[a-zäöüß]{3,}")
SAME_IN_BOTH = re.compile(
    "|".join(
        [
            r"\b(?:Deutsch|English|min|Plan|ionto|Demo clinic|April|August|September|November)\b",
            r"\S+@\S+",
            *(re.escape(each.label) for each in sorted(devices().values(), key=lambda each: -len(each.label))),
        ]
    )
)


def page_at(client: Client, address: str) -> Any:
    """The page that is read at this address; None where there is a script, a file, or nothing for this person."""
    answer = client.get(address, follow=True)
    if answer.status_code in {404, 405} or not answer["Content-Type"].startswith("text/html"):
        return None
    assert answer.status_code == 200, address
    return answer


def routes() -> dict[str, URLPattern]:
    """The site's own addresses, by name."""
    own = [each for each in get_resolver().url_patterns if isinstance(each, URLPattern)]
    return {str(each.name): each for each in own}


def english_on(answer: HttpResponse | Any) -> list[str]:
    """The English of a page: what is not marked as such, and what is marked and is nobody else's."""
    text = answer.content.decode()
    seen = read(text)
    cited = read(" ".join(OTHERS_WORDS.findall(text))).marked
    # A voice that reads English reads no German.
    wrong = [f"German, marked as English: {said}" for said in german_in(seen.marked)]
    return wrong + english_in(seen.said) + english_in([said for said in seen.marked if said not in cited])


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo, once for the module: its sessions are played, which takes seconds."""
    with django_db_blocker.unblock():
        demo.seed_demo()
    yield
    with django_db_blocker.unblock():
        call_command("flush", interactive=False)


@pytest.fixture
def persons(seeded: None, db: None) -> list[Person]:
    """Everybody of the demo, each with an account and with German."""
    everybody = list(Person.objects.all())
    for number, person in enumerate(everybody):
        person.user = person.user or User.objects.create_user(f"demo{number}", f"demo{number}@example.org")
        person.language = "de"
        person.save()
    return everybody


def addresses_of(person: Person) -> Iterator[tuple[str, str]]:
    """Every page of one person, as its name and its address."""
    for name, route in routes().items():
        asked = set(route.pattern.converters)
        if name in SILENT or not asked <= {"code", "site", "session_id"}:
            continue
        if "session_id" in asked:
            had = SessionRecord.objects.filter(prescription__person=person)[:1]
            yield from ((name, reverse(name, args=[each.pk])) for each in had)
        elif "site" in asked:
            yield from ((name, reverse(name, args=[person.code, site.value])) for site in Site)
        elif "code" in asked and not name.startswith("shared"):
            yield name, reverse(name, args=[person.code])
        elif not asked and name not in {"persons", "new_person", "house"}:
            yield name, reverse(name)


def test_no_page_of_anybody_holds_an_english_sentence(persons: list[Person]) -> None:
    left, walked = {}, set()
    for person, device in [(each, device) for each in persons for device in ("simulated", "saalio")]:
        Person.objects.filter(pk=person.pk).update(device=device)
        assert person.user is not None
        client = client_of(person.user)
        for asked, address in addresses_of(person):
            if device == "simulated" or asked in BY_DEVICE:
                if (answer := page_at(client, address)) is None:
                    continue
                # Where it leads elsewhere, the page that is read there is what was walked.
                name = answer.resolver_match.url_name
                walked.add(name)
                if found := english_on(answer):
                    left[name, person.name] = found[:5]
    assert {name for name, _ in left} == set(NOT_YET), left
    assert len(persons) == len(demo.STORIES) + 1
    assert {"consultation", "result", "plan", "prepare", "diary", "progress", "away", "details", "led"} <= walked
    assert {"your_data", "erase", "shares", "session", "shared", "reach", "hunt"} <= walked


def test_nothing_is_said_alike_in_both_languages(persons: list[Person]) -> None:
    """What the stop words do not see: a label of one word that nobody has translated."""
    alike = {}
    for person in [each for each in persons if each.name in {"Mara", "Eva", "Bela"}]:
        Person.objects.filter(pk=person.pk).update(device="saalio")
        assert person.user is not None
        client = client_of(person.user)
        for name, address in addresses_of(person):
            if name not in NOT_YET:
                pages = []
                for language in ("de", "en"):
                    Person.objects.filter(pk=person.pk).update(language=language)
                    pages.append(page_at(client, address))
                if None in pages:
                    continue
                seen = [read(each.content.decode()) for each in pages]
                german, english = set(seen[0].said), {*seen[1].said, *seen[1].marked}
                named = {person.name, person.code}
                alike |= {each: name for each in german & english - named if WORD.search(SAME_IN_BOTH.sub("", each))}
    assert alike == {}


# What the core calls the places, and the page's words for the table, which is read with these names.
CORE_SITE = re.compile(r"\b(?:palms|soles|axillae|axilla|armpits)\b", re.IGNORECASE)
OF_THE_TABLE = "palms, soles or axillae"


def test_no_page_names_a_place_as_the_core_does(persons: list[Person]) -> None:
    left = {}
    for person, device in [(each, device) for each in persons for device in ("simulated", "saalio")]:
        Person.objects.filter(pk=person.pk).update(device=device, language="en")
        assert person.user is not None
        client = client_of(person.user)
        for name, address in addresses_of(person):
            if (answer := page_at(client, address)) is not None:
                seen = read(OTHERS_WORDS.sub("", answer.content.decode()))
                if found := [
                    each for each in seen.said + seen.marked if CORE_SITE.search(each) and each != OF_THE_TABLE
                ]:
                    left[name, person.name] = found[:5]
    assert left == {}


def test_the_walk_sees_english(persons: list[Person], settings: Any) -> None:
    settings.LANGUAGES = [("en-gb", "English")]
    person = persons[0]
    assert person.user is not None
    client = client_of(person.user)
    for name, address in addresses_of(person):
        if name not in {"led", "language"} and (page := page_at(client, address)) is not None:
            assert english_on(page), name


def test_a_clinic_that_reads_german_reads_no_english(persons: list[Person]) -> None:
    lists = [reverse(name) for name in ("persons", "new_person", "house", "shared")]
    own = {"shares", "erase", "reach"}
    records = [
        address
        for person in Clinic.objects.get().persons.all()
        for name, address in addresses_of(person)
        if name not in own and "<site>" not in str(routes()[name].pattern)
    ]
    left = {}
    for member, addresses in ((demo.NURSE, lists), (demo.DERMATOLOGIST, lists + records)):
        client = client_of(User.objects.get(email=member.email))
        client.cookies["django_language"] = "de"
        for address in addresses:
            if (answer := page_at(client, address)) is None:
                continue
            assert '<html lang="de"' in answer.content.decode()
            if found := english_on(answer):
                left[address] = found[:5]
    assert left == {}


def refused(client: Client, name: str, args: list[Any], given: dict[str, Any]) -> Any:
    return client.post(reverse(name, args=args), given, follow=True)


def test_what_is_refused_is_refused_in_german(persons: list[Person]) -> None:
    mara = next(person for person in persons if person.name == "Mara")
    piet = next(person for person in persons if person.name == "Piet")
    assert mara.user is not None
    assert piet.user is not None
    her, his, code = client_of(mara.user), client_of(piet.user), [mara.code]
    table = SimpleUploadedFile("list.csv", b"date,HDSS,weather\n1.2.2026,9,good\n")
    wrong_line = SimpleUploadedFile("list.csv", b"date,HDSS\n1.2.2026,9\nyesterday,3\n")
    starts = {"palms-starts_on": (mara.today + timedelta(days=2)).isoformat()}
    tried = [
        # Nothing, and nonsense, into every form.
        *(refused(her, name, code, {}) for name in ("consultation", "prepare", "diary", "away", "take_in", "erase")),
        refused(her, "details", code, {"timezone": "Mars/Olympus", "device": "spoon", "clinic_code": "nobody"}),
        refused(her, "diary", code, {"site": "palms", "at": "soon", "score": "eleven", "sweat_mg_per_min": "much"}),
        refused(her, "away", code, {"first_on": "2026-13-01", "last_on": "never"}),
        refused(her, "shares", code, {"days": "a thousand"}),
        refused(her, "erase", code, {"word": "please"}),
        refused(her, "take_in", code, {"table": table, "site": "palms"}),
        refused(her, "take_in", code, {"table": wrong_line, "site": "palms"}),
        refused(her, "take_in_now", code, {"kept": "made up"}),
        refused(her, "shared", [], {"code": "abcd-efgh-ijkl"}),
        refused(her, "prescribe_site", [mara.code, "palms"], {"palms-starts_on": "yesterday"}),
        # What the core refuses: no answers for this place, no protocol for it, a rule that stands.
        refused(
            her, "prescribe_site", [mara.code, "soles"], {key.replace("palms", "soles"): starts[key] for key in starts}
        ),
        refused(
            her, "prescribe_site", [mara.code, "face"], {key.replace("palms", "face"): starts[key] for key in starts}
        ),
        refused(his, "prescribe_site", [piet.code, "palms"], starts),
    ]
    Person.objects.filter(pk=mara.pk).update(device="dermadry")
    tried.append(refused(her, "prescribe_site", [mara.code, "palms"], starts))
    assert [answer.status_code for answer in tried if answer.status_code not in {200, 422}] == []
    assert [found for answer in tried if (found := english_on(answer))] == []
    told = " ".join(said for answer in tried[-5:] for said in read(answer.content.decode()).said)
    assert "Bitte" in told
    assert "Nach dieser Stelle (Füße) wurde nicht gefragt." in told
    assert "Für diese Stelle (Gesicht) gibt es keinen Plan." in told
    assert "Es gibt noch keinen Plan. Sie haben einen Herzschrittmacher" in told


def test_what_a_hands_free_page_sends_is_refused_in_german(persons: list[Person]) -> None:
    """Every address that takes something of it, with nonsense and with nothing."""
    mara = next(person for person in persons if person.name == "Mara")
    assert mara.user is not None
    client, had = client_of(mara.user), SessionRecord.objects.filter(prescription__person=mara)[0]
    heard, english = set(), []
    for name, route in routes().items():
        if name.startswith("led_") or name == "session_beat":
            known = {"code": mara.code, "site": "palms", "session_id": had.pk}
            address = reverse(name, kwargs={each: known[each] for each in route.pattern.converters})
            for body in ("{", "{}", '{"made": "up"}'):
                answer = client.post(address, body, content_type="application/json")
                if answer.status_code != 405:
                    heard.add(name)
                    # The fields are named as the page names them.
                    said = answer.json()["why"].partition(": ")[0]
                    english += [(name, body, found) for found in english_in([said])]
    assert heard == {"led_events", "led_open", "led_start", "session_beat"}
    assert english == []


def test_what_is_not_there_is_not_there_in_german(client: Client, db: None) -> None:
    german = {"accept-language": "de"}
    nowhere = client.get("/nowhere/", headers=german)
    assert nowhere.status_code == 404
    assert '<html lang="de"' in nowhere.content.decode()
    assert english_on(nowhere) == []
    stale = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x"}, headers=german)
    assert stale.status_code == 403
    assert english_on(stale) == []
