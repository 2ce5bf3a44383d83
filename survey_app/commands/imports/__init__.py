"""Imports: files of branches, people, notices, profits, questionnaires and responses, brought in row by row."""

from collections.abc import Mapping
from typing import Any, Final

from survey_app.commands.imports.affected import AffectedHandler
from survey_app.commands.imports.agents import AgentHandler
from survey_app.commands.imports.benchmarks import BenchmarkHandler
from survey_app.commands.imports.branches import BranchHandler
from survey_app.commands.imports.consents import ConsentHandler
from survey_app.commands.imports.departures import DepartureHandler
from survey_app.commands.imports.handler import Handler
from survey_app.commands.imports.messages import MessageHandler
from survey_app.commands.imports.notices import NoticeHandler
from survey_app.commands.imports.profits import ProfitHandler
from survey_app.commands.imports.responses import ResponseHandler
from survey_app.commands.imports.shoppers import ShopperHandler
from survey_app.commands.imports.trainings import TrainingHandler
from survey_app.commands.imports.users import UserHandler

#: Every kind of table that can be imported, by its word on the command line.
HANDLERS: Final[Mapping[str, type[Handler[Any]]]] = {
    handler.code: handler
    for handler in (
        BranchHandler, AgentHandler, UserHandler, ShopperHandler, NoticeHandler, ProfitHandler, ResponseHandler,
        BenchmarkHandler, MessageHandler, AffectedHandler, ConsentHandler, DepartureHandler,
        TrainingHandler,
    )
}  # fmt: skip
