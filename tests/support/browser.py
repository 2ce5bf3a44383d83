"""Chromium for the tests: found on the machine, started quietly, watched for calls to anywhere else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

#: Debian's Chromium without windows first, to which another person's context costs a third of what it costs a whole
#: browser; ``CHROMIUM`` overrides. Ubuntu's own is a snap, so there Playwright's download serves.
NAMES = ("chromium-headless-shell", "chromium", "google-chrome-stable", "google-chrome")
#: Root needs no-sandbox; the rest keeps the browser from calling its maker, which a closed network refuses noisily.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No name leads anywhere: our servers are addresses of this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-dev-shm-usage",
)


def executable() -> Path | None:
    """The browser this machine has; None where only Playwright's own may be there."""
    given = os.environ.get("CHROMIUM")
    if given:
        return Path(given)
    found = (Path(path) for path in map(shutil.which, NAMES) if path)
    # A snap cannot read the folders that the tests give to a browser.
    return next((path for path in found if path.resolve().name != "snap"), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window."""
    return playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
