"""What may a protocol say?  Ranges run upwards, and what is left open is left open.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.errors import InvalidValue
from stockroom.rules.courses import SESSIONS_MAX, STEP_MAX
from stockroom.rules.planning import NeedOf, check_needs
from stockroom.vocabulary import NeedUse, SpanUnit

TEXT_LONGEST = 2_000
NAME_LONGEST = 200
AREAS_MAX = 30


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """A time between sessions, from the least to the most; the most is None where no text gives one."""

    least: int
    most: int | None
    unit: SpanUnit


@dataclass(frozen=True, kw_only=True)
class UseOf:
    """What one session needs, and what for."""

    use: NeedUse
    need: NeedOf


@dataclass(frozen=True, kw_only=True)
class ProtocolOf:
    """Everything that a version of a protocol says; None and empty where it leaves something open."""

    reason: str
    """Why it is written."""
    purpose: str = ""
    sources: str = ""
    note: str = ""
    sessions_from: int | None = None
    sessions_to: int | None = None
    interval: Spacing | None = None
    maintenance_every: Spacing | None = None
    maintenance: str = ""
    areas: tuple[str, ...] = ()
    """Slugs."""
    technique: str = ""
    """A slug."""
    needs: tuple[UseOf, ...] = ()


def check_protocol(says: ProtocolOf) -> None:
    """Raise InvalidValue, naming the field, for what no protocol can say."""
    if not says.reason.strip():
        raise InvalidValue(field="reason", problem="write why it is written")
    for field in ("purpose", "sources", "note", "maintenance", "reason"):
        if len(getattr(says, field)) > TEXT_LONGEST:
            raise InvalidValue(field=field, problem=f"at most {TEXT_LONGEST} characters")
    if len(says.areas) > AREAS_MAX or len(set(says.areas)) != len(says.areas):
        raise InvalidValue(field="areas", problem="each area once")
    _check_range("sessions", says.sessions_from, says.sessions_to, SESSIONS_MAX)
    for field, spacing in (("interval", says.interval), ("maintenance_every", says.maintenance_every)):
        if spacing is not None:
            _check_range(field, spacing.least, spacing.most, STEP_MAX)
    check_needs(tuple(each.need for each in says.needs))


def _check_range(field: str, least: int | None, most: int | None, highest: int) -> None:
    if least is None and most is not None:
        raise InvalidValue(field=field, problem="say from how many on")
    for each in (least, most):
        if each is not None and not 0 < each <= highest:
            raise InvalidValue(field=field, problem=f"1 to {highest}")
    if least is not None and most is not None and most < least:
        raise InvalidValue(field=field, problem="from the lower to the higher number")
