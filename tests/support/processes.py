"""Processes that a test may kill: each is forked from one that has imported what they need, which takes a second."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

#: Imported once in a run, and by nothing that holds a thread, a lock or a connection.
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.load.sender", "tests.load.letter_sender"])


def started(target: Callable[..., object], *given: Any) -> BaseProcess:
    """A process that calls a function of a module with what it is given; killed by a signal, it ends with minus it."""
    process = _FORKED.Process(target=target, args=given, daemon=True)
    process.start()
    return process


def started_up(target: Callable[..., object], *given: Any) -> BaseProcess:
    """The same, once it has said that it begins: the function's last argument is the connection to say it by."""
    heard, said = _FORKED.Pipe(duplex=False)
    with heard:
        with said:
            process = started(target, *given, said)
        heard.recv()
    return process


def ending(process: BaseProcess, within: float) -> int | None:
    """How a process ended: its exit code, or None where it still runs after so many seconds."""
    process.join(within)
    code = process.exitcode
    if code is not None:
        process.close()
    return code
