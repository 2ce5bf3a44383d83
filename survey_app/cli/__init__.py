"""The ``survey-app`` command: one group, a file per family of commands.

Results go to stdout, messages and progress to stderr. Exit codes: 0 done, 1 done in part or a check found something,
2 the command or a file cannot be used. A command's module is loaded when the command is called, so that none waits for
the libraries of another.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click

from survey_app.cli.support import speak

#: Command -> its module and name there, and what it does in a line.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("serve", "run", "Serve web and worker in one process."),
    "work": ("serve", "work", "Do background work only."),
    "migrate": ("schema", "migrate", "Bring the database to this version's schema."),
    "demo": ("data", "demo", "Load a synthetic bank into an empty database."),
    "organisation": ("organisation", "organisation", "Show and change the organisation's name, contacts and policy."),
    "user": ("people", "user", "Add users, give them passwords."),
    "invite": ("people", "invite", "Make a personal survey link."),
    "campaign": ("campaigns", "campaign", "Plan, open, pause and end campaigns."),
    "plan": ("plan", "plan", "Plan months of mystery visits, publish them."),
    "point": ("points", "point", "Make, list, print and retire posters, desk stands and tablets."),
    "send": ("sending", "send", "Send what the outbox holds, or say what is due."),
    "programme": ("programmes", "programme", "Plan, begin, close and list programmes of mystery visits."),
    "department": ("departments", "department", "Departments that get comments which are not in a branch's hands."),
    "case": ("cases", "case", "Customers' cases: open, list, assign; turn their clocks."),
    "delegation": ("cases", "delegation", "Who stands in for whom in cases and promises."),
    "import": ("imports", "imports", "Import branches, agents, users, profits, questionnaires, responses."),
    "feed": ("feed", "feed", "Take in visits of customers, employees, open cases or opt-outs."),
    "exclusions": ("feed", "exclusions", "Show and shorten the lists of who is not to be asked."),
    "optout": ("feed", "opt_out", "Record that somebody wants no more surveys, or take it back."),
    "token": ("tokens", "token", "Make, list and revoke keys of other systems."),
    "export": ("exports", "export", "Export responses as CSV, XLSX, SPSS or JSON lines; questionnaires."),
    "report": ("report", "report", "Write a month's report as JSON or CSV."),
    "review": ("review", "review", "Compute a signed month again from what it was signed with."),
    "pack": ("pack", "pack", "Write a month's PDF, workbook, zip of tables or JSON as a user may see it."),
    "pay": ("pay", "pay", "What mystery shoppers are paid: months, their closing, files for payroll."),
    "publish": ("keeping", "publish", "Publish the anonymous responses that wait, as every night."),
    "retention": ("keeping", "retention", "Say what was kept long enough, or clear it."),
    "facts": ("facts", "facts", "Compare all facts with the answers, or put them right."),
}


class Lazy(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a newcomer's needs."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name, with its module loaded."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _summary = COMMANDS[cmd_name]
        return cast("click.Command", getattr(import_module(f"survey_app.cli.{module}"), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without loading what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_module, _name, summary) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="survey-app")
def main() -> None:
    """Branch service quality: customer surveys, mystery visits and profit in one monthly review."""
    speak()
