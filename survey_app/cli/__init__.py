"""The ``survey-app`` command: one group, a file per family of commands.

Results go to stdout, messages and progress to stderr. Exit codes: 0 done, 1 done in part or a check found something,
2 the command or a file cannot be used.
"""

from __future__ import annotations

import click

from survey_app.cli import data, facts, imports, organisation, people, report, serve
from survey_app.cli.support import speak

COMMANDS: tuple[click.Command, ...] = (
    serve.run,
    serve.work,
    serve.migrate,
    data.demo,
    organisation.organisation,
    people.user,
    people.invite,
    imports.imports,
    report.report,
    facts.facts,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="survey-app")
def main() -> None:
    """Branch service quality: customer surveys, mystery visits and profit in one monthly review."""
    speak()


for command in COMMANDS:
    main.add_command(command)
