"""What templates can call: words, numbers set right in both directions, the navigation of a role."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import flask.templating
from flask import Flask, current_app, request
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

import translations
from forms.questionnaire.build import render_text
from survey_app import clock
from survey_app.permissions import ROLE_NAMES, Permission, may, role_of
from survey_app.web import fieldwork_tabs, loyalty_tabs, outreach_tabs, support
from translations import lazy_gettext as _l


class Environment(flask.templating.Environment):
    """Templates whose globals are one plain dictionary: a chain of two is walked name by name at every include."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of one template. All of ours are there before the first template is read."""
        return {**self.globals, **(d or {})}


_RANGE = re.compile(r"(\d[\d:.]*\s?[-–]\s?\d[\d:.]*)")
#: Shown where there is no number.
NONE = Markup('<span class="none">—</span>')


def gettext(message: str, /, **values: Any) -> str:
    """A message for a page: values that are markup (``name|bdi``) stay so, all others are escaped."""
    text = translations.gettext(message)
    return escape(text) % values if values else text


def ngettext(singular: str, plural: str, num: int, /, **values: Any) -> str:
    """The message for a count, with ``%(num)s`` and other values as in :func:`gettext`."""
    text = translations.catalogue(translations.current_language()).ngettext(singular, plural, num)
    return escape(text) % {"num": translations.format_number(num), **values}


def bdi(value: Any) -> Markup:
    """A name, comment or code that keeps its own direction."""
    return Markup("<bdi>{}</bdi>").format(value)


def ltr(value: Any) -> Markup:
    """A range, an address, a time: read left to right wherever it stands."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(value)


def ranges(text: str) -> Markup:
    """Free text such as opening hours, whose ranges of numbers (``8:30–14:00``) keep their order in every direction."""
    parts = _RANGE.split(text)
    return Markup("").join(ltr(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def number(value: float | None, digits: int = 0) -> str:
    """A number, or a dash for none; a negative one keeps its sign in front."""
    if value is None:
        return NONE
    text = translations.format_number(value, digits)
    return ltr(text) if value < 0 else text


def signed(value: float | None, digits: int = 0) -> Markup:
    """A change with its sign."""
    return NONE if value is None else ltr(translations.format_signed(value, digits))


def percent(value: float | None, digits: int = 0) -> Markup:
    """A percentage, given as 0–100."""
    return NONE if value is None else ltr(translations.format_number(value, digits) + "%")


def signed_percent(value: float | None, digits: int = 1) -> Markup:
    """A gap in percent with its sign, given as 0–100."""
    return NONE if value is None else ltr(translations.format_signed(value, digits) + "%")


def money(value: float | None) -> Markup:
    """An amount in whole shekels, the sign after it as Hebrew writes it."""
    return NONE if value is None else ltr(translations.format_number(value) + "\u00a0₪")


def money_text(value: float) -> str:
    """An amount in whole shekels as plain text, for an attribute, where markup would be read out."""
    return translations.isolate_ltr(translations.format_number(value) + "\u00a0₪")


def span(low: float | None, high: float | None, digits: int = 0) -> Markup:
    """A range with an en dash, the lower number first from the left."""
    if low is None or high is None:
        return NONE
    return ltr(f"{translations.format_number(low, digits)}–{translations.format_number(high, digits)}")


def day(value: date | None, form: str = "short") -> str:
    """A date."""
    return NONE if value is None else translations.format_date(value, form)


def moment(value: datetime | None, form: str = "short") -> str:
    """A date and time on the organisation's clock."""
    return NONE if value is None else translations.format_datetime(clock.local(value), form)


def month(value: str) -> str:
    """A month ``YYYY-MM`` by name and year."""
    return translations.format_month(value)


def he_prefix(value: Any, prefix: str) -> Markup:
    """A Hebrew one-letter prefix before a value: with a maqaf unless the value begins with a Hebrew letter."""
    text = str(value)
    joined = prefix if text[:1] and "א" <= text[0] <= "ת" else prefix + "־"
    return Markup("{}<bdi>{}</bdi>").format(joined, text)


def asked(text: str, branch: str) -> str:
    """A question's text with the branch named in it."""
    return render_text(text, {"branch": branch, "org": localised(_organisation_name())})


def _organisation_name() -> dict[str, str]:
    found = support.organisation()
    return found.name if found is not None else {}


def localised(texts: dict[str, str] | None) -> str:
    """A text kept per language, in the reader's."""
    return translations.localised(texts)


# ---- the frame of a page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation."""

    endpoint: str
    label: Any
    permission: Permission
    #: Families of screens beside the endpoint's own that belong to it.
    also: tuple[str, ...] = ()
    #: Who has this permission reaches it through another entry.
    unless: Permission | None = None


#: Screens of reaching customers, which hang together as tabs under one entry.
_REACHING = tuple(sorted(frozenset().union(*(tab.also for tab in outreach_tabs.ROOMS))))
NAVIGATION = (
    Entry("home.index", _l("Today"), Permission.HAVE_ACCOUNT),
    Entry("branch_today.index", _l("The branch today"), Permission.SEE_TODAY),
    Entry("my_work.index", _l("My page"), Permission.SEE_MY_WORK),
    Entry("reviews.index", _l("Monthly review"), Permission.SEE_REVIEW, ("previews", "meeting", "presenter", "packs")),
    Entry("cases.index", _l("Customer cases"), Permission.WORK_CASES, ("promises", "at_risk")),
    Entry("cases.rules", _l("Rules of cases"), Permission.MANAGE_LOOP, unless=Permission.WORK_CASES),
    Entry("decisions.index", _l("Decisions"), Permission.SEE_DECISIONS),
    Entry("voices.index", _l("Voice of the customer"), Permission.HEAR_CUSTOMERS, ("listening",)),
    Entry("promises.index", _l("Promises"), Permission.KEEP_PROMISES, unless=Permission.WORK_CASES),
    Entry("marks.index", _l("Marked comments"), Permission.ANSWER_MARKS, ("departments",)),
    Entry("departments.index", _l("Departments"), Permission.MANAGE_DEPARTMENTS, unless=Permission.ANSWER_MARKS),
    Entry("benchmarks.index", _l("Published series"), Permission.MANAGE_BENCHMARKS),
    Entry("packs.plan", _l("Files of the review"), Permission.PLAN_PACKS, unless=Permission.GET_PACKS),
    Entry("shops.index", _l("My visits"), Permission.DO_SHOPS, ("certificates", "shopper_self")),
    Entry("expenses.own", _l("My pay"), Permission.DO_SHOPS),
    Entry("board.index", _l("Job board"), Permission.DO_SHOPS),
    Entry("quality.index", _l("Report review"), Permission.REVIEW_SHOPS),
    Entry("appeals.index", _l("Appeals"), Permission.DECIDE_APPEALS),
    Entry("appeals.index", _l("Appeals"), Permission.FILE_APPEALS),
    Entry("appeals.index", _l("Appeals"), Permission.DO_SHOPS),
    Entry("today.index", _l("Fieldwork"), Permission.PLAN_FIELDWORK, fieldwork_tabs.FAMILIES),
    Entry("recognition.index", _l("Recognition"), Permission.RECOGNISE, ("wall", "bonus")),
    Entry("wall.index", _l("Wall of thanks"), Permission.SEE_WALL, unless=Permission.RECOGNISE),
    Entry("analysis.index", _l("Analysis"), Permission.SEE_ANALYSIS),
    Entry("employee_voice.index", _l("Employee voice"), Permission.SEE_EMPLOYEE_VOICE, ("employee_departments",)),
    Entry(
        "employee_departments.index",
        _l("Service between departments"),
        Permission.ANSWER_MARKS,
        unless=Permission.SEE_EMPLOYEE_VOICE,
    ),
    Entry("training.index", _l("Coaching"), Permission.COACH),
    Entry("training.quizzes", _l("Quizzes"), Permission.TAKE_QUIZZES),
    Entry("field_quality.severity", _l("Field quality"), Permission.SEE_FIELD_QUALITY),
    Entry("responses.index", _l("Responses"), Permission.SEE_RESPONSES, ("exports",)),
    Entry("questionnaires.index", _l("Questionnaires"), Permission.SEE_QUESTIONNAIRES, ("editor", "history")),
    Entry("campaigns.index", _l("Campaigns"), Permission.SEE_CAMPAIGNS, _REACHING),
    Entry("points.index", _l("Posters and desks"), Permission.PRINT_POINTS, unless=Permission.SEE_CAMPAIGNS),
    Entry("calls.index", _l("Telephone interviews"), Permission.INTERVIEW, unless=Permission.SEE_CAMPAIGNS),
    Entry("loyalty.show", _l("Loyalty"), Permission.SEE_LOYALTY, loyalty_tabs.FAMILIES),
    Entry("organisation.index", _l("Branches"), Permission.SEE_ORGANISATION),
    Entry("audit.index", _l("Audit trail"), Permission.SEE_AUDIT),
)


def navigation() -> list[Entry]:
    """What the user who is logged in can go to."""
    user = support.visitor()
    if user is None:
        return []
    known = current_app.view_functions
    return [
        entry
        for entry in NAVIGATION
        if entry.endpoint in known
        and may(user, entry.permission)
        and (entry.unless is None or not may(user, entry.unless))
    ]


def here(entry: Entry) -> bool:
    """Whether the page belongs to an entry's family of screens."""
    return str(request.endpoint).split(".")[0] in {entry.endpoint.split(".")[0], *entry.also}


def with_query(**changes: Any) -> str:
    """This page's address with some query values changed; None takes one out."""
    values = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in values.items() if value is not None and value != ""}
    return request.path + ("?" + urlencode(kept) if kept else "")


def can(permission: str) -> bool:
    """Whether the user who is logged in has a permission, by its name."""
    user = support.visitor()
    return user is not None and may(user, Permission(permission))


def role_name() -> str:
    """The role of the user who is logged in."""
    return str(ROLE_NAMES[role_of(support.current_user())])


def install(app: Flask) -> None:
    """Give templates their words, filters and the frame."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        bdi=bdi, ltr=ltr, ranges=ranges, number=number, signed=signed, percent=percent, signed_percent=signed_percent,
        money=money, money_text=money_text,
        date=day, datetime=moment, month=month, he_prefix=he_prefix, asked=asked, localised=localised,
    )  # fmt: skip
    environment.globals.update(
        _=gettext, gettext=gettext, ngettext=ngettext, span=span, navigation=navigation, here=here, can=can,
        role_name=role_name, with_query=with_query, organisation=support.organisation, visitor=support.visitor,
        language=translations.current_language, direction=translations.direction,
        languages=translations.LANGUAGES, outreach_rooms=outreach_tabs.rooms,
        outreach_campaign_pages=outreach_tabs.campaign_pages, fieldwork_rooms=fieldwork_tabs.rooms,
        loyalty_rooms=loyalty_tabs.rooms,
        fieldwork_programme_pages=fieldwork_tabs.programme_pages,
    )  # fmt: skip
