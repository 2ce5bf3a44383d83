"""The forms of what stands around the questions: settings, opening, privacy, ending, and what is kept for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from wtforms import BooleanField, Field, RadioField, SelectField, StringField
from wtforms.validators import ValidationError

from forms.editor.conditions import Asked
from forms.editor.fields import NumberField, RuleField, WordsField, options
from forms.editor.lists import automation_field, notes_field
from forms.editor.parts import TECHNICAL, PartForm, made
from forms.questionnaire.answers import clean
from forms.questionnaire.document import Confirmation, Privacy, Questionnaire, Thanks, Wording
from forms.questionnaire.editing import change_document
from forms.questionnaire.names import STATES
from forms.questionnaire.parts import VARIANTS
from forms.questionnaire.translating import without
from translations import DEFAULT, LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

#: The two modes of privacy, as campaigns have them, and what a document says for each.
ANONYMOUS, CONFIDENTIAL = "anonymous", "confidential"
MODES: Final[Mapping[str, Any]] = {CONFIDENTIAL: _l("Confidential"), ANONYMOUS: _l("Anonymous")}
_WRITTEN: Final[Mapping[str, str]] = {CONFIDENTIAL: "confidential_until_optin", ANONYMOUS: "anonymous"}
_OF_A_CASE: Final = "linked_to_case"


class DocumentForm(PartForm):
    """Title, languages and what holds for the whole questionnaire."""

    #: The mode of its kind: what holds while the document says nothing.
    usual: str
    anonymity = RadioField(_l("Privacy"), choices=options(MODES.items()))
    linked_to_case = BooleanField(_l("The answers belong to a case, and whoever handles it sees them with it"))
    estimated_seconds = NumberField(_l("Stated length, in seconds"), least=1, most=7200)
    min_group_size = NumberField(_l("No results of fewer responses than"), least=1, most=1000)
    no_free_text_below_group = NumberField(_l("No free text of fewer responses than"), least=1, most=1000)
    total_points = NumberField(_l("Total points of the scored sections"), least=1, most=100_000)
    critical_cap = NumberField(_l("Highest total, in percent, where a critical item failed"), least=0, most=100)
    series = StringField(_l("Series of total, sections and critical items"), render_kw={**TECHNICAL, "maxlength": 20})
    numbers = ("estimated_seconds", "min_group_size", "no_free_text_below_group", "total_points", "critical_cap")

    def validate_series(self, field: Field) -> None:
        """A series is a short name."""
        typed = field.data or ""
        if not typed.replace("-", "").replace("_", "").isalnum() or not typed.isascii():
            raise ValidationError(_("A series is a short name of Latin letters, digits, hyphens and underscores."))

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        changes = {name: self[name].data for name in self.numbers}
        changed = change_document(
            questionnaire,
            title=self["title"].data,
            anonymity=self._anonymity(questionnaire.anonymity),
            series=clean(self.series.data or ""),
            **changes,
        )
        states = {code: self[f"language_{code}"].data for code in LANGUAGES}
        for code in questionnaire.languages:
            if not states.get(code):
                changed = without(changed, code)
        order = [*questionnaire.languages, *(code for code in LANGUAGES if code not in questionnaire.languages)]
        return replace(changed, languages={code: states[code] for code in order if states.get(code)})

    def _anonymity(self, before: str | None) -> str | None:
        """What the document says of privacy; still nothing where it said nothing and its kind's mode is kept."""
        mode = self.anonymity.data
        if mode == CONFIDENTIAL and self.linked_to_case.data:
            return _OF_A_CASE
        return None if before is None and mode == self.usual else _WRITTEN[mode]


def document_form(questionnaire: Questionnaire, formdata: Any = None, *, usual: str) -> PartForm:
    """The form of the questionnaire's own settings; ``usual`` is the mode of privacy of its kind."""
    fields: dict[str, Any] = {
        "title": WordsField(_l("Title"), questionnaire.languages, rows=1),
        "usual": usual,
    }
    for code, name in LANGUAGES.items():
        states = STATES.items() if code != DEFAULT else [one for one in STATES.items() if one[0] != "draft"]
        choices = [*([] if code == DEFAULT else [("", _l("Not in this language"))]), *states]
        fields[f"language_{code}"] = SelectField(name, choices=options(choices))
    values = {name: getattr(questionnaire, name) for name in (*DocumentForm.numbers, "title", "series")}
    values |= {f"language_{code}": questionnaire.languages.get(code, "") for code in LANGUAGES}
    said = questionnaire.anonymity
    values["anonymity"] = usual if said is None else ANONYMOUS if said == ANONYMOUS else CONFIDENTIAL
    values["linked_to_case"] = said == _OF_A_CASE
    found: PartForm = made(DocumentForm, fields, questionnaire)(formdata, **values)
    return found


class OpeningForm(PartForm):
    """What stands above the first question."""

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        variants = {name: self[f"variant_{name}"].data for name in VARIANTS}
        text = self["text"].data
        kept = {name: words for name, words in variants.items() if words}
        intro = Wording(text=text, variants=kept) if text or kept else None
        return change_document(questionnaire, intro=intro, notice=self["notice"].data)


def opening_form(questionnaire: Questionnaire, formdata: Any = None) -> PartForm:
    """The form of the introduction and the notice."""
    languages, intro = questionnaire.languages, questionnaire.intro
    fields = {
        "text": WordsField(_l("Introduction"), languages, rows=4),
        "variant_open_link": WordsField(_l("Introduction for an open link"), languages, rows=4),
        "variant_no_branch": WordsField(_l("Introduction for a case without a branch"), languages, rows=4),
        "notice": WordsField(_l("Notice on the first page"), languages),
    }
    values = {f"variant_{name}": intro.variants.get(name, {}) if intro else {} for name in VARIANTS}
    found: PartForm = made(OpeningForm, fields, questionnaire)(
        formdata, text=intro.text if intro else {}, notice=questionnaire.notice, **values
    )
    return found


#: What the notice of privacy says, part by part, and what each part must tell.
NOTICE: Final[Mapping[str, Any]] = {
    "purposes": _l("What the answers are for"),
    "recipients": _l("Who gets them, and why"),
    "duty": _l("Whether answering is a duty or a choice"),
    "officer": _l("Whom to turn to, and the rights of who is asked"),
}


class PrivacyForm(PartForm):
    """The notice that everybody reads who is asked."""

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        texts = {name: self[name].data for name in NOTICE}
        return change_document(questionnaire, privacy=Privacy(**texts) if any(texts.values()) else None)


def privacy_form(questionnaire: Questionnaire, formdata: Any = None) -> PartForm:
    """The form of the privacy notice."""
    fields = {name: WordsField(label, questionnaire.languages, rows=3) for name, label in NOTICE.items()}
    values = {name: getattr(questionnaire.privacy, name, {}) for name in NOTICE}
    found: PartForm = made(PrivacyForm, fields, questionnaire)(formdata, **values)
    return found


class EndingForm(PartForm):
    """The page of thanks; call-back and praise are questions of their own."""

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        text, thanks = self["text"].data, questionnaire.thanks
        praise = thanks.praise if thanks else None
        return change_document(questionnaire, thanks=Thanks(text=text, praise=praise) if text or praise else None)


def ending_form(questionnaire: Questionnaire, formdata: Any = None) -> PartForm:
    """The form of the page of thanks."""
    fields = {"text": WordsField(_l("Words of thanks"), questionnaire.languages, rows=3)}
    text = questionnaire.thanks.text if questionnaire.thanks else {}
    found: PartForm = made(EndingForm, fields, questionnaire)(formdata, text=text)
    return found


class RulesForm(PartForm):
    """What the product hands on without judging it: confirmation, what is set in motion, sending, notes."""

    question = StringField(
        _l("Question that confirms the closing of a case"), render_kw={**TECHNICAL, "list": "every-question"}
    )
    by = StringField(_l("What counts as confirming"), render_kw={"dir": "auto"})
    no_reply = StringField(_l("What follows from silence"), render_kw={"dir": "auto"})
    after = StringField(_l("When it is sent"), render_kw={"dir": "auto"})
    once_per_case = BooleanField(_l("Once for each case"))

    def validate_question(self, field: Field) -> None:
        """A confirmation needs all of its parts."""
        given = [clean(self[name].data or "") for name in ("question", "by", "no_reply")]
        parts = [*given, self["confirmed_if"].data, self["button"].data]
        if any(parts) and not all(parts):
            raise ValidationError(
                _("A confirmation has a question, a rule, a button, what counts and what silence means.")
            )

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        confirmation = None
        if clean(self.question.data or ""):
            confirmation = Confirmation(
                question=clean(self.question.data or ""),
                confirmed_if=self["confirmed_if"].data,
                by=clean(self.by.data or ""),
                button=self["button"].data,
                no_reply=clean(self.no_reply.data or ""),
            )
        sending = {key: value for key, value in questionnaire.sending.items() if key not in {"after", "once_per_case"}}
        if after := clean(self.after.data or ""):
            sending["after"] = after
        if self.once_per_case.data:
            sending["once_per_case"] = True
        return change_document(
            questionnaire,
            confirmation=confirmation,
            automation=self["automation"].data,
            sending=sending,
            notes=dict(self["notes"].data),
        )


def rules_form(questionnaire: Questionnaire, formdata: Any = None) -> PartForm:
    """The form of what is kept for readers and for the handling of cases."""
    confirmation = questionnaire.confirmation
    fields = {
        "confirmed_if": RuleField(_l("Confirmed where"), Asked(questionnaire)),
        "button": WordsField(_l("The button that confirms"), questionnaire.languages, rows=1),
        "automation": automation_field(Asked(questionnaire)),
        "notes": notes_field(),
    }
    values: dict[str, Any] = {name: getattr(confirmation, name, "") for name in ("question", "by", "no_reply")}
    values |= {
        "confirmed_if": getattr(confirmation, "confirmed_if", None),
        "button": getattr(confirmation, "button", {}),
        "automation": questionnaire.automation,
        "notes": tuple(questionnaire.notes.items()),
        "after": questionnaire.sending.get("after", ""),
        "once_per_case": questionnaire.sending.get("once_per_case", False),
    }
    found: PartForm = made(RulesForm, fields, questionnaire)(formdata, **values)
    return found
