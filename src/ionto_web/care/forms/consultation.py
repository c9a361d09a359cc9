"""The consultation's questions: short, in plain words, each with why it is asked. An unanswered one stays unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from ionto.consult import Intake
from ionto.words.reading import DocumentError, read_json, to_document
from ionto.words.terms import Condition, Side, Site, Symptom
from ionto_web.care.forms.numbers import NumberField, WholeNumberField
from ionto_web.care.plain import BODY_PARTS, CONDITION_GROUPS, CONDITIONS, HDSS, OUTCOMES, SITES, SYMPTOMS, TREATABLE

YES_NO = (("yes", "Yes"), ("no", "No"), ("", "I don't know"))
SIDES = (("both", "Both sides"), ("left", "Left only"), ("right", "Right only"))
TRIED_COUNT = 3
TREATMENTS = (
    ("", "Nothing more"),
    ("over_the_counter_antiperspirant", "Antiperspirant from the shop"),
    ("aluminium_chloride", "Strong antiperspirant (aluminium chloride)"),
    ("tap_water_iontophoresis", "Iontophoresis"),
    ("botulinum_toxin", "Botulinum toxin injections"),
    ("topical_anticholinergic", "A cream, gel or cloth from the doctor"),
    ("oral_anticholinergic", "Tablets against sweating"),
    ("microwave", "Microwaves"),
    ("surgery", "An operation"),
)

SITE_QUESTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "hdss": (
        "How bad is it?",
        "These four sentences are the HDSS scale, which doctors use everywhere. It tells how your treatment works.",
        {"choices": tuple((str(score), words) for score, words in HDSS.items()), "kind": "radio"},
    ),
    "sides": (
        "On which side?",
        "Sweating on one side only can have another cause, which a doctor should look for first.",
        {"choices": SIDES, "kind": "radio"},
    ),
    "stops_in_sleep": (
        "Does it stop while you sleep?",
        "The common kind of heavy sweating stops in sleep. Sweating at night can have another cause.",
        {"choices": YES_NO, "kind": "radio"},
    ),
    "impairs_daily_life": (
        "Does it get in the way of your daily life?",
        "For example at work, at school, or when you shake hands.",
        {"choices": YES_NO, "kind": "radio"},
    ),
    "onset_age_years": (
        "How old were you when it began?",
        "The common kind begins early. A start after 25 can have another cause.",
        {"kind": "number", "min": 0, "max": 120, "unit": "years"},
    ),
    "duration_years": (
        "For how long have you had it?",
        "Under six months it is too early to tell which kind it is. Half a year is 0.5.",
        {"kind": "decimal", "min": 0, "max": 120, "unit": "years"},
    ),
    "episodes_per_week": (
        "How often in a week?",
        "At least once a week is one of the signs of the common kind. Every day is 7.",
        {"kind": "decimal", "min": 0, "max": 1000, "unit": "times"},
    ),
    "sweat_mg_per_min": (
        "Was your sweat weighed (gravimetry)?",
        "Leave it empty if it was not. It is the sweat of one side, and lets us measure how well the treatment works.",
        {"kind": "decimal", "min": 0, "max": 2000, "unit": "mg/min"},
    ),
}


class ConsultationForm(forms.Form):
    """The questions. `intake()` gives the document once the form is valid."""

    birth_year = WholeNumberField(
        label="In which year were you born?",
        help_text="Children need less current, and the smallest are not treated.",
        min_value=1900,
    )
    sex = forms.ChoiceField(
        label="Your sex",
        help_text="It decides which questions matter, for example about pregnancy.",
        choices=(("female", "Female"), ("male", "Male"), ("other", "Other")),
        required=False,
        widget=forms.RadioSelect,
    )
    sites = forms.MultipleChoiceField(
        label="Where do you sweat too much?",
        help_text="Each place is treated in its own way, so we ask about each one.",
        choices=tuple((site.value, SITES[site].capitalize()) for site in TREATABLE),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Please tick at least one place."},
    )
    family_history = forms.ChoiceField(
        label="Does somebody in your family have it too?",
        help_text="The common kind often runs in families.",
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
    )
    generalised = forms.ChoiceField(
        label="Do you sweat too much all over your body?",
        help_text="Sweating all over can have another cause, which a doctor should look for first.",
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
    )
    history = forms.MultipleChoiceField(
        choices=tuple((c.value, CONDITIONS[c]) for c in Condition), required=False, widget=forms.CheckboxSelectMultiple
    )
    history_none = forms.BooleanField(label="None of these", required=False)
    symptoms = forms.MultipleChoiceField(
        choices=tuple((s.value, SYMPTOMS[s]) for s in Symptom), required=False, widget=forms.CheckboxSelectMultiple
    )
    symptoms_none = forms.BooleanField(label="None of these", required=False)
    medicines = forms.CharField(
        label="Which medicines do you take?",
        help_text="One on each line. Some medicines make people sweat.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, asked_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_on = asked_on
        self.fields["birth_year"].validators.append(
            MaxValueValidator(asked_on.year, "This year has not come yet. In which year were you born?")
        )
        self.fields["birth_year"].widget.attrs["autocomplete"] = "bday-year"
        for site in TREATABLE:
            for name, (label, why, kind) in SITE_QUESTIONS.items():
                self.fields[f"{site.value}-{name}"] = _site_field(label, why, kind)
        for condition in Condition:
            if condition.needs_where:
                self.fields[f"where-{condition.value}"] = forms.MultipleChoiceField(
                    label=f"Where? ({CONDITIONS[condition]})",
                    choices=tuple((part.value, words) for part, words in BODY_PARTS.items()),
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
        for number in range(TRIED_COUNT):
            self._add_tried(number)

    def _add_tried(self, number: int) -> None:
        prefix = f"tried-{number}"
        self.fields[f"{prefix}-treatment"] = forms.ChoiceField(label="Treatment", choices=TREATMENTS, required=False)
        self.fields[f"{prefix}-site"] = forms.ChoiceField(
            label="Where",
            choices=(("", "Not sure"), *((site.value, SITES[site].capitalize()) for site in TREATABLE)),
            required=False,
        )
        self.fields[f"{prefix}-outcome"] = forms.ChoiceField(
            label="What came of it",
            choices=(("", "Not sure"), *((key, words.capitalize()) for key, words in OUTCOMES.items())),
            required=False,
        )
        self.fields[f"{prefix}-weeks"] = NumberField(label="For how many weeks", min_value=0, max_value=5000)

    # What the template walks.

    def site_groups(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        for site in TREATABLE:
            yield site.value, SITES[site], [self[f"{site.value}-{name}"] for name in SITE_QUESTIONS]

    def condition_groups(self) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        ticked = set(self["history"].value() or ())
        for title, (why, conditions) in CONDITION_GROUPS.items():
            rows = [
                {
                    "value": condition.value,
                    "words": CONDITIONS[condition],
                    "checked": condition.value in ticked,
                    "where": self[f"where-{condition.value}"] if condition.needs_where else None,
                }
                for condition in conditions
            ]
            yield title, why, rows

    def tried_groups(self) -> Iterator[tuple[bool, list[forms.BoundField]]]:
        """The fields of each treatment that was tried, and whether they are shown at once."""
        for number in range(TRIED_COUNT):
            fields = [self[f"tried-{number}-{name}"] for name in ("treatment", "site", "outcome", "weeks")]
            yield any(field.value() or field.errors for field in fields), fields

    # What is checked.

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("history", "symptoms"):
            if cleaned.get(name) and cleaned.get(f"{name}_none"):
                self.add_error(f"{name}_none", "You ticked “None of these” and something above it. Which one is right?")
        for value in cleaned.get("history", ()):
            if Condition(value).needs_where and not cleaned.get(f"where-{value}"):
                self.add_error(f"where-{value}", f"Please tell us where: {CONDITIONS[Condition(value)].lower()}.")
        if not self.errors:
            try:
                self._intake = read_json(Intake, json.dumps(self._document(cleaned)))
            except DocumentError as error:
                for fault in error.faults:
                    self.add_error(self._field_of(fault.path), f"{fault.sentence[0].upper()}{fault.sentence[1:]}.")
        return cleaned

    def intake(self) -> Intake:
        """The answers as a document."""
        return self._intake

    def _document(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        history = [
            {"condition": value, **({"where": where} if where else {})}
            for value in cleaned["history"]
            for where in (cleaned.get(f"where-{value}") or [None])
        ]
        return _known(
            {
                "patient": _known({"birth_year": cleaned["birth_year"], "sex": cleaned["sex"] or None}),
                "asked_on": self.asked_on.isoformat(),
                "sites": [_site_document(site, cleaned) for site in cleaned["sites"]],
                "family_history": _yes_no(cleaned["family_history"]),
                "generalised": _yes_no(cleaned["generalised"]),
                "history": history if history or cleaned["history_none"] else None,
                "symptoms": cleaned["symptoms"] if cleaned["symptoms"] or cleaned["symptoms_none"] else None,
                "medicines": [line.strip() for line in cleaned["medicines"].splitlines() if line.strip()],
                "tried": [
                    _tried_document(number, cleaned)
                    for number in range(TRIED_COUNT)
                    if cleaned[f"tried-{number}-treatment"]
                ],
            }
        )

    def _field_of(self, path: str) -> str | None:
        """The field that a fault's path points at; None when it is nobody's own."""
        name = path.rpartition(".")[2].partition("[")[0]
        if path.startswith("sites["):
            site = self.cleaned_data["sites"][int(path[len("sites[") : path.index("]")])]
            name = f"{site}-{name}"
        return name if name in self.fields else None


# Where the form asks for a field of the intake under another name.
_ASKED_AS = {"bilateral": "sides", "duration_months": "duration_years"}
_ASKED_WHOLE = {
    "history": ("history_none", "Your health: is any of it true for you?"),
    "symptoms": ("symptoms_none", "Other signs: do you have any of these?"),
}


def question_at(path: str, sites: Sequence[Site]) -> tuple[str, str] | None:
    """The form's field for a place in the intake, and its question in words; None when the form does not ask it."""
    name = path.rpartition(".")[2]
    if path.startswith("sites["):
        site, asked = sites[int(path[len("sites[") : path.index("]")])], _ASKED_AS.get(name, name)
        known = site in TREATABLE and asked in SITE_QUESTIONS
        return (f"{site.value}-{asked}", f"{SITES[site].capitalize()}: {SITE_QUESTIONS[asked][0]}") if known else None
    if name in _ASKED_WHOLE:
        return _ASKED_WHOLE[name]
    field = ConsultationForm.base_fields.get(name)
    return (name, str(field.label)) if field else None


def answers_of(intake: Intake) -> dict[str, Any]:
    """The form's values as they were answered before, so that nobody types the same twice."""
    given: dict[str, Any] = {
        "birth_year": intake.patient.birth_year,
        "sex": intake.patient.sex.value if intake.patient.sex else "",
        "sites": [place.site.value for place in intake.sites],
        "family_history": _said(intake.family_history),
        "generalised": _said(intake.generalised),
        "history_none": intake.history == (),
        "symptoms_none": intake.symptoms == (),
        "symptoms": [symptom.value for symptom in intake.symptoms or ()],
        "history": list(dict.fromkeys(item.condition.value for item in intake.history or ())),
        "medicines": "\n".join(intake.medicines or ()),
    }
    for item in intake.history or ():
        if item.where:
            given.setdefault(f"where-{item.condition.value}", []).append(item.where.value)
    for place in intake.sites:
        sides = place.side.value if place.side else {True: "both", False: ""}.get(place.bilateral is True)
        months = place.duration_months
        given |= {
            f"{place.site.value}-hdss": str(place.hdss or ""),
            f"{place.site.value}-sides": sides,
            f"{place.site.value}-stops_in_sleep": _said(place.stops_in_sleep),
            f"{place.site.value}-impairs_daily_life": _said(place.impairs_daily_life),
            f"{place.site.value}-onset_age_years": place.onset_age_years,
            f"{place.site.value}-duration_years": None if months is None else round(months / 12, 2),
            f"{place.site.value}-episodes_per_week": place.episodes_per_week,
            f"{place.site.value}-sweat_mg_per_min": place.sweat_mg_per_min,
        }
    for number, tried in enumerate(intake.tried[:TRIED_COUNT]):
        given |= {f"tried-{number}-{key}": value for key, value in to_document(tried).items()}
    return given


def _site_field(label: str, why: str, kind: dict[str, Any]) -> forms.Field:
    if kind["kind"] == "radio":
        return forms.ChoiceField(
            label=label, help_text=why, choices=kind["choices"], required=False, widget=forms.RadioSelect
        )
    field = WholeNumberField if kind["kind"] == "number" else NumberField
    return field(label=label, help_text=why, min_value=kind["min"], max_value=kind["max"], unit=kind["unit"])


def _site_document(site: str, cleaned: dict[str, Any]) -> dict[str, Any]:
    sides, years = cleaned[f"{site}-sides"], cleaned[f"{site}-duration_years"]
    return _known(
        {
            "site": Site(site).value,
            "side": Side(sides).value if sides in set(Side) else None,
            "hdss": int(cleaned[f"{site}-hdss"]) if cleaned[f"{site}-hdss"] else None,
            "bilateral": None if not sides else sides == "both",
            "stops_in_sleep": _yes_no(cleaned[f"{site}-stops_in_sleep"]),
            "impairs_daily_life": _yes_no(cleaned[f"{site}-impairs_daily_life"]),
            "onset_age_years": cleaned[f"{site}-onset_age_years"],
            "duration_months": None if years is None else int(years * 12),
            "episodes_per_week": cleaned[f"{site}-episodes_per_week"],
            "sweat_mg_per_min": cleaned[f"{site}-sweat_mg_per_min"],
        }
    )


def _tried_document(number: int, cleaned: dict[str, Any]) -> dict[str, Any]:
    names = ("treatment", "site", "outcome", "weeks")
    return {
        name: cleaned[f"tried-{number}-{name}"] for name in names if cleaned[f"tried-{number}-{name}"] not in ("", None)
    }


def _yes_no(said: str) -> bool | None:
    return {"yes": True, "no": False}.get(said)


def _said(answer: bool | None) -> str:  # noqa: FBT001
    return {True: "yes", False: "no"}.get(answer, "") if answer is not None else ""


def _known(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}
