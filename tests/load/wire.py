"""A connection as bad as a phone's: it drops a share of all requests, before, in the middle and behind the server."""

from __future__ import annotations

import random
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 65_536
#: How a request is lost: it never leaves, it is cut in the middle, or it is done and the answer never comes.
REFUSED, CUT, UNANSWERED = "refused", "cut", "unanswered"
WAYS = (REFUSED, CUT, UNANSWERED)


class Wire(socketserver.ThreadingTCPServer):
    """Passes one request of each connection on to a server, unless it loses it."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, target: int, share: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target, self.share = target, share
        self.counts: Counter[str] = Counter()
        self._draw, self._held = random.Random(seed), threading.Lock()

    @property
    def port(self) -> int:
        """Where clients reach it."""
        return int(self.server_address[1])

    def fate(self) -> str:
        """What becomes of the next request: a way of losing it, or nothing."""
        with self._held:
            self.counts["requests"] += 1
            lost = self._draw.choice(WAYS) if self._draw.random() < self.share else ""
            if lost:
                self.counts[lost] += 1
        return lost

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that is cut is what this is for."""


class _Passing(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        """One request, one answer."""
        fate = self.server.fate()
        if fate == REFUSED:
            return
        with suppress(OSError):
            sent = _whole(self.request)
            with socket.create_connection(("127.0.0.1", self.server.target), timeout=60) as onward:
                if fate == CUT:
                    onward.sendall(sent[: len(sent) // 2])
                    return
                onward.sendall(sent)
                answer = b"".join(iter(lambda: onward.recv(_PIECE), b""))
            if fate != UNANSWERED:
                self.request.sendall(answer)


def _whole(line: socket.socket) -> bytes:
    """A request with its body; every client of ours closes after one."""
    line.settimeout(60)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(line)
    head, _, body = got.partition(b"\r\n\r\n")
    size = next(
        (int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length")), 0
    )
    while len(body) < size:
        body += _more(line)
    return head + b"\r\n\r\n" + body


def _more(line: socket.socket) -> bytes:
    piece = line.recv(_PIECE)
    if not piece:
        raise ConnectionError
    return piece


@contextmanager
def bad_wire(target: int, share: float, seed: int) -> Iterator[Wire]:
    """Stand between clients and a server on this machine."""
    with Wire(target, share, seed) as wire:
        thread = threading.Thread(target=wire.serve_forever, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join(timeout=10)
