"""Which settings does this installation run with?  The only reader of the environment.

What is not given is generated at the first start and kept in the instance folder, readable by its
owner alone, so that one clinic needs no configuration at all.  In production nothing is generated:
a missing, short or sample secret stops the start.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from stockroom.db.anchor_keeping import PLAIN, AnchorKeeping
from stockroom.errors import StockroomError, extracted

ROOT = Path(__file__).resolve().parent
SECRET_LENGTH_MIN = 32
DISTINCT_CHARACTERS_MIN = 10
"""A secret of fewer different characters was typed by somebody, not drawn."""
KEY_BYTES = 32
SMTP_SECURITIES = ("starttls", "tls", "none")
LOG_IN_IDLE_USUAL = timedelta(minutes=30)


@dataclass(eq=False, kw_only=True)
class SettingsUnfit(StockroomError):
    """A setting is missing or too weak to start with."""

    code: ClassVar[str] = "settings_unfit"
    message: ClassVar[str] = extracted("{setting}: {problem}. Stockroom does not start.")
    setting: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between installations."""

    database_url: str
    instance: Path
    """Folder of the SQLite file and the generated secrets; also where a pid or lock may lie."""
    anchor_file: Path
    """Where journal heads are written outside the database; best on another disk."""
    secret_key: str = field(repr=False)
    """Signs cookies, anti-forgery tokens and page cursors."""
    password_salt: str = field(repr=False)
    """Mixed into every password before argon2, so that a stolen database alone is not enough."""
    installation_key: bytes = field(repr=False)
    """32 bytes that wrap every patient's data key."""
    anchor_keeping: AnchorKeeping = field(default=PLAIN, repr=False)
    """Whether journal heads are signed, and in which second file they are kept."""
    public_url: str | None = None
    """The address that people type when it is not this machine's own; https makes cookies Secure."""
    smtp_host: str | None = None
    """The mail server; without one letters are put into the folder `outbox` of the instance."""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_security: str = "starttls"
    mail_from: str = "Stockroom <stockroom@localhost>"
    trusted_proxies: int = 0
    """How many proxies in front of us write X-Forwarded-*; 0 means that those headers count for nothing."""
    log_in_idle: timedelta = LOG_IN_IDLE_USUAL
    """How long a log-in lives without a request; shorter where several people share a tablet."""

    @property
    def is_https(self) -> bool:
        return self.public_url is not None and self.public_url.startswith("https://")


def load_settings(
    *,
    database_url: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Give the settings of the environment; an explicit `database_url` wins over STOCKROOM_DATABASE_URL.

    Raises SettingsUnfit.
    """
    given = os.environ if environment is None else environment
    instance = Path(given.get("STOCKROOM_INSTANCE") or ROOT / "instance").resolve()
    production = given.get("STOCKROOM_ENV") == "production"
    secret = _Secrets(given, instance, production)
    public_url = given.get("STOCKROOM_PUBLIC_URL") or None
    if production and not (public_url or "").startswith("https://"):
        raise SettingsUnfit(setting="STOCKROOM_PUBLIC_URL", problem="production is served over https only")
    named = given.get("STOCKROOM_ANCHOR_FILE")
    anchor_file = Path(named).resolve() if named else instance / "anchors.jsonl"
    return Settings(
        database_url=database_url or given.get("STOCKROOM_DATABASE_URL") or _own_sqlite(instance),
        instance=instance,
        anchor_file=anchor_file,
        secret_key=secret.text("STOCKROOM_SECRET_KEY", "secret_key"),
        password_salt=secret.text("STOCKROOM_PASSWORD_SALT", "password_salt"),
        installation_key=secret.key("STOCKROOM_INSTALLATION_KEY", "installation_key"),
        anchor_keeping=_anchor_keeping(given, anchor_file),
        public_url=public_url,
        **_mail(given),
        trusted_proxies=_number(
            "STOCKROOM_TRUSTED_PROXIES", given.get("STOCKROOM_TRUSTED_PROXIES", "0"), 0, 5
        ),
        log_in_idle=_idle(given.get("STOCKROOM_LOG_IN_IDLE_MINUTES")),
    )


@dataclass(frozen=True)
class _Secrets:
    """Reads a secret from the environment, else from its file, else draws it (never in production)."""

    given: Mapping[str, str]
    instance: Path
    production: bool

    def text(self, setting: str, file_name: str) -> str:
        value = self.given.get(setting) or self._kept(setting, file_name)
        if len(value) < SECRET_LENGTH_MIN or len(set(value)) < DISTINCT_CHARACTERS_MIN:
            raise SettingsUnfit(
                setting=setting, problem=f"at least {SECRET_LENGTH_MIN} characters, drawn at random"
            )
        return value

    def key(self, setting: str, file_name: str) -> bytes:
        try:
            key = bytes.fromhex(self.given.get(setting) or self._kept(setting, file_name))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES or len(set(key)) < DISTINCT_CHARACTERS_MIN:
            raise SettingsUnfit(
                setting=setting, problem=f"{KEY_BYTES} random bytes, written as {2 * KEY_BYTES} hex digits"
            )
        return key

    def _kept(self, setting: str, file_name: str) -> str:
        if self.production:
            raise SettingsUnfit(setting=setting, problem="missing; production draws no secrets of its own")
        path = self.instance / file_name
        if not path.exists():
            _draw_into(path)
        return path.read_text(encoding="ascii").strip()


def _draw_into(path: Path) -> None:
    """Keep a new secret; when another process was first, its secret stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    drawn = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(drawn, path)
    drawn.unlink()


def _anchor_keeping(given: Mapping[str, str], anchor_file: Path) -> AnchorKeeping:
    """The key and the second file of the journals' heads.  Raises SettingsUnfit where either cannot be used."""
    key_file, copy_file = given.get("STOCKROOM_ANCHOR_KEY_FILE"), given.get("STOCKROOM_ANCHOR_COPY")
    key = None
    if key_file:
        from stockroom.outside.anchor_file import anchor_key  # dear to load: nobody signs by default

        try:
            key = anchor_key(Path(key_file))
        except OSError as error:
            problem = f"{key_file} cannot be read"
            raise SettingsUnfit(setting="STOCKROOM_ANCHOR_KEY_FILE", problem=problem) from error
        except ValueError as error:
            raise SettingsUnfit(setting="STOCKROOM_ANCHOR_KEY_FILE", problem=f"{key_file} {error}") from error
    if not copy_file:
        return AnchorKeeping(key=key)
    copy = Path(copy_file).resolve()
    if copy == anchor_file:
        raise SettingsUnfit(setting="STOCKROOM_ANCHOR_COPY", problem="is the anchor file itself")
    if not copy.parent.is_dir() or not os.access(copy.parent, os.X_OK):
        raise SettingsUnfit(setting="STOCKROOM_ANCHOR_COPY", problem=f"there is no folder {copy.parent}")
    return AnchorKeeping(key=key, copy=copy)


def _own_sqlite(instance: Path) -> str:
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{instance / 'stockroom.sqlite'}"


def _idle(text: str | None) -> timedelta:
    if not text:
        return LOG_IN_IDLE_USUAL
    return timedelta(minutes=_number("STOCKROOM_LOG_IN_IDLE_MINUTES", text, 1, 12 * 60))


def _mail(given: Mapping[str, str]) -> dict[str, Any]:
    """The mail server and what to tell it.  Raises SettingsUnfit."""
    host = given.get("STOCKROOM_SMTP_HOST") or None
    security = given.get("STOCKROOM_SMTP_SECURITY") or "starttls"
    if security not in SMTP_SECURITIES:
        raise SettingsUnfit(setting="STOCKROOM_SMTP_SECURITY", problem=f"one of {', '.join(SMTP_SECURITIES)}")
    sender = given.get("STOCKROOM_MAIL_FROM")
    if host is not None and "@" not in (sender or ""):
        raise SettingsUnfit(setting="STOCKROOM_MAIL_FROM", problem="the address that mail comes from")
    return {
        "smtp_host": host,
        "smtp_port": _number("STOCKROOM_SMTP_PORT", given.get("STOCKROOM_SMTP_PORT") or "587", 1, 65_535),
        "smtp_user": given.get("STOCKROOM_SMTP_USER", ""),
        "smtp_password": given.get("STOCKROOM_SMTP_PASSWORD", ""),
        "smtp_security": security,
        "mail_from": sender or Settings.mail_from,
    }


def _number(setting: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and least <= int(text) <= most):
        raise SettingsUnfit(setting=setting, problem=f"a number from {least} to {most}")
    return int(text)
