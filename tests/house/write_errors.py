"""Rewrites docs/errors.md from the error classes: `python -m tests.house.write_errors`."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import stockroom
from stockroom import errors

CATALOGUE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
_FAMILIES = (
    (errors.NotFound, 404),
    (errors.Refused, 422),
    (errors.NeedsOverride, 422),
    (errors.Conflict, 409),
    (errors.Stale, 412),
    (errors.Forbidden, 403),
    (errors.Unreadable, 400),
    (errors.Unavailable, 503),
)
_HEAD = """# Errors

Every failure that Stockroom foresees, by its stable code. Generated from the classes by
`python -m tests.house.write_errors`; a test compares this page with them.
"""


def _import_everything() -> None:
    for module in pkgutil.walk_packages(stockroom.__path__, "stockroom."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def every_error() -> list[type[errors.StockroomError]]:
    """Every class of failure that stands for a fact, by code."""
    _import_everything()
    found: list[type[errors.StockroomError]] = []
    waiting = [errors.StockroomError]
    while waiting:
        children = [
            child for child in waiting.pop().__subclasses__() if child.__module__.startswith("stockroom.")
        ]
        waiting += children
        found += children
    families = {family for family, _ in _FAMILIES}
    return sorted({error for error in found if error not in families}, key=lambda e: (e.code, e.__name__))


def catalogue() -> str:
    """The page as it must be."""
    parts = [_HEAD]
    listed = every_error()
    for family, status in _FAMILIES:
        members = [error for error in listed if issubclass(error, family)]
        parts.append(f"\n## {family.__name__} ({status})\n\n{_first_line(family)}\n")
        if members:
            parts.append("\n| code | what happened | what the person reads |\n|---|---|---|\n")
        parts += [
            f"| `{error.code}` | {_first_line(error)} | {_cell(error.message)} |\n" for error in members
        ]
    rest = [error for error in listed if not issubclass(error, tuple(family for family, _ in _FAMILIES))]
    if rest:
        parts.append(
            "\n## At start-up and on the terminal\n\n| code | what happened | what the person reads |\n|---|---|---|\n"
        )
        parts += [f"| `{error.code}` | {_first_line(error)} | {_cell(error.message)} |\n" for error in rest]
    return "".join(parts)


def _first_line(error: type) -> str:
    return _cell((error.__doc__ or "").strip().partition("\n\n")[0])


def _cell(value: str) -> str:
    return " ".join(value.split()).replace("|", "\\|")


if __name__ == "__main__":
    CATALOGUE.write_text(catalogue(), encoding="utf-8")
    print(f"{CATALOGUE.name}: {len(every_error())} errors")
