"""Real carriers on this machine: a mail server (aiosmtpd) and an HTTP gateway, as badly behaved as a test wants."""

from __future__ import annotations

import asyncio
import email
import json
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from survey_app.config import Gateway

# It tells every line of every dialogue, addresses among them; what a test looks for in the log is what we write.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
HOST = "127.0.0.1"
#: Gives the server's answer to a message; None: the connection breaks instead of an answer.
Answering = Callable[[Envelope], str | None]
#: What the gateway answers to a request: status, headers, body; None: it takes the message and hangs up.
Reaction = tuple[int, dict[str, str], Any] | None


@dataclass
class MailServer:
    """A mail server that keeps what it took."""

    taken: list[bytes] = field(default_factory=list)
    #: Recipients it does not know, and what it says of a whole message.
    unknown: set[str] = field(default_factory=set)
    answer: Answering = lambda envelope: "250 OK"
    #: Take the message although the answer is lost.
    keeps_what_it_does_not_answer: bool = True
    connections: int = 0
    url: str = ""

    @property
    def messages(self) -> list[EmailMessage]:
        """What it took, parsed."""
        return [email.message_from_bytes(one, policy=default) for one in self.taken]

    @property
    def ids(self) -> Counter[str]:
        """Message-ID -> how often it was taken."""
        return Counter(str(one["Message-ID"]) for one in self.messages)


class _Hooks:
    """What the library calls. It looks at every member of this object for every connection: nothing here costs."""

    def __init__(self, mail: MailServer) -> None:
        self._mail = mail

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count connections by their greetings."""
        session.host_name = hostname
        self._mail.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse those it does not know."""
        if address in self._mail.unknown:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or not."""
        answer = self._mail.answer(envelope)
        content = bytes(envelope.original_content or b"")
        if answer is None:
            if self._mail.keeps_what_it_does_not_answer:
                self._mail.taken.append(content)
            cast("asyncio.Transport", server.transport).abort()
            return "421 gone"
        if answer.startswith("2"):
            self._mail.taken.append(content)
        return answer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve mail on a free port."""
    server = MailServer()
    controller = Controller(_Hooks(server), hostname=HOST, port=0, decode_data=False)
    # The controller asks its own port whether it is up, which it cannot know before: a free one is chosen for it.
    controller.port = _free_port()
    controller.start()
    server.url = f"smtp://{HOST}:{controller.port}"
    try:
        yield server
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class HttpStub:
    """A gateway over HTTP that keeps what it took; a key that it knows is not taken again."""

    knows_keys: bool = True
    taken: Counter[str] = field(default_factory=Counter)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    reaction: Callable[[dict[str, Any]], Reaction] = lambda body: (200, {}, {"id": f"gw-{body['id']}"})
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def gateway(self, **more: Any) -> Gateway:
        """Settings of this gateway."""
        plain = Gateway(url=self.url, body='{"to": {to}, "text": {text}, "id": {key}, "from": {from}}')
        given: dict[str, Any] = {"idempotent": self.knows_keys, "callback_secret": "sign here", "sender": "BANK"}
        return replace(plain, **{**given, **more})

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Reaction:
        """One request."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            reaction = self.reaction(body)
            if reaction is None or reaction[0] < 300:
                key = str(body["id"])
                self.taken[key] = 1 if self.knows_keys else self.taken[key] + 1
            return reaction


@contextmanager
def http_stub(*, knows_keys: bool = True) -> Iterator[HttpStub]:
    """Serve a gateway on a free port."""
    stub = HttpStub(knows_keys=knows_keys)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer goes out as one packet at once; otherwise each waits for the peer's delayed acknowledgement.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reaction = stub.take(json.loads(body), dict(self.headers))
            if reaction is None:
                self.close_connection = True
                return
            status, headers, document = reaction
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a peer that died: that is what some tests are about."""

    server = Server((HOST, 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://{HOST}:{server.server_address[1]}/send"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
