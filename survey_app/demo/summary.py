"""What to open once the demo bank is loaded: links, logins, the month to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from survey_app.permissions import ROLE_NAMES, Role
from translations import LANGUAGES
from translations import gettext as _

#: Where each role has most to see first. ``{month}`` is the last full month.
FIRST: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: "/questionnaires",
    Role.MANAGEMENT: "/reviews/{month}",
    Role.REGION_MANAGER: "/at-risk",
    Role.BRANCH_MANAGER: "/branch-today",
    Role.AGENT: "/me",
    Role.FIELD_COORDINATOR: "/fieldwork/today",
    Role.QUALITY_REVIEWER: "/quality",
    Role.SHOPPER: "/shops",
    Role.ANALYST: "/analysis",
    Role.PRIVACY_OFFICER: "/responses",
    Role.INTERVIEWER: "/calls",
    Role.DEPARTMENT_HEAD: "/marks",
    Role.SERVICE_MANAGER: "/incidents",
    Role.OMBUDSMAN: "/cases",
}


@dataclass(frozen=True)
class Login:
    """A user of the demo bank and the password made for it at load."""

    role: Role
    name: str
    email: str
    password: str


@dataclass(frozen=True)
class Summary:
    """What was loaded and how to get in. ``tokens``: language → token of a personal link that nobody used yet."""

    organisation: str
    branches: int
    agents: int
    surveys: int
    shops: int
    #: The last full month, which is open; the months before it are signed.
    month: str
    #: A branch with much to see: its open link, its manager and its agent are the ones below.
    branch_code: str
    tokens: Mapping[str, str]
    logins: tuple[Login, ...]

    def login(self, role: Role | str) -> Login:
        """The login of a role; KeyError where there is none."""
        for login in self.logins:
            if login.role == role:
                return login
        raise KeyError(role)

    @property
    def survey_path(self) -> str:
        """The path of a personal survey link, in Hebrew."""
        return f"/s/{self.tokens['he']}"

    @property
    def open_path(self) -> str:
        """The path of a branch's open survey link."""
        return f"/b/{self.branch_code}"

    @property
    def review_path(self) -> str:
        """The path of the last full month's review."""
        return f"/reviews/{self.month}"

    def first_path(self, login: Login) -> str:
        """The path of the page that somebody should open first."""
        return FIRST[login.role].format(month=self.month)

    def text(self, base_url: str) -> str:
        """What to print: an address or a login begins each line, so that it can be copied whole."""
        return "\n".join(self._lines(base_url))

    def _lines(self, base_url: str) -> Iterator[str]:
        yield _(
            "%(name)s (synthetic): %(branches)s branches, %(agents)s agents, %(surveys)s surveys, %(shops)s visits.",
            name=self.organisation,
            branches=self.branches,
            agents=self.agents,
            surveys=self.surveys,
            shops=self.shops,
        )
        review, personal, opened = _("Monthly review"), _("Personal survey link"), _("Open survey link of a branch")
        yield f"{base_url}{self.review_path}  {review}"
        for language, token in self.tokens.items():
            yield f"{base_url}/s/{token}  {personal}, {LANGUAGES[language]}"
        yield f"{base_url}{self.open_path}  {opened}"
        logins = _("Logins: e-mail, password, what to open first, role")
        yield f"{base_url}/login  {logins}"
        width = max(len(login.email) for login in self.logins)
        wide = max(len(self.first_path(login)) for login in self.logins)
        for login in self.logins:
            first = f"{base_url}{self.first_path(login):<{wide}}"
            yield f"  {login.email:<{width}}  {login.password}  {first}  {ROLE_NAMES[login.role]}"
