"""A branch's tablet: one document a language, kept by the tablet's own worker, and the door its answers come in by.

The address is the tablet's secret. A page is complete in itself, every question of the survey in it, so that it works
with no connection; ``static/kiosk.js`` shows it leaf by leaf and holds finished answers until the server has them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.questionnaire.build import render_text
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import kiosk as commands
from survey_app.commands import points as point_commands
from survey_app.errors import NotFound, UserError
from survey_app.models import CollectionPoint
from survey_app.models.campaign import ANONYMOUS
from survey_app.queries import kiosk as queries
from survey_app.queries import notices, organisation, points
from survey_app.queries.kiosk import TabletTicket
from survey_app.transaction import transaction
from survey_app.web import about, assets
from survey_app.web.arriving import PRIVACY
from survey_app.web.leaves import leaves
from survey_app.web.security import public, takes
from survey_app.web.support import read_session
from translations import LANGUAGES, activate, speaking
from translations import gettext as _

blueprint = Blueprint("kiosk", __name__, url_prefix="/kiosk")

#: Bytes of one tablet's answers; a questionnaire of words alone is far smaller.
LARGEST: Final = 256 * 1024
#: What a script of ours says of itself; a form of another site cannot.
OURS: Final = "XMLHttpRequest"


def _point(token: str) -> CollectionPoint:
    return points.by_token(read_session(), token)


def _fresh(point: CollectionPoint) -> TabletTicket:
    """A ticket under the newest version, for a page that is made now."""
    seed = secrets.token_hex(16)
    return queries.ticket(read_session(), point, response_id=seed, seed=seed, day=clock.today())


def release_of(point: CollectionPoint, ticket: TabletTicket) -> str:
    """What a tablet's pages are made of, as a short digest: another one says that they are to be fetched anew."""
    parts = [assets.digest(), ticket.version.digest, str(ticket.version.number), point.campaign.privacy]
    named = organisation.organisation(read_session())
    parts += [point.branch.name, point.code, str(named.name), str(named.synthetic)]
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]


@blueprint.get("/worker.js")
@public(needs_schema=False)
def worker() -> Response:
    """The tablet's worker, at the address whose folder it may keep."""
    script = (assets.FOLDER / "kiosk-worker.js").read_text(encoding="utf-8")
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@blueprint.get("/<token>")
@public
def start(token: str) -> ResponseReturnValue:
    """The first screen: which language."""
    point = _point(token)
    queries.refuse_closed(point)
    ticket = _fresh(point)
    offered = [code for code in LANGUAGES if code in ticket.definition.languages]
    activate(offered[0])
    invitations = {}
    for code in offered:
        with speaking(code):
            invitations[code] = (_("How was the service?"), _("Begin"))
    return _page(
        "pages/kiosk/start.html",
        point,
        token,
        release=release_of(point, ticket),
        offered=offered,
        invitations=invitations,
    )


@blueprint.get("/<token>/in/<language>")
@public
def survey(token: str, language: str) -> ResponseReturnValue:
    """The whole survey in one language."""
    point = _point(token)
    queries.refuse_closed(point)
    ticket = _fresh(point)
    if language not in ticket.definition.languages or language not in LANGUAGES:
        raise NotFound(_("There is nothing at this address."))
    activate(language)
    words = _words(ticket, language)
    return _page(
        "pages/kiosk/survey.html",
        point,
        token,
        release=release_of(point, ticket),
        ticket=ticket,
        questionnaire=ticket.definition,
        leaves=leaves(ticket, language),
        words=words,
        privacy=_privacy(ticket),
        notice=notices.shown(read_session(), ticket.definition, None),
        files={},
        without=frozenset(),
    )


def _page(template: str, point: CollectionPoint, token: str, **values: Any) -> Response:
    answer = make_response(
        render_template(
            template,
            point=point,
            token=token,
            home=url_for("kiosk.start", token=token),
            **{**about.accessibility_details(), **about.privacy_details()},
            **values,
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _privacy(ticket: TabletTicket) -> str:
    if ticket.anonymous:
        return str(PRIVACY[ANONYMOUS])
    return _("Confidential: no name and no telephone are asked for here.")


class _Values(Mapping[str, object]):
    """What fills the places of a text on a tablet. An earlier answer is put in by the script, once there is one."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> object:
        if name.startswith("answer:"):
            return _quoted(name.removeprefix("answer:"))
        return self._known[name]

    def __iter__(self) -> Any:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _quoted(code: str) -> object:
    return Markup('<span data-answer="{}">…</span>').format(code)


def _words(ticket: TabletTicket, language: str) -> Any:
    known = {
        "branch": ticket.branch.name,
        "unit": ticket.branch.name,
        "org": organisation.organisation_name(read_session(), language),
        "date": "",
        "agent": _("the service representative"),
        "officer": notices.officer(organisation.organisation(read_session()), language),
    }
    return partial(render_text, values=_Values(known))


@blueprint.get("/<token>/app.webmanifest")
@public
def manifest(token: str) -> Response:
    """What lets the page be put on the home screen and open without an address bar."""
    _point(token)
    home = url_for("kiosk.start", token=token)
    body = {
        "name": _("Survey in the branch"),
        "short_name": _("Survey"),
        "id": home,
        "start_url": home,
        "scope": home,
        "display": "fullscreen",
        "background_color": "#f6f7f6",
        "theme_color": "#0d5160",
        "icons": [{"src": assets.address("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


# ---- what the tablet's script sends ----------------------------------------------------------------------------------


def _is_ours() -> bool:
    """Whether a request comes from our own page: the script's header, and the origin that a browser states."""
    origin = request.headers.get("Origin", "")
    return request.headers.get("X-Requested-With") == OURS and origin.partition("://")[2] == request.host


def _refused(status: int, message: str) -> tuple[Response, int]:
    return jsonify({"error": {"status": status, "message": message}}), status


def _body() -> Any:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else None


@blueprint.post("/<token>/responses")
@public
@takes(LARGEST, form="kiosk.start")
def take(token: str) -> ResponseReturnValue:
    """One finished survey. The answer names its id: only then may the tablet forget it."""
    body = _body()
    if not _is_ours():
        return _refused(403, _("This is not what a tablet sends."))
    if body is None:
        return _refused(400, _("This is not what a tablet sends."))
    try:
        number = _point(token).id
        with transaction(Actor.respondent(), "response.kiosk") as session:
            state = commands.take(session, number, body)
    except UserError as problem:
        return _refused(problem.status, problem.message)
    return jsonify({"id": body["id"], "state": state})


@blueprint.post("/<token>/state")
@public
def state(token: str) -> ResponseReturnValue:
    """The tablet says how many answers it holds, and hears whether its pages are still the newest."""
    body = _body()
    if not _is_ours() or body is None:
        return _refused(403, _("This is not what a tablet sends."))
    try:
        point = _point(token)
        held = body.get("held")
        news = held if isinstance(held, int) and not isinstance(held, bool) else 0
        if point_commands.is_news(point, news, clock.now()):
            with transaction(Actor.respondent(), "point.report") as session:
                point_commands.report(session, point.id, news)
        queries.refuse_closed(point)
        return jsonify({"open": True, "release": release_of(point, _fresh(point))})
    except UserError as problem:
        return jsonify({"open": False, "release": "", "message": problem.message})


@blueprint.errorhandler(UserError)
def closed(error: UserError) -> ResponseReturnValue:
    """The tablet takes nothing now, and why; it goes on sending what it holds and asks now and then."""
    home = url_for("kiosk.start", token=(request.view_args or {}).get("token", "-"))
    page = render_template("pages/kiosk/closed.html", message=error.message, home=home, release="")
    return page, error.status, {"Cache-Control": "no-store"}
