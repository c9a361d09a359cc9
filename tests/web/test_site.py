"""The site as a whole: its words, its sources, its files, its settings, its demo."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import ast
import doctest
import gzip
import hashlib
import inspect
import io
import logging
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

import ionto_web
from ionto.consult.diagnosis import diagnostic_table
from ionto.consult.expect import About
from ionto.exchange.table import KINDS
from ionto.words.evidence import references
from ionto.words.terms import (
    AlertLevel,
    Answer,
    CoursePhase,
    Decision,
    Effect,
    EffectSeverity,
    Outcome,
    Site,
)
from ionto_web import settings as site_settings
from ionto_web.care import actions, answers, demo, feed, outbox, own, plain, push, sharing
from ionto_web.care.course import consultation_of, recommended
from ionto_web.care.forms.session import CHECKS
from ionto_web.care.models import Person, PrescriptionRecord
from ionto_web.care.templatetags import plain as tags
from ionto_web.settings import sqlite_path

SITE = Path(ionto_web.__file__).parent
TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        (plain.SITES, Site),
        (plain.LIMBS, Site),
        (plain.ANSWERS, Answer),
        (plain.DECISIONS, Decision),
        (plain.EFFECTS, Effect),
        (plain.SEVERITIES, EffectSeverity),
        (plain.COURSE_PHASES, CoursePhase),
        (plain.SESSION_OUTCOMES, Outcome),
        (plain.ALERTS, AlertLevel),
    ],
)
def test_every_term_has_plain_words(words: dict[object, object], terms: type) -> None:
    assert set(words) == set(terms)


def test_every_sign_of_the_common_kind_has_plain_words() -> None:
    assert plain.CRITERIA.keys() == diagnostic_table().criteria.keys()


def test_every_kind_of_fact_has_plain_words() -> None:
    assert plain.FACTS.keys() == {kind.kind for kind in KINDS}


def test_every_subject_of_what_to_expect_has_plain_words() -> None:
    assert list(plain.EXPECTED) == list(get_args(About))


def test_a_forgotten_password_promises_no_email(client: Client, db: None) -> None:
    for page in ("account_reset_password", "account_reset_password_done"):
        assert "sent you an email" not in client.get(reverse(page)).content.decode()
    assert "This site sends no e-mail." in client.get(reverse("account_reset_password")).content.decode()


def test_what_the_checklist_cites_is_in_the_references() -> None:
    assert {key for check in CHECKS for key in check.sources} <= set(references())


def test_the_first_page_and_the_questions_name_the_same_effort(client: Client, alice: Person, as_alice: Client) -> None:
    assert "About fifteen questions, with a tap each." in client.get("/").content.decode()
    assert "about fifteen, with a tap each" in as_alice.get(f"/persons/{alice.code}/consultation/").content.decode()


def test_what_the_landing_page_cites_is_in_the_references(client: Client, db: None) -> None:
    assert set(client.get("/").context["landing_sources"]) <= set(references())


@pytest.mark.parametrize("folder", [SITE / "static" / "vendor", TESTS / "browser" / "vendor"], ids=["site", "tests"])
def test_vendored_files_are_the_ones_in_the_manifest(folder: Path) -> None:
    listed = tomllib.loads((folder / "MANIFEST.toml").read_text())["file"]
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.suffix in {".js", ".css"}}
    assert {entry["path"] for entry in listed} == kept
    for entry in listed:
        content = (folder / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert b"sourceMappingURL" not in content
        assert entry["licence"]


def test_no_page_asks_another_server_for_anything() -> None:
    files = [*SITE.rglob("*.html"), *(SITE / "static" / "ionto").glob("*")]
    assert len(files) > 25
    for path in files:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text), path


def weighed(page: bytes) -> tuple[int, int]:
    """What a page asks for, itself included, and the bytes of all of it, compressed."""
    linked = [finders.find(name) for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode())]
    sizes = [len(gzip.compress(Path(str(path)).read_bytes())) for path in linked]
    return 1 + len(linked), len(gzip.compress(page)) + sum(sizes)


@pytest.mark.parametrize("name", ["landing", "account_login", "account_signup"])
def test_a_page_before_the_account_is_light(name: str, client: Client, db: None) -> None:
    requests_count, bytes_count = weighed(client.get(reverse(name)).content)
    assert requests_count <= 3
    assert bytes_count < 20_000


OF_THE_RECORD = "consultation result plan prepare diary progress away details your_data reach shares"


@pytest.mark.parametrize("name", OF_THE_RECORD.split())
def test_a_page_of_the_record_is_light(
    name: str, alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    requests_count, bytes_count = weighed(as_alice.get(reverse(name, args=[alice.code])).content)
    assert requests_count <= 4
    assert bytes_count < 60_000


def test_no_page_carries_a_script_or_a_style_inside() -> None:
    for path in SITE.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text), path


WRITING = (actions, own, sharing, feed, outbox, push, answers)
# They write through other functions of their module, or what was written is nobody's doing.
READING = {
    "merged_with", "shared_person_for", "open_shares", "feed_for", "wanted_of", "after_quiet", "tomorrow",
    "public_key", "wrong_with", "until_s", "send",
}  # fmt: skip
THROUGH_OTHERS = {"erase", "use_code", "file_of", "sweep", "start_worker", "take_in"}


def test_every_write_says_by_whom_is_atomic_and_is_audited() -> None:
    functions = {
        node.name: node
        for module in WRITING
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.name not in THROUGH_OTHERS | READING
    }
    assert len(functions) >= 18
    for name, node in functions.items():
        source = ast.unparse(node)
        assert "transaction.atomic" in source.split("def ")[0], name
        assert "by" in [argument.arg for argument in node.args.kwonlyargs] or name == "end_session", name
        assert "_audit(" in source, name


def test_the_models_and_the_migrations_agree(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("module", [site_settings, tags])
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed


def test_another_database_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="'postgresql' is not known yet"):
        sqlite_path("postgresql://localhost/ionto")


def test_the_secret_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    first = site_settings._secret_key(path)
    assert len(first) > 50
    assert site_settings._secret_key(path) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_key_for_push_services_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "vapid_key"
    keys = {site_settings._vapid_key(path) for _ in range(3)}
    assert len(keys) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["vapid_key"]
    assert site_settings._vapid_key(tmp_path / "other" / "vapid_key") not in keys


def test_the_database_loses_nothing_in_a_power_cut(db: None) -> None:
    with connection.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert found == {"journal_mode": "wal", "synchronous": 2}


def test_the_demo_never_mixes_with_real_persons(alice: Person) -> None:
    with pytest.raises(demo.NotADemoDatabase, match="holds persons already"):
        demo.seed_demo()
    assert Person.objects.count() == 1


def test_the_demo_shows_every_phase_and_is_made_only_once(db: None) -> None:
    demo.seed_demo()
    count = Person.objects.count()
    demo.seed_demo()
    assert Person.objects.count() == count >= 6
    advice = {person.name: recommended(person) for person in Person.objects.all()}
    phases = {name: next(iter(sites.values())).phase.value for name, sites in advice.items() if sites}
    assert set(phases.values()) == {phase.value for phase in CoursePhase}
    decisions = {
        consultation_of(person).sites[Site.PALMS].decision.value
        for person in Person.objects.filter(name__in=["Piet", "Eva"])
    }
    assert decisions == {"not_suitable", "ask_clinician"}
    for login in demo.LOGINS:
        client = Client()
        user = User.objects.get(email=login.email)
        assert user.check_password(login.password)
        client.force_login(user)
        assert client.get(reverse("start"), follow=True).status_code == 200


def test_a_fault_of_the_site_is_written_down_without_what_anybody_sent_or_has_on_record(
    alice: Person, prescription: PrescriptionRecord
) -> None:
    assert alice.user is not None
    token = feed.open_feed(alice, by=alice.user)
    prescription.plan = '{"secret of hers": 1}'
    prescription.save()
    asking = Client(raise_request_exception=False)
    # The stream of the tests is another one than the server's.
    (handler,) = logging.getLogger("django.request").handlers
    written = io.StringIO()
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    try:
        assert asking.get(reverse("calendar_feed", args=[token])).status_code == 500
        assert asking.get(reverse("calendar_feed", args=["guessed"])).status_code == 404
    finally:
        handler.setStream(before)
    said = written.getvalue()
    assert said.count("broke.") == 1
    assert "GET calendar_feed broke.\nDocumentError\n" in said
    assert "active_plans" in said
    for secret in (token, "secret of hers", alice.code):
        assert secret not in said


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", ["account_login", "account_signup"])
def test_at_sign_in_nothing_is_said_of_the_name_of_the_account(
    name: str, language: str, alice: Person, client: Client
) -> None:
    secret, german = "dry-hands-for-everybody", {"Accept-Language": language}
    assert alice.user is not None
    alice.user.set_password(secret)
    alice.user.save()
    typed = {"login": "alice@example.org", "email": "new@example.org", "password": secret}
    typed |= {"password1": secret, "password2": secret}
    page = client.post(reverse(name), typed, headers=german, follow=True)
    assert page.context["user"].is_authenticated
    assert list(page.context["messages"]) == []
    assert 'class="notice' not in page.content.decode().partition("<h1")[0]


def test_guessing_at_many_accounts_gives_nobody_more_guesses_at_one(alice: Person) -> None:
    def guessed(number: int) -> bool:
        wrong = {"login": "alice@example.org", "password": "wrong"}
        answer = Client(REMOTE_ADDR=f"10.0.0.{number}").post(reverse("account_login"), wrong)
        return "Too many failed login attempts" in answer.content.decode()

    cache.clear()
    assert [guessed(number) for number in range(7)] == [False] * 5 + [True] * 2
    for number in range(1000):
        cache.set(f"somebody-elses-count-{number}", 1)
    assert guessed(8)
    cache.clear()


@pytest.mark.parametrize(("address", "is_secure"), [("https://ionto.example", True), ("", False)])
def test_where_the_address_is_https_no_cookie_goes_without(address: str, is_secure: bool, tmp_path: Path) -> None:  # noqa: FBT001
    asked = "from ionto_web import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    environment = {**os.environ, "IONTO_ADDRESS": address, "IONTO_DATA": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(is_secure)] * 2
