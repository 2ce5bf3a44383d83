"""Questions that were read one by one, put together: groups of the form as sections, notes and statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from forms.questionnaire.exchange.xlsform.leftovers import left_over
from forms.questionnaire.exchange.xlsform.outline import Group, Item
from forms.questionnaire.parts import Rule

if TYPE_CHECKING:
    from forms.questionnaire.exchange.xlsform.reading import Interpreter


def joined(rules: Sequence[Rule]) -> Rule | None:
    """One rule that holds where all of them do."""
    return {"all": list(rules)} if len(rules) > 1 else rules[0] if rules else None


class Assembler:
    """Builds the sections of a form whose questions are known."""

    def __init__(self, form: Interpreter) -> None:
        self.form = form

    def sections(self) -> list[dict[str, Any]]:
        """Groups of the form's top are sections; what stands between them is one as well."""
        found: list[dict[str, Any]] = []
        loose: dict[str, Any] | None = None
        for one in self.form.root.inner:
            if isinstance(one, Group) and one not in self.form.shapes.statements:
                section = self.section(one)
                if section.pop("kept", True):
                    loose = None
                    found.append(section)
                continue
            questions = list(self.inside([one]))
            if questions and loose is None:
                loose = {"code": self.free("main"), "questions": []}
                found.append(loose)
            if loose is not None:
                loose["questions"] += questions
        return found

    def free(self, wish: str) -> str:
        """A code that nothing has yet."""
        code = next(
            one for one in (wish, *(f"{wish}_{n}" for n in range(2, 10_000))) if one not in self.form.codes.taken
        )
        self.form.codes.taken.add(code)
        return code

    def section(self, group: Group) -> dict[str, Any]:
        """A group of the form's top, with everything in it."""
        place = f"sections.{group.code}"
        data: dict[str, Any] = {"code": group.code}
        if title := self.form.text(group.row, f"{place}.title", "label"):
            data["title"] = title
        if rules := self.form.relevance(group.row, place):
            data["shown_if"] = rules[0]
        self.form.notes += left_over(group.row, place, data)
        data["questions"] = list(self.inside(group.inner))
        if not data["questions"] and group.inner:
            data["kept"] = False
        return data

    def inside(self, things: Sequence[Group | Item]) -> Iterator[dict[str, Any]]:
        """Questions in order; a group in a group gives its label as a note and its relevance to each of them."""
        for one in things:
            if isinstance(one, Item):
                if one.code in self.form.kept:
                    yield self.form.questions[one.code]
            elif one in self.form.shapes.statements:
                yield self.judged(one)
            else:
                place = f"questions.{one.code}"
                inner = list(self.inside(one.inner))
                if inner and (label := self.form.text(one.row, place, "label")):
                    rule = joined(
                        [*self.form.shapes.groups_rules(one, self.form.relevance), *self.form.relevance(one.row, place)]
                    )
                    yield {"code": one.code, "type": "note", "text": label, **({"shown_if": rule} if rule else {})}
                self.form.notes += left_over(one.row, place, {"type": "note"})
                yield from inner

    def judged(self, group: Group) -> dict[str, Any]:
        """A group of statements on one scale."""
        place = f"questions.{group.code}"
        items = list(group.items())
        data: dict[str, Any] = {
            "code": group.code,
            "type": "statements",
            "text": self.form.text(group.row, place, "label"),
        }
        if hint := self.form.text(group.row, f"{place}.hint", "hint"):
            data["hint"] = hint
        data["scale"] = self.form.scale(items[0].asked.list)
        data["statements"] = [
            {"code": one.code, "text": self.form.text(one.row, f"questions.{one.code}.text", "label")} for one in items
        ]
        rule = joined(
            [*self.form.shapes.groups_rules(group, self.form.relevance), *self.form.relevance(group.row, place)]
        )
        if rule is not None:
            data["shown_if"] = rule
        self.form.required(items[0].row, data, place)
        for row in (group.row, *(one.row for one in items)):
            self.form.notes += left_over(row, place, data)
        return data
