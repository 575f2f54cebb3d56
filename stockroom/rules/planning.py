"""What may a planned session need, and on which day may it be planned?  Pure; planning locks no lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from stockroom.clock import civil_date
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.units import QUANTITY_MAX

NEEDS_MAX = 100
REFERENCE_LONGEST = 100


@dataclass(eq=False, kw_only=True)
class PlannedInPast(Refused):
    """The day is over in the clinic, and nobody has said that it is meant."""

    code: ClassVar[str] = "planned_in_past"
    message: ClassVar[str] = extracted(
        "{on} is past. Plan the session for today or a later day, or say that the past day is meant."
    )
    on: date


@dataclass(frozen=True, kw_only=True)
class NeedOf:
    """What a session will take of a product, or of any of a group of equivalents."""

    quantity: int
    """Base units."""
    product_uid: str | None = None
    group_uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Seat:
    """The practitioner and the room of a session, as far as they are known."""

    practitioner_id: int | None = None
    room_id: int | None = None


def require_day(planned_at: datetime, *, now: datetime, zone: str, past_is_meant: bool) -> None:
    """Raise PlannedInPast for a day before today in the clinic, unless it is meant.

    An earlier hour of today needs no word: the patient came before anybody planned it.
    """
    on = civil_date(planned_at, zone)
    if on < civil_date(now, zone) and not past_is_meant:
        raise PlannedInPast(on=on)


def check_needs(needs: tuple[NeedOf, ...], *, field: str = "needs") -> None:
    """Raise InvalidValue, naming the need, for too many of them or one that names nothing or no quantity."""
    if len(needs) > NEEDS_MAX:
        raise InvalidValue(field=field, problem=f"at most {NEEDS_MAX}")
    for n, each in enumerate(needs):
        if (each.product_uid is None) == (each.group_uid is None):
            raise InvalidValue(field=f"{field}[{n}]", problem="name a product or a group")
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"{field}[{n}].quantity", problem="more than zero base units")


def check_reference(reference: str) -> None:
    """Raise InvalidValue for a number of another software that is too long."""
    if len(reference) > REFERENCE_LONGEST:
        raise InvalidValue(field="external_reference", problem=f"at most {REFERENCE_LONGEST} characters")
