"""How does each test open a database of its own without compiling every statement anew?

SQLAlchemy keeps what it has compiled with the engine, and each test opens one.  Engines of one process that
speak to the same kind of database may share it: it depends on the statement and on the kind, never on rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

from stockroom.db.engine import open_engine

STATEMENTS_MAX = 5_000
_DIALECTS: dict[str, Dialect] = {}


def open_warm(url: str) -> Engine:
    """Open an engine as `open_engine` does, with what the process has compiled before."""
    return warmed(open_engine(url))


def warmed(engine: Engine) -> Engine:
    """Let an engine share what is compiled; its dialect is part of the key under which that is kept."""
    if engine.dialect.name not in _DIALECTS:
        engine.connect().close()  # the dialect learns which version it speaks to
        _DIALECTS[engine.dialect.name] = engine.dialect
    engine.dialect = _DIALECTS[engine.dialect.name]
    engine.update_execution_options(compiled_cache=_compiled(engine.dialect.name))
    return engine


@cache
def _compiled(_dialect: str) -> LRUCache[Any, Any]:
    return LRUCache(STATEMENTS_MAX)
