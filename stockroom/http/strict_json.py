"""Is this body exactly one JSON object that every reader understands in the same way?

Two readers that disagree about a repeated key, NaN or a number beyond 2^53 are how books come to
differ (RFC 8259 sections 4 and 6, RFC 7493).  Quantities are text with a unit, so that no number here
has a point or an exponent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from stockroom.errors import Unreadable, extracted
from stockroom.units import QUANTITY_MAX

DEPTH_MAX = 20
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(eq=False, kw_only=True)
class BodyUnreadable(Unreadable):
    """The body is not strict JSON."""

    code: ClassVar[str] = "body_unreadable"
    message: ClassVar[str] = extracted("The body cannot be read: {problem}. Nothing was recorded.")
    problem: str


def decode(body: bytes) -> dict[str, Any]:
    """Give the object that `body` holds, in UTF-8.

    Raises BodyUnreadable for anything but an object, repeated names, NaN and Infinity, numbers with a
    point or exponent or beyond 2^53-1, lone surrogates, NUL, and more than DEPTH_MAX levels.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_no_fraction,
            parse_int=_whole,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise BodyUnreadable(problem="it is not UTF-8") from None
    except json.JSONDecodeError as fault:
        raise BodyUnreadable(problem=f"no JSON at line {fault.lineno}, column {fault.colno}") from None
    except RecursionError:
        raise BodyUnreadable(problem=f"more than {DEPTH_MAX} levels") from None
    if not isinstance(value, dict):
        raise BodyUnreadable(problem="it has to be one object, in braces")
    _check(value, depth=1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise BodyUnreadable(problem="a name stands twice in one object")
    return dict(pairs)


def _no_fraction(_text: str) -> None:
    raise BodyUnreadable(problem='numbers are whole; write a quantity as {"quantity": "2.5", "unit": "mL"}')


def _whole(text: str) -> int:
    if text.startswith("-0") or len(text) > len(str(QUANTITY_MAX)) + 1 or abs(int(text)) > QUANTITY_MAX:
        raise BodyUnreadable(problem="a number is beyond 2^53-1, or a negative zero")
    return int(text)


def _no_constant(_text: str) -> None:
    raise BodyUnreadable(problem="NaN and Infinity are no numbers")


def _check(value: object, *, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise BodyUnreadable(problem=f"more than {DEPTH_MAX} levels")
    if isinstance(value, str) and _NO_TEXT.search(value) is not None:
        raise BodyUnreadable(problem="a text holds NUL or half a character")
    if isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth=depth)
            _check(item, depth=depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth=depth + 1)
