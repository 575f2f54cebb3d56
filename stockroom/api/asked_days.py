"""Of which days does a report of the API tell?  From a first through a last one, by the clinic's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from stockroom.access.acting import zone_here
from stockroom.http.fields import CivilDate
from stockroom.queries.worth_cut import day_end

DAYS_MAX = 3_660
DAY_FIRST, DAY_LAST = date(2000, 1, 1), date(2200, 1, 1)


class DaysArgs(Schema):
    """A first and a last day, both included."""

    since = CivilDate(required=True)
    until = CivilDate(required=True, metadata={"description": "the last day; it goes by when it happened"})

    @validates_schema
    def _in_order(self, said: dict[str, Any], **_: Any) -> None:
        if not timedelta() <= said["until"] - said["since"] <= timedelta(days=DAYS_MAX):
            raise ValidationError(f"Not before `since`, and at most {DAYS_MAX} days.", field_name="until")
        if not DAY_FIRST <= said["since"] <= said["until"] <= DAY_LAST:
            raise ValidationError("Days of this century and the next.", field_name="since")


@dataclass(frozen=True, kw_only=True)
class Span:
    """From an instant until before another."""

    since: datetime
    until: datetime


def span_of(args: dict[str, Any]) -> Span:
    """Give the instants of the days that were asked for."""
    zone = zone_here()
    return Span(since=day_end(args["since"] - timedelta(days=1), zone), until=day_end(args["until"], zone))
