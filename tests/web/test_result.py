"""The result, and who may make a plan from it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from ionto.consult import ANSWERS_HOLD_DAYS, consult, policies
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.models import Clinic, Person, PrescriptionRecord
from ionto_web.care.plain import EXPECTED

from .conftest import BERLIN, INTAKE, answers, audited, intake
from .test_german import read
from .test_german_walk import CORE_SITE, OTHERS_WORDS


def asked(client: Client, person: Person, **changed: object) -> str:
    client.post(reverse("consultation", args=[person.code]), answers(**changed))
    return client.get(reverse("result", args=[person.code])).content.decode()


def make_plan(client: Client, person: Person, site: str = "palms", **changed: object):
    data = {f"{site}-starts_on": person.today.isoformat()} | {f"{site}-{key}": value for key, value in changed.items()}
    read = client.get(reverse("result", args=[person.code])).context.get("read", "")
    return client.post(reverse("prescribe_site", args=[person.code, site]), {"read": read, **data})


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
    assert page.index("Do not use iontophoresis.") < page.index('href="#options-palms"') < page.index("How bad it is")
    assert 'id="options-palms"' in page
    assert "Make the plan" not in page
    assert make_plan(as_alice, alice).url == reverse("result", args=[alice.code])
    assert not PrescriptionRecord.objects.exists()


def test_where_only_answers_are_missing_nobody_reads_that_something_must_heal(alice: Person, as_alice: Client) -> None:
    missing, heals = "Not yet: some answers are missing.", "needs to heal or come off first"
    page = asked(as_alice, alice, symptoms=None)
    assert missing in page
    assert heals not in page
    page = asked(as_alice, alice, symptoms=None, history=["open_wound"], **{"where.open_wound": ["left_hand"]})
    assert missing not in page
    assert heals in page


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


def test_nobody_signs_what_was_answered_or_read_otherwise_after_they_had_read_it(
    alice: Person, as_alice: Client, as_bob: Client
) -> None:
    asked(as_alice, alice, **EPILEPSY)
    starts = {"palms-starts_on": alice.today.isoformat()}
    path = reverse("prescribe_site", args=[alice.code, "palms"])
    for change in (lambda: asked(as_alice, alice, **COIL), lambda: follow(as_bob, "nhs_newcastle")):
        read = as_bob.get(reverse("result", args=[alice.code])).context["read"]
        change()
        answer = as_bob.post(path, {"read": read, **starts}, follow=True)
        assert "Read it again before you sign." in answer.content.decode()
    as_bob.post(path, starts)
    assert not PrescriptionRecord.objects.exists()


def test_a_dermatologist_does_not_clear_herself(alice: Person, as_alice: Client) -> None:
    alice.user.memberships.create(clinic=alice.clinic, role="dermatologist")
    asked(as_alice, alice, **EPILEPSY)
    make_plan(as_alice, alice)
    assert not PrescriptionRecord.objects.exists()


def test_nobody_clears_what_must_first_heal(alice: Person, as_alice: Client, as_bob: Client) -> None:
    wound = {"history": ["epilepsy", "open_wound"], "where.open_wound": ["left_hand"]}
    assert "First see to what says “Not today”" in asked(as_alice, alice, **wound)
    page = as_bob.get(reverse("result", args=[alice.code])).content.decode()
    assert "You sign as" not in page
    make_plan(as_bob, alice)
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


def page_of(client: Client, person: Person) -> str:
    return client.get(reverse("result", args=[person.code])).content.decode()


def test_the_page_says_what_to_expect_how_sure_it_is_and_where_it_is_from(alice: Person, as_alice: Client) -> None:
    page = asked(as_alice, alice)
    for heading in map(str, EXPECTED.values()):
        assert (heading in page) is (heading != "About the underarms"), heading
    told = consult(intake()).sites[Site.PALMS].expect
    assert len(told) > 15
    assert all(escape(claim.claim) in page and escape(claim.certainty_in_words) in page for claim in told)
    assert all(escape(claim.do) in page for claim in told if claim.do)
    assert "hours a month" in page


def test_the_page_says_each_scale_with_its_band_and_the_change_that_matters(alice: Person, as_alice: Client) -> None:
    place = dict(INTAKE["sites"][0], gravimetry={"collected_mg": 260.0, "window_min": 5.0}, rating_score=8)
    actions.keep_answers(alice, intake(sites=[place], dlqi_score=14), by=alice.user)
    page = page_of(as_alice, alice)
    assert "DLQI, total of 10 items: 14, very large" in page
    assert "4 points or more." in page
    assert "No change is agreed on; one series counted a fall by half." in page
    assert "Weighed sweat of one side: 260 mg in 5 min is 52 mg/min" in page


def test_the_page_says_how_to_use_each_treatment_and_the_time_it_takes(alice: Person, as_alice: Client) -> None:
    page = asked(as_alice, alice)
    for option in consult(intake()).sites[Site.PALMS].options:
        assert all(escape(said) in page for said in (option.why, option.expect, option.how, option.time_cost))


def test_a_finding_says_what_each_source_and_what_other_houses_say(alice: Person, as_alice: Client) -> None:
    page = asked(as_alice, alice, **EPILEPSY)
    (finding,) = consult(intake(history=[{"condition": "epilepsy"}])).sites[Site.PALMS].findings
    assert all(escape(said.says) in page and said.source in page for said in finding.said)
    assert finding.other_houses
    assert all(f"<strong>{escape(house.label)}: not suitable.</strong>" in page for house in finding.other_houses)


def test_the_letter_is_a_pdf_without_a_name(alice: Person, as_alice: Client, as_bob: Client) -> None:
    path = reverse("letter", args=[alice.code])
    assert as_alice.get(path).status_code == 404
    asked(as_alice, alice, **PACEMAKER)
    for client in (as_alice, as_bob):
        answer = client.get(path)
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"Alice" not in answer.content
    assert path in page_of(as_alice, alice)


# A house's reading.


def follow(client: Client, policy: str) -> int:
    return client.post(reverse("house"), {"policy": policy}).status_code


COIL = {"pregnancy": ["hormonal_iud"]}


def test_a_dermatologist_chooses_the_house_and_everyone_reads_it(
    alice: Person, as_alice: Client, as_bob: Client, as_nina: Client
) -> None:
    assert "the strictest reading decides." in asked(as_alice, alice, **COIL)
    assert follow(as_bob, "nhs_newcastle") == 302
    for client in (as_alice, as_bob, as_nina):
        page = page_of(client, alice)
        assert "Read as <strong>NHS Newcastle</strong> reads it" in page
        assert "NHS Newcastle does not treat anyone who has a coil" in page
        assert "The strictest reading decides otherwise: ask first." in page
        assert "<strong>The strictest reading:</strong> ask first." in page
    assert [record.what for record in audited("house_chosen")] == [
        f"clinic {alice.clinic_id}, from strictest to nhs_newcastle"
    ]
    assert "NHS Newcastle" in as_nina.get(reverse("persons")).content.decode()


@pytest.mark.parametrize("who", ["as_alice", "as_nina", "as_charlie"])
def test_nobody_but_a_dermatologist_chooses_the_house(who: str, alice: Person, request: pytest.FixtureRequest) -> None:
    assert follow(request.getfixturevalue(who), "saalio") == 404
    alice.clinic.refresh_from_db()
    assert alice.clinic.policy == "strictest"
    assert not audited("house_chosen")


def test_a_nurse_reads_which_house_is_followed_and_cannot_change_it(as_nina: Client, as_bob: Client) -> None:
    follow(as_bob, "baylor")
    page = as_nina.get(reverse("house")).content.decode()
    assert "Baylor College of Medicine" in page
    assert "Follow this house" not in page
    assert "Follow this house" in as_bob.get(reverse("house")).content.decode()


def test_an_unknown_house_is_refused(as_bob: Client, clinic: Clinic) -> None:
    assert follow(as_bob, "nobody") == 422
    clinic.refresh_from_db()
    assert clinic.policy == "strictest"


def test_the_plan_is_made_under_the_same_house(alice: Person, as_alice: Client, as_bob: Client) -> None:
    asked(as_alice, alice, **COIL)
    follow(as_bob, "nhs_newcastle")
    make_plan(as_bob, alice)
    assert not PrescriptionRecord.objects.exists()
    follow(as_bob, "hidrex_questions")
    make_plan(as_bob, alice)
    assert PrescriptionRecord.objects.exists()
    assert "read as hidrex_questions" in audited("prescribed")[0].what


@pytest.mark.parametrize("policy", list(policies()))
def test_no_house_allows_a_pacemaker(policy: str, alice: Person, as_alice: Client, as_bob: Client) -> None:
    asked(as_alice, alice, **PACEMAKER)
    assert follow(as_bob, policy) == 302
    assert "This treatment is not safe for you on your hands." in page_of(as_alice, alice)
    make_plan(as_bob, alice)
    assert not PrescriptionRecord.objects.exists()


def test_who_leaves_the_clinic_is_read_by_the_strictest(alice: Person, as_alice: Client, as_bob: Client) -> None:
    follow(as_bob, "nhs_newcastle")
    asked(as_alice, alice, **COIL)
    as_alice.post(reverse("details", args=[alice.code]), {"name": "A", "timezone": "UTC", "clinic_code": ""})
    assert "NHS Newcastle</strong> reads it" not in page_of(as_alice, alice)


# Answers that are too old, or that speak against the plan in force.


def days_ago(days: int, **changed: object):
    return intake(asked_on=(timezone.localdate(timezone=BERLIN) - timedelta(days=days)).isoformat(), **changed)


def test_no_plan_is_made_of_old_answers(alice: Person, as_alice: Client) -> None:
    actions.keep_answers(alice, days_ago(ANSWERS_HOLD_DAYS + 2), by=alice.user)
    page = page_of(as_alice, alice)
    assert "Answer the questions again" in page
    assert "Make the plan" not in page
    make_plan(as_alice, alice)
    assert not PrescriptionRecord.objects.exists()
    actions.keep_answers(alice, days_ago(ANSWERS_HOLD_DAYS), by=alice.user)
    assert "Make the plan" in page_of(as_alice, alice)
    make_plan(as_alice, alice)
    assert PrescriptionRecord.objects.exists()


def test_a_session_does_not_start_against_newer_answers(alice: Person, as_alice: Client) -> None:
    asked(as_alice, alice)
    make_plan(as_alice, alice)
    prepare = reverse("prepare", args=[alice.code])
    assert "Check, and tick" in as_alice.get(prepare).content.decode()
    asked(as_alice, alice, **PACEMAKER)
    page = as_alice.get(prepare).content.decode()
    assert "Not now" in page
    assert "pacemaker" in page
    asked(as_alice, alice, **EPILEPSY)
    assert "Not now" in as_alice.get(prepare).content.decode()
    asked(as_alice, alice, sites=["soles"])
    assert "leave this place out" in as_alice.get(prepare).content.decode()


def test_what_a_dermatologist_cleared_goes_on_until_the_house_rules_it_out(
    alice: Person, as_alice: Client, as_bob: Client
) -> None:
    asked(as_alice, alice, **EPILEPSY)
    make_plan(as_bob, alice)
    prepare = reverse("prepare", args=[alice.code])
    assert "Check, and tick" in as_alice.get(prepare).content.decode()
    follow(as_bob, "baylor")
    assert "Not now" in as_alice.get(prepare).content.decode()


def test_every_finding_names_the_places_as_the_page_does(alice: Person, as_alice: Client, as_bob: Client) -> None:
    """Answers are missing at each place, and patient and doctor read which."""
    places = [{"site": site, "hdss": 4} for site in ("palms", "soles", "axillae")]
    wound = {"condition": "open_wound", "where": "left_axilla"}
    actions.keep_answers(alice, intake(sites=places, history=[{"condition": "arrhythmia"}, wound]), by=alice.user)
    for client in (as_alice, as_bob):
        page = client.get(reverse("result", args=[alice.code])).content.decode()
        for place in ("hands", "feet", "underarms"):
            assert f"whether it is on both sides ({place})" in page
        assert "left armpit" in page
        assert CORE_SITE.findall(" ".join(read(OTHERS_WORDS.sub("", page)).marked)) == []


def test_of_several_places_each_says_what_is_decided_and_the_rest_is_said_once_and_folded(
    alice: Person, as_alice: Client
) -> None:
    both = {f"soles.{key[6:]}": said for key, said in answers().items() if key.startswith("palms.")}
    page = asked(as_alice, alice, sites=["palms", "soles"], **both)
    hands, feet = page.split('<section class="site-result"')[1:]
    feet, rest = feet.split("</section>\n\n", 1)
    for place, section in (("hands", hands), ("feet", feet)):
        assert f"You can have this treatment on your {place}." in section
        assert f"Make the plan for the {place}" in section
        assert section.index("<summary>How bad it is, and which kind it is</summary>") < section.index("How bad it is<")
        assert "All treatments" not in section
        assert "What to expect of iontophoresis" not in section
    assert rest.count("What to expect of iontophoresis<") == 1
    assert rest.count("All treatments, in order") == 1
    assert rest.count("until after the 4th session") == rest.count("<p>Most people notice nothing until") == 1
    assert re.search(r"<strong>Feet:</strong> You put each foot", rest)
    assert rest.count('<details class="more expected" open>') == 1
    assert re.findall(r'<details class="more" id="options-(\w+)"( open)?><summary>(\w+)<', rest) == [
        ("palms", "", "Hands"),
        ("soles", "", "Feet"),
    ]


def test_the_treatments_of_a_place_that_is_refused_stand_open_where_the_page_leads_to_them(
    alice: Person, as_alice: Client
) -> None:
    both = {f"soles.{key[6:]}": said for key, said in answers().items() if key.startswith("palms.")}
    page = asked(as_alice, alice, sites=["palms", "soles"], **both, **PACEMAKER)
    for site in ("palms", "soles"):
        assert f'href="#options-{site}"' in page
        assert f'<details class="more" id="options-{site}" open>' in page
    assert "What to expect of iontophoresis" not in page
