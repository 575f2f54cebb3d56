"""What does a browser say that it was kept from loading?  Its reports are logged, so that an attack is seen.

A report is written by a browser for whoever asked it to load something: nothing in it is trusted, and
no address of a page and no value of one is logged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from structlog.stdlib import get_logger

from stockroom.access.acting import present

blp = Blueprint("policy_reports", __name__)
PER_MINUTE_MAX = 20
"""So many are logged a minute in a process; the rest is counted."""
BODY_BYTES_MAX = 16 * 1024
REPORTS_MAX = 10
"""So many of one request are read."""
_TYPES = frozenset({"application/csp-report", "application/reports+json"})
_DIRECTIVE = frozenset("abcdefghijklmnopqrstuvwxyz-")
_log = get_logger("stockroom.policy")


class Throttle:
    """Lets so many through in each minute, and tells how many it kept back in the one before."""

    def __init__(self, most: int, *, clock: Callable[[], datetime] = present) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._since: datetime | None = None
        self._passed = self._kept_back = 0

    def passes(self) -> bool:
        """Answer whether one more may pass now."""
        at = self._clock()
        with self._lock:
            if self._since is None or at - self._since >= timedelta(minutes=1):
                if self._kept_back:
                    _log.warning("policy reports kept back", count=self._kept_back)
                self._since, self._passed, self._kept_back = at, 0, 0
            self._passed += 1
            self._kept_back += self._passed > self._most
            return self._passed <= self._most


throttle = Throttle(PER_MINUTE_MAX)


@blp.post("/policy-reports")
def report() -> ResponseReturnValue:
    """Log what was blocked and by which rule of the policy; the answer is always the same."""
    size = request.content_length
    if request.mimetype in _TYPES and size is not None and size <= BODY_BYTES_MAX and throttle.passes():
        for directive, blocked in _violations(request.get_data()):
            _log.warning("blocked by the content security policy", directive=directive, blocked=blocked)
    return "", 204


def _violations(body: bytes) -> Iterator[tuple[str, str]]:
    """The rule and the origin of each violation; nothing for what is no report."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return
    reports = said if isinstance(said, list) else [said]
    for each in reports[:REPORTS_MAX]:
        facts = (each.get("csp-report") or each.get("body")) if isinstance(each, dict) else None
        if isinstance(facts, dict):
            rule = facts.get("effective-directive") or facts.get("violated-directive")
            rule = rule or facts.get("effectiveDirective")
            yield _directive(rule), _origin(facts.get("blocked-uri") or facts.get("blockedURL"))


def _directive(said: object) -> str:
    word = str(said or "").split(" ")[0][:40].lower()
    return word if word and set(word) <= _DIRECTIVE else "?"


def _origin(said: object) -> str:
    """Where it would have come from: scheme and host alone, or a word such as inline."""
    try:
        parts = urlsplit(str(said or "")[:2000])
    except ValueError:
        return "?"
    shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else parts.path[:20]
    return shown[:200] if shown.isascii() and shown.isprintable() and shown else "?"
