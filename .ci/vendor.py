"""Refresh the front-end files that the repository keeps: fetch them by their npm lock, copy, record.

A folder of such files holds ``package.json`` and ``package-lock.json`` (what to fetch), and ``manifest.json`` (which
file of which package stands here, its version, licence and sha256). Raise a version in ``package.json`` and run
``make vendor``. Two files are made and not copied; ``MADE`` says how. Fonts of printed pages are turned into TrueType,
which the typesetter reads. Needs npm, and Chromium for ``plotly.css``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from playwright.sync_api import sync_playwright

from tests.support.browser import launch

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "survey_app/static/vendor", ROOT / "survey_app/outgoing/posters/fonts", ROOT / "tests/browser")
NPM = ("npm", "install", "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund")
#: The scripts a page of ours is written in; the fonts' other subsets stay out.
SUBSETS = ("hebrew", "latin", "arabic", "cyrillic")
RECORD_RULES = """
    window.rules = [];
    const insert = CSSStyleSheet.prototype.insertRule;
    CSSStyleSheet.prototype.insertRule = function (rule, place) {
        window.rules.push(rule);
        return insert.call(this, rule, place);
    };
"""


def plotly_css(modules: Path) -> str:
    """The rules that plotly.js puts into a page's head, which a strict style policy would refuse, as a style sheet.

    The library inserts each rule before the earlier ones, so the sheet holds them in reverse. Taken at ``insertRule``
    and not from the finished sheet, because a browser drops the prefixes it does not know.
    """
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.add_init_script(RECORD_RULES)
        page.goto("about:blank")
        page.add_script_tag(path=modules / "plotly.js-basic-dist-min/plotly-basic.min.js")
        rules: list[str] = page.evaluate("() => window.rules")
        browser.close()
    if len(rules) < 20:
        raise SystemExit(f"plotly.js inserted only {len(rules)} rules: the way it styles itself has changed")
    note = "/* Made by `make vendor` from the rules of plotly.js (MIT); loaded as #plotly.js-style-global. */\n"
    return note + "".join(f"{rule}\n" for rule in reversed(rules))


def rubik_css(modules: Path) -> str:
    """The font faces of the kept subsets, with the ranges the font's package states."""
    ranges = json.loads((modules / "@fontsource-variable/rubik/unicode.json").read_text(encoding="utf-8"))
    faces = [
        "@font-face {\n"
        '  font-family: "Rubik";\n  font-style: normal;\n  font-weight: 300 900;\n  font-display: swap;\n'
        f'  src: url("rubik-{subset}-wght-normal.woff2") format("woff2");\n'
        f"  unicode-range: {ranges[subset].replace(',', ', ')};\n}}\n"
        for subset in SUBSETS
    ]
    return "/* Made by `make vendor` from the package's own ranges. */\n" + "\n".join(faces)


def true_type(source: Path, target: Path) -> None:
    """A web font as a TrueType file whose family says which script it holds: a page names them in turn.

    ``Rubik-Hebrew-Bold.ttf`` becomes the bold face of the family *Rubik Hebrew*. The same input gives the same bytes.
    """
    name, script, face = target.stem.split("-")
    family = f"{name} {script}"
    font = TTFont(source, recalcTimestamp=False)
    font.flavor = None
    names = font["name"]
    for identity in (16, 17, 21, 22, 25):
        names.removeNames(nameID=identity)
    for identity, text in ((1, family), (2, face), (3, target.stem), (4, f"{family} {face}"), (6, target.stem)):
        names.setName(text, identity, 3, 1, 0x409)
    font.save(target)


#: Licences that a package calls otherwise than the SPDX list does.
LICENCES = {"BSD-0-Clause": "0BSD"}
#: Files made from a package instead of copied out of it.
MADE: dict[str, Callable[[Path], str]] = {"plotly.css": plotly_css, "rubik.css": rubik_css}


def refresh(folder: Path) -> None:
    """Fetch, copy or make every file of a folder's manifest, and write the manifest anew."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        for name in ("package.json", "package-lock.json"):
            if (folder / name).exists():
                shutil.copy(folder / name, temporary)
        subprocess.run(NPM, cwd=temporary, check=True)  # noqa: S603
        shutil.copy(Path(temporary) / "package-lock.json", folder)
        modules = Path(temporary) / "node_modules"
        for entry in manifest["files"]:
            target = folder / entry["file"]
            if entry["file"] in MADE:
                target.write_text(MADE[entry["file"]](modules), encoding="utf-8")
            elif target.suffix == ".ttf":
                true_type(modules / entry["package"] / entry["from"], target)
            else:
                shutil.copyfile(modules / entry["package"] / entry["from"], target)
            about = json.loads((modules / entry["package"] / "package.json").read_text(encoding="utf-8"))
            entry["version"] = about["version"]
            entry["licence"] = LICENCES.get(about["license"], about["license"])
            entry["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{folder.relative_to(ROOT)}: {len(manifest['files'])} files")


if __name__ == "__main__":
    for ground in FOLDERS:
        refresh(ground)
