"""Consult: what holds for every person, the order of treatments, severity, and the leave to prescribe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto.consult import (
    ANSWERS_HOLD_DAYS,
    Clearance,
    Consultation,
    HistoryItem,
    Intake,
    NotCleared,
    Patient,
    SiteIntake,
    TriedTreatment,
    clearance_for,
    consult,
)
from ionto.consult.diagnosis import diagnostic_table
from ionto.consult.options import orders, treatments
from ionto.consult.path import FIELD, PATH, Place, lies
from ionto.consult.rules import Rule, RuleBook, suitability_rules
from ionto.words.evidence import references
from ionto.words.reading import DocumentError, read_json, read_toml, to_document
from ionto.words.terms import BodyPart, Condition, Decision, Sex, Side, Site, Symptom, strictest

EXAMPLES = Path(__file__).parent.parent / "examples"
PERSON = read_json(Intake, (EXAMPLES / "palms.json").read_text("utf-8"))
UNIVERSAL = {
    Condition.PACEMAKER,
    Condition.ICD,
    Condition.IMPLANTED_STIMULATOR,
    Condition.IMPLANTED_PUMP,
    Condition.COCHLEAR_IMPLANT,
    Condition.PREGNANT,
    Condition.MAY_BE_PREGNANT,
}


def with_answers(**answers: Any) -> Intake:
    """The person of examples/palms.json with other answers about the hands."""
    return replace(PERSON, sites=(replace(PERSON.sites[0], **answers),))


def with_history(*items: HistoryItem) -> Intake:
    return replace(PERSON, history=items)


# --- people of every kind

conditions = st.sampled_from(list(Condition)).flatmap(
    lambda condition: st.builds(
        HistoryItem,
        condition=st.just(condition),
        where=st.sampled_from(list(BodyPart)) if condition.needs_where else st.none(),
    )
)
maybe = st.none() | st.booleans()


def site_answers(site: Site) -> st.SearchStrategy[SiteIntake]:
    return st.builds(
        SiteIntake,
        site=st.just(site),
        side=st.none() | st.sampled_from(list(Side)),
        hdss=st.none() | st.integers(1, 4),
        sweat_mg_per_min=st.none() | st.floats(0, 2000),
        onset_age_years=st.none() | st.integers(0, 120),
        duration_months=st.none() | st.integers(0, 1440),
        bilateral=maybe,
        stops_in_sleep=maybe,
        episodes_per_week=st.none() | st.floats(0, 1000),
        impairs_daily_life=maybe,
    )


tried = st.builds(
    TriedTreatment,
    treatment=st.sampled_from([*treatments().treatment, "Botox", "prayer"]),
    site=st.none() | st.sampled_from(list(Site)),
    strength_percent=st.none() | st.floats(0, 100),
    weeks=st.none() | st.floats(0, 5000),
    outcome=st.none() | st.sampled_from(["no_change", "not tolerated", "better"]),
)
intakes = st.builds(
    Intake,
    patient=st.builds(
        Patient, birth_year=st.none() | st.integers(1900, 2026), sex=st.none() | st.sampled_from(list(Sex))
    ),
    asked_on=st.just(date(2026, 11, 23)),
    sites=st.lists(st.sampled_from(list(Site)), min_size=1, max_size=4, unique=True).flatmap(
        lambda sites: st.tuples(*map(site_answers, sites))
    ),
    family_history=maybe,
    generalised=maybe,
    history=st.none() | st.lists(conditions, max_size=4).map(tuple),
    symptoms=st.none() | st.lists(st.sampled_from(list(Symptom)), max_size=3).map(tuple),
    medicines=st.lists(st.sampled_from(["sertraline", "ibuprofen"]), max_size=1).map(tuple),
    tried=st.lists(tried, max_size=3).map(tuple),
)
healthy_people = st.builds(
    lambda site, history: replace(PERSON, sites=(replace(PERSON.sites[0], site=site),), history=tuple(history)),
    st.sampled_from([Site.PALMS, Site.SOLES, Site.AXILLAE]),
    st.lists(conditions, max_size=4),
)


@given(intakes)
def test_every_person_gets_an_answer_for_every_site_asked_about(intake: Intake) -> None:
    answer = consult(intake)
    assert set(answer.sites) == {place.site for place in intake.sites}
    for site in answer.sites.values():
        assert site.decision == strictest(finding.decision for finding in site.findings)
        strictness = [finding.decision.strictness_score for finding in site.findings]
        assert strictness == sorted(strictness, reverse=True)
        assert [option.rank for option in site.options] == list(range(1, len(site.options) + 1))
    json.dumps(to_document(answer))


@given(intakes)
def test_nothing_is_suitable_while_an_answer_that_decides_is_missing(intake: Intake) -> None:
    answer = consult(intake)
    person_open = None in (intake.patient.birth_year, intake.history, intake.symptoms, intake.generalised)
    for place in intake.sites:
        site_open = None in (place.bilateral, place.stops_in_sleep, place.onset_age_years, place.duration_months)
        if person_open or site_open:
            assert answer.sites[place.site].decision is not Decision.SUITABLE


@given(intakes)
def test_nothing_is_suitable_with_a_universal_contraindication(intake: Intake) -> None:
    has_one = bool({item.condition for item in intake.history or ()} & UNIVERSAL)
    for found in consult(intake).sites.values():
        assert not has_one or found.decision is Decision.NOT_SUITABLE
        assert any(finding.universal for finding in found.findings) == has_one


@given(intakes, conditions)
def test_one_condition_more_never_makes_a_decision_milder(intake: Intake, condition: HistoryItem) -> None:
    before = replace(intake, history=intake.history or ())
    after = replace(intake, history=(*(intake.history or ()), condition))
    milder, stricter = consult(before), consult(after)
    for site, found in milder.sites.items():
        assert stricter.sites[site].decision >= found.decision


@given(intakes, st.sampled_from(list(Symptom)))
def test_one_symptom_more_never_makes_a_decision_milder(intake: Intake, symptom: Symptom) -> None:
    before = replace(intake, symptoms=intake.symptoms or ())
    after = replace(intake, symptoms=(*(intake.symptoms or ()), symptom))
    milder, stricter = consult(before), consult(after)
    for site, found in milder.sites.items():
        assert stricter.sites[site].decision >= found.decision


@given(healthy_people)
def test_answering_less_never_makes_a_decision_milder_than_what_still_stands(intake: Intake) -> None:
    """Leaving the conditions unanswered may lose a refusal, but never gives suitable."""
    assert consult(replace(intake, history=None)).sites[intake.sites[0].site].decision is not Decision.SUITABLE


@given(intakes)
def test_the_order_in_which_conditions_are_told_changes_nothing(intake: Intake) -> None:
    told = None if intake.history is None else tuple(reversed(intake.history))
    forth, back = consult(intake), consult(replace(intake, history=told))
    for site, found in forth.sites.items():
        assert {finding.rule for finding in found.findings} == {finding.rule for finding in back.sites[site].findings}


@given(intakes)
def test_iontophoresis_is_offered_exactly_where_it_is_not_excluded(intake: Intake) -> None:
    for found in consult(intake).sites.values():
        offered = "tap_water_iontophoresis" in {option.treatment for option in found.options}
        assert offered is (found.decision is not Decision.NOT_SUITABLE)


@given(intakes)
def test_every_sentence_is_complete_and_every_source_is_known(intake: Intake) -> None:
    for found in consult(intake).sites.values():
        for finding in found.findings:
            assert "{" not in finding.why + finding.do + finding.for_clinician
            assert set(finding.sources) <= set(references())
        for option in found.options:
            assert set(option.sources) <= set(references())
        assert set(found.severity.sources + found.primary_focal.sources) <= set(references())


# --- the leave to prescribe


@given(intakes, st.none() | st.just("Dr Ada Example"))
def test_a_clearance_never_passes_a_refusal_a_delay_or_a_missing_answer(intake: Intake, cleared_by: str | None) -> None:
    answer = consult(intake)
    for site, found in answer.sites.items():
        allowed = {Decision.SUITABLE} | ({Decision.ASK_CLINICIAN} if cleared_by else set())
        may = {finding.decision for finding in found.findings} <= allowed
        if may:
            clearance = clearance_for(answer, site, cleared_by=cleared_by)
            assert (clearance.findings, clearance.age_years) == (found.findings, intake.age_years)
        else:
            with pytest.raises(NotCleared) as refusal:
                clearance_for(answer, site, cleared_by=cleared_by)
            assert refusal.value.decision not in allowed
            assert str(refusal.value)


def test_a_suitable_person_is_cleared_without_a_name() -> None:
    clearance = clearance_for(consult(PERSON), Site.PALMS)
    assert (clearance.site, clearance.given_on, clearance.cleared_by) == (Site.PALMS, date(2026, 11, 23), None)
    assert clearance.age_years == 23


def test_epilepsy_is_cleared_by_a_clinicians_name_only_and_stays_on_the_clearance() -> None:
    answer = consult(with_history(HistoryItem(condition=Condition.EPILEPSY)))
    with pytest.raises(NotCleared, match="You have epilepsy"):
        clearance_for(answer, Site.PALMS)
    clearance = clearance_for(answer, Site.PALMS, cleared_by="  Dr Ada  Example ")
    assert clearance.cleared_by == "Dr Ada Example"
    assert [finding.rule for finding in clearance.findings] == ["epilepsy"]


@pytest.mark.parametrize(
    "history",
    [
        (HistoryItem(condition=Condition.PACEMAKER),),
        (HistoryItem(condition=Condition.OPEN_WOUND, where=BodyPart.LEFT_HAND),),
    ],
)
def test_no_name_clears_a_pacemaker_or_an_open_wound(history: tuple[HistoryItem, ...]) -> None:
    with pytest.raises(NotCleared):
        clearance_for(consult(replace(PERSON, history=history)), Site.PALMS, cleared_by="Dr Ada Example")


def test_a_name_given_for_a_red_flag_does_not_clear_the_health_conditions_left_unanswered() -> None:
    answer = consult(replace(PERSON, symptoms=(Symptom.FEVER,), history=None))
    assert answer.sites[Site.PALMS].decision is Decision.ASK_CLINICIAN
    with pytest.raises(NotCleared, match="missing") as refusal:
        clearance_for(answer, Site.PALMS, cleared_by="Dr Ada Example")
    assert refusal.value.decision is Decision.DEFER


def test_a_name_of_eighty_characters_is_still_a_name() -> None:
    answer = consult(with_history(HistoryItem(condition=Condition.EPILEPSY)))
    assert clearance_for(answer, Site.PALMS, cleared_by="x" * 80).cleared_by == "x" * 80


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Dr\x00Ada"])
def test_a_clearing_name_must_be_a_name(name: str) -> None:
    answer = consult(with_history(HistoryItem(condition=Condition.EPILEPSY)))
    with pytest.raises(DocumentError, match="cleared_by"):
        clearance_for(answer, Site.PALMS, cleared_by=name)


def test_a_site_that_was_not_asked_about_is_not_cleared() -> None:
    with pytest.raises(DocumentError, match="soles is not among the sites"):
        clearance_for(consult(PERSON), Site.SOLES)


def test_a_consultation_edited_by_hand_clears_no_one() -> None:
    found = consult(with_history(HistoryItem(condition=Condition.PACEMAKER))).sites[Site.PALMS]
    forged = Consultation(
        asked_on=date(2026, 11, 23), age_years=23, sites={Site.PALMS: replace(found, findings=())}, still_to_ask=()
    )
    with pytest.raises(NotCleared):
        clearance_for(forged, Site.PALMS, cleared_by="Dr Ada Example")
    ageless = replace(consult(PERSON), age_years=None)
    with pytest.raises(NotCleared):
        clearance_for(ageless, Site.PALMS)


def test_nobody_else_makes_a_clearance() -> None:
    with pytest.raises(TypeError, match="consult only"):
        Clearance(
            site=Site.PALMS, given_on=date(2026, 11, 23), cleared_by=None, findings=(), age_years=23, token=object()
        )


# --- cause, severity and options


def test_sweating_that_began_at_25_is_no_sign_of_the_usual_kind() -> None:
    """Born 1990, so that 25 lies in the past."""
    for onset_age_years, usual in ((24, True), (25, False)):
        intake = replace(with_answers(onset_age_years=onset_age_years), patient=Patient(birth_year=1990, sex=Sex.MALE))
        assert ("onset_before_25" in consult(intake).sites[Site.PALMS].primary_focal.criteria_met) is usual


def test_a_place_that_is_not_known_may_be_anywhere() -> None:
    assert all(lies(None, place, site) for place in Place for site in Site)


def test_each_red_flag_is_named_to_the_patient_and_weighed_for_the_clinician() -> None:
    finding = consult(replace(with_answers(bilateral=False), generalised=True)).sites[Site.PALMS].findings[0]
    assert "it is on one side only; you sweat all over the body" in finding.why
    assert "odds ratio 51 (12.6 to 208)" in finding.for_clinician
    assert "odds ratio 18 (7.3 to 47.6)" in finding.for_clinician
    assert "WALL11" in finding.sources


def test_the_example_person_has_severe_sweating_above_the_threshold_and_likely_primary() -> None:
    found = consult(PERSON).sites[Site.PALMS]
    assert (found.severity.band, found.severity.sweat_band) == ("severe", "above_threshold")
    assert found.primary_focal.verdict == "likely"
    assert found.options[0].treatment == "tap_water_iontophoresis"


@pytest.mark.parametrize(
    ("site", "sweat_mg_per_min", "band"),
    [
        (Site.PALMS, 20.0, "above_threshold"),
        (Site.PALMS, 19.9, "below_threshold"),
        (Site.AXILLAE, 20.0, "above_threshold"),
        (Site.AXILLAE, 0.0, "below_threshold"),
        (Site.SOLES, 400.0, "no_threshold"),
        (Site.FACE, 400.0, "no_threshold"),
    ],
)
def test_weighed_sweat_is_judged_at_hands_and_underarms_only(site: Site, sweat_mg_per_min: float, band: str) -> None:
    found = consult(with_answers(site=site, sweat_mg_per_min=sweat_mg_per_min)).sites[site]
    assert found.severity.sweat_band == band
    assert ("THOR15" in found.severity.sources) is (band != "no_threshold")


def test_severity_not_answered_has_no_band_and_no_source() -> None:
    found = consult(with_answers(hdss=None, sweat_mg_per_min=None)).sites[Site.PALMS].severity
    assert (found.hdss, found.band, found.sweat_mg_per_min, found.sweat_band, found.sources) == (
        None, None, None, None, (),
    )  # fmt: skip


def names(intake: Intake, site: Site = Site.PALMS) -> list[str]:
    return [option.treatment for option in consult(intake).sites[site].options]


def trial(treatment: str, **told: Any) -> Intake:
    return replace(PERSON, tried=(TriedTreatment(treatment=treatment, **told),))


def test_aluminium_chloride_tried_properly_without_change_moves_down_and_says_why() -> None:
    assert names(replace(PERSON, tried=())).index("aluminium_chloride") == 1
    assert names(PERSON)[-3:] == ["aluminium_chloride", "aluminium_chloride_15", "surgery"]
    moved = consult(PERSON).sites[Site.PALMS].options[-3]
    assert "you tried it properly (20 %, 6 weeks)" in moved.why


@pytest.mark.parametrize(
    ("told", "moves"),
    [
        ({"strength_percent": 20, "weeks": 4, "outcome": "no_change"}, True),
        ({"strength_percent": 20, "weeks": 3.9, "outcome": "no_change"}, False),
        ({"strength_percent": 15, "weeks": 6, "outcome": "no_change"}, False),
        ({"weeks": 6, "outcome": "no_change"}, False),
        ({"strength_percent": 20, "outcome": "no_change"}, False),
        ({"strength_percent": 20, "weeks": 6, "outcome": "better"}, False),
        ({"strength_percent": 20, "weeks": 6}, False),
        ({"weeks": 0.5, "outcome": "not tolerated"}, True),
        ({"strength_percent": 25, "weeks": 8, "outcome": "No change", "site": Site.PALMS}, True),
        ({"strength_percent": 25, "weeks": 8, "outcome": "no_change", "site": Site.SOLES}, False),
    ],
)
def test_only_a_proper_trial_at_this_site_counts(told: dict[str, Any], moves: bool) -> None:  # noqa: FBT001
    assert (names(trial("Aluminium chloride", **told)).index("aluminium_chloride") != 1) is moves


def test_a_trial_too_short_keeps_its_place_and_says_so() -> None:
    option = consult(trial("drysol", strength_percent=20, weeks=2, outcome="no_change")).sites[Site.PALMS].options[1]
    assert option.treatment == "aluminium_chloride"
    assert "only be judged after 4 weeks at 20 % or more" in option.why


def test_iontophoresis_that_failed_before_is_no_longer_first() -> None:
    assert names(trial("iontophoresis", weeks=6, outcome="no_change"))[0] != "tap_water_iontophoresis"


def test_surgery_comes_last_even_if_all_else_failed() -> None:
    failed = tuple(
        TriedTreatment(treatment=name, strength_percent=30, weeks=52, outcome="no_change")
        for name in treatments().treatment
    )
    for site in (Site.PALMS, Site.SOLES, Site.AXILLAE):
        intake = replace(PERSON, sites=(replace(PERSON.sites[0], site=site),), tried=failed)
        assert names(intake, site)[-1] == "surgery"


def test_a_refused_person_is_told_why_iontophoresis_is_not_in_the_list() -> None:
    options = consult(with_history(HistoryItem(condition=Condition.PACEMAKER))).sites[Site.PALMS].options
    assert "left out of this list" in options[0].why
    assert not any("left out" in option.why for option in options[1:])


@pytest.mark.parametrize(
    ("condition", "where", "said"),
    [(Condition.OPEN_WOUND, BodyPart.LEFT_HAND, "Not today"), (Condition.EPILEPSY, None, "Only after a doctor")],
)
def test_iontophoresis_that_must_wait_says_so_where_it_is_offered(
    condition: Condition, where: BodyPart | None, said: str
) -> None:
    option = consult(with_history(HistoryItem(condition=condition, where=where))).sites[Site.PALMS].options[0]
    assert option.treatment == "tap_water_iontophoresis"
    assert said in option.why


def test_in_pregnancy_medicines_and_injections_come_after_what_needs_no_doctor() -> None:
    options = consult(with_history(HistoryItem(condition=Condition.PREGNANT))).sites[Site.PALMS].options
    assert [option.treatment for option in options[:2]] == ["over_the_counter_antiperspirant", "aluminium_chloride_15"]
    assert all("safe in pregnancy" in option.why for option in options[2:])


def test_a_child_is_sent_to_a_doctor_for_every_medicine() -> None:
    child = replace(with_answers(onset_age_years=6, duration_months=24), patient=Patient(birth_year=2017))
    for option in consult(child).sites[Site.PALMS].options:
        assert ("at this age" in option.why) is treatments().treatment[option.treatment].needs_doctor


def test_underarms_start_with_aluminium_chloride_and_the_dissent_is_shown() -> None:
    intake = replace(PERSON, sites=(replace(PERSON.sites[0], site=Site.AXILLAE),), tried=())
    first = consult(intake).sites[Site.AXILLAE].options[0]
    assert first.treatment == "aluminium_chloride"
    assert "UK cost model puts iontophoresis first" in (first.disagreement or "")


# --- the data itself


def test_each_order_names_treatments_once_and_ends_with_the_last_resort() -> None:
    known = treatments().treatment
    for order in orders().values():
        assert len(set(order.treatments)) == len(order.treatments)
        resorts = [known[name].last_resort for name in order.treatments]
        assert resorts == sorted(resorts)


def test_every_rule_option_and_flag_cites_a_known_reference() -> None:
    table = diagnostic_table()
    cited = {key for rule in suitability_rules() for key in rule.sources} | {*table.sources, *table.medicines.sources}
    cited |= {key for flag in table.red_flag.values() for key in flag.sources}
    assert cited <= set(references())


def test_the_universal_contraindications_are_these_and_no_others() -> None:
    assert {cond for rule in suitability_rules() if rule.universal for cond in rule.conditions} == UNIVERSAL


def test_field_lies_within_path_and_both_hold_both_sides() -> None:
    for site in Site:
        assert FIELD[site] <= PATH[site]
        for parts in (FIELD[site], PATH[site]):
            lefts = {part.removeprefix("left_") for part in parts if part.startswith("left_")}
            assert lefts == {part.removeprefix("right_") for part in parts if part.startswith("right_")}


SAID = 'said = [{ source = "DP450", says = "Not this." }]'
GOOD = """
compared_on = 2026-11-23
[[rule]]
id = "example"
conditions = ["epilepsy"]
decision = "ask_clinician"
why = "You have epilepsy, so ask."
do = "Ask a doctor first."
for_clinician = "Epilepsy: clear first."
said = [{ source = "DP450", says = "Not this." }]
"""


def test_a_sound_rule_reads() -> None:
    rule: Rule = read_toml(RuleBook, GOOD).rule[0]
    assert rule.sites == tuple(Site)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('decision = "ask_clinician"', 'decision = "perhaps"', "not one of"),
        ('conditions = ["epilepsy"]', "", "needs at least one"),
        ('conditions = ["epilepsy"]', 'when = "age"', "needs at least one"),
        (SAID, SAID.replace("DP450", "NOWHERE"), "not in references"),
        (SAID, "said = []", "said"),
        (SAID, 'said = [{ source = "DP450", says = "Not this." }]\nuniversal = true', "universal"),
        (SAID, 'said = [{ source = "DP450", says = "Not this." }]\ncolour = "red"', "not known"),
        ("compared_on = 2026-11-23", "", "missing"),
    ],
)
def test_a_rule_that_is_not_sound_is_refused(line: str, instead: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_toml(RuleBook, GOOD.replace(line, instead))


def test_no_plan_comes_of_answers_that_are_too_old() -> None:
    answer = consult(PERSON)
    last = answer.asked_on + timedelta(days=ANSWERS_HOLD_DAYS)
    assert clearance_for(answer, Site.PALMS, today=last)
    with pytest.raises(NotCleared, match="more than 90 days old") as refused:
        clearance_for(answer, Site.PALMS, cleared_by="Dr Ada Example", today=last + timedelta(days=1))
    assert [finding.rule for finding in refused.value.findings] == ["answers_outdated"]


def test_one_side_and_both_sides_cannot_both_be_true() -> None:
    (place,) = PERSON.sites
    contradicted = consult(replace(PERSON, sites=(replace(place, side=Side.LEFT, bilateral=True),)))
    assert contradicted.sites[Site.PALMS].decision is Decision.DEFER
    assert [asked.path for asked in contradicted.still_to_ask] == ["sites[0].bilateral"]
    assert "left side and both sides" in contradicted.still_to_ask[0].why
    one_sided = consult(replace(PERSON, sites=(replace(place, side=Side.LEFT, bilateral=False),)))
    assert one_sided.still_to_ask == ()
