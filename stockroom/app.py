"""How is the application put together?  One function, from settings to something that answers requests."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import structlog
from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from sqlalchemy import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from stockroom.access import logging_in
from stockroom.access.admitting import API_PREFIX, guard
from stockroom.access.exporting import note_exports
from stockroom.api import description, register_api
from stockroom.clock import now
from stockroom.db.backups import file_of
from stockroom.db.base import db
from stockroom.db.migrating import refuse_other_revision
from stockroom.db.sealing import KeyRing
from stockroom.db.store import Store, open_store
from stockroom.errors import StockroomError, extracted
from stockroom.http.addresses import Route
from stockroom.http.headers import protect
from stockroom.http.problems import note_unforeseen, problem_response
from stockroom.http.request_log import log_requests
from stockroom.http.showing import QuickJSON
from stockroom.outside.catalogues import LANGUAGE
from stockroom.web import register_web
from stockroom.web.error_pages import error_page

BODY_BYTES_MAX = 2 * 1024 * 1024
FORM_BYTES_MAX = 256 * 1024
FORM_PARTS_MAX = 200


class SecondProcess(StockroomError):
    """Another server process runs on this SQLite file; one is what SQLite is for."""

    code: ClassVar[str] = "second_process"
    message: ClassVar[str] = extracted(
        "Another Stockroom serves this SQLite database already. Stop it, or start with one worker; "
        "several workers need PostgreSQL."
    )


class _Application(Flask):
    """Flask with our JSON, for plain functions: none is a coroutine, and asking each costs at every request."""

    json_provider_class = QuickJSON
    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, *, clock: Callable[[], datetime] = now, late: bool = False) -> Flask:
    """Make the application on an existing, migrated database.

    What requests do is dated by `clock`; log-ins, cookies and logs keep to the machine's.
    With `late`, what answers a route is imported when it is first asked for, or by `load_all` (http/late_routes.py).

    Raises RevisionUnknown for a database of another version, DatabaseUnsafe for one whose settings
    do not read back.
    """
    app = _Application("stockroom", template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping(_flask_settings(settings))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    app.extensions["stockroom"] = _opened_store(app, settings)
    app.extensions["stockroom_clock"] = clock
    Babel(app)
    Bootstrap5(app)
    csrf = CSRFProtect(app)
    log_requests(app)
    guard(app, csrf)
    note_exports(app)
    protect(app, is_https=settings.is_https)
    logging_in.set_up_log_in(app, idle=settings.log_in_idle)
    register_web(app, late=late)
    register_api(app, late=late)
    app.register_error_handler(Exception, _answer_error)
    return app


def _flask_settings(settings: Settings) -> dict[str, object]:
    secure = settings.is_https
    cookie = {
        "SESSION_COOKIE_NAME": "__Host-stockroom" if secure else "stockroom",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_PATH": "/",
    }
    limits = {
        "MAX_CONTENT_LENGTH": BODY_BYTES_MAX,
        "MAX_FORM_MEMORY_SIZE": FORM_BYTES_MAX,
        "MAX_FORM_PARTS": FORM_PARTS_MAX,
    }
    return {
        "SECRET_KEY": settings.secret_key,
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "WTF_CSRF_CHECK_DEFAULT": False,  # access/admitting.py asks for it itself, before every screen
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the log-in's cookie, to which it is bound
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": LANGUAGE,
        **cookie,
        **limits,
        **logging_in.SETTINGS,
        **description.SETTINGS,
    }


def _opened_store(app: Flask, settings: Settings) -> Store:
    """The installation on Flask-SQLAlchemy's engine, which is ours (db/engine.py)."""
    with app.app_context():
        engine = db.engine
    refuse_other_revision(engine)
    return open_store(
        engine,
        keyring=KeyRing(settings.installation_key),
        anchor_file=settings.anchor_file,
        anchor_keeping=settings.anchor_keeping,
    )


def _answer_error(error: Exception) -> ResponseReturnValue:
    note_unforeseen(error)
    if request.path.startswith(API_PREFIX):
        return problem_response(error)
    return error_page(error)


def store_of(app: Flask) -> Store:
    """The installation that an application serves."""
    store = app.extensions["stockroom"]
    assert isinstance(store, Store)
    return store


def claim_single_process(settings: Settings) -> int | None:
    """Keep this process the only server of a SQLite file for as long as it lives.

    The lock lies beside the database, and the system takes it back when the process ends; give the
    handle to `release_single_process` to end it sooner.  None on PostgreSQL, where many may serve.
    Raises SecondProcess.
    """
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        return None
    database = file_of(settings.database_url)
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(database.with_name(f"{database.name}.server"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock_at_once(handle)
    except OSError:
        os.close(handle)
        raise SecondProcess() from None
    return handle


def release_single_process(handle: int | None) -> None:
    """Let another process serve."""
    if handle is not None:
        os.close(handle)


if sys.platform == "win32":  # pragma: no cover - the same on Windows
    import msvcrt

    def _lock_at_once(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_at_once(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def configure_logging(*, verbose: bool = False) -> None:
    """Log one JSON object a line to standard error; a value can never break out of its line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first, so that what is not logged costs nothing more
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("stockroom").setLevel(logging.INFO if verbose else logging.WARNING)
