"""The voice of the customer: everything that customers say in one stream, newest first, as far as a reader sees.

A page says where the next one goes on, so that a hundred thousand pieces are turned as fast as a hundred. Names of a
branch's people are hidden from who reads outside the branch, and the rule of small bases holds for survey answers.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports import lexicon
from survey_app.loop.subjects import SUBJECTS
from survey_app.loop.voices import ANSWERED, CHANNELS, NOTICE, OWN, SOURCES, STORED, TICKED, TO_MEETING
from survey_app.models import Answer, Branch, Line, Listening, Response, Score, User, Version, VoiceTag
from survey_app.permissions import Permission, may, scope_of
from survey_app.queries import masking, organisation
from survey_app.queries.comments import themes_of
from survey_app.queries.identifying import hide
from survey_app.queries.voice_bases import Bases
from survey_app.queries.voice_sources import Asked, Cut, Found, Place, read
from translations import localised

PAGE: Final = 25
#: Pieces that one page looks at: a rare theme is looked for further back by the next page.
MOST_LOOKED: Final = 20_000
#: Tagged pieces that a search by tag takes into account.
MOST_TAGGED: Final = 2_000
#: Characters of a response's id.
ID_LENGTH: Final = 32
#: Sources that are open to whom else may see them where they stand; the others to whoever hears customers.
_NEEDS: Final = {"shop": Permission.SEE_SHOP_REPORT, "case": Permission.WORK_CASES}


@dataclass(frozen=True)
class Wanted:
    """How the stream is cut; what is unknown cuts nothing."""

    source: str = ""
    branch: str = ""
    theme: str = ""
    tag: str = ""
    language: str = ""
    search: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def cut(self) -> bool:
        """Whether it is cut at all."""
        return self != Wanted()


@dataclass(frozen=True)
class Piece:
    """One piece as a reader sees it."""

    source: str
    ref: str
    question: str
    day: date
    dated: bool
    month: str
    branch: Branch | None
    branch_code: str
    language: str
    #: What was asked, how it came or what it is about, in the reader's language.
    asked: str
    #: With the names of the branch's people hidden outside the branch.
    words: str
    themes: tuple[str, ...]
    tags: tuple[str, ...]
    #: 100, 0 or None: the rating beside a survey's words.
    satisfied: float | None
    #: Of a call or visit: a code of :data:`survey_app.loop.voices.WAYS`.
    way: str
    #: Whether a meeting may hear it: yes, no, or only once whoever brings it asked the customer (None).
    hearable: bool | None

    @property
    def key(self) -> str:
        """What tags know it by."""
        return key_of(self.ref, self.question)


@dataclass(frozen=True)
class Page:
    """One page of the stream; ``after`` is where the next one goes on, empty at the end."""

    rows: list[Piece]
    after: str = ""
    #: Whether it ends because so many pieces were looked at, not because it is full.
    looked: bool = False
    unsearchable: bool = False


def key_of(ref: str, question: str) -> str:
    """A piece's key within its source."""
    return f"{ref}:{question}" if question else ref


def sources_of(user: User) -> list[str]:
    """The sources that a reader may hear."""
    return [code for code in SOURCES if code not in _NEEDS or may(user, _NEEDS[code])]


def stream(session: Session, user: User, wanted: Wanted, after: str = "", *, limit: int = PAGE) -> Page:
    """A page of the stream."""
    if wanted.search and not lexicon.sought(wanted.search):
        return Page([], unsearchable=True)
    rows: list[Found] = []
    for looked, (one, fits) in enumerate(_seen(session, user, wanted, _parsed(after)), 1):
        if fits:
            if len(rows) == limit:
                return Page(_pieces(session, user, rows), _written(rows[-1].place))
            rows.append(one)
        if looked >= MOST_LOOKED:
            return Page(_pieces(session, user, rows), _written(one.place), looked=True)
    return Page(_pieces(session, user, rows))


def theme_counts(session: Session, user: User, wanted: Wanted) -> tuple[dict[str, int], int, bool]:
    """Theme -> how many pieces speak of it, the most frequent first; of how many; and whether there are more."""
    counted: Counter[str] = Counter()
    total, more = 0, False
    for looked, (one, fits) in enumerate(_seen(session, user, replace(wanted, theme=""), None), 1):
        if looked > MOST_LOOKED:
            more = True
            break
        if fits:
            total += 1
            counted.update(themes_of(one.words))
    order = sorted((theme for theme in lexicon.THEMES if counted[theme]), key=lambda theme: -counted[theme])
    return {theme: counted[theme] for theme in order}, total, more


def piece(session: Session, user: User, source: str, ref: str, question: str) -> Piece | None:
    """One piece, None where this reader does not see it."""
    if source not in sources_of(user):
        return None
    cut = Cut(scope_of(user), refs={source: {(ref, question)}})
    return _single(session, user, [source], cut)


def _single(session: Session, user: User, sources: Sequence[str], cut: Cut) -> Piece | None:
    found = next((one for one, fits in _visible(session, sources, cut, "") if fits), None)
    return _pieces(session, user, [found])[0] if found is not None else None


def pieces(session: Session, user: User, wanted: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], Piece]:
    """Several pieces by (source, ref, question), of those that the reader sees."""
    refs: dict[str, set[tuple[str, str]]] = {}
    for source, ref, question in wanted:
        refs.setdefault(source, set()).add((ref, question))
    cut = Cut(scope_of(user), refs=refs)
    rows = [one for one, fits in _visible(session, [code for code in refs if code in SOURCES], cut, "") if fits]
    return {(one.source, one.ref, one.question): one for one in _pieces(session, user, rows)}


def tags(session: Session, user: User) -> dict[str, int]:
    """The tags in use with how often, the most frequent first; whoever sees a part, of the answers of that part."""
    counted = select(VoiceTag.tag, func.count()).group_by(VoiceTag.tag)
    scope = scope_of(user)
    if not scope.everything:
        own = select(Branch.id).where(organisation.in_scope(scope))
        # Ids are of one length, so that the index of responses finds what a key begins with.
        counted = counted.join(Response, Response.id == func.substr(VoiceTag.ref, 1, ID_LENGTH))
        counted = counted.where(Response.branch_id.in_(own), VoiceTag.source.in_(ANSWERED))
    return dict(session.execute(counted.order_by(func.count().desc(), VoiceTag.tag).limit(200)).all())


# ---- reading ---------------------------------------------------------------------------------------------------------


def _seen(session: Session, user: User, wanted: Wanted, after: Place | None) -> Iterator[tuple[Found, bool]]:
    """Every piece of the cut with whether the reader is shown it."""
    sources = [code for code in sources_of(user) if wanted.source in ("", code)]
    branch_ids = None
    if wanted.branch:
        branch_ids = _branch_ids(session, user, wanted.branch)
        if not branch_ids:
            return
    refs = _tagged(session, wanted.tag) if wanted.tag else None
    cut = Cut(
        scope_of(user), branch_ids, wanted.since, wanted.until, wanted.language, wanted.search, refs=refs, after=after
    )
    yield from _visible(session, sources, cut, wanted.theme)


def _visible(session: Session, sources: Sequence[str], cut: Cut, theme: str) -> Iterator[tuple[Found, bool]]:
    bases = Bases(session, organisation.policy(session))
    questionnaire = dict(session.execute(select(Version.id, Version.questionnaire_id)).all())
    merged = heapq.merge(
        *(read(session, source, cut) for source in sources), key=lambda one: (-one.day.toordinal(), one.place.rank)
    )
    for one in merged:
        shown = one.matches and (
            one.source != "survey" or bases.speak(one.month, one.branch_id or 0, questionnaire[one.version_id])
        )
        if shown and theme in lexicon.THEMES:
            shown = theme in themes_of(one.words)
        yield one, shown


def _branch_ids(session: Session, user: User, typed: str) -> list[int]:
    """Branches that a reader may see by what was typed: exactly one code, else a part of the name."""
    rows = organisation.branches(session, scope_of(user), typed.partition(" · ")[0])
    exact = [one.id for one in rows if typed.partition(" · ")[0].strip() in (one.code, one.ref)]
    return exact or [one.id for one in rows]


def _tagged(session: Session, tag: str) -> dict[str, set[tuple[str, str]]]:
    rows = session.execute(
        select(VoiceTag.source, VoiceTag.ref).where(VoiceTag.tag == tag).order_by(VoiceTag.at.desc()).limit(MOST_TAGGED)
    )
    refs: dict[str, set[tuple[str, str]]] = {}
    for source, key in rows:
        ref, _colon, question = key.partition(":")
        refs.setdefault(source, set()).add((ref, question))
    return refs


def _parsed(text: str) -> Place | None:
    """A place as an address says it; the beginning for anything else."""
    parts = text.split("~")
    try:
        day, rank, ref, question = parts
        at = Place(date.fromisoformat(day), int(rank), ref, question)
    except ValueError:
        return None
    numbered = SOURCES["case"].rank, SOURCES["message"].rank
    return at if at.rank not in numbered or (ref.isdecimal() and len(ref) < 10) else None


def _written(at: Place) -> str:
    return "~".join((at.day.isoformat(), str(at.rank), at.ref, at.question))


# ---- what a reader is shown ------------------------------------------------------------------------------------------


def _pieces(session: Session, user: User, rows: Sequence[Found]) -> list[Piece]:
    if not rows:
        return []
    ids = {one.branch_id for one in rows if one.branch_id is not None}
    branches = {one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_(ids)))}
    names, codes = masking.masks(session, user, branches.values()), organisation.codes(session)
    asked, tagged = Asked(session), _tags_of(session, rows)
    rated = _ratings(session, [one.ref for one in rows if one.source == "survey"])
    ways = _ways(session, [one.ref for one in rows if one.source in ("call", "visit")])
    ticked = _ticked(session, [one.ref for one in rows if one.source == "call"])
    found = []
    for one in rows:
        branch = branches.get(one.branch_id or 0)
        about = localised(asked.words(one.version_id)[one.question]) if one.version_id else _about(one)
        words = masking.mask_names(one.words, names.get(one.branch_id or 0, ()))
        found.append(
            Piece(
                source=one.source,
                ref=one.ref,
                question=one.question,
                day=one.day,
                dated=one.dated,
                month=one.month or f"{one.day:%Y-%m}",
                branch=branch,
                branch_code=codes.get(one.branch_id or 0, ""),
                language=one.language,
                asked=about,
                words=words if branch is not None and masking.inside(user, branch) else hide(words),
                themes=themes_of(one.words),
                tags=tagged.get((one.source, key_of(one.ref, one.question)), ()),
                satisfied=rated.get(one.ref) if one.source == "survey" else None,
                way=ways.get(one.ref, ""),
                hearable=_hearable(one, ticked),
            )
        )
    return found


def _about(one: Found) -> str:
    names: Mapping[str, Any] = CHANNELS if one.source == "message" else {c: s.name for c, s in SUBJECTS.items()}
    return str(names.get(one.about, ""))


def _hearable(one: Found, ticked: Collection[str]) -> bool | None:
    consent = SOURCES[one.source].consent
    if consent in (NOTICE, OWN):
        return True
    if consent == STORED:
        return one.consent
    return one.ref in ticked if consent == TICKED else None


def _tags_of(session: Session, rows: Sequence[Found]) -> dict[tuple[str, str], tuple[str, ...]]:
    keys: dict[str, list[str]] = {}
    for one in rows:
        keys.setdefault(one.source, []).append(key_of(one.ref, one.question))
    either = [(VoiceTag.source == source) & VoiceTag.ref.in_(refs) for source, refs in keys.items()]
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    statement = select(VoiceTag.source, VoiceTag.ref, VoiceTag.tag).where(or_(*either)).order_by(VoiceTag.tag)
    for source, ref, tag in session.execute(statement):
        found[source, ref] = (*found.get((source, ref), ()), tag)
    return found


def _ratings(session: Session, ids: Sequence[str]) -> dict[str, float]:
    if not ids:
        return {}
    rows = session.execute(
        select(Score.response_id, Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id.in_(ids), Line.what == "csat")
    )
    return {ref: value / 100 for ref, value in rows}


def _ways(session: Session, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = session.execute(select(Listening.response_id, Listening.way).where(Listening.response_id.in_(ids)))
    return dict(rows.all())


def _ticked(session: Session, ids: Sequence[str]) -> set[str]:
    """Of calls, those whose form says that a meeting may hear them."""
    if not ids:
        return set()
    rows = session.execute(
        select(Answer.response_id, Answer.value).where(Answer.response_id.in_(ids), Answer.question.in_(TO_MEETING))
    )
    return {ref for ref, value in rows if value is True}
