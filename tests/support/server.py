"""The application served for real: waitress in a thread, on a free port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from waitress.server import create_server
from waitress.wasyncore import close_all
from werkzeug.routing import Rule

from survey_app import clock, db
from survey_app.config import Settings
from tests.support.clocks import FrozenClock

#: Bytes; larger answers would go through files, which waitress leaves open when a browser hangs up half-way.
LARGEST_ANSWER = 16 * 1024 * 1024

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Compiled(BytecodeCache):
    """Templates that this process has compiled. Every test has an application of its own, and its own objects of them;
    only the translation of the same source into the same code is not done again.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code if its source is the one that was compiled."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = Compiled()


Builder = Callable[..., tuple[str, str]]


def _compiled_once(compile_builder: Callable[[Rule, bool], Builder]) -> Callable[[Rule, bool], Builder]:
    """Let each of our addresses be compiled once in a process rather than once for each test's application.

    What a rule compiles to follows from its text, its defaults and the flag alone; a rule is handed to it when called.
    """
    built: dict[tuple[object, ...], Builder] = {}

    def builder(self: Rule, append_unknown: bool = True) -> Builder:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in built:
            built[key] = compile_builder(self, append_unknown)
        return built[key]

    return builder


Rule._compile_builder = _compiled_once(Rule._compile_builder)  # type: ignore[method-assign, assignment]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test installation: files in the test's folder, a key that is no secret."""
    return Settings.load(data_dir=tmp_path / "data", secret_key="only for tests")


@pytest.fixture
def app(database: db.Database, settings: Settings) -> Flask:
    """The application over the test's database."""
    from survey_app.app import create_app  # only where it is needed: the pure tests start without a web

    application = create_app(settings)
    application.jinja_env.bytecode_cache = TEMPLATES
    application.testing = True
    return application


@pytest.fixture
def live_server(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the application while a test runs; gives the address it begins with, without a slash at its end."""
    frozen: FrozenClock | None = None
    if "frozen_clock" in request.fixturenames:
        frozen = request.getfixturevalue("frozen_clock")
    with serving(under_clock(app.wsgi_app, frozen)) as address:
        yield address


def under_clock(application: WsgiApp, frozen: FrozenClock | None) -> WsgiApp:
    """Let the serving threads see the clock that the test holds: a context variable does not reach them by itself."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with ExitStack() as held:
            if frozen is not None:
                held.enter_context(clock.moved_to(frozen.moment))
            return list(application(environ, start_response))

    return call


@contextmanager
def serving(application: WsgiApp) -> Iterator[str]:
    """Run a WSGI application on a free port of the loopback address."""
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        application,
        map=sockets,
        host="127.0.0.1",
        port=0,
        threads=4,
        clear_untrusted_proxy_headers=True,
        outbuf_overflow=LARGEST_ANSWER,
    )
    thread = threading.Thread(target=server.run, name="live-server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # The loop ends by itself once it has no socket left; only its own thread may close them.
        server.trigger.pull_trigger(lambda: close_all(sockets, ignore_all=True))
        thread.join(timeout=10)
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=5)
        assert not thread.is_alive(), "the live server did not stop"
