"""Where a new version may not go on in an old series: its answers would be joined with others that mean something else.

``breaks`` compares two versions, ``breaks_since`` one with all that were published before it, ``renew`` gives the next
series. Publishing refuses what is certain; what is only possible is for the author to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

from forms.questionnaire.document import FollowUp, Index, Questionnaire
from forms.questionnaire.errors import Problem
from forms.questionnaire.names import question_name
from forms.questionnaire.parts import Question
from forms.questionnaire.versions.meaning import Reason, measured, reworded
from forms.questionnaire.versions.telling import canonical, same
from forms.questionnaire.versions.tracks import (
    INDEX,
    OWN,
    UNMEASURED,
    Track,
    by_code,
    next_series,
    series_order,
    tracks,
)
from forms.questionnaire.versions.tracks import used_series as _used
from translations import gettext as _
from translations import isolate


class Break(NamedTuple):
    """Something whose answers would not mean what they meant in the same series.

    ``place`` is by codes; ``code`` is what ``renew`` takes: a question's code, ``index:`` and an index's, or an empty
    text for the questionnaire's own series. Not ``certain``: only words changed, and the author decides.
    """

    place: str
    code: str
    reason: str
    certain: bool


def breaks(old: Questionnaire, new: Questionnaire) -> list[Break]:
    """Every break between two versions in what goes on in the same series, in the newer one's order."""
    return _breaks(old, new, possible=True)


def _breaks(old: Questionnaire, new: Questionnaire, *, possible: bool) -> list[Break]:
    """The breaks between two versions; without the ``possible`` ones only what is certain."""
    found: list[Break] = []
    for code, reasons in _reasons(old, new, possible).items():
        seen = dict.fromkeys(reasons)  # one cause may be met on several lines
        found += [Break(_place(code), code, reason.words, reason.certain) for reason in seen]
    return found


def breaks_since(earlier: Sequence[Questionnaire], new: Questionnaire) -> list[Break]:
    """The breaks with every version published before, oldest first, and series that are taken up again.

    What is only possible is told of the newest of them, which the author has before them.
    """
    found = dict.fromkeys(one for old in earlier for one in _breaks(old, new, possible=False))
    found |= dict.fromkeys(_taken_up_again(earlier, new))
    found |= dict.fromkeys(one for old in earlier[-1:] for one in breaks(old, new))
    order = {code: position for position, code in enumerate(by_code(new))}
    return sorted(found, key=lambda one: (order.get(one.code, len(order)), not one.certain))


def problems(earlier: Sequence[Questionnaire], new: Questionnaire) -> list[Problem]:
    """What stops publishing: the certain breaks, each with what to do about it."""
    return [
        Problem(one.place, _("%(reason)s Start a new series here.", reason=one.reason))
        for one in breaks_since(earlier, new)
        if one.certain
    ]


def renew(questionnaire: Questionnaire, codes: Iterable[str], earlier: Iterable[Questionnaire] = ()) -> Questionnaire:
    """The questionnaire with the next unused series for each of the codes; codes it does not have are passed over.

    ``earlier`` are all its versions before: a series that any of them used is not used again.
    """
    known = [*earlier, questionnaire]
    fresh = {
        code: next_series(_used(code, known, questionnaire))
        for code in dict.fromkeys(codes)
        if code in by_code(questionnaire)
    }
    return _with_series(questionnaire, fresh)


def _place(code: str) -> str:
    if code == OWN:
        return "series"
    return f"indexes.{code.removeprefix(INDEX)}" if code.startswith(INDEX) else f"questions.{code}"


def _reasons(old: Questionnaire, new: Questionnaire, possible: bool) -> dict[str, list[Reason]]:
    """Reasons by the code that carries the series, for tracks that both versions feed in the same series."""
    before, found = tracks(old), dict[str, list[Reason]]()
    for name, track in tracks(new).items():
        other = before.get(name)
        if other is None or other.series != track.series:
            continue
        if track.code == OWN:
            reasons = _own(old, new)
        elif track.code.startswith(INDEX):
            code = track.code.removeprefix(INDEX)
            reasons = _index(old, new, old.indexes[code], new.indexes[code])
        else:
            reasons = _question(old, new, name, other, track, possible)
        found.setdefault(track.code, []).extend(one for one in reasons if possible or one.certain)
    return found


def _question(
    old: Questionnaire, new: Questionnaire, name: str, other: Track, track: Track, possible: bool
) -> Iterator[Reason]:
    """Reasons on one track of a question. What feeds no line breaks none: there nothing is certain."""
    before, after = old.by_code[other.code], new.by_code[track.code]
    certain = list(measured(before, after))
    if other.code != track.code:
        if certain or any(True for _reason in reworded(before, after)):
            said = _("%(measure)s was measured by %(old)s.", measure=isolate(name), old=question_name(before))
            yield Reason(said, True)
        return
    if name.startswith(UNMEASURED):
        yield from (Reason(one.words, False) for one in certain)
        return
    yield from certain
    if name.startswith("finding.") and not same(before.finding_if, after.finding_if):
        yield Reason(_("Another answer is a finding."), True)
    if possible and not certain:
        yield from reworded(before, after)
        yield from _asked_of_others(old, new, before, after)


def _asked_of_others(old: Questionnaire, new: Questionnaire, before: Question, after: Question) -> Iterator[Reason]:
    if not same(old.conditions.get(before.code), new.conditions.get(after.code)):
        yield Reason(_("It is asked of others than before."), False)
    if not same(before.na_if, after.na_if):
        yield Reason(_("It is not applicable in other cases than before."), False)


def _weights(questionnaire: Questionnaire) -> dict[str, Fraction]:
    """The part of the total that each scored section makes."""
    points = {section.code: section.points or 0 for section in questionnaire.sections if section.scored}
    return {code: Fraction(one, sum(points.values()) or 1) for code, one in points.items()}


def _parts(questionnaire: Questionnaire) -> dict[str, Fraction]:
    """The part of its section that each item makes."""
    found: dict[str, Fraction] = {}
    for section in questionnaire.sections:
        whole = sum(one.points or 0 for one in section.asked) or 1
        found |= {one.code: Fraction(one.points or 0, whole) for one in section.asked}
    return found


def _items(questionnaire: Questionnaire) -> dict[str, Question]:
    return {one.code: one for one in questionnaire.scored_questions if one.points}


def _own(old: Questionnaire, new: Questionnaire) -> Iterator[Reason]:
    """Reasons of total, sections and critical count: what they are made of."""
    if _weights(old) != _weights(new):
        yield Reason(_("The scored sections, or what they weigh, are others."), True)
    before, after = _items(old), _items(new)
    placed, parts = [_placed(one) for one in (old, new)], [_parts(one) for one in (old, new)]
    if before.keys() != after.keys():
        differ = {"added": after.keys() - before.keys(), "removed": before.keys() - after.keys()}
        listed = {part: _codes(sorted(codes)) or "–" for part, codes in differ.items()}
        yield Reason(_("The total is made of other items: added %(added)s; removed %(removed)s.", **listed), True)
    both = [code for code in after if code in before]
    if other := [code for code in both if parts[0][code] != parts[1][code] and before.keys() == after.keys()]:
        yield Reason(_("Items carry other points than before: %(codes)s.", codes=_codes(other)), True)
    if other := [code for code in both if placed[0][code] != placed[1][code]]:
        yield Reason(_("Items count in other sections than before: %(codes)s.", codes=_codes(other)), True)
    if other := [code for code in both if any(True for _reason in measured(before[code], after[code]))]:
        yield Reason(_("Answers to items are worth something else than before: %(codes)s.", codes=_codes(other)), True)
    critical, caps = [_critical(one) for one in (old, new)], [old.critical_cap, new.critical_cap]
    counted = all(critical) or (any(critical) and caps != [None, None])
    if counted and (critical[0] != critical[1] or caps[0] != caps[1]):
        yield Reason(_("Other items are critical, or a failed one caps the total in another way."), True)


def _critical(questionnaire: Questionnaire) -> list[tuple[str, bool, str]]:
    """What makes which item critical, in a form that compares; order plays no part."""
    items = _items(questionnaire).items()
    return sorted((code, one.critical, canonical(one.critical_if)) for code, one in items if one.is_critical)


def _placed(questionnaire: Questionnaire) -> dict[str, str]:
    return {one.code: section.code for section in questionnaire.sections for one in section.asked}


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(isolate(code) for code in codes)


def _index(old: Questionnaire, new: Questionnaire, before: Index, after: Index) -> Iterator[Reason]:
    """Reasons of an index: its questions, what they weigh, and what their answers are worth."""
    parts = [{part.question: (part.weight, part.reversed) for part in one.questions} for one in (before, after)]
    if parts[0] != parts[1] or before.needed != after.needed:
        yield Reason(_("The index is made of other questions, weights or directions."), True)
    pairs = [(old.by_code.get(code), new.by_code.get(code)) for code in parts[0].keys() & parts[1].keys()]
    other = [two.code for one, two in pairs if one and two and any(True for _reason in measured(one, two))]
    if other:
        said = _(
            "Answers to its questions are worth something else than before: %(codes)s.", codes=_codes(sorted(other))
        )
        yield Reason(said, True)


def _taken_up_again(earlier: Sequence[Questionnaire], new: Questionnaire) -> Iterator[Break]:
    """Series that were left for a newer one, and come back or sort before it: the newest is what is reported."""
    history: dict[str, list[str]] = {}
    for old in earlier:
        for name, track in tracks(old).items():
            history.setdefault(name, []).append(track.series)
    told: set[str] = set()
    for name, track in tracks(new).items():
        last = max(history.get(name, ()), key=series_order, default=track.series)
        if series_order(track.series) < series_order(last) and track.code not in told:
            told.add(track.code)
            said = _("Series %(series)s comes before series %(last)s, which is already in use.",
                     series=isolate(track.series), last=isolate(last))  # fmt: skip
            yield Break(_place(track.code), track.code, said, True)


def _with_series(questionnaire: Questionnaire, fresh: Mapping[str, str]) -> Questionnaire:
    """The same questionnaire with other series for some codes."""

    def question(one: Question) -> Question:
        statements = tuple(replace(part, series=fresh.get(part.code, part.series)) for part in one.statements)
        return replace(one, series=fresh.get(one.code, one.series), statements=statements)

    sections = tuple(
        replace(section, questions=tuple(map(question, section.questions))) for section in questionnaire.sections
    )
    follow_up = questionnaire.follow_up
    if follow_up is not None:
        parts = {part: getattr(follow_up, part) for part in FOLLOW_UP_PARTS}
        follow_up = FollowUp(**{part: one and question(one) for part, one in parts.items()})
    indexes = {
        code: replace(index, series=fresh.get(INDEX + code, index.series))
        for code, index in questionnaire.indexes.items()
    }
    own = fresh.get(OWN, questionnaire.series)
    return replace(questionnaire, series=own, sections=sections, follow_up=follow_up, indexes=indexes)


FOLLOW_UP_PARTS: Final = ("consent", "recipient", "phone")
