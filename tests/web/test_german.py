"""The patient's pages in German: the catalogue is whole, and no English is left on a page but what is named here."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from ionto.treat.plain import FAULTS, NOTICES, PHASES, PRESS_WORDS
from ionto.words.german import catalogue, in_german
from ionto.words.records import DayFact, HdssFact, RatingFact, SideEffectFact, SweatRateFact
from ionto.words.terms import Effect, Site, Wetness
from ionto_web.care import actions, feed, sharing
from ionto_web.care.forms.session import CHECKS
from ionto_web.care.models import Person, PrescriptionRecord, Reminder, SessionRecord
from ionto_web.care.notices import email_of

from .conftest import answers, audited, ended, intake
from .messages import SITE, german, messages

# The same in both languages.
SAME = {"Plan", "Person"}
# English in the page's own words, not marked as such: none. This list may only become shorter.
NOT_YET: dict[str, str] = {}
# English that is marked as English, and why. This list may only become shorter, too.
MARKED: dict[str, str] = {}
# Common English words that are no German ones.
ENGLISH = set(
    """
    about after and answer answers any are ask at back be been before body but by can check choose clinic come day days
    done each every feel feet for from give go had has have how if is it its know less let light like may minutes more
    most much need never next no not now of on once one only or other our out over please press record save saved see
    session sessions she should skin some soon than that the their them then there these they this time to today
    treatment under until up use water we week weeks well were what when where which who why with without you your
    """.split()  # noqa: SIM905 - it is a text
) - {"under"}
# Common German words that are no English ones.
GERMAN = {
    *("aber", "auch", "durch", "eigene", "eine", "einen", "für", "gelesen", "ist", "mit", "nach", "nicht"),
    *("oder", "sich", "und", "unsere", "werden", "wird"),
}
# Names, which are the same in every language.
NAMES = ("The clinic", "Demo clinic", "Baylor College of Medicine", "RA Fischer MD-2 / The Fischer", "Mayo Clinic")


class Visible(HTMLParser):
    """What a page says: its text, and the words of its labels; what is marked as English apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.marked: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        _, silent, foreign = self._open[-1] if self._open else ("", False, False)
        lang = has.get("lang")
        # The names of time zones and of languages are what they are.
        silent = silent or tag in {"script", "style", "svg"} or has.get("name") == "timezone"
        foreign = foreign if lang is None else not lang.startswith("de")
        if not silent:
            words = [has[name] for name in ("aria-label", "title", "placeholder", "alt") if has.get(name)]
            (self.marked if foreign else self.said).extend(word for word in words if word)
        if tag not in {"meta", "link", "input", "br", "img", "hr", "path", "circle", "rect"}:
            self._open.append((tag, silent, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        _, silent, foreign = self._open[-1] if self._open else ("", False, False)
        if data.strip() and not silent:
            (self.marked if foreign else self.said).append(data.strip())


def read(html: str) -> Visible:
    seen = Visible()
    seen.feed(html)
    return seen


def english_in(said: list[str]) -> list[str]:
    """What holds a common English word; keys of sources, in capitals, are none."""
    words = re.compile(r"(?<![\w-])[A-Za-z]?[a-z’']+(?![\w-])")
    names = re.compile("|".join(re.escape(name) for name in NAMES))
    return [each for each in said if {word.lower() for word in words.findall(names.sub("", each))} & ENGLISH]


def german_in(said: list[str]) -> list[str]:
    """What holds a common German word."""
    return [each for each in said if set(re.findall(r"(?<![\w-])[a-zäöüß]+(?![\w-])", each.lower())) & GERMAN]


@pytest.fixture
def anna(alice: Person, prescription: PrescriptionRecord) -> Person:
    """Alice, who reads German, with something of everything in her diary."""
    assert alice.user is not None
    actions.change_language(alice, "de", by=alice.user)
    at, here = timezone.now() - timedelta(hours=2), Site.PALMS
    facts = [
        DayFact(site=here, at=at, felt=Wetness.CLAMMY),
        RatingFact(site=here, at=at, score=4),
        HdssFact(site=here, at=at, score=3),
        SweatRateFact(site=here, at=at, sweat_mg_per_min=61.5),
        *(SideEffectFact(site=here, at=at, effect=effect) for effect in Effect),
    ]
    actions.keep_facts(alice, facts, by=alice.user)
    actions.keep_absence(alice, alice.today + timedelta(days=9), alice.today + timedelta(days=20), by=alice.user)
    return alice


PAGES = [
    "consultation",
    "result",
    "plan",
    "prepare",
    "diary",
    "progress",
    "away",
    "details",
    "your_data",
    "reach",
    "shares",
    "erase",
]
ENTRANCE = ["landing", "account_login", "account_signup", "account_reset_password", "account_reset_password_done"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_record_is_german(name: str, anna: Person, as_alice: Client) -> None:
    answer = as_alice.get(reverse(name, args=[anna.code]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="de" dir="ltr">' in text
    seen = read(text)
    assert (english_in(seen.said) != []) == (name in NOT_YET), english_in(seen.said)[:40]
    marked = english_in(seen.marked)
    assert (_without_sources(text, marked) != []) == (name in MARKED), _without_sources(text, marked)[:40]


def test_the_page_of_the_day_is_german(anna: Person, as_alice: Client) -> None:
    text = as_alice.get(reverse("today")).content.decode()
    assert '<html lang="de" dir="ltr">' in text
    words = re.findall(r'data-(?:kept|waits|other|lost|door)="([^"]+)"', text)
    assert len(words) == 5
    assert english_in(read(text).said + [each.replace("{answer}", "") for each in words]) == []


def test_the_calendar_is_german_whoever_asks_for_it(alice: Person, prescription: PrescriptionRecord) -> None:
    actions.change_language(alice, "de", by=alice.user)
    token = feed.open_feed(alice, by=alice.user)
    feed.set_feed(alice, time_of_day=None, says_what=True, by=alice.user)
    found = Calendar.from_ical(Client().get(reverse("calendar_feed", args=[token])).content)
    assert str(found["x-wr-calname"]) == "Sitzungen"
    assert {str(event["summary"]) for event in found.walk("VEVENT")} == {"Iontophorese, Hände"}
    feed.set_feed(alice, time_of_day=None, says_what=False, by=alice.user)
    found = Calendar.from_ical(Client().get(reverse("calendar_feed", args=[token])).content)
    assert {str(event["summary"]) for event in found.walk("VEVENT")} == {"Sitzung"}


def test_the_file_of_the_plan_is_german(anna: Person, as_alice: Client) -> None:
    found = Calendar.from_ical(as_alice.get(reverse("plan_file", args=[anna.code, "palms"])).content)
    first = found.walk("VEVENT")[0]
    assert str(first["summary"]) == "Iontophorese, Hände, Sitzung 1"
    assert re.fullmatch(
        r"\d+ min mit [\d,]+ mA, nie mehr als [\d,]+ mA\. Pluspol zuerst (links|rechts)\.", str(first["description"])
    )
    assert str(first.walk("VALARM")[0]["description"]) == "Iontophorese, Hände"


def test_a_reminder_is_german_for_who_reads_german(anna: Person) -> None:
    reminder = Reminder.objects.create(person=anna, key="x", site="palms", on=anna.today, due_at=timezone.now())
    found = email_of(reminder)
    assert found.subject == "Ihre Erinnerung"
    assert english_in([found.body]) == []
    anna.language = "en"
    assert email_of(reminder).subject == "Your reminder"


def _without_sources(text: str, marked: list[str]) -> list[str]:
    """What is marked as English but is not the title of a source."""
    titles = read("".join(re.findall(r'<span class="where"><strong>.*?</span>', text, re.DOTALL))).marked
    return [each for each in marked if each not in titles]


@pytest.mark.parametrize("name", ENTRANCE)
def test_a_page_before_the_account_is_german(name: str, client: Client, db: None) -> None:
    text = client.get(reverse(name), headers={"accept-language": "de-DE,de;q=0.9,en;q=0.5"}).content.decode()
    assert '<html lang="de" dir="ltr">' in text
    assert english_in(read(text).said) == []


@pytest.mark.django_db(transaction=True)
def test_a_session_is_german_while_it_runs_and_after_it(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    assert alice.user is not None
    actions.change_language(alice, "de", by=alice.user)
    before = as_alice.get(reverse("prepare", args=[alice.code])).content.decode()
    assert english_in(read(before).said) == []
    ticked = {f"check-{check.key}": "on" for check in CHECKS} | {"site": "palms", "speed_ratio": "60"}
    started = as_alice.post(reverse("prepare", args=[alice.code]), ticked)
    assert started.status_code == 302
    seen = read(as_alice.get(started.url).content.decode())
    assert english_in(seen.said + seen.marked) == []
    record = SessionRecord.objects.get()
    as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]))
    record = ended(record)
    after = read(as_alice.get(started.url).content.decode())
    assert "Die Sitzung wurde gestoppt." in after.said
    assert english_in(after.said) == []


@pytest.mark.parametrize(
    "says",
    [
        *PHASES.values(),
        *FAULTS.values(),
        *PRESS_WORDS.values(),
        *(f"{one.says} {one.tries}" for one in NOTICES.values()),
    ],
)
def test_every_word_of_a_session_has_german(says: str) -> None:
    assert in_german(says) is not None


DU = re.compile(r"\b(?:[Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[mnrs]?)\b")


@pytest.mark.parametrize("name", [*ENTRANCE, "account_change_password", "account_logout"])
def test_a_page_of_the_account_says_sie(name: str, anna: Person, as_alice: Client, client: Client) -> None:
    reader = client if name in ENTRANCE else as_alice
    text = reader.get(reverse(name), headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in text
    seen = read(text)
    assert [said for said in seen.said if DU.search(said)] == []
    assert english_in(seen.said) == []


@pytest.mark.parametrize("name", [*ENTRANCE, "account_change_password", "account_logout"])
def test_a_page_of_the_account_writes_one_word_large(name: str, anna: Person, as_alice: Client, client: Client) -> None:
    """In English “Sign in”, as everywhere on the site, and never “Sign In”."""
    assert anna.user is not None
    actions.change_language(anna, "en", by=anna.user)
    reader = client if name in ENTRANCE else as_alice
    seen = read(reader.get(reverse(name), headers={"accept-language": "en"}).content.decode())
    large = re.compile(r"^(?:[A-Z][a-z]+ )+[A-Z][a-z]+$")
    assert [said for said in seen.marked if large.match(said)] == []


def test_our_own_german_says_sie() -> None:
    strings = [each.string if isinstance(each.string, str) else " ".join(each.string) for each in german()]
    ours = [*strings, *catalogue().says.values()]
    assert [said for said in ours if DU.search(said)] == []


def test_the_check_sees_english() -> None:
    assert english_in(read('<p>Die Haut ist rot. <b>Take back</b></p><p lang="en">the end</p>').said) == ["Take back"]


def test_the_catalogue_is_whole() -> None:
    known = {(each.context, each.id if isinstance(each.id, str) else each.id[0]): each for each in german() if each.id}
    used = {(context, said): plural for context, said, plural in messages()}
    assert set(known) == set(used), "./run messages, then fill in what is empty"
    for (_, said), each in known.items():
        strings = each.string if isinstance(each.string, tuple) else (each.string,)
        assert all(strings), said
        assert not each.fuzzy, said
        assert said in SAME or said not in strings, said
        slots = sorted(re.findall(r"%\(\w+\)s|%%|\{\w+\}|<\w+|</\w+", said))
        for string in strings:
            assert sorted(re.findall(r"%\(\w+\)s|%%|\{\w+\}|<\w+|</\w+", string)) == slots, said


def test_no_template_of_a_patient_says_a_sentence_that_is_not_marked() -> None:
    """English words in a template stand in a tag that translates, or the template is named here."""
    # The hands-free session has its own words in both languages.
    other = {"led.html"}
    # This list may only become shorter.
    not_yet: set[str] = set()
    bare = {}
    for path in sorted(SITE.rglob("*.html")):
        text = re.sub(
            r"{% blocktranslate.*?endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text("utf-8"), flags=re.S
        )
        if path.name not in other | not_yet and (left := english_in(read(text).said)):
            bare[path.name] = left
    assert bare == {}


def test_the_language_is_the_persons_own_and_changes_on_any_page(anna: Person, as_alice: Client) -> None:
    diary = reverse("diary", args=[anna.code])
    answer = as_alice.post(reverse("language"), {"language": "en-gb", "next": diary})
    assert answer.url == diary
    anna.refresh_from_db()
    assert anna.language == "en"
    assert [record.what for record in audited("language_changed")] == ["de to en", "en to de"]
    assert '<html lang="en-gb" dir="ltr">' in as_alice.get(diary).content.decode()


def test_a_language_that_there_is_none_of_changes_nothing(anna: Person, as_alice: Client) -> None:
    as_alice.post(reverse("language"), {"language": "tlh"})
    anna.refresh_from_db()
    assert anna.language == "de"


def test_whoever_has_no_account_keeps_the_language_in_a_cookie(client: Client, db: None) -> None:
    assert '<html lang="en-gb"' in client.get(reverse("landing")).content.decode()
    client.post(reverse("language"), {"language": "de", "next": "/"})
    assert '<html lang="de"' in client.get(reverse("landing"), headers={"accept-language": "en"}).content.decode()


def test_the_language_is_changed_on_a_page_that_answers_what_was_sent(alice: Person, as_alice: Client) -> None:
    wrong, table = {"remind-time_of_day": "soon"}, "date;HDSS\n2026-03-25;3\n"
    sent: list[tuple[str, dict[str, Any]]] = [
        ("open_feed", {}),
        ("set_feed", {"time_of_day": "soon"}),
        ("set_reminders", wrong),
        ("take_in", {}),
        ("take_in", {"table": SimpleUploadedFile("list.csv", table.encode()), "site": "palms"}),
    ]
    for name, data in sent:
        page = as_alice.post(reverse(name, args=[alice.code]), data)
        assert page.status_code in {200, 422}, name
        here = re.search(r'name="next" value="([^"]*)"', page.content.decode())
        assert here is not None
        answer = as_alice.post(reverse("language"), {"language": "de", "next": here[1]}, follow=True)
        assert answer.status_code == 200, name


def test_a_language_leads_to_no_other_site(client: Client, db: None) -> None:
    answer = client.post(reverse("language"), {"language": "de", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in answer.url


def test_who_reads_decides_not_whose_record_it_is(anna: Person, as_bob: Client) -> None:
    text = as_bob.get(reverse("diary", args=[anna.code]), headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en-gb"' in text


def test_a_record_made_by_a_german_reader_is_german(client: Client, db: None) -> None:
    newcomer = User.objects.create_user("neu@example.org", "neu@example.org", "pass-phrase-of-neu")
    client.force_login(newcomer)
    client.get(reverse("start"), headers={"accept-language": "de"})
    assert Person.objects.get(user=newcomer).language == "de"


def test_numbers_and_days_are_written_as_the_language_does(anna: Person, as_alice: Client) -> None:
    text = as_alice.get(reverse("diary", args=[anna.code])).content.decode()
    assert "61,5 mg/min" in text
    at = (timezone.now() - timedelta(hours=2)).astimezone(anna.zone)
    assert re.search(rf"(Mo|Di|Mi|Do|Fr|Sa|So), {at.day}\. \w+\.? {at.year}, {at:%H:%M}", text)


def test_a_comma_is_taken_and_a_mistake_is_told_in_german(anna: Person, as_alice: Client) -> None:
    now = timezone.now().astimezone(anna.zone).strftime("%Y-%m-%dT%H:%M")
    given = {"site": "palms", "at": now, "sweat_mg_per_min": "52,3"}
    assert as_alice.post(reverse("diary", args=[anna.code]), given).status_code == 302
    wrong = as_alice.post(reverse("diary", args=[anna.code]), {**given, "sweat_mg_per_min": "viel"})
    assert "Bitte schreiben Sie eine Zahl, zum Beispiel 12,5." in wrong.content.decode()


CONDITIONS = ["metal_implant", "epilepsy", "small_cut", "diabetes", "cancer", "vascular_disease", "reduced_sensation"]


def test_what_was_found_is_german_but_for_the_sources_own_words(alice: Person, as_alice: Client) -> None:
    assert alice.user is not None
    actions.change_language(alice, "de", by=alice.user)
    history = [{"condition": condition, "where": "left_hand"} for condition in CONDITIONS]
    found = intake(history=history, symptoms=["fever", "night_sweats"], medicines=["sertraline"])
    actions.keep_answers(alice, found, by=alice.user)
    text = as_alice.get(reverse("result", args=[alice.code])).content.decode()
    assert "linke Hand" in text
    bare = re.sub(r'<details class="sources">.*?</details>', "", text, flags=re.DOTALL)
    seen = read(bare)
    assert len(re.findall('class="finding ', bare)) > 5
    assert english_in(seen.said + seen.marked) == []


def test_a_shared_record_and_the_letters_are_in_the_readers_language(
    anna: Person, as_alice: Client, as_bob: Client, bob: User
) -> None:
    assert anna.user is not None
    sharing.use_code(sharing.make_code(anna, days=1, by=anna.user), by=bob)
    as_bob.cookies["django_language"] = "de"
    seen = read(as_bob.get(reverse("shared_record", args=[anna.code])).content.decode())
    assert "Verlauf der Iontophorese" in seen.said
    assert english_in(seen.said + seen.marked) == []
    for name, args in (("letter", [anna.code]), ("handed_out", [anna.code, "letter"])):
        for spoken in ("de", "en"):
            Person.objects.filter(pk=anna.pk).update(language=spoken)
            pdf = as_alice.get(reverse(name, args=args)).content
            assert re.search(rb"/Lang ?\(" + spoken.encode(), pdf), name
            assert (b"/Lang(de)" in pdf.replace(b"/Lang (", b"/Lang(")) == (spoken == "de"), name


def test_a_wrong_answer_is_told_in_german(anna: Person, as_alice: Client) -> None:
    given = answers(**{"birth_year": "2", "palms.onset_age_years": "viel", "palms.hdss": None})
    seen = read(as_alice.post(reverse("consultation", args=[anna.code]), given).content.decode())
    assert any("Bitte schreiben Sie eine ganze Zahl." in said for said in seen.said)
    assert any("Das muss mindestens" in said for said in seen.said)
    assert english_in(seen.said + seen.marked) == []


def test_our_own_style_knows_no_left_and_right() -> None:
    """A page in a language from right to left is a mirror image: start and end, never left and right."""
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:\s*(?:left|right)"
    )
    uneven = re.compile(
        r"(?<![\w-])(?:margin|padding|inset|border-width):\s*([^\s;!}]+)\s+([^\s;!}]+)\s+([^\s;!}]+)\s+([^\s;!}]+)"
    )
    for path in sorted((SITE / "static" / "ionto").glob("*.css")):
        text = path.read_text("utf-8")
        assert physical.findall(text) == [], path.name
        bare = re.sub(r"(?:max|min|env|clamp|calc)\([^()]*(?:\([^()]*\)[^()]*)*\)", "x", text)
        assert [sides for sides in uneven.findall(bare) if sides[1] != sides[3]] == [], path.name


def test_a_language_from_right_to_left_turns_the_page(client: Client, db: None, settings: Any) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("ar", "العربية")]
    text = client.get(reverse("landing"), headers={"accept-language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in text
