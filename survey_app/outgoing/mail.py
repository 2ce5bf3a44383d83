"""E-mail: a message with text and page, and its way over SMTP.

What is certain and what is not. Until the last line of a message (a dot alone) has left, the server has not taken it,
whatever breaks: the message is tried again. Once the server's answer to that line is here, all is known again. Only in
between, when the connection is lost after the dot and before the answer, nobody can know: *uncertain*.

``smtplib`` sends a message and its dot in one go and so cannot tell the two apart; the last steps are our own.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from survey_app import clock
from survey_app.errors import UserError
from survey_app.outgoing.carrier import Later, Outcome, Outgoing, Refused, Sent, Unknown
from translations import gettext as _

#: Seconds that any one step may take; every message takes few of them, see ``outbox.MARGIN``.
TIMEOUT: Final = 15.0
#: Messages over one connection; servers close it themselves at a number of their own.
PER_CONNECTION: Final = 100
_PORTS: Final = {"smtp": 587, "smtps": 465}
#: Answers of a server that say nothing about the one message: it is busy or wants a login.
_CLOSED: Final = frozenset({421, 454, 530, 534, 535, 538})


@dataclass(frozen=True)
class Server:
    """A mail server out of its address: ``smtp://user:password@host:587``, ``smtps://…``."""

    host: str
    port: int
    #: TLS from the first byte; otherwise STARTTLS wherever the server offers it.
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)
    #: Refuse to speak in the clear. Off only for a server on this machine.
    secure: bool = True

    @classmethod
    def load(cls, url: str) -> Server:
        """The server of an address. UserError for one that cannot be read; it does not repeat the password."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise UserError(_("The mail server's address cannot be read.")) from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UserError(_("The mail server's address begins with smtp:// or smtps:// and names a host."))
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            secure=not local,
        )


def message(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The e-mail: text, and the same as a page; headers in any language; a way out that mail programs know."""
    name, address = parseaddr(sender)
    made = EmailMessage(policy=_POLICY)
    made["From"] = _address(name or outgoing.sender_name, address)
    made["To"] = _address("", outgoing.to)
    made["Subject"] = " ".join(outgoing.subject.split())
    made["Date"] = format_datetime(clock.local(clock.now()))
    made["Message-ID"] = f"<{outgoing.key}@{address.rpartition('@')[2]}>"
    # Neither holiday answers nor lists should answer; a gateway that bounces to humans should not either.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    if outgoing.stop_link:
        made["List-Unsubscribe"] = f"<{outgoing.stop_link}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(outgoing.text, cte="base64")
    if outgoing.html:
        made.add_alternative(outgoing.html, subtype="html", cte="base64")
    for one in outgoing.attachments:
        kind, _slash, subtype = one.media_type.partition("/")
        made.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    made["Content-Language"] = outgoing.language  # last: a new content takes every header about content away
    return made


def _travelling(address: str) -> str:
    """An address as every server takes it: a domain of other letters in its ASCII form. ValueError for any other."""
    user, _at, domain = address.rpartition("@")
    plain = f"{user}@{domain.encode('idna').decode('ascii')}"
    if not plain.isascii():
        raise ValueError("the server would have to know SMTPUTF8")
    return plain


class _Whole(EmailPolicy):
    """Header lines as mail programs expect them: an address that a machine follows is never broken nor encoded."""

    def fold(self, name: str, value: str) -> str:
        """One header with its line ends."""
        return f"{name}: {value}{self.linesep}" if name in _UNBROKEN else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same, as it travels."""
        return self.fold(name, value).encode("ascii") if name in _UNBROKEN else super().fold_binary(name, value)


_UNBROKEN: Final = frozenset({"List-Unsubscribe", "Message-ID"})
_POLICY: Final = _Whole(linesep="\r\n", cte_type="7bit")


def _address(name: str, address: str) -> Address:
    user, _at, domain = address.rpartition("@")
    return Address(" ".join(name.split()), user, domain)


class Mail:
    """A carrier over SMTP; one connection serves many messages."""

    #: A mail server does not know what it took before.
    idempotent = False

    def __init__(self, url: str, sender: str) -> None:
        self._server = Server.load(url)
        self._sender = sender
        self._envelope = parseaddr(sender)[1]
        if "@" not in self._envelope:
            raise UserError(_("The sender of e-mails is no address."))
        self._open: smtplib.SMTP | None = None
        self._count = 0

    def send(self, message_: Outgoing) -> Outcome:
        """Hand one message over."""
        try:
            to = _travelling(message_.to)
            content = message(replace(message_, to=to), self._sender).as_bytes()
        except ValueError:
            return Refused("no_recipient")
        try:
            fresh = self._ready()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _trouble(error)
        outcome = self._try(to, content)
        if outcome is None and not fresh:
            # The server had closed a connection that we kept; nothing of this message was said yet that counts.
            return self._again(to, content)
        return outcome or Later("unavailable")

    def _again(self, to: str, content: bytes) -> Outcome:
        self.close()
        try:
            self._ready()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _trouble(error)
        return self._try(to, content) or Later("unavailable")

    def close(self) -> None:
        """Say goodbye where somebody still listens."""
        connection, self._open = self._open, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _ready(self) -> bool:
        """See to it that a connection stands; whether it is a new one."""
        if self._open is not None and self._count < PER_CONNECTION:
            return False
        self.close()
        server, secure = self._server, ssl.create_default_context()
        if server.tls:
            made: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=secure)
        else:
            made = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        self._open, self._count = made, 0
        made.ehlo_or_helo_if_needed()
        if not server.tls and made.has_extn("starttls"):
            made.starttls(context=secure if server.secure else _unchecked())
            made.ehlo()
        elif not server.tls and server.secure:
            raise smtplib.SMTPNotSupportedError("no STARTTLS")
        if server.user:
            made.login(server.user, server.password)
        return True

    def _try(self, to: str, content: bytes) -> Outcome | None:
        """One message over the open connection; None where the connection was lost before the server took anything."""
        connection = self._open
        if connection is None:  # pragma: no cover - the caller has just opened it
            return None
        ended = False
        try:
            refused = _commands(connection, self._envelope, to)
            if refused is not None:
                if isinstance(refused, Later) and refused.closed:
                    self.close()
                else:
                    connection.rset()
                return refused
            connection.send(_dotted(content))
            ended = True  # from the first byte of the last line on the server may have it
            connection.send(b".\r\n")
            code, _text = connection.getreply()
        except (OSError, smtplib.SMTPException):
            self.close()
            return Unknown("connection_lost") if ended else None
        self._count += 1
        return _answer(code, after="data")


def _commands(connection: smtplib.SMTP, sender: str, to: str) -> Outcome | None:
    """Sender, recipient and the wish to send; None where the server waits for the message."""
    code, _text = connection.mail(sender)
    if code != 250:
        return _answer(code, after="mail")
    code, _text = connection.rcpt(to)
    if code not in {250, 251}:
        return _answer(code, after="rcpt")
    code, _text = connection.docmd("DATA")
    return None if code == 354 else _answer(code, after="data")


def _answer(code: int, *, after: str) -> Outcome:
    """What an answer of the server means for the message."""
    if code == -1:
        raise smtplib.SMTPServerDisconnected("the server ended")
    if after == "data" and 200 <= code < 300:
        return Sent()
    if code in _CLOSED or (after == "mail" and code >= 500):
        return Later(f"not_let_in {code}" if code >= 500 else f"busy {code}", closed=True)
    if code < 500:
        return Later(f"busy {code}")
    return Refused(f"no_recipient {code}" if after == "rcpt" else f"refused {code}")


def _trouble(error: Exception) -> Later:
    """No connection, or none that lets us in: it is about the server, and the message waits."""
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError | ssl.SSLError):
        number = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPAuthenticationError) else ""
        return Later(f"not_let_in{number}", closed=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return Later(f"busy {error.smtp_code}", closed=True)
    return Later("unavailable", closed=True)


def _dotted(content: bytes) -> bytes:
    """A message as it travels: a line that begins with a dot gets another, the end is a whole line."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _unchecked() -> ssl.SSLContext:
    """TLS to a server on this machine, whose certificate names no host that anybody vouches for."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
