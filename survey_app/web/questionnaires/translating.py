"""The texts of a questionnaire side by side in two languages, written many at once.

Every field carries what stood in it, so that only what somebody really changed is written. Where somebody else wrote
meanwhile, the page comes back with both, and nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire import places, translating
from forms.questionnaire.check import completeness
from forms.questionnaire.definition import DEFAULT_LANGUAGE
from forms.questionnaire.translating import LONGEST, Part
from forms.questionnaire.versions.changes import changes_by_place
from survey_app.commands import translating as commands
from survey_app.commands.translating import Stale
from survey_app.errors import NotFound, UserError
from survey_app.models import Questionnaire
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import TRANSLATIONS, blueprint, find, may_edit, version_of
from survey_app.web.questionnaires.sides import FILTERS, PAGE, SHOWN, Row, Sides
from survey_app.web.security import requires, takes
from survey_app.web.support import actor, current_user, stop_reading
from translations import LANGUAGES, direction, known, localised
from translations import gettext as _

#: The largest form, in bytes: a page of the longest texts, twice over.
LARGEST: Final = 8_000_000
#: Fields of a text: what is written now, and what stood there.
NOW, BEFORE = "t:", "w:"


def asked_language(questionnaire: Questionnaire) -> str:
    """The language that the address asks for; the first one beside Hebrew without it."""
    asked = request.args.get("to")
    if asked:
        language = known(asked)
        if language is None:
            raise NotFound(_("The questionnaire has no such language."))
        return language
    definition = queries.definition(version_of(questionnaire, None))
    return next((code for code in definition.languages if code != DEFAULT_LANGUAGE), "en")


@blueprint.get("/<code>/translate")
@requires(Permission.SEE_QUESTIONNAIRES)
def translate(code: str) -> ResponseReturnValue:
    """The texts side by side: all, or those that are missing or in doubt, forty on a page."""
    questionnaire = find(code)
    return shown(Sides(questionnaire, asked_language(questionnaire)))


def shown(page: Sides, status: int = 200, **more: Any) -> ResponseReturnValue:
    """The texts that the address asks for."""
    rows = page.rows()
    wanted = request.args.get("show", "all")
    which = wanted if wanted in SHOWN else "all"
    part = request.args.get("part")
    chosen = [row for row in rows if FILTERS[which](row) and part in {None, "", row.part}]
    pages = max(1, -(-len(chosen) // PAGE))
    at = request.args.get("at", "")
    number = next((index // PAGE + 1 for index, row in enumerate(chosen) if at and row.place.startswith(at)), None)
    number = min(number or max(1, request.args.get("page", 1, type=int)), pages)
    chosen = chosen[(number - 1) * PAGE : number * PAGE]
    return _render(page, rows, chosen, status=status, shown=which, number=number, pages=pages, **more)


def _render(page: Sides, rows: list[Row], chosen: list[Row], *, status: int = 200, **more: Any) -> ResponseReturnValue:
    definition = page.definition
    given = {
        "shown": "all",
        "number": 1,
        "pages": 1,
        "stale": None,
        "gone": {},
        "proposed": False,
        "unknown": [],
        "differences": {},
        "errors": [(row.id, row.error) for row in chosen if row.error],
        **more,
    }
    html = render_template(
        "pages/questionnaires/translate.html",
        page=page,
        questionnaire=page.questionnaire,
        definition=definition,
        rows=chosen,
        counts=page.counts(rows),
        filters=SHOWN,
        part=request.args.get("part", ""),
        part_names=_part_names(page.parts),
        thing_name=lambda place: places.name(definition, place),
        done=completeness(definition).get(page.language, (0, len(rows))),
        mark=definition.languages.get(page.language),
        translations=TRANSLATIONS,
        language_names=LANGUAGES,
        text_direction=direction,
        writing=may_edit() and page.questionnaire.archived_at is None,
        longest=LONGEST,
        now=NOW,
        before=BEFORE,
        said=request.args.get("done", ""),
        **given,
    )
    return html, status


def _part_names(found: list[Part]) -> dict[str, str]:
    names = {
        translating.FRONT: _("Before the questions"),
        translating.END: _("After the questions"),
        translating.COMMON: _("Scales and measures"),
    }
    return {
        part.key: names.get(part.key) or localised(part.title) or _("Section %(name)s", name=part.key) for part in found
    }


# ---- writing ---------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Words as they are stored: lines end as everywhere, nothing around them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _sent() -> tuple[dict[str, str], dict[str, str]]:
    """What the fields hold and what stood in them, by place."""
    fields = request.form.items()
    typed = {name.removeprefix(NOW): _plain(value) for name, value in fields if name.startswith(NOW)}
    stood = {place: _plain(request.form.get(BEFORE + place, "")) for place in typed}
    return typed, stood


@blueprint.post("/<code>/translate")
@requires(Permission.EDIT_QUESTIONNAIRE)
@takes(LARGEST, form="questionnaires.translate")
def write(code: str) -> ResponseReturnValue:
    """Write what was changed; refused where somebody else wrote meanwhile, with both shown."""
    questionnaire = find(code)
    language = asked_language(questionnaire)
    typed, stood = _sent()
    changed = {place: words for place, words in typed.items() if words != stood[place]}
    too_long = {
        place: _("At most %(most)s characters.", most=LONGEST)
        for place, words in changed.items()
        if len(words) > LONGEST
    }
    if too_long:
        return _again(Sides(questionnaire, language), typed, changed, errors=too_long, status=422)
    seen = request.form.get("draft", type=int)
    try:
        with transaction(
            actor(), "questionnaire.translate", code=code, language=language, texts=len(changed)
        ) as session:
            commands.write(
                session,
                queries.by_code(session, code),
                language,
                changed,
                seen=seen,
                revision=request.form.get("revision", 0, type=int),
                user_id=current_user().id,
            )
    except Stale as stale:
        stop_reading()
        return _stale(Sides(find(code), language), typed, stood, changed, stale)
    except UserError as error:
        return _again(Sides(questionnaire, language), typed, changed, status=error.status, stale=error.message)
    return redirect(_onward(code, language, len(changed)), 303)


def _onward(code: str, language: str, written: int) -> str:
    """Where to go after saving: the same page, or the next one."""
    values: dict[str, Any] = {name: request.args[name] for name in ("show", "part") if request.args.get(name)}
    number = request.args.get("page", 1, type=int)
    # What was missing is not missing any more: the same page then holds the next ones.
    moves = request.form.get("go") == "next" and values.get("show", "all") in {"all", "doubtful"}
    return url_for(
        "questionnaires.translate", code=code, to=language, page=number + 1 if moves else number, done=written, **values
    )


def _again(
    page: Sides,
    typed: Mapping[str, str],
    changed: Mapping[str, str],
    *,
    status: int,
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> ResponseReturnValue:
    """The same fields once more with what was typed in them."""
    rows = page.rows(changed, errors)
    return _render(page, rows, [row for row in rows if row.place in typed], status=status, **more)


def propose(page: Sides, found: Mapping[str, str], unknown: list[str]) -> ResponseReturnValue:
    """What a table says anew, in its fields, to be looked at and saved."""
    rows = page.rows(found)
    chosen = [row for row in rows if row.place in found]
    return _render(page, rows, chosen, proposed=True, unknown=unknown)


def _stale(
    page: Sides, typed: Mapping[str, str], stood: Mapping[str, str], changed: Mapping[str, str], stale: Stale
) -> ResponseReturnValue:
    """What was typed beside what somebody else wrote meanwhile; saving again writes it on top."""
    rows = page.rows(changed)
    there = {row.place for row in rows}
    chosen = [
        replace(row, theirs=row.stored) if row.place in changed and row.stored != stood[row.place] else row
        for row in rows
        if row.place in typed
    ]
    gone = {place: words for place, words in changed.items() if place not in there and words}
    return _render(
        page, rows, chosen, status=409, stale=stale.message, gone=gone, differences=changes_by_place(stale.changes)
    )
