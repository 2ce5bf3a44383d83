"""What is installed is whole: every tracked file of the packages is in the wheel, and nothing but them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conventions import tree

DESCRIBES = ("setup.cfg", "pyproject.toml", "LICENSE", "README.md")


def wheel_of(project: Path) -> set[str]:
    """The names of the files in the wheel that a project builds, its own metadata aside."""
    out = project.parent / "wheels"
    command = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), ".")
    built = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name and not name.endswith("/")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what would be committed, since building leaves files beside the sources."""
    top = tmp_path / "project"
    for name in tree.every_file():
        if name in DESCRIBES or name.startswith(tuple(f"{package}/" for package in tree.PACKAGES)):
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree.ROOT / name, top / name)
    return top


def test_the_wheel_holds_every_file_of_the_packages(project: Path) -> None:
    (project / "survey_app" / "unlisted.bin").write_bytes(b"0")  # of a kind that nothing declares
    wanted = {name for name in tree.every_file() if name.startswith(tuple(f"{package}/" for package in tree.PACKAGES))}
    assert wanted
    assert wheel_of(project) == wanted
