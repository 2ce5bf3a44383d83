"""Settings of an installation: read once from the environment, never from code.

Every variable is listed in ``docs/administrators.md``; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from environs import Env

PREFIX = "SURVEY_APP_"
LOOPBACK_NAMES = frozenset({"localhost"})

#: Channels that are sent through an HTTP gateway.
GATEWAYS = ("sms", "whatsapp")


@dataclass(frozen=True)
class Gateway:
    """One HTTP gateway: what is sent where, and how it is known that a report of delivery is the gateway's own."""

    url: str
    #: Body of the request, JSON or form fields, with the places {to}, {text}, {key}, {from} and {secret}.
    body: str
    method: str = "POST"
    content_type: str = "application/json"
    #: ``Name: value`` of one header per line, with the same places.
    headers: str = ""
    secret: str = field(default="", repr=False)
    sender: str = ""
    #: Whether the gateway takes a message with a known key only once: only then is an unclear sending tried again.
    idempotent: bool = False
    #: Where in the answer the gateway's own name of the message stands (``data.id``).
    reference: str = "id"
    #: Signs reports of delivery (HMAC-SHA256 of the body); empty: none are taken.
    callback_secret: str = field(default="", repr=False)
    #: Name of the header in which the signature comes.
    callback_signature: str = "X-Signature"
    #: Where in a report the gateway's name of the message (or our key) and its state stand.
    callback_reference: str = "id"
    callback_status: str = "status"
    #: States that say it arrived, and that it never will; any other is read and changes nothing.
    delivered: tuple[str, ...] = ("delivered", "read", "ok", "success")
    failed: tuple[str, ...] = ("failed", "undelivered", "undeliverable", "rejected", "expired", "error")
    #: Where in a reply of a customer its number and its words stand.
    reply_from: str = "from"
    reply_text: str = "text"

    @classmethod
    def load(cls, env: Env, name: str) -> Self | None:
        """A gateway from ``SURVEY_APP_SMS_*`` or ``SURVEY_APP_WHATSAPP_*``; None where it has no address."""
        start = name.upper()
        url = env.str(f"{start}_URL", "")
        if not url:
            return None
        return cls(
            url=url,
            body=env.str(f"{start}_BODY", '{"to": {to}, "text": {text}, "id": {key}, "from": {from}}'),
            method=env.str(f"{start}_METHOD", "POST"),
            content_type=env.str(f"{start}_CONTENT_TYPE", "application/json"),
            headers=env.str(f"{start}_HEADERS", ""),
            secret=env.str(f"{start}_SECRET", ""),
            sender=env.str(f"{start}_SENDER", ""),
            idempotent=env.bool(f"{start}_IDEMPOTENT", False),
            reference=env.str(f"{start}_REFERENCE", "id"),
            callback_secret=env.str(f"{start}_CALLBACK_SECRET", ""),
            callback_signature=env.str(f"{start}_CALLBACK_SIGNATURE", cls.callback_signature),
            callback_reference=env.str(f"{start}_CALLBACK_REFERENCE", cls.callback_reference),
            callback_status=env.str(f"{start}_CALLBACK_STATUS", cls.callback_status),
            delivered=tuple(env.list(f"{start}_DELIVERED", list(cls.delivered))),
            failed=tuple(env.list(f"{start}_FAILED", list(cls.failed))),
            reply_from=env.str(f"{start}_REPLY_FROM", cls.reply_from),
            reply_text=env.str(f"{start}_REPLY_TEXT", cls.reply_text),
        )


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    #: SQLAlchemy address; SQLite beside the data by default.
    database_url: str = ""
    #: Folder of the embedded database, the job store and the secret key.
    data_dir: Path = field(default_factory=lambda: Path("var"))
    #: Signs login cookies; made once and kept in ``data_dir`` where it is not given.
    secret_key: str = ""
    #: Production refuses the demo bank and insists on secure cookies.
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    #: Number of web threads of the embedded server.
    threads: int = 8
    #: Where links in messages and posters point; the served address where it is not given.
    public_url: str = ""
    #: Trust X-Forwarded-For and X-Forwarded-Proto of this many proxies in front.
    proxies: int = 0
    #: Rate-limit storage; several processes need Redis.
    limits_url: str = "memory://"
    #: Where workers are woken; a file beside the data by default, ``redis://…`` for several machines.
    queue_url: str = ""
    log_level: str = "INFO"
    #: The organisation's short domain for links in messages; ``public_url`` where it is not given.
    short_url: str = ""
    #: A folder that files of interactions are dropped into; empty: none is watched.
    feed_dir: str = ""
    #: Where evidence of mystery visits is kept: ``s3://bucket/folder``; empty: a folder of the data folder.
    files_url: str = ""
    #: Whether that store is reached without encryption: only on the own machine or network.
    files_http: bool = False
    #: Mail server: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…`` (TLS from the start); empty: no e-mail.
    smtp_url: str = ""
    mail_from: str = ""
    #: Gateways of messages by channel (``sms``, ``whatsapp``), those that were set up.
    gateways: Mapping[str, Gateway] = field(default_factory=dict)

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from ``SURVEY_APP_*`` variables; keyword arguments that are not None win."""
        env = Env(prefix=PREFIX)
        settings = cls(
            database_url=env.str("DATABASE_URL", ""),
            data_dir=Path(env.str("DATA_DIR", "var")),
            secret_key=env.str("SECRET_KEY", ""),
            production=env.bool("PRODUCTION", False),
            host=env.str("HOST", "127.0.0.1"),
            port=env.int("PORT", 8000),
            threads=env.int("THREADS", 8),
            public_url=env.str("PUBLIC_URL", "").rstrip("/"),
            proxies=env.int("PROXIES", 0),
            limits_url=env.str("LIMITS_URL", "memory://"),
            queue_url=env.str("QUEUE_URL", ""),
            log_level=env.str("LOG_LEVEL", "INFO"),
            short_url=env.str("SHORT_URL", "").rstrip("/"),
            feed_dir=env.str("FEED_DIR", ""),
            files_url=env.str("FILES_URL", "").rstrip("/"),
            files_http=env.bool("FILES_HTTP", False),
            smtp_url=env.str("SMTP_URL", ""),
            mail_from=env.str("MAIL_FROM", ""),
            gateways={name: one for name in GATEWAYS if (one := Gateway.load(env, name)) is not None},
        )
        settings = replace(settings, **{name: value for name, value in overrides.items() if value is not None})
        if not settings.database_url:
            settings = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'survey_app.db'}")
        return settings

    @property
    def link_url(self) -> str:
        """The address that links in messages begin with: the short domain where there is one."""
        return self.short_url or self.base_url

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the served address."""
        if self.host in LOOPBACK_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def base_url(self) -> str:
        """The address that links begin with, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def with_secret(self) -> Self:
        """The same settings with a secret key: the given one, or one kept in a file only its owner reads."""
        if self.secret_key:
            return self
        path = self.data_dir / "secret_key"
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="ascii")
        return replace(self, secret_key=path.read_text(encoding="ascii").strip())
