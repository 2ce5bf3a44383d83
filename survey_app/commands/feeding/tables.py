"""Columns of the files that are fed in, as data: the documentation and the header's synonyms come from here."""

from __future__ import annotations

from dataclasses import dataclass, field

from survey_app.commands.imports.columns import Row, column


@dataclass(frozen=True, kw_only=True)
class InteractionRow(Row):
    """One visit of a customer."""

    key: str = field(
        metadata=column(
            "key",
            "2026-11-15-000123",
            "The sender's own key of the visit: told twice, it is stored once",
            "מפתח",
            "מזהה",
            "מזהה אינטראקציה",
            "מזהה פנייה",
            "interaction",
            "interaction id",
            "transaction id",
            "id",
        )
    )
    customer: str = field(
        metadata=column(
            "text",
            "C-10432",
            "The organisation's reference of the customer, no identity number",
            "לקוח",
            "אסמכתת לקוח",
            "מזהה לקוח",
            "מספר לקוח",
            "customer ref",
            "customer reference",
            "customer id",
            "ref",
        )
    )
    name: str = field(
        default="",
        metadata=column("name", "דנה כהן", "The customer's name", "שם", "שם לקוח", "שם הלקוח", "customer name"),
    )
    phone: str = field(
        default="",
        metadata=column(
            "telephone",
            "054-1234567",
            "A telephone, of Israel or with its country",
            "טלפון",
            "נייד",
            "טלפון נייד",
            "telephone",
            "mobile",
            "phone number",
        ),
    )
    email: str = field(
        default="",
        metadata=column(
            "email",
            "dana@example.com",
            "An e-mail address",
            "דוא״ל",
            "אימייל",
            "מייל",
            "דואר אלקטרוני",
            "e-mail",
            "mail",
        ),
    )
    language: str = field(
        default="",
        metadata=column("language", "he", "The customer's language: a code or a name", "שפה", "שפת לקוח", "lang"),
    )
    branch: str = field(
        metadata=column(
            "branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף", "מספר סניף", "branch code"
        )
    )
    agent: str = field(
        default="",
        metadata=column(
            "text",
            "A-1024",
            "The employee's number, placed there that day",
            "קוד נציג",
            "נציג",
            "מספר עובד",
            "agent code",
            "employee",
        ),
    )
    channel: str = field(
        default="",
        metadata=column(
            "text",
            "branch",
            "How the customer came, in the organisation's own code",
            "ערוץ",
            "ערוץ שירות",
            "service channel",
        ),
    )
    reason: str = field(
        default="",
        metadata=column(
            "text",
            "deposit",
            "What the customer came for, in the organisation's own code",
            "סיבה",
            "סיבת פנייה",
            "נושא",
            "visit reason",
            "topic",
        ),
    )
    at: str = field(
        metadata=column(
            "moment",
            "15/11/2026 10:30",
            "Date and time, on Israel's clock or with a zone",
            "מועד",
            "תאריך",
            "תאריך ושעה",
            "date",
            "timestamp",
            "datetime",
            "date and time",
        )
    )
    hour: str = field(
        default="",
        metadata=column("text", "10:30", "The time, where date and time stand in two columns", "שעה", "זמן", "time"),
    )
    tenure: str = field(
        default="",
        metadata=column(
            "text",
            "5-10",
            "Years as a customer, in bands; only where the privacy officer approved it",
            "ותק",
            "customer tenure",
        ),
    )
    age_band: str = field(
        default="",
        metadata=column(
            "text", "30-39", "Age in bands; only where the privacy officer approved it", "קבוצת גיל", "age group"
        ),
    )


@dataclass(frozen=True, kw_only=True)
class AddressRow(Row):
    """Whoever is meant, by one address or several."""

    customer: str = field(
        default="",
        metadata=column(
            "text",
            "C-10432",
            "The organisation's reference of the customer",
            "לקוח",
            "אסמכתת לקוח",
            "מזהה לקוח",
            "מספר לקוח",
            "customer ref",
            "customer id",
            "ref",
        ),
    )
    phone: str = field(
        default="",
        metadata=column(
            "telephone",
            "054-1234567",
            "A telephone",
            "טלפון",
            "נייד",
            "טלפון נייד",
            "telephone",
            "mobile",
            "phone number",
        ),
    )
    email: str = field(
        default="",
        metadata=column(
            "email",
            "dana@example.com",
            "An e-mail address",
            "דוא״ל",
            "אימייל",
            "מייל",
            "דואר אלקטרוני",
            "e-mail",
            "mail",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class ExclusionRow(AddressRow):
    """Whoever is not to be asked, until when."""

    until: str = field(
        default="",
        metadata=column(
            "date",
            "31/12/2026",
            "The last day; empty while it lasts",
            "עד",
            "עד תאריך",
            "תאריך סיום",
            "until date",
            "to",
        ),
    )
