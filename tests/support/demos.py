"""Demo banks for tests that read them: loaded whole into a database of their own, at the moment of the tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from survey_app import clock, db, demo
from survey_app.config import Settings
from survey_app.demo.loading import Progress
from tests.support.clocks import MOMENT

Loaded = tuple[db.Database, demo.Summary]


def load_into(
    path: Path, template: Path, progress: Progress = lambda step, share: None, **numbers: int
) -> tuple[db.Database, demo.Summary]:
    shutil.copyfile(template, path)
    database = db.Database(f"sqlite:///{path}")
    with clock.moved_to(MOMENT):
        return database, demo.load(Settings(data_dir=path.parent), database=database, progress=progress, **numbers)


def every(statement: Any) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(statement).unique())


def count(model: Any, *conditions: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
