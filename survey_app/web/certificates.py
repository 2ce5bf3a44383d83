"""Certificates: coordination sees who has one; a shopper takes a programme's quiz on the phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.questionnaire.build import Page, PageForm, open_form, render_text
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.score import score
from survey_app import clock
from survey_app.commands import certifying as commands
from survey_app.commands.programmes import held
from survey_app.errors import NotFound, UserError
from survey_app.models import Certification, Programme, Version
from survey_app.models.programme import ACTIVE
from survey_app.permissions import Permission
from survey_app.queries import certificates as queries
from survey_app.queries import notices, organisation, programmes, questionnaires
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.questionnaires import newest_published
from survey_app.transaction import transaction
from survey_app.web.field_words import STANDINGS
from survey_app.web.filling import spoken
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import current_language, localised
from translations import gettext as _

blueprint = Blueprint("certificates", __name__)

#: The one page of a quiz.
QUIZ: Final = "quiz"


@blueprint.get("/programmes/<code>/certificates")
@requires(Permission.MANAGE_PROGRAMMES)
def index(code: str) -> str:
    """Who is certified, whose certificate runs out, who failed, who never tried."""
    session = read_session()
    programme = programmes.find(session, code)
    state = request.args.get("state", "") if request.args.get("state") in STANDINGS else ""
    search = request.args.get("search", "").strip()
    found = queries.listing(session, programme, state=state, search=search, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = queries.listing(session, programme, state=state, search=search, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/programmes/certificates.html",
        programme=programme,
        rules=programmes.rules(programme),
        found=found,
        pages=pages,
        state=state,
        search=search,
        standings=STANDINGS,
        done=request.args.get("done", ""),
    )


@blueprint.post("/programmes/<code>/certificates/<int:shopper>/again")
@requires(Permission.MANAGE_PROGRAMMES)
def again(code: str, shopper: int) -> ResponseReturnValue:
    """Let somebody without tries begin again."""
    with transaction(actor(), "certificate.again", programme=code, user=shopper) as session:
        commands.let_try_again(session, held(session, code), shopper)
    return redirect(url_for("certificates.index", code=code, done="again"), 303)


@blueprint.route("/programmes/<code>/certificates/<int:shopper>/withdraw", methods=["GET", "POST"])
@requires(Permission.MANAGE_PROGRAMMES)
def withdraw(code: str, shopper: int) -> ResponseReturnValue:
    """Take a certificate away, after asking once more."""
    session = read_session()
    programme = programmes.find(session, code)
    if request.method == "GET":
        user = queries.shopper(session, shopper)
        standing = queries.standing(session, programme, shopper)
        return render_template(
            "pages/programmes/withdraw.html", programme=programme, user=user, standing=standing, today=clock.today()
        )
    try:
        with transaction(actor(), "certificate.withdraw", programme=code, user=shopper) as writing:
            commands.withdraw(writing, held(writing, code), shopper)
    except UserError:
        return redirect(url_for("certificates.index", code=code), 303)  # it had run out, or was taken away already
    return redirect(url_for("certificates.index", code=code, done="withdrawn"), 303)


# ---- the shopper's phone ---------------------------------------------------------------------------------------------


@blueprint.get("/shops/quiz")
@requires(Permission.DO_SHOPS)
def mine() -> str:
    """The shopper's certificates, and the quizzes to take."""
    return render_template(
        "pages/shoppers/quizzes.html",
        rows=queries.of_shopper(read_session(), current_user().id),
        standings=STANDINGS,
    )


def _programme(code: str) -> tuple[Programme, Version]:
    """An active programme and the quiz in force; NotFound where there is none to take."""
    session = read_session()
    programme = programmes.find(session, code)
    version = newest_published(session, programme.quiz_id) if programme.quiz_id is not None else None
    if programme.state != ACTIVE or version is None:
        raise NotFound(_("This programme has no quiz."))
    return programme, version


@blueprint.get("/shops/quiz/<code>")
@requires(Permission.DO_SHOPS)
def quiz(code: str) -> ResponseReturnValue:
    """The quiz, where a try is left; else what the last try came to."""
    programme, version = _programme(code)
    standing = queries.standing(read_session(), programme, current_user().id)
    wants = request.args.get("try") == "1" or standing.last is None
    if not standing.may_try or not wants:
        return _result(programme, standing)
    return _ask(programme, version, standing, _open(version, None))


@blueprint.post("/shops/quiz/<code>")
@requires(Permission.DO_SHOPS)
def answer(code: str) -> ResponseReturnValue:
    """Judge a try. A page that was sent twice is judged once; a quiz that changed meanwhile is asked anew."""
    programme, version = _programme(code)
    session = read_session()
    standing = queries.standing(session, programme, current_user().id)
    tried = max(0, request.form.get("tries", 0, type=int))
    if len(standing.tries) > tried or not standing.may_try:
        return redirect(url_for("certificates.quiz", code=code), 303)
    form = _open(version, request.form)
    form.validate()
    changed = request.form.get("version", type=int) != version.id
    left = _unanswered(version, form)
    if form.error_summary or left or changed:
        return _ask(programme, version, standing, form, changed=changed)
    try:
        with transaction(actor(), "certificate.try", programme=code) as writing:
            commands.take(writing, held(writing, code), current_user().id, version, form.answers, seen=tried)
    except UserError as error:
        return _ask(programme, version, standing, form, refused=error.message)
    return redirect(url_for("certificates.quiz", code=code), 303)


def _questions(definition: Definition) -> tuple[Question, ...]:
    """Everything the quiz asks; a file is nothing that a quiz could judge."""
    return tuple(
        question for section in definition.sections for question in section.asked if question.type not in FILE_TYPES
    )


def _context() -> dict[str, Any]:
    return queries.context(current_user().id, clock.today())


def _open(version: Version, sent: Any) -> PageForm:
    definition = questionnaires.definition(version)
    page = Page(QUIZ, 1, {}, _questions(definition))
    form = open_form(definition, page, spoken(definition, current_language()), _context(), {}, sent)
    for field in form:
        field.comment = None  # a quiz has right answers and no remarks
    return form


def _unanswered(version: Version, form: PageForm) -> bool:
    """Put a message beside every judged question without an answer; whether there was one."""
    card = score(questionnaires.definition(version), form.answers, _context())
    for field in form:
        if field.question.code in card.unanswered and not field.errors:
            field.errors = [_("Choose an answer.")]
    return bool(card.unanswered)


def _words() -> Callable[[Any], Markup | str]:
    session, language = read_session(), current_language()
    places = {
        "org": organisation.organisation_name(session, language),
        "officer": notices.officer(organisation.organisation(session), language),
    }

    def words(text: Any) -> Markup | str:
        return render_text(localised(text) if isinstance(text, Mapping) else text, places)

    return words


def _ask(
    programme: Programme, version: Version, standing: queries.Standing, form: PageForm, *, changed: bool = False,
    refused: str = "",
) -> ResponseReturnValue:  # fmt: skip
    definition = questionnaires.definition(version)
    errors = [(one.target, str(error)) for one in form for error in one.errors]
    page = render_template(
        "pages/shoppers/quiz.html",
        programme=programme,
        rules=programmes.rules(programme),
        definition=definition,
        headings={section.asked[0].code: section.title for section in definition.sections if section.asked},
        version=version,
        notice=notices.shown(read_session(), definition, None),
        standing=standing,
        form=form,
        errors=errors,
        changed=changed,
        refused=refused,
        words=_words(),
        without=frozenset(),
    )
    return make_response(page, 409 if refused or changed else 422 if errors else 200)


def _result(programme: Programme, standing: queries.Standing) -> ResponseReturnValue:
    last = standing.last
    return make_response(
        render_template(
            "pages/shoppers/quiz_result.html",
            programme=programme,
            rules=programmes.rules(programme),
            standing=standing,
            last=last,
            again=_to_read_again(last) if last is not None else [],
            standings=STANDINGS,
            words=_words(),
        )
    )


def _to_read_again(last: Certification) -> list[tuple[Any, list[Question]]]:
    """(section's title, its questions that lost points) of a try: what to read again, without the right answers."""
    version = read_session().get_one(Version, last.version_id)
    definition = questionnaires.definition(version)
    card = score(definition, last.answers, queries.context(last.shopper_id, clock.local(last.at).date()))
    found = []
    for section in definition.sections:
        lost = [one for one in section.asked if card.items.get(one.code, 10_000) < 10_000]
        if lost:
            found.append((section.title, lost))
    return found
