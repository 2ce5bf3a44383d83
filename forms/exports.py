"""The staff form that chooses which responses leave, in which form and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Form
from forms.questionnaire.exchange.answers.formats import FORMS
from translations import LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

CODES, WORDS = "codes", "words"


def _choices(listed: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in listed]


class ExportForm(Form):
    """Which responses of a questionnaire, and how they are written."""

    form = RadioField(_l("Form of the file"), [InputRequired(_l("Choose one of the answers listed."))], default="csv")
    since = SelectField(_l("From month"))
    until = SelectField(_l("Until month"))
    region = SelectField(_l("Region"))
    branches = StringField(_l("Branch codes"), render_kw={"dir": "ltr", "autocomplete": "off", "maxlength": "2000"})
    states = SelectMultipleField(_l("State"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    columns = RadioField(
        _l("Answers are written"),
        [InputRequired(_l("Choose one of the answers listed."))],
        default=CODES,
    )
    language = SelectField(_l("Language of the words"), [InputRequired(_l("Choose one of the answers listed."))])
    texts = BooleanField(_l("Also comments and answers in people's own words"))

    def __init__(
        self,
        formdata: Any = None,
        *,
        months: Iterable[tuple[str, str]],
        regions: Iterable[tuple[str, str]],
        offered: Mapping[str, Any],
        languages: Iterable[str],
        texts: bool,
        **data: Any,
    ) -> None:
        """``offered`` are the states to choose from, none where there is no choice; ``texts``: whether words leave."""
        super().__init__(formdata, **data)
        self.form.choices = _choices((name, one.label) for name, one in FORMS.items())
        self.columns.choices = _choices([(CODES, _l("As codes, as they are stored")), (WORDS, _l("In words"))])
        listed = list(months)
        self.since.choices = _choices([("", _("The first")), *listed])
        self.until.choices = _choices([("", _("The last")), *listed])
        self.region.choices = _choices([("", _("All")), *regions])
        self.states.choices = _choices(offered.items())
        self.language.choices = _choices((code, LANGUAGES[code]) for code in languages if code in LANGUAGES)
        if not offered:
            del self.states
        if not texts:
            del self.texts

    def validate(self, extra_validators: Any = None) -> bool:
        """A period that ends before it begins holds nothing; no state at all is no choice."""
        sound = super().validate(extra_validators)
        if self.since.data and self.until.data and self.since.data > self.until.data:
            self.until.errors = [*self.until.errors, _("The last month must not be before the first.")]
            sound = False
        if "states" in self and not self.states.data:
            self.states.errors = [*self.states.errors, _("Choose at least one.")]
            sound = False
        return sound
