"""Was this head counted for the session already?  It gives one use a session, however often it is scanned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.models import Line
from stockroom.rules.usability import Thing
from stockroom.rules.using import Taking
from stockroom.vocabulary import ContainerType


@dataclass(eq=False, kw_only=True)
class CountedAlready(Conflict):
    """The head has given its use of this session."""

    code: ClassVar[str] = "counted_already"
    message: ClassVar[str] = extracted(
        "{container} is counted for this session already: it gives one use a session. Go on with the next item."
    )
    container: str


def is_counted_head(thing: Thing) -> bool:
    """True for an opened head whose uses are counted."""
    return thing.is_opened and thing.container_type is ContainerType.COUNTED_USE


def check_counted_heads(
    connection: Connection, clinic_id: int, takings: Iterable[Taking], *, session_id: int
) -> None:
    """See that each head among the takings gives the session one use; one statement where there are heads.

    Raises InvalidValue for more than one use, CountedAlready.
    """
    heads: dict[int, Taking] = {}
    for each in takings:
        if not is_counted_head(each.thing):
            continue
        if each.quantity != 1:
            raise InvalidValue(field=f"lines[{each.n}].quantity", problem="a head gives one use a session")
        if each.thing.location_id in heads:
            raise CountedAlready(container=each.thing.container_code or "?")
        heads[each.thing.location_id] = each
    if not heads:
        return
    turned = aliased(Line)
    given = connection.execute(
        select(Line.from_id)
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == clinic_id,
            Line.session_id == session_id,
            Line.from_id.in_(heads),
            turned.id.is_(None),
        )
        .limit(1)
    ).scalar_one_or_none()
    if given is not None:
        raise CountedAlready(container=heads[given].thing.container_code or "?")
