"""Photographs and documents that belong to answers: taken in, given up, and gone with what they belong to.

The bytes lie in the file store under the row's own id, those of a mystery visit under what they hold
(:mod:`survey_app.contents`); the row says whose they are. Files are read, cleaned and stored
before the transaction, named within it, and destroyed only once it is through. Nothing about a kept file tells when it
came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import IO, Any, Final
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.questionnaire.answers import MAX_FILES
from forms.questionnaire.definition import Question
from survey_app import contents, files
from survey_app.commands.contents import destroy_after, destroy_unnamed, secure
from survey_app.commands.discarding import delete_after, delete_unless, timeless_after
from survey_app.errors import UserError
from survey_app.models import Answer, Evidence, ImportRun
from survey_app.queries import evidence as queries
from survey_app.queries import history, sealed
from survey_app.queries.evidence import FILE_TYPES
from survey_app.readers import papers, pictures
from translations import gettext as _
from translations import isolate

#: Bytes of one file as it is sent, and of all kept files of one response.
MOST_BYTES: Final = 10_000_000
MOST_TOGETHER: Final = 30_000_000
#: What one page may send: files, and the answers beside them. More than is kept, so that a file that is too large is
#: refused by its name and not with the whole page.
LARGEST_PAGE: Final = 80_000_000
#: A file that no row names this long after it was written belongs to nobody.
NOBODY: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Sent:
    """A file as it arrived: what it is called and its bytes."""

    filename: str
    stream: IO[bytes]


@dataclass(frozen=True)
class Arrived:
    """A file that was looked at, and whose bytes are in the store; no row names it yet."""

    file_id: str
    filename: str
    media_type: str
    size: int
    #: The same content, the same digest.
    digest: str
    #: Of a visit's file: the bytes lie under this name, and here they are for the transaction that names them.
    content: str = ""
    whole: bytes = b""
    #: Hash of what was sent, where it came from a phone that waits for it to be named.
    sent_digest: str = ""
    likeness: str = ""


def receive(question: Question, sent: Sent, place: int, *, visit: bool = False, proof: bool = False) -> Arrived:
    """Read a file, make it safe and store it. UserError, with the file's name, for one that cannot be taken.

    ``visit``: it belongs to a mystery visit; ``proof``: only a picture or a PDF is taken. Outside any transaction,
    since it takes its time. See :func:`or_gone` for what becomes of it when no row does.
    """
    content = sent.stream.read(MOST_BYTES + 1)
    try:
        if not content:
            raise UserError(_("The file is empty."))
        if len(content) > MOST_BYTES:
            raise UserError(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
        if question.type == "photo":
            picture = pictures.kept(content) if visit else None
            sort, kept = papers.JPEG, picture.content if picture else pictures.clean(content)
            seen = picture.likeness if picture else ""
        else:
            (sort, kept), seen = (papers.proof if proof else papers.sniff)(content), ""
    except UserError as error:
        name = isolate(papers.named(sent.filename, None, place))
        raise UserError(_("%(file)s was not added. %(reason)s", file=name, reason=error.message)) from error
    name, digest = papers.named(sent.filename, sort, place), sha256(kept).hexdigest()
    if visit:
        key = contents.store().put(kept)
        return Arrived(uuid4().hex, name, sort.media_type, len(kept), digest, content=key, whole=kept, likeness=seen)
    return Arrived(files.store().put(kept), name, sort.media_type, len(kept), digest)


@contextmanager
def or_gone(arrived: Iterable[Arrived]) -> Iterator[None]:
    """Destroy files that arrived for a transaction that fails."""
    came = list(arrived)
    try:
        yield
    except BaseException:
        for one in came:
            if not one.content:
                files.store().delete(one.file_id)
        destroy_unnamed(one.content for one in came if one.content)
        raise


def attach(
    session: Session, response_id: str, question: Question, arrived: Sequence[Arrived], *, anonymous: bool
) -> list[str]:
    """Give files to a question of a response; gives what is to be said of those that were not kept.

    The draft must be held, so that two devices together keep no more than one may. A file that is there already is not
    kept twice: a page that is sent again adds nothing.
    """
    there = queries.of_response(session, response_id)
    own = {one.sha256: one.id for one in there.values() if one.question == question.code}
    together = sum(one.size for one in there.values())
    said = []
    for one in arrived:
        refusal = None if one.digest in own else _refusal(question, len(own), together + one.size)
        if one.digest in own or refusal is not None:
            _let_go(session, [(one.file_id, one.content)])
        if refusal is not None:
            said.append(_("%(file)s was not added. %(reason)s", file=isolate(one.filename), reason=refusal))
            continue
        if one.digest not in own:
            name = _plain_name(one.filename, len(own) + 1) if anonymous else one.filename
            _add(session, response_id, question.code, replace(one, filename=name))
            own[one.digest] = one.file_id
            together += one.size
    session.flush()
    return said


def most_of(question: Question) -> int:
    """How many files a question takes."""
    return int(question.max) if question.max is not None else MAX_FILES


def _refusal(question: Question, count: int, together: int) -> str | None:
    """Why one more file cannot be kept, with so many there and so many bytes together; None where it can."""
    if count >= most_of(question):
        return _("There is no room for more than %(max)s here.", max=most_of(question))
    if together > MOST_TOGETHER:
        return _("All files together may have %(most)s MB.", most=MOST_TOGETHER // 1_000_000)
    return None


def _plain_name(filename: str, place: int) -> str:
    """A name that tells nothing: what a phone calls a picture is often the moment it was taken."""
    _stem, dot, suffix = filename.rpartition(".")
    return f"{place}{dot}{suffix}"


def _add(session: Session, response_id: str, code: str, one: Arrived) -> None:
    session.add(
        Evidence(
            id=one.file_id,
            response_id=response_id,
            question=code,
            filename=one.filename,
            media_type=one.media_type,
            size=one.size,
            sha256=one.digest,
            content=one.content,
            sent_sha256=one.sent_digest,
            likeness=one.likeness,
        )
    )
    if one.content:
        secure(session, one.content, one.whole)
    else:
        timeless_after(session, one.file_id)


def remove(session: Session, response_id: str, code: str, ids: Iterable[str]) -> None:
    """Take files away from a question; ids that are not this question's are passed over."""
    own = queries.of_response(session, response_id)
    _destroy(session, [one for one in ids if one in own and own[one].question == code])


def settle(session: Session, response_id: str) -> None:
    """After the sending: files that no answer of the response names, since they count for nothing, are destroyed.

    What a phone brought goes only when its report says that it was taken away: another phone may have brought it.
    """
    there = {one.id: one for one in queries.of_response(session, response_id).values() if not one.sent_sha256}
    if there:
        codes = {one.question for one in there.values()}
        held = select(Answer.value).where(Answer.response_id == response_id, Answer.question.in_(codes))
        named = {one for value in session.scalars(held) if isinstance(value, list) for one in value}
        _destroy(session, [one for one in there if one not in named])


def destroy(session: Session, ids: Iterable[str]) -> None:
    """Destroy files by their ids, whatever they belong to."""
    _destroy(session, ids)


def lift(
    session: Session, response_id: str, questions: Iterable[Question], answers: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Take the files of an anonymous draft away from it: its answers with ids of their own, and what each file is.

    The bytes are written anew, and no row names them: whoever asked for them keeps what is given back. Files that no
    answer names are destroyed.
    """
    own = queries.of_response(session, response_id)
    moved = dict(answers)
    loose: list[dict[str, Any]] = []
    for question in questions:
        value = answers.get(question.code)
        if question.type not in FILE_TYPES or not isinstance(value, list):
            continue
        fresh = []
        for place, one in enumerate((own[one] for one in value if one in own), start=1):
            file_id = _copied(session, one.id)
            timeless_after(session, file_id)
            name = _plain_name(one.filename, place)
            loose.append(
                {
                    "id": file_id,
                    "question": question.code,
                    "filename": name,
                    "media_type": one.media_type,
                    "size": one.size,
                }
            )
            fresh.append(file_id)
        moved[question.code] = fresh
    _destroy(session, own)
    session.flush()
    return moved, loose


def land(
    session: Session, response_id: str, answers: Mapping[str, Any], loose: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Give files that were :func:`lifted <lift>` to the response that came of it, under fresh ids; gives its answers.

    No digest is kept: in an older copy of the database the same one would stand beside the draft.
    """
    fresh: dict[str, str] = {}
    for one in loose:
        file_id = fresh[one["id"]] = _copied(session, one["id"])
        _add(
            session,
            response_id,
            one["question"],
            Arrived(file_id, one["filename"], one["media_type"], one["size"], digest=""),
        )
        delete_after(session, one["id"])
    asked = {one["question"] for one in loose}
    return {code: [fresh[file_id] for file_id in value] if code in asked else value for code, value in answers.items()}


def _copied(session: Session, file_id: str) -> str:
    """The same bytes under another id, gone again if the transaction fails."""
    with files.store().open(file_id) as kept:
        copy = files.store().put(kept)
    delete_unless(session, copy)
    return copy


def destroy_of(session: Session, response_ids: Iterable[str]) -> None:
    """Destroy every file of the answers of drafts or responses that were erased, stripped or left alone for long."""
    wanted = list(response_ids)
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        # A receipt belongs to what was paid and an appeal's file to the appeal: neither goes with the answers.
        of_answers = Evidence.expense_id.is_(None), Evidence.appeal_id.is_(None)
        own = select(Evidence.id).where(Evidence.response_id.in_(batch), *of_answers)
        _destroy(session, session.scalars(own).all())


def _destroy(session: Session, ids: Iterable[str]) -> None:
    gone = list(ids)
    if gone:
        # What lies under its own id goes with its row; what lies under its content goes with the last row of it.
        found = session.execute(delete(Evidence).where(Evidence.id.in_(gone)).returning(Evidence.id, Evidence.content))
        _let_go(session, [(one, key) for one, key in found])


def _let_go(session: Session, several: Sequence[tuple[str, str]]) -> None:
    """Destroy the bytes of files after the commit: (the file's id, its content or nothing)."""
    delete_after(session, *(file_id for file_id, key in several if not key))
    destroy_after(session, (key for _file_id, key in several))


def sweep_orphans(session: Session) -> int:
    """Destroy files that no row names: a process was killed between file and row. Gives how many there were.

    None while an anonymous response cannot be opened: a file may be its own. Of visits' files see
    :func:`survey_app.commands.contents.sweep_unnamed`.
    """
    waiting = sealed.files_named(session)
    if waiting is None:
        return 0
    kept = waiting | set(session.scalars(select(Evidence.id)))
    for run in session.scalars(select(ImportRun)):
        kept |= {one for one in (run.file_id, *history.trial_files(run).values()) if one}
    lost = [one for one in files.store().kept(NOBODY) if one not in kept]
    delete_after(session, *lost)
    return len(lost)
