"""What is installed is whole: every tracked file of the packages is in the wheel, and nothing but them."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions
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


#: Flask is these; naming them again would only let their versions drift apart.
OF_FLASK = {"werkzeug", "jinja2", "markupsafe", "itsdangerous"}
#: Extras whose library one module imports, and only an installation that asks for it imports that module.
EXTRAS = ("s3",)
#: Needed without an import: the time zones of machines that have none.
UNSEEN = {"tzdata"}


def imported(sources: Iterable[ast.Module]) -> set[str]:
    """Top-level names that modules import from other projects."""
    names: set[str] = set()
    for source in sources:
        for node in ast.walk(source):
            if isinstance(node, ast.Import):
                names |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names) - set(tree.PACKAGES)


def projects_of(names: set[str]) -> set[str]:
    """The projects that provide top-level names, as they are called where they are installed from."""
    provided = packages_distributions()
    return {re.sub(r"[-_.]+", "-", provided[name][0]).lower() if name in provided else name for name in names}


def declared() -> set[str]:
    """The projects that setup.cfg asks for, those of an extra that a module of its own imports included."""
    config = configparser.ConfigParser()
    config.read(tree.ROOT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    lines = [*config["options"]["install_requires"].split(), *(line for one in EXTRAS for line in extras[one].split())]
    return {re.split(r"[<>=\[]", line)[0] for line in lines}


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    assert projects_of(imported(tree.sources().values())) - OF_FLASK == declared() - UNSEEN


def test_an_import_without_a_declaration_is_seen() -> None:
    source = ast.parse("import os, numpy.linalg\nfrom babel.dates import x\nfrom survey_app import db\nimport nowhere")
    assert projects_of(imported([source])) == {"numpy", "babel", "nowhere"}
