"""An installation to measure: a database of its own with a synthetic bank, and the product's own server over it."""

from __future__ import annotations

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Tables whose row counts say how large a measured database is.
COUNTED = ("branch", "agent", "response", "answer", "score", "branch_fact", "agent_fact", "profit")
START_SECONDS = 60.0
#: The command as it was installed beside this Python.
PROGRAM = str(Path(sys.executable).with_name("survey-app"))


@dataclass(frozen=True)
class Installation:
    """One installation in a folder of its own."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "bench.db"

    @property
    def environment(self) -> dict[str, str]:
        """Settings by environment variables, so that every command of it sees the same."""
        return os.environ | {
            "SURVEY_APP_DATA_DIR": str(self.folder),
            "SURVEY_APP_DATABASE_URL": f"sqlite:///{self.database}",
            "SURVEY_APP_LOG_LEVEL": "WARNING",
        }

    def command(self, *arguments: str) -> tuple[float, bytes]:
        """Run ``survey-app`` with arguments; gives the seconds it took and what it printed."""
        begun = time.perf_counter()
        done = subprocess.run(
            (PROGRAM, *arguments),
            env=self.environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"survey-app {' '.join(arguments)}: {done.stderr.decode()[-2000:]}")
        return time.perf_counter() - begun, done.stdout

    def sizes(self) -> dict[str, int]:
        """Rows of the tables that grow."""
        return {table: len(self.column(f"SELECT 1 FROM {table}")) for table in COUNTED}  # noqa: S608 our own names

    def column(self, statement: str) -> list[str]:
        """The first column of what a statement finds."""
        with closing(sqlite3.connect(self.database)) as connection:
            return [str(row[0]) for row in connection.execute(statement)]

    @contextmanager
    def served(self) -> Iterator[int]:
        """Run the server while measuring; gives its port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        command = (PROGRAM, "run", "--no-demo", "--port", str(port))
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_until_up(port, process)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stderr:
                process.stderr.close()


def wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    pause, until = threading.Event(), time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(process.stderr.read().decode()[-2000:] if process.stderr else "the server ended")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pause.wait(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not answer within {START_SECONDS:.0f} seconds")
