"""The result, and who may make a plan from it."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from ionto_web.care.models import Person, PrescriptionRecord

from .conftest import answers, audited


def asked(client: Client, person: Person, **changed: object) -> str:
    client.post(reverse("consultation", args=[person.code]), answers(**changed))
    return client.get(reverse("result", args=[person.code])).content.decode()


def make_plan(client: Client, person: Person, site: str = "palms", **changed: object):
    data = {f"{site}-starts_on": person.today.isoformat()} | {f"{site}-{key}": value for key, value in changed.items()}
    return client.post(reverse("prescribe_site", args=[person.code, site]), data)


EPILEPSY = {"history": ["epilepsy"]}
PACEMAKER = {"history": ["pacemaker"]}


def test_before_the_questions_the_result_says_what_to_do(alice: Person, as_alice: Client) -> None:
    assert "Answer the questions" in as_alice.get(reverse("result", args=[alice.code])).content.decode()


def test_a_healthy_person_reads_that_she_may_and_makes_her_plan(alice: Person, as_alice: Client) -> None:
    assert "You can have this treatment on your hands." in asked(as_alice, alice)
    assert make_plan(as_alice, alice, weekdays=["0", "2", "4"]).url == reverse("plan", args=[alice.code])
    assert PrescriptionRecord.objects.get().active
    assert audited("prescribed")


def test_a_pacemaker_is_refused_with_why_and_sources(alice: Person, as_alice: Client) -> None:
    page = asked(as_alice, alice, **PACEMAKER)
    assert "This treatment is not safe for you on your hands." in page
    assert "Sources (" in page
    assert "Make the plan" not in page
    assert make_plan(as_alice, alice).url == reverse("result", args=[alice.code])
    assert not PrescriptionRecord.objects.exists()


def test_not_even_a_dermatologist_clears_a_pacemaker(alice: Person, as_alice: Client, as_bob: Client) -> None:
    asked(as_alice, alice, **PACEMAKER)
    make_plan(as_bob, alice)
    assert not PrescriptionRecord.objects.exists()


def test_epilepsy_waits_for_the_dermatologist_who_signs_by_name(
    alice: Person, as_alice: Client, as_nina: Client, as_bob: Client
) -> None:
    assert "Make the plan" not in asked(as_alice, alice, **EPILEPSY)
    make_plan(as_alice, alice)
    make_plan(as_nina, alice)
    assert not PrescriptionRecord.objects.exists()
    page = as_bob.get(reverse("result", args=[alice.code])).content.decode()
    assert "You sign as <strong>bob@example.org</strong>" in page
    make_plan(as_bob, alice)
    assert '"cleared_by": "bob@example.org"' in PrescriptionRecord.objects.get().plan
    assert "cleared by bob@example.org" in audited("prescribed")[0].what


def test_a_dermatologist_does_not_clear_herself(alice: Person, as_alice: Client) -> None:
    alice.user.memberships.create(clinic=alice.clinic, role="dermatologist")
    asked(as_alice, alice, **EPILEPSY)
    make_plan(as_alice, alice)
    assert not PrescriptionRecord.objects.exists()


def test_where_sources_disagree_the_page_says_so(alice: Person, as_alice: Client) -> None:
    page = asked(as_alice, alice, **EPILEPSY)
    assert "Sources disagree." in page
    # Some of them rule it out, and ionto asks a doctor.
    assert "We follow the stricter one." not in page


def test_what_is_missing_is_listed(alice: Person, as_alice: Client) -> None:
    unknown = {"history": None, "symptoms": None, "birth_year": "", "generalised": "", "palms.bilateral": ""}
    page = asked(as_alice, alice, **{"palms.hdss": "", "palms.duration_years": ""}, **unknown)
    assert "Still to ask" in page
    form = as_alice.get(reverse("consultation", args=[alice.code])).content.decode()
    found = re.findall(r'/consultation/#(field-[^"]+)">([^<]+)</a>', page)
    assert ("field-palms.hdss", "How bad is the sweating of your hands?") in found
    assert ("field-birth_year", "In which year were you born?") in found
    assert len(found) == 7
    assert all(f'id="{field}"' in form for field, _ in found)


def test_a_new_plan_ends_the_one_before(alice: Person, as_alice: Client) -> None:
    asked(as_alice, alice)
    make_plan(as_alice, alice)
    make_plan(as_alice, alice)
    assert [record.active for record in PrescriptionRecord.objects.order_by("id")] == [False, True]


def test_a_plan_does_not_begin_in_the_past_or_far_ahead(alice: Person, as_alice: Client) -> None:
    asked(as_alice, alice)
    for days in (-1, 61):
        make_plan(as_alice, alice, starts_on=(alice.today + timedelta(days=days)).isoformat())
    assert not PrescriptionRecord.objects.exists()


def test_a_place_that_does_not_exist_is_not_found(alice: Person, as_alice: Client) -> None:
    assert make_plan(as_alice, alice, "elbows").status_code == 404


def test_a_place_that_was_not_asked_about_gets_no_plan(alice: Person, as_alice: Client) -> None:
    asked(as_alice, alice)
    assert make_plan(as_alice, alice, "soles").status_code == 302
    assert not PrescriptionRecord.objects.exists()


def test_reading_the_result_writes_nothing(alice: Person, as_alice: Client) -> None:
    assert as_alice.get(reverse("prescribe_site", args=[alice.code, "palms"])).status_code == 405
