"""The questionnaire: one FHIR R4 definition, from which every form, dialogue and intake comes.

`enabled(...)` says which questions are asked after the answers so far; `intake_from(...)` makes answers an intake.
"""

from ionto.consult.questionnaire.answers import answers_of, faults_in, response_of
from ionto.consult.questionnaire.definition import (
    Answers,
    Choice,
    Item,
    Questionnaire,
    Value,
    enabled,
    questionnaire,
)
from ionto.consult.questionnaire.intakes import intake_from, intake_of, link_id_of, response_from, unanswered

__all__ = [
    "Answers",
    "Choice",
    "Item",
    "Questionnaire",
    "Value",
    "answers_of",
    "enabled",
    "faults_in",
    "intake_from",
    "intake_of",
    "link_id_of",
    "questionnaire",
    "response_from",
    "response_of",
    "unanswered",
]
