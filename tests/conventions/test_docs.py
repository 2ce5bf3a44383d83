"""What the documentation says of settings and commands is what the code does."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click
import pytest

from reports.policy import Policy
from survey_app import cli, config, jobs
from survey_app.field import rules as fieldwork
from survey_app.field.rotation import settings as planner
from survey_app.loop import voices
from survey_app.loop.policy import Loop
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.permissions import Role
from survey_app.queries import branch_today
from survey_app.web import incident_words
from survey_app.web.cases import lists
from tests.conventions import tree
from translations import speaking

ADMINISTRATORS = tree.ROOT / "docs" / "administrators.md"
#: Read by the command line itself, before any settings.
LANGUAGE = "SURVEY_APP_LANGUAGE"


def documented(pattern: str, text: str) -> set[str]:
    """First cells of table rows that match."""
    return set(re.findall(rf"^\| `({pattern})`", text, re.MULTILINE))


def variables() -> set[str]:
    """Every environment variable that the settings read."""
    source = ast.parse(Path(config.__file__).read_text(encoding="utf-8"))
    names = {
        ast.unparse(node.args[0])
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "env"
    }
    plain = {ast.literal_eval(name) for name in names if not name.startswith("f")}
    by_gateway = {name[len("f'{start}") : -1] for name in names if name.startswith("f")}
    assert all(re.fullmatch(r"[A-Z_]+", name) for name in plain | by_gateway)
    every = plain | {gateway.upper() + name for gateway in config.GATEWAYS for name in by_gateway}
    return {config.PREFIX + name for name in every}


def test_every_setting_is_documented_and_no_other() -> None:
    found = documented(r"SURVEY_APP_\w+", ADMINISTRATORS.read_text(encoding="utf-8"))
    assert len(found) > 10
    assert found == variables() | {LANGUAGE}


def test_every_command_is_documented_and_no_other() -> None:
    found = documented(r"survey-app \w+", ADMINISTRATORS.read_text(encoding="utf-8"))
    assert found == {f"survey-app {name}" for name in cli.COMMANDS}


def test_every_role_is_documented_and_no_other() -> None:
    text = ADMINISTRATORS.read_text(encoding="utf-8")
    roles = text[text.index("## Roles") : text.index("## At scale")]
    assert documented(r"[a-z_]+", roles) == {role.value for role in Role}


def test_every_setting_of_the_method_is_documented_with_its_default() -> None:
    text = (tree.ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    told = {
        name: json.loads(default) for name, default in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, re.MULTILINE)
    }
    assert told == Policy().as_dict()


@pytest.mark.parametrize(
    ("heading", "defaults"), [("What each rule does", Rules), ("Rules for all campaigns", Outreach)]
)
def test_every_rule_of_campaigns_is_documented_with_its_default(heading: str, defaults: type[Rules | Outreach]) -> None:
    text = (tree.ROOT / "docs" / "campaigns.md").read_text(encoding="utf-8")
    part = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    told = {
        name: json.loads(default) for name, default in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", part, re.MULTILINE)
    }
    assert told == json.loads(json.dumps(asdict(defaults())))


def test_every_rule_of_programmes_is_documented_and_no_other() -> None:
    text = (tree.ROOT / "docs" / "programmes.md").read_text(encoding="utf-8")
    part = text.split("\n## Rules\n")[1].split("\n## ")[0]
    told = [name for row in re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(asdict(fieldwork.Rules()))


def test_every_rule_of_the_loop_is_documented_with_its_default() -> None:
    text = (tree.ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
    part = text.split("\n## Rules\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]+) \|", part, re.MULTILINE)
    told = {tuple(re.findall(r"`(\w+)`", names)): plain.replace(",", "") for names, plain in rows}
    rules = Loop()
    assert sorted(name for names in told for name in names) == sorted(asdict(rules))
    for names, plain in told.items():
        values = [getattr(rules, name) for name in names]
        if isinstance(values[0], Mapping):
            agorot = 1 if names == ("level_hours",) else 100
            assert [int(one) for one in re.findall(r"\d+", plain)] == [one // agorot for one in values[0].values()]
        else:
            whole = values[0] if isinstance(values[0], tuple) else values
            assert plain.split() == [str(one).lower() for one in whole], names


def test_every_goal_of_the_planner_is_documented_with_its_default() -> None:
    text = (tree.ROOT / "docs" / "rotation.md").read_text(encoding="utf-8")
    told = {name: int(usual) for name, usual in re.findall(r"^\| `(\w+)` \| (\d) \|", text, re.MULTILINE)}
    defaults = planner.Settings()
    assert told == {name: getattr(defaults, name) for name in planner.GOALS}


PAGES = [*sorted((tree.ROOT / "docs").rglob("*.md")), tree.ROOT / "README.md"]


def headings(path: Path) -> set[str]:
    """What a link can lead to on a page: its headings, as hosts of such pages make addresses of them."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)#?([^)\s]*)\)", path.read_text(encoding="utf-8"))
    pages = [(path.parent / target if target else path, place) for target, place in links]
    assert [str(page) for page, _place in pages if not page.exists()] == []
    assert [(page.name, place) for page, place in pages if place and place not in headings(page)] == []


def test_the_first_page_leads_to_every_document_and_the_documents_to_every_picture() -> None:
    first = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in PAGES[:-1]} - set(re.findall(r"docs/([\w-]+\.md)", first)) == set()
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    pictures = {path.name for path in (tree.ROOT / "docs" / "pictures").glob("*.png")}
    assert pictures == set(re.findall(r"pictures/([\w-]+\.png)", text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_shell_examples_name_commands_and_options_that_exist(path: Path) -> None:
    for line in re.findall(r"(?<![\w'.-])survey-app ([a-z][^`\n|]*)", path.read_text(encoding="utf-8")):
        command: click.Command = cli.main
        for word in line.split():
            found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
            if found is None:
                assert not isinstance(command, click.Group) or word.startswith(("-", "#")), line
                break
            command = found
        given = set(re.findall(r"(?<!\S)(--[a-z-]+)", line))
        parameters = [parameter for one in _with_children(command) for parameter in one.params]
        known = {option for one in parameters for option in (*one.opts, *one.secondary_opts)}
        assert given <= known | {"--help"}, line


def _with_children(command: click.Command) -> list[click.Command]:
    return [command, *(command.commands.values() if isinstance(command, click.Group) else ())]


#: Tables of the documents -> page, a cell of its heading, and what the screens call the same.
NAMED: dict[str, tuple[str, str, Iterable[Any]]] = {
    "a branch's day": ("my-work", "kind", [name for name, _ask in branch_today.SOURCES.values()]),
    "cuts of the list of cases": ("case-work", "cut", [name for name, _empty in lists.CUTS.values()]),
    "sources of voices": ("voices", "source", [one.name for one in voices.SOURCES.values()]),
    "people of an incident": ("incidents", "state", [name for name, _badge in incident_words.PEOPLE.values()]),
}


@pytest.mark.parametrize(("page", "head", "names"), NAMED.values(), ids=NAMED)
def test_tables_call_things_what_the_screens_call_them(page: str, head: str, names: Iterable[Any]) -> None:
    text = (tree.ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    table = text.split(f"\n| {head} |")[1].split("\n\n")[0].splitlines()[2:]
    with speaking("en"):
        assert {row.split("|")[1].strip() for row in table} == {str(name) for name in names}


#: Folders in which rooms of the developers' page stand.
ROOMS = ("forms", "reports", "translations", "survey_app", "tests", "docs")


def test_every_file_that_developers_are_led_to_is_there() -> None:
    text = (tree.ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    named = {
        name
        for span in re.findall(r"`([^`\n]+)`", text)
        if re.fullmatch(r"[\w*./-]+(\.(py|yaml|html|js|json|typ)|/)", name := span.removeprefix("/"))
    }
    assert len(named) > 200
    paths = [
        one.relative_to(tree.ROOT).as_posix() + "/" * one.is_dir()
        for room in ROOMS
        for one in [tree.ROOT / room, *(tree.ROOT / room).rglob("*")]
    ]
    assert [name for name in sorted(named) if not any(fnmatchcase("/" + path, "*/" + name) for path in paths)] == []


def test_every_act_of_the_worker_is_told_to_developers() -> None:
    text = (tree.ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    part = text.split("## What the worker does\n")[1].split("\n## ")[0]
    told = {
        when: re.findall(r"`([\w.]+)`", acts)
        for when, acts in re.findall(r"^\| (\w.*?) \| (.*) \|$", part, re.MULTILINE)
    }
    told.pop("when")
    every = {"every minute": jobs.EVERY_MINUTE, "every hour": jobs.EVERY_HOUR, "at night": jobs.EVERY_NIGHT}
    acts = {when: [f"{one.__module__.rsplit('.')[-1]}.{one.__name__.lstrip('_')}" for one in them]
            for when, them in every.items()}  # fmt: skip
    assert told == acts
