"""Staff forms of open collection: a new point, points for many branches, a label, and what to print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wtforms import Field, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from forms.base import Form
from forms.fieldwork import BranchField
from translations import DEFAULT, LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]

#: What a point is, in the words that staff choose by.
KINDS: Final = {
    "poster": _l("Poster on a wall"),
    "desk": _l("Stand on a desk"),
    "kiosk": _l("Tablet in the branch"),
    "link": _l("Link, for a page or a letter"),
}
SIZES: Final = {"a4": _l("A4 poster"), "a5": _l("A5 card"), "tent": _l("Table tent (A4, folded)")}
LONGEST_LABEL: Final = 80

_label = {"dir": "auto", "autocomplete": "off", "maxlength": LONGEST_LABEL}


class PointForm(Form):
    """One new point. The representative is asked for a desk stand only."""

    campaign = SelectField(_l("Campaign"), [InputRequired(_l("Choose a campaign."))])
    kind = RadioField(_l("What it is"), [InputRequired(_l("Choose what it is."))])
    branch = BranchField(
        _l("Branch"), [InputRequired(_l("Write a branch's code or name."))], render_kw={"autocomplete": "off"}
    )
    agent = StringField(
        _l("Code of the representative at the desk"), [Optional()], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    label = StringField(_l("Label"), [Optional(), Length(max=LONGEST_LABEL)], render_kw=_label)

    def __init__(self, formdata: Any = None, *, campaigns: Choices, branches: Choices, **values: Any) -> None:
        """Choices are (value, label)."""
        super().__init__(formdata, **values)
        offered = list(campaigns)
        self.campaign.choices = offered if len(offered) == 1 else [("", ""), *offered]
        self.kind.choices = list(KINDS.items())
        self.branch.choices = list(branches)

    def validate_agent(self, field: Field) -> None:
        """A representative belongs to a desk."""
        if field.data and field.data.strip() and self.kind.data != "desk":
            raise ValidationError(_("Only a desk stand belongs to one representative."))


class ManyForm(Form):
    """A point for every open branch, or every open branch of a region."""

    campaign = SelectField(_l("Campaign"), [InputRequired(_l("Choose a campaign."))])
    kind = RadioField(_l("What it is"), [InputRequired(_l("Choose what it is."))])
    region = SelectField(_l("Branches"), [Optional()])
    label = StringField(_l("Label"), [Optional(), Length(max=LONGEST_LABEL)], render_kw=_label)

    def __init__(self, formdata: Any = None, *, campaigns: Choices, regions: Choices, **values: Any) -> None:
        """Choices are (value, label)."""
        super().__init__(formdata, **values)
        offered = list(campaigns)
        self.campaign.choices = offered if len(offered) == 1 else [("", ""), *offered]
        self.kind.choices = [(code, words) for code, words in KINDS.items() if code != "desk"]
        self.region.choices = [("", _("All branches that serve customers")), *regions]


class LabelForm(Form):
    """The words by which staff know a point."""

    label = StringField(_l("Label"), [Optional(), Length(max=LONGEST_LABEL)], render_kw=_label)


class PrintForm(Form):
    """Which paper, which languages. It is sent by GET, so that the file has an address of its own."""

    size = SelectField(_l("Size"), [InputRequired()], default="a4")
    language = SelectField(_l("Language"), [InputRequired()], default=DEFAULT)
    second = SelectField(_l("Second language, beside Hebrew"), [Optional()], default="")

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        """The second language is any but Hebrew."""
        super().__init__(formdata, **values)
        self.size.choices, self.language.choices = list(SIZES.items()), list(LANGUAGES.items())
        others = [(code, name) for code, name in LANGUAGES.items() if code != DEFAULT]
        self.second.choices = [("", _("None")), *others]

    def validate_second(self, field: Field) -> None:
        """A second language stands beside Hebrew only."""
        if field.data and self.language.data != DEFAULT:
            raise ValidationError(_("A second language stands beside Hebrew only."))
