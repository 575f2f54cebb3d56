"""Protocols and courses of the house: written, planned, looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from stockroom.operations.plan_course import CoursePlanned, PlanCourse, plan_course
from stockroom.operations.write_protocol import ProtocolWritten, WriteProtocol, write_protocol
from stockroom.rules.planning import NeedOf
from stockroom.rules.protocols import ProtocolOf, Spacing, UseOf
from stockroom.vocabulary import NeedUse, SpanUnit
from tests.builders import NOW, House, key
from tests.sessions import patient

WEEKLY = Spacing(least=3, most=4, unit=SpanUnit.WEEKS)


def protocol(house: House, name: str = "Skin course", *needs: NeedOf, **says: object) -> ProtocolWritten:
    """A protocol of three to six sessions, three to four weeks apart, unless said otherwise."""
    said = {"reason": "Agreed", "sessions_from": 3, "sessions_to": 6, "interval": WEEKLY, **says}
    uses = tuple(UseOf(use=NeedUse.TREATMENT, need=need) for need in needs)
    command = WriteProtocol(name=name, says=ProtocolOf(needs=uses, **said))  # type: ignore[arg-type]
    return write_protocol(house.store, command, actor=house.practitioner, key=key("protocol"), now=NOW)


def at(day: date, hour: int = 10, *, zone: str = "Europe/Sofia") -> datetime:
    """An hour on the clinic's wall."""
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def course(house: House, *days: date, now: datetime = NOW, **values: object) -> CoursePlanned:
    """A course with a session at ten o'clock of each of these days; free unless a protocol is named."""
    said = {"patient_uid": values.pop("patient_uid", None) or patient(house), **values}
    if "protocol_uid" not in said:
        said.setdefault("name", "Free course")
    command = PlanCourse(planned=tuple(map(at, days)), **said)  # type: ignore[arg-type]
    return plan_course(house.store, command, actor=house.nurse, key=key("course"), now=now)
