"""The difference between two definitions in plain words, place by place, as a reader of the newer one meets them.

Nothing that differs goes unsaid: ``changes(old, new)`` is empty only where both documents say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from forms.questionnaire.document import Automation, Index, IndexPart, Questionnaire, Section
from forms.questionnaire.names import TYPE_NAMES, named, question_name, quoted, short
from forms.questionnaire.parts import Choice, Question, Scale, Statement
from forms.questionnaire.rule_words import rule_words
from forms.questionnaire.versions import telling
from forms.questionnaire.versions.differing import listed, merged, moved
from forms.questionnaire.versions.telling import ADDED, MOVED, REMOVED, Said, Seen, tell
from translations import gettext as _
from translations import isolate, localised


@dataclass(frozen=True)
class Change:
    """One difference: ``place`` by codes (``questions.pv1``), ``subject`` names it to people, ``said`` is what changed.

    ``kind`` is added, removed, moved or changed.
    """

    place: str
    subject: str
    said: str
    kind: str

    @property
    def sentence(self) -> str:
        """The whole of it, where the subject does not stand above."""
        return f"{self.subject}: {self.said}" if self.subject else self.said


def changes(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """Every difference in the reader's language: the frame first, then sections and questions in the newer order.

    A scale stands before the first question that uses it.
    """
    return list(_Comparison(Seen(old, new)).walk())


def changes_by_place(found: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes under their places, in order: a page writes each subject once."""
    places: dict[str, list[Change]] = {}
    for one in found:
        places.setdefault(one.place, []).append(one)
    return places


def _choice_name(label: str) -> Callable[[Choice], str]:
    def name(choice: Choice) -> str:
        words = short(localised(choice.text))
        if isinstance(choice.value, int):
            return f"{label} {isolate(choice.value)}" + (f" ({isolate(words)})" if words else "")
        return f"{label} {quoted(words)} ({isolate(choice.value)})" if words else f"{label} {isolate(choice.value)}"

    return name


def _statement_name(statement: Statement) -> str:
    return _("Statement %(name)s", name=named(statement.text, statement.code))


def _part_name(part: IndexPart) -> str:
    return _("Question %(name)s", name=isolate(part.question))


def _subject(question: Question) -> str:
    return _("Question %(name)s", name=question_name(question))


def _placed(questionnaire: Questionnaire) -> dict[str, tuple[str, Question]]:
    """Every question of a document by code, with the part it stands in."""
    found = {
        one.code: (f"sections.{section.code}", one) for section in questionnaire.sections for one in section.questions
    }
    if questionnaire.follow_up:
        for part in ("consent", "recipient", "phone"):
            one = getattr(questionnaire.follow_up, part)
            if one is not None:
                found[one.code] = (f"follow_up.{part}", one)
    if questionnaire.thanks and questionnaire.thanks.praise:
        found[questionnaire.thanks.praise.code] = ("thanks.praise", questionnaire.thanks.praise)
    return found


class _Comparison:
    """One walk over two definitions; it remembers which scales it has told."""

    def __init__(self, seen: Seen) -> None:
        self.seen, self.old, self.new = seen, seen.old, seen.new
        self.before, self.after = _placed(self.old), _placed(self.new)
        self.told: set[str] = set()

    def walk(self) -> Iterator[Change]:
        yield from self._frame()
        yield from self._sections()
        yield from self._ends()
        for code in (*self.new.scales, *self.old.scales):
            yield from self._scale(code)
        for code in (*self.new.indexes, *(one for one in self.old.indexes if one not in self.new.indexes)):
            yield from self._index(code)
        yield from self._automation()

    # The frame

    def _frame(self) -> Iterator[Change]:
        for key, teller in telling.QUESTIONNAIRE.items():
            for kind, said in teller(self.seen, getattr(self.old, key), getattr(self.new, key)):
                yield Change(key, _("The questionnaire"), said, kind)
        yield from self._optional("intro", _("Introduction"), telling.WORDING)
        yield from self._optional("privacy", _("Privacy notice"), telling.PRIVACY)

    def _optional(self, key: str, subject: str, table: Mapping[str, telling.Teller]) -> Iterator[Change]:
        """A part that may be missing."""
        old, new = getattr(self.old, key), getattr(self.new, key)
        if old is None and new is not None:
            yield Change(key, subject, _("added"), ADDED)
        elif new is None and old is not None:
            yield Change(key, subject, _("removed"), REMOVED)
        elif new is not None:
            yield from (Change(key, subject, said, kind) for kind, said in tell(table, self.seen, old, new))

    # Sections and their questions

    def _sections(self) -> Iterator[Change]:
        old = {one.code: one for one in self.old.sections}
        new = {one.code: one for one in self.new.sections}
        shifted = set(moved([code for code in old if code in new], [code for code in new if code in old]))
        previous: Section | None = None
        for code in merged(list(old), list(new)):
            section = new.get(code)
            place, subject = f"sections.{code}", self._section_name(section or old[code])
            if section is None:
                yield Change(place, subject, _("removed"), REMOVED)
            elif code not in old:
                yield Change(place, subject, _("added, %(where)s", where=self._after(previous)), ADDED)
            else:
                if code in shifted:
                    yield Change(place, subject, _("moved, now %(where)s", where=self._after(previous)), MOVED)
                found = tell(telling.SECTION, self.seen, old[code], section)
                yield from (Change(place, subject, said, kind) for kind, said in found)
            yield from self._questions(old.get(code), section)
            previous = section or previous

    def _section_name(self, section: Section) -> str:
        return _("Section %(name)s", name=named(section.title, section.code))

    def _after(self, previous: Section | Question | None) -> str:
        if previous is None:
            return _("at the beginning")
        known = isinstance(previous, Section)
        name = named(previous.title, previous.code) if isinstance(previous, Section) else question_name(previous)
        return _("after section %(name)s", name=name) if known else _("after %(name)s", name=name)

    def _questions(self, old: Section | None, new: Section | None) -> Iterator[Change]:
        before = {one.code: one for one in old.questions} if old else {}
        after = {one.code: one for one in new.questions} if new else {}
        both = [code for code in before if code in after]
        shifted = set(moved(both, [code for code in after if code in before]))
        previous: Question | None = None
        for code in merged(list(before), list(after)):
            question = after.get(code)
            if question is None:
                yield from self._gone(before[code])
                continue
            yield from self._met(question, previous, code in shifted)
            previous = question

    def _gone(self, question: Question) -> Iterator[Change]:
        """A question that does not stand here any more: told here if it stands nowhere, else where it went."""
        if question.code not in self.after:
            if question.scale:
                yield from self._scale(question.scale.code)
            yield Change(f"questions.{question.code}", _subject(question), _("removed"), REMOVED)

    def _met(self, question: Question, previous: Question | None, shifted: bool) -> Iterator[Change]:
        """A question of the newer document, in its order."""
        if question.scale:
            yield from self._scale(question.scale.code)
        place, subject, where = f"questions.{question.code}", _subject(question), self._after(previous)
        if question.code not in self.before:
            kind = TYPE_NAMES.get(question.type, question.type)
            yield Change(place, subject, _("added, %(where)s; type: %(type)s", where=where, type=kind), ADDED)
            return
        source, known = self.before[question.code]
        target = self.after[question.code][0]
        if source != target:
            said = _("moved from %(old)s to %(new)s, %(where)s", old=self._part(self.old, source),
                     new=self._part(self.new, target), where=where)  # fmt: skip
            yield Change(place, subject, said, MOVED)
        elif shifted:
            yield Change(place, subject, _("moved, now %(where)s", where=where), MOVED)
        yield from self._inside(known, question)

    def _part(self, questionnaire: Questionnaire, part: str) -> str:
        room, _dot, code = part.partition(".")
        if room in PART_NAMES:
            return str(PART_NAMES[room]())
        return next(self._section_name(one) for one in questionnaire.sections if one.code == code)

    def _inside(self, old: Question, new: Question) -> Iterator[Change]:
        seen = replace(self.seen, own=new.code)
        place, subject = f"questions.{new.code}", _subject(new)
        found = [
            *tell(telling.QUESTION, seen, old, new),
            *listed(seen, old.choices, new.choices, "value", telling.CHOICE, _choice_name(_("Choice"))),
            *listed(seen, old.statements, new.statements, "code", telling.STATEMENT, _statement_name),
        ]
        yield from (Change(place, subject, said, kind) for kind, said in found)

    # Scales, indexes and what comes after the questions

    def _scale(self, code: str) -> Iterator[Change]:
        if code in self.told:
            return
        self.told.add(code)
        old, new = self.old.scales.get(code), self.new.scales.get(code)
        place, subject = f"scales.{code}", _("Scale %(name)s", name=isolate(code))
        if old is None or new is None:
            kind, said = (ADDED, _("added")) if old is None else (REMOVED, _("removed"))
            if not (old is None and new is None):
                yield Change(place, subject, said, kind)
            return
        for kind, said in self._inside_scale(old, new):
            yield Change(place, subject, said, kind)

    def _inside_scale(self, old: Scale, new: Scale) -> Iterator[Said]:
        yield from tell(telling.SCALE, self.seen, old, new)
        for key, label in (("points", _("Point")), ("anchors", _("Anchor")), ("extra", _("Answer outside the scale"))):
            lists = getattr(old, key), getattr(new, key)
            yield from listed(self.seen, *lists, "value", telling.CHOICE, _choice_name(label))

    def _index(self, code: str) -> Iterator[Change]:
        old, new = self.old.indexes.get(code), self.new.indexes.get(code)
        place = f"indexes.{code}"
        known: Index = new or self.old.indexes[code]
        subject = _("Index %(name)s", name=named(known.title, code))
        if old is None or new is None:
            yield Change(place, subject, *((_("added"), ADDED) if old is None else (_("removed"), REMOVED)))
            return
        found = [
            *tell(telling.INDEX, self.seen, old, new),
            *listed(self.seen, old.questions, new.questions, "question", telling.INDEX_PART, _part_name),
        ]
        yield from (Change(place, subject, said, kind) for kind, said in found)

    def _ends(self) -> Iterator[Change]:
        for whole in ("follow_up", "thanks"):
            subject = str(PART_NAMES[whole]())
            if whole == "thanks":
                yield from self._optional("thanks", subject, telling.THANKS)
            elif (self.old.follow_up is None) != (self.new.follow_up is None):
                yield Change(whole, subject, *((_("added"), ADDED) if self.new.follow_up else (_("removed"), REMOVED)))
            yield from (
                change
                for _code, (part, question) in self.before.items()
                if part.startswith(f"{whole}.")
                for change in self._gone(question)
            )
            for part, question in self.after.values():
                if part.startswith(f"{whole}."):
                    yield from self._met(question, None, False)
        yield from self._optional("confirmation", _("Confirmation that a case is closed"), telling.CONFIRMATION)

    def _automation(self) -> Iterator[Change]:
        before = Counter(telling.canonical([one.when, one.then]) for one in self.old.automation)
        after = Counter(telling.canonical([one.when, one.then]) for one in self.new.automation)
        lists = ((self.new, self.new.automation, after - before, ADDED, _("added: %(what)s")),
                 (self.old, self.old.automation, before - after, REMOVED, _("removed: %(what)s")))  # fmt: skip
        place, subject = "automation", _("What answers set in motion")
        for questionnaire, entries, extra, kind, sentence in lists:
            for one in entries:
                key = telling.canonical([one.when, one.then])
                if extra[key] > 0:
                    extra[key] -= 1
                    yield Change(place, subject, sentence % {"what": _motion(one, questionnaire)}, kind)
        if before == after and self.old.automation != self.new.automation:
            yield Change(place, subject, _("the same in another order"), MOVED)


def _motion(one: Automation, questionnaire: Questionnaire) -> str:
    return _("where %(rule)s: %(then)s", rule=rule_words(one.when, questionnaire), then=quoted(one.then))


#: Parts around the sections that questions stand in.
PART_NAMES: Final[Mapping[str, Callable[[], str]]] = {
    "follow_up": lambda: _("The call-back after the last question"),
    "thanks": lambda: _("The page after sending"),
}
