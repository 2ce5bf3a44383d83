"""What an author can do with a draft besides filling in a form: one table of acts, each an edit and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from forms.questionnaire import editing, library
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.document import FollowUp
from forms.questionnaire.editing.codes import fresh
from forms.questionnaire.editing.tree import question_codes
from forms.questionnaire.parts import Choice, Question, Scale
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.web.editor.frame import Spot
from translations import gettext as _
from translations import lazy_gettext as _l

Edit = Callable[[Definition], Definition]


@dataclass
class Act:
    """An edit on its way: its name in the history, the place it is about, the change, and what is shown afterwards.

    ``shown`` is settled while the change is made: only then is a new part's code known.
    """

    name: str
    place: str
    change: Edit
    shown: str = ""
    #: Id of the control that has the focus afterwards.
    focus: str = ""


@dataclass(frozen=True)
class Wish:
    """What a button asks for: what stands behind its name, the part it stands beside, and the fields sent with it."""

    argument: str
    spot: Spot
    sent: Mapping[str, str]
    #: Codes that were published and are not given again.
    taken: frozenset[str]


def _added(name: str, wish: Wish, make: Callable[[Definition], tuple[Definition, str]], kind: str) -> Act:
    act = Act(name, "", lambda questionnaire: questionnaire, focus="part-title")

    def change(questionnaire: Definition) -> Definition:
        changed, code = make(questionnaire)
        act.place = act.shown = Spot(kind, code).at
        return changed

    act.change = change
    return act


def _add(wish: Wish) -> Act:
    if wish.argument not in editing.presets():
        raise UserError(_("There is no such kind of question."))
    where = wish.spot.at if wish.spot.kind in {"questions", "sections"} else ""
    act = _added(
        "question.add",
        wish,
        lambda questionnaire: editing.add_question(questionnaire, where, wish.argument, taken=wish.taken),
        "questions",
    )
    act.focus = ""
    return act


def _section(wish: Wish) -> Act:
    def make(questionnaire: Definition) -> tuple[Definition, str]:
        after = wish.spot.code if wish.spot.kind == "sections" else ""
        if wish.spot.kind == "questions":
            home = editing.section_of(questionnaire, wish.spot.code)
            after = home.code if home else ""
        return editing.add_section(questionnaire, after)

    return _added("section.add", wish, make, "sections")


def _move(wish: Wish) -> Act:
    act = Act("move", wish.spot.at, lambda questionnaire: questionnaire, wish.spot.at)
    place = wish.sent.get("where") or wish.spot.at
    position = wish.sent.get("position", "")
    to = wish.argument or wish.sent.get("to", "")
    act.place, act.shown = place, place
    act.focus = {"up": "move-up", "down": "move-down"}.get(to, "part-title")

    def change(questionnaire: Definition) -> Definition:
        return editing.move(questionnaire, place, to, int(position) if position.isdecimal() else None)

    act.change = change
    return act


def _duplicate(wish: Wish) -> Act:
    return _added(
        "duplicate",
        wish,
        lambda questionnaire: editing.duplicate(questionnaire, wish.spot.at, taken=wish.taken),
        wish.spot.kind,
    )


def _delete(wish: Wish) -> Act:
    act = Act("delete", wish.spot.at, lambda questionnaire: questionnaire, focus="undo")

    def change(questionnaire: Definition) -> Definition:
        act.shown = _beside(questionnaire, wish.spot)
        return editing.delete(questionnaire, wish.spot.at)

    act.change = change
    return act


def _beside(questionnaire: Definition, spot: Spot) -> str:
    """What is shown once a part is gone: its section, or the beginning."""
    home = editing.section_of(questionnaire, spot.code) if spot.kind == "questions" else None
    if home is not None:
        return Spot("sections", home.code).at
    return {"questions": "ending", "indexes": "indexes", "scales": "scales"}.get(spot.kind, "")


def _type(wish: Wish) -> Act:
    chosen = wish.sent.get("type", "")
    return Act(
        "question.type",
        wish.spot.at,
        lambda questionnaire: editing.change_type(questionnaire, wish.spot.code, chosen)[0],
        wish.spot.at,
        "part-title",
    )


def _unused(wish: Wish) -> Act:
    change = lambda questionnaire: editing.without_unused(questionnaire, wish.spot.code)  # noqa: E731
    return Act("question.unused", wish.spot.at, change, wish.spot.at, "part-title")


def _scale(wish: Wish) -> Act:
    """A new scale; beside a question it becomes that question's."""

    def make(questionnaire: Definition) -> tuple[Definition, str]:
        two = tuple(Choice(value) for value in (1, 2))
        changed, scale = editing.add_scale(questionnaire, Scale(code=_free(questionnaire), points=two))
        if wish.spot.kind == "questions":
            changed = editing.use_scale(changed, wish.spot.code, scale.code)
        return changed, scale.code

    return _added("scale.add", wish, make, "scales")


def _free(questionnaire: Definition) -> str:
    return fresh("scale", questionnaire.scales, fallback="scale")


def _drop_scale(wish: Wish) -> Act:
    change = lambda questionnaire: editing.delete_scale(questionnaire, wish.spot.code)  # noqa: E731
    return Act("scale.delete", wish.spot.at, change, "scales", "undo")


#: Whose notice is taken as a model: of a questionnaire for the public, and of one that staff and shoppers fill in.
_MODELS: Final = {True: "post_visit_branch", False: "branch_mystery_visit"}


def _standing_privacy(wish: Wish) -> Act:
    """The standing words of the notice, in the languages of the questionnaire, wherever nothing is written yet."""

    def change(questionnaire: Definition) -> Definition:
        model = library.load(_MODELS[kind_of(questionnaire.kind).public])
        if model.privacy is None:
            return questionnaire
        texts = {}
        for part in ("purposes", "recipients", "duty", "officer"):
            said = getattr(questionnaire.privacy, part, {})
            standing = {code: words for code, words in getattr(model.privacy, part).items()
                        if code in questionnaire.languages}  # fmt: skip
            texts[part] = {**standing, **said}
        return editing.change_document(questionnaire, privacy=replace(model.privacy, **texts))

    return Act("privacy.fill", "privacy", change, "privacy", "part-title")


#: What can be added to a call-back that is there: the field, and a question to begin with.
_CALL_BACK: Final[Mapping[str, Question]] = {
    "recipient": Question(
        code="callback_recipient",
        type="single",
        text={"he": "מי יטפלו בפנייה?", "en": "Who should handle the case?",
              "ar": "من يعالج التوجّه؟", "ru": "Кто займётся обращением?"},
        choices=(
            Choice("served", {"he": "מי שטיפלו בי", "en": "Those who served me",
                              "ar": "من قدّموا لي الخدمة", "ru": "Те, кто меня обслуживал"}),
            Choice("management", {"he": "הנהלת הסניף", "en": "Branch management",
                                  "ar": "إدارة الفرع", "ru": "Руководство отделения"}),
            Choice("outside", {"he": "גורם מחוץ לסניף", "en": "Someone outside the branch",
                               "ar": "جهة من خارج الفرع", "ru": "Кто-то вне отделения"}),
        ),
    ),
    "phone": Question(
        code="callback_phone",
        type="phone",
        text={"he": "מספר טלפון לשיחה חוזרת", "en": "Phone number for the call-back",
              "ar": "رقم هاتف لمعاودة الاتصال", "ru": "Номер телефона для обратного звонка"},
        dir="ltr",
    ),
}  # fmt: skip


def _call_back(wish: Wish) -> Act:
    """Add who should call, or the telephone, to the call-back."""

    def make(questionnaire: Definition) -> tuple[Definition, str]:
        follow_up = questionnaire.follow_up
        model = _CALL_BACK.get(wish.argument)
        if follow_up is None or model is None:
            raise UserError(_("The questionnaire offers no call-back yet."))
        kept = questionnaire.languages
        text = {code: words for code, words in model.text.items() if code in kept}
        choices = tuple(
            replace(one, text={code: words for code, words in one.text.items() if code in kept})
            for one in model.choices
        )
        code = fresh(model.code, {*question_codes(questionnaire), *wish.taken})
        question = replace(model, code=code, text=text, choices=choices, shown_if={"holds": follow_up.consent.code})
        return replace(questionnaire, follow_up=_with(follow_up, wish.argument, question)), code

    return _added("question.add", wish, make, "questions")


def _with(follow_up: FollowUp, part: str, question: Question) -> FollowUp:
    changes: dict[str, Any] = {part: question}
    return replace(follow_up, **changes)


#: What stands before the colon of a button's value → the act.
ACTS: Final[Mapping[str, Callable[[Wish], Act]]] = {
    "add": _add,
    "section": _section,
    "move": _move,
    "duplicate": _duplicate,
    "delete": _delete,
    "type": _type,
    "unused": _unused,
    "scale": _scale,
    "drop-scale": _drop_scale,
    "privacy": _standing_privacy,
    "call-back": _call_back,
}

#: What is said of the last edit, by its name in the history.
SAID: Final[Mapping[str, Any]] = {
    "question.add": _l("Added: %(what)s."),
    "section.add": _l("A section was added: %(what)s."),
    "scale.add": _l("A scale was added: %(what)s."),
    "scale.delete": _l("The scale was taken out."),
    "move": _l("Moved: %(what)s."),
    "duplicate": _l("The copy stands after it: %(what)s."),
    "delete": _l("Taken out: %(what)s."),
    "question.type": _l("%(what)s has another type."),
    "question.unused": _l("Settings without use were taken off: %(what)s."),
    "privacy.fill": _l("The standing words of the privacy notice were filled in."),
    "save": _l("Saved: %(what)s."),
    "undo": _l("Undone: %(what)s."),
    "redo": _l("Done again: %(what)s."),
    "translate": _l("Texts were translated."),
}
