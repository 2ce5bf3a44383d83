"""Messages of customers that came elsewhere: letters, e-mails, chats, reviews on the net.

What is kept is what the customer said, without the name that the file tells, telephone numbers, addresses and long
numbers: nobody needs them to learn from it. Whoever asked for a call back is told by the interface of cases instead.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.imports.columns import Problem, Refused, Row, column, gather
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.lookups import Branches, agent_ids, find_agent
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.loop.voices import CHANNELS, LONGEST_WORDS
from survey_app.models import NO_AGENT, VoiceMessage
from survey_app.queries.identifying import hide
from survey_app.queries.masking import mask_names
from translations import DEFAULT, LANGUAGES, speaking
from translations import gettext as _
from translations.spelling import fold

#: Words of files for channels besides our own codes and their names in every language.
_MORE: Final[Mapping[str, str]] = {
    "mail": "email", "דוא״ל": "email", "דואל": "email", "מייל": "email", "מכתב": "letter", "צאט": "chat",
    "צ׳אט": "chat", "פייסבוק": "social", "facebook": "social", "google": "social", "גוגל": "social",
    "whatsapp": "chat", "ווטסאפ": "chat", "call": "phone", "שיחה": "phone", "fax": "letter", "פקס": "letter",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MessageRow(Row):
    """One message."""

    key: str = field(
        metadata=column("text", "M-20481", "The file's own number; told twice, it is kept once", "מזהה", "id")
    )
    written_on: date = field(metadata=column("date", "14/10/2026", "Day it was written", "תאריך", "date"))
    words: str = field(
        metadata=column(
            "text", "חיכיתי שעה ואף אחד לא ענה", "What the customer said", "תוכן", "טקסט", "text", "message"
        )
    )
    channel: str = field(
        default="other",
        metadata=column("text", "email", "How it came: email, letter, chat, social, phone or other", "ערוץ"),
    )
    branch: str = field(
        default="", metadata=column("branch", "101", "The branch it is about; empty for none", "סניף", "קוד סניף")
    )
    agent: str = field(
        default="", metadata=column("code", "1042", "Who served the customer; empty where not known", "נציג", "עובד")
    )
    language: str = field(default=DEFAULT, metadata=column("language", "he", "Language of the words", "שפה"))
    consent: bool = field(
        default=False,
        metadata=column(
            "yes or no", "כן", "Whether the customer lets the words be heard in meetings; empty for no", "הסכמה"
        ),
    )
    customer_name: str = field(
        default="",
        metadata=column(
            "text", "נעה לוי", "Name to take out of the words; it is not kept", "שם לקוח", "customer", "name"
        ),
    )


class MessageHandler(Handler[MessageRow]):
    """Keeps messages, each once by the file's own number; told again with other words, the newer ones stand."""

    code = "messages"
    row = MessageRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches, self.agents = Branches(session), agent_ids(session)
        self.channels = _channels()

    def settle(self, row: MessageRow) -> MessageRow:
        self.today = clock.today()
        channel, _day, _words, _branch, _agent = gather(
            lambda: self._channel(row), lambda: self._day(row), lambda: _fits(row),
            lambda: row.branch and self.branches.find(row.branch),
            lambda: row.agent and find_agent(self.agents, row.agent),
        )  # fmt: skip
        said = mask_names(row.words, [row.customer_name] if row.customer_name else [])
        return replace(row, channel=channel, words=hide(said), customer_name="")

    def _channel(self, row: MessageRow) -> str:
        found = self.channels.get(fold(row.channel))
        if found is None:
            raise Refused(
                Problem("channel", _("This channel is not known. Write one of: %(names)s.", names=", ".join(CHANNELS)))
            )
        return found

    def _day(self, row: MessageRow) -> None:
        if row.written_on > self.today:
            raise Refused(Problem("written_on", _("The day is in the future.")))

    def key(self, row: MessageRow) -> Hashable:
        return row.key

    def apply(self, session: Session, rows: Sequence[MessageRow], run_id: int | None) -> list[Outcome]:
        keys = [row.key for row in rows]
        known = {
            one.key: one
            for one in session.scalars(
                select(VoiceMessage).where(VoiceMessage.key.in_(keys)).order_by(VoiceMessage.id).with_for_update()
            )
        }
        return [self._apply_one(session, row, known.get(row.key), run_id) for row in rows]

    def _apply_one(self, session: Session, row: MessageRow, known: VoiceMessage | None, run_id: int | None) -> Outcome:
        values: dict[str, Any] = {
            "channel": row.channel,
            "branch_id": self.branches.find(row.branch).id if row.branch else None,
            "agent_id": self.agents[row.agent] if row.agent else NO_AGENT,
            "written_on": row.written_on,
            "language": row.language,
            "words": row.words,
            "consent": row.consent,
        }
        if known is None:
            session.add(VoiceMessage(key=row.key, import_run_id=run_id, **values))
            return Outcome(row.row, ADDED, row.key)
        moved = assign(known, values)
        return Outcome(row.row, CHANGED if moved else UNCHANGED, row.key)


def _fits(row: MessageRow) -> None:
    if len(row.words) > LONGEST_WORDS:
        raise Refused(Problem("words", _("Write at most %(max)s characters.", max=LONGEST_WORDS)))


def _channels() -> dict[str, str]:
    """Every way to write a channel -> its code."""
    found = {fold(word): code for word, code in _MORE.items()}
    for language in LANGUAGES:
        with speaking(language):
            found |= {fold(str(name)): code for code, name in CHANNELS.items()}
    return found | {fold(code): code for code in CHANNELS}
