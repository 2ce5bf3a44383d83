"""Settings of an installation: read once from the environment, never from code.

Every variable is listed in ``docs/administrators.md``; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from environs import Env

PREFIX = "SURVEY_APP_"
LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    #: SQLAlchemy address; SQLite beside the data by default.
    database_url: str = ""
    #: Folder of the embedded database, the job store and the secret key.
    data_dir: Path = field(default_factory=lambda: Path("var"))
    #: Signs login cookies; made once and kept in ``data_dir`` where it is not given.
    secret_key: str = ""
    #: Production refuses the demo bank and insists on secure cookies.
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    #: Number of web threads of the embedded server.
    threads: int = 8
    #: Where links in messages and posters point; the served address where it is not given.
    public_url: str = ""
    #: Trust X-Forwarded-For and X-Forwarded-Proto of this many proxies in front.
    proxies: int = 0
    #: Rate-limit storage; several processes need Redis.
    limits_url: str = "memory://"
    #: Where workers are woken; a file beside the data by default, ``redis://…`` for several machines.
    queue_url: str = ""
    log_level: str = "INFO"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from ``SURVEY_APP_*`` variables; keyword arguments that are not None win."""
        env = Env(prefix=PREFIX)
        settings = cls(
            database_url=env.str("DATABASE_URL", ""),
            data_dir=Path(env.str("DATA_DIR", "var")),
            secret_key=env.str("SECRET_KEY", ""),
            production=env.bool("PRODUCTION", False),
            host=env.str("HOST", "127.0.0.1"),
            port=env.int("PORT", 8000),
            threads=env.int("THREADS", 8),
            public_url=env.str("PUBLIC_URL", "").rstrip("/"),
            proxies=env.int("PROXIES", 0),
            limits_url=env.str("LIMITS_URL", "memory://"),
            queue_url=env.str("QUEUE_URL", ""),
            log_level=env.str("LOG_LEVEL", "INFO"),
        )
        settings = replace(settings, **{name: value for name, value in overrides.items() if value is not None})
        if not settings.database_url:
            settings = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'survey_app.db'}")
        return settings

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the served address."""
        if self.host in LOOPBACK_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def base_url(self) -> str:
        """The address that links begin with, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def with_secret(self) -> Self:
        """The same settings with a secret key: the given one, or one kept in a file only its owner reads."""
        if self.secret_key:
            return self
        path = self.data_dir / "secret_key"
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="ascii")
        return replace(self, secret_key=path.read_text(encoding="ascii").strip())
