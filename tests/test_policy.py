"""Policies: a house's own word where it speaks, the strictest reading where not, and what no house may lift."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ionto.cli.main import main
from ionto.consult import HistoryItem, Intake, NotCleared, clearance_for, consult, policies, policy_named
from ionto.consult.policy import STRICTEST, HouseWord, Policy, check_policy
from ionto.consult.rules import suitability_rules
from ionto.words.reading import DocumentError, read_json
from ionto.words.terms import BodyPart, Condition, Decision, Site

EXAMPLES = Path(__file__).parent.parent / "examples"
PERSON = read_json(Intake, (EXAMPLES / "palms.json").read_text("utf-8"))
HIP = replace(PERSON, history=(HistoryItem(condition=Condition.METAL_IMPLANT, where=BodyPart.LEFT_HIP),))


def asked(policy: str, *history: HistoryItem) -> Decision:
    return consult(replace(PERSON, history=history), policy).sites[Site.PALMS].decision


def test_a_metal_hip_is_judged_as_each_house_judges_it() -> None:
    item = HistoryItem(condition=Condition.METAL_IMPLANT, where=BodyPart.LEFT_HIP)
    assert asked("nhs_newcastle", item) is Decision.NOT_SUITABLE
    assert asked("nhs_doncaster", item) is Decision.NOT_SUITABLE
    assert asked(STRICTEST, item) is Decision.ASK_CLINICIAN
    assert asked("saalio", item) is Decision.ASK_CLINICIAN, "silence allows nothing"


def test_a_finding_says_under_which_policy_and_which_houses_decide_otherwise() -> None:
    finding = consult(HIP).sites[Site.PALMS].findings[0]
    assert (finding.policy, finding.house_speaks) == (STRICTEST, False)
    assert {(house.policy, house.decision) for house in finding.other_houses} == {
        ("nhs_newcastle", Decision.NOT_SUITABLE),
        ("nhs_doncaster", Decision.NOT_SUITABLE),
    }
    newcastle = consult(HIP, "nhs_newcastle").sites[Site.PALMS].findings[0]
    assert (newcastle.policy, newcastle.house_speaks) == ("nhs_newcastle", True)
    assert "NHS Newcastle" in newcastle.why
    (strictly,) = newcastle.other_houses
    assert (strictly.policy, strictly.decision, strictly.says) == (STRICTEST, finding.decision, finding.why)


def test_a_finding_quotes_each_of_its_sources() -> None:
    finding = consult(HIP).sites[Site.PALMS].findings[0]
    assert tuple(said.source for said in finding.said) == finding.sources
    assert all(len(said.says) > 10 for said in finding.said)


def test_the_strictest_policy_takes_every_rule_as_it_stands() -> None:
    assert policies()[STRICTEST].decides == ()
    assert next(iter(policies())) == STRICTEST


def test_no_policy_makes_a_missing_answer_or_a_red_flag_milder() -> None:
    for name in policies():
        assert consult(replace(PERSON, history=None), name).sites[Site.PALMS].decision is Decision.DEFER
        assert consult(replace(PERSON, generalised=True), name).sites[Site.PALMS].decision is Decision.ASK_CLINICIAN


def test_a_house_that_leaves_metal_to_a_doctor_is_still_not_cleared_without_a_name() -> None:
    item = HistoryItem(condition=Condition.METAL_IMPLANT, where=BodyPart.LEFT_FOREARM)
    answer = consult(replace(PERSON, history=(item,)), "hidrex_dp450")
    with pytest.raises(NotCleared):
        clearance_for(answer, Site.PALMS)
    assert clearance_for(answer, Site.PALMS, cleared_by="Dr Ada Example").findings[0].policy == "hidrex_dp450"


def test_an_unknown_policy_is_refused_in_one_sentence() -> None:
    with pytest.raises(DocumentError, match="'nowhere' is not one of strictest"):
        consult(PERSON, "nowhere")
    with pytest.raises(DocumentError):
        policy_named("nowhere")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (HouseWord(rule="pacemaker", decision=Decision.ASK_CLINICIAN, why="Ask about it.", do="Ask."), "universal"),
        (HouseWord(rule="pregnant", decision=Decision.SUITABLE, why="Go on with it.", do="Go on."), "universal"),
        (HouseWord(rule="secondary_cause", decision=Decision.SUITABLE, why="Go on with it.", do="Go on."), "milder"),
        (HouseWord(rule="unanswered", decision=Decision.SUITABLE, why="Go on with it.", do="Go on."), "milder"),
        (HouseWord(rule="no_protocol_for_face", decision=Decision.SUITABLE, why="Go on.", do="Go on."), "milder"),
        (HouseWord(rule="open_wound", decision=Decision.ASK_CLINICIAN, why="Ask about it.", do="Ask."), "no name"),
        (HouseWord(rule="nowhere", decision=Decision.DEFER), "no rule"),
        (HouseWord(rule="diabetes", decision=Decision.ASK_CLINICIAN), "does not quote"),
        (HouseWord(rule="epilepsy", decision=Decision.NOT_SUITABLE), "must say it"),
    ],
)  # fmt: skip
def test_the_loader_refuses_a_policy_that_lifts_what_none_may_lift(word: HouseWord, said: str) -> None:
    policy = replace(policies()["hidrex_dp450"], decides=(word,))
    with pytest.raises(ValueError, match=said):
        check_policy(policy, suitability_rules())


def test_the_loader_refuses_two_words_on_one_rule() -> None:
    word = HouseWord(rule="epilepsy", decision=Decision.ASK_CLINICIAN)
    policy = replace(policies()["hidrex_dp450"], decides=(word, word))
    with pytest.raises(ValueError, match="twice"):
        check_policy(policy, suitability_rules())


@pytest.mark.parametrize("policy", policies().values(), ids=lambda policy: policy.id)
def test_a_policy_is_named_dated_and_speaks_only_where_its_sources_are_quoted(policy: Policy) -> None:
    by_id = {rule.id: rule for rule in suitability_rules()}
    assert policy.compared_on.year >= 2026
    assert all(policy.says_on(by_id[word.rule]) for word in policy.decides)


def test_the_command_line_takes_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    intake = tmp_path / "intake.json"
    told = json.loads((EXAMPLES / "palms.json").read_text("utf-8"))
    told["history"] = [{"condition": "metal_implant", "where": "left_hip"}]
    intake.write_text(json.dumps(told), "utf-8")
    assert main(["consult", str(intake), "--json", "--policy", "nhs_newcastle"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["policy"], found["sites"]["palms"]["decision"]) == ("nhs_newcastle", "not_suitable")
    assert main(["consult", str(intake), "--policy", "nhs_newcastle"]) == 0
    assert "NHS Newcastle" in capsys.readouterr().out
    plan = [
        "plan",
        str(intake),
        "--site",
        "palms",
        "--device",
        "fischer_md2",
        "--cleared-by",
        "Dr Ada Example",
        "--json",
    ]
    assert main([*plan, "--policy", "nhs_newcastle"]) == 3
    capsys.readouterr()
    assert main(plan) == 0


@pytest.mark.parametrize("command", [["consult"], ["plan", "--site", "palms", "--device", "simulated"]])
def test_an_unknown_policy_leaves_with_2_and_one_sentence(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(EXAMPLES / "palms.json"), "--policy", "nowhere"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "policy: 'nowhere' is not one of" in said.err
