"""How is it written down that somebody was stopped at the entrance?

In the clinic's journal, as a refusal that an operation makes is; but at most once a minute for each person
and route (in each worker), so that a program that asks again and again neither fills the journal nor keeps
the clinic's one writer busy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from flask import Flask, current_app, g, request

from stockroom.access.acting import installation, present
from stockroom.actor import Actor
from stockroom.errors import Forbidden
from stockroom.ledger.acts import file_refusal

_EXTENSION = "stockroom_refusals"


@dataclass
class _Noted:
    """Who was refused what in the present minute."""

    minute: datetime | None = None
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def is_first(self, at: datetime, refused: tuple[str, str, str]) -> bool:
        minute = at.replace(second=0, microsecond=0)
        with self.lock:
            if minute != self.minute:
                self.minute, self.seen = minute, set()
            first = refused not in self.seen
            self.seen.add(refused)
            return first


def remember_refusals(app: Flask) -> None:
    """Give an application its memory of the present minute."""
    app.extensions[_EXTENSION] = _Noted()


def note_refusal(error: Forbidden) -> None:
    """Write down that whoever sent this request may not do this; nothing when nobody is known to have sent it.

    Raises DatabaseUnavailable when it cannot be written down: the refusal stands all the same.
    """
    actor, rule = g.get("actor"), request.url_rule
    if not isinstance(actor, Actor) or rule is None:
        return
    route, at = f"{request.method} {rule.rule}", present()
    noted: _Noted = current_app.extensions[_EXTENSION]
    if noted.is_first(at, (actor.person_uid, actor.clinic_uid, route)):
        asking = replace(actor, request_id=g.request_id)
        file_refusal(installation(), asked=route, error=error, actor=asking, now=at)
