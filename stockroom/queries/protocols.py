"""Which protocols are there, what does each say, and what did it say before?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from stockroom.errors import ThingNotFound
from stockroom.models import Person, Product, ProductGroup, Protocol, ProtocolNeed, ProtocolVersion
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.vocabulary import BaseUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProtocol:
    """A protocol as a list shows it; numbers are None where it leaves them open."""

    uid: str
    version: int
    name: str
    slug: str | None
    retired_at: datetime | None
    purpose: str
    sources: str
    sessions_from: int | None
    sessions_to: int | None
    interval_from: int | None
    interval_to: int | None
    interval_unit: str | None
    need_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolNeedRow:
    """What one session needs, and what for."""

    use: str
    name: str
    product_uid: str | None
    group_uid: str | None
    base_unit: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolVersionRow:
    """What a protocol said from one day on."""

    uid: str
    number: int
    purpose: str
    sources: str
    note: str
    sessions_from: int | None
    sessions_to: int | None
    interval_from: int | None
    interval_to: int | None
    interval_unit: str | None
    maintenance_from: int | None
    maintenance_to: int | None
    maintenance_unit: str | None
    maintenance: str
    areas: tuple[str, ...]
    technique: str
    reason: str
    written_at: datetime
    written_by: str
    needs: tuple[ProtocolNeedRow, ...]


@dataclass(frozen=True, kw_only=True)
class ProtocolShown:
    """A protocol with all it ever said, the newest first."""

    uid: str
    version: int
    name: str
    slug: str | None
    retired_at: datetime | None
    versions: tuple[ProtocolVersionRow, ...]

    @property
    def now(self) -> ProtocolVersionRow:
        return self.versions[0]


def protocols(
    connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[ListedProtocol]:
    """Give the protocols in the order in which they came; one statement.  Raises CursorUnreadable."""
    return page_of(
        connection, _listed(), Protocol, lambda row: ListedProtocol(**row._mapping), after=after, limit=limit
    )


def protocols_by_name(connection: Connection, *, with_retired: bool = False) -> tuple[ListedProtocol, ...]:
    """Give the protocols by name (there are few); one statement."""
    wanted = _listed() if with_retired else _listed().where(Protocol.retired_at.is_(None))
    rows = connection.execute(wanted.order_by(Protocol.retired_at.is_not(None), Protocol.name))
    return tuple(ListedProtocol(**row._mapping) for row in rows)


def protocol(connection: Connection, *, uid: str) -> ProtocolShown:
    """Give one protocol with its versions; three statements.  Raises ThingNotFound."""
    row = (
        connection.execute(select(Protocol.__table__).where(Protocol.uid == uid)).one_or_none()
        if is_uid(uid)
        else None
    )
    if row is None:
        raise ThingNotFound(thing="protocol", uid=uid[:40])
    versions = connection.execute(
        select(ProtocolVersion.__table__, Person.name.label("written_by"))
        .join(Person, Person.id == ProtocolVersion.written_by_id)
        .where(ProtocolVersion.protocol_id == row.id)
        .order_by(ProtocolVersion.number.desc())
    ).all()
    needs = _needs(connection, [each.id for each in versions])
    return ProtocolShown(
        uid=row.uid,
        version=row.version,
        name=row.name,
        slug=row.slug,
        retired_at=row.retired_at,
        versions=tuple(_version(each, needs.get(each.id, ())) for each in versions),
    )


def _listed() -> Any:
    newest = (
        select(func.max(ProtocolVersion.number))
        .where(ProtocolVersion.protocol_id == Protocol.id)
        .correlate(Protocol)
        .scalar_subquery()
    )
    needs = (
        select(func.count())
        .select_from(ProtocolNeed)
        .where(ProtocolNeed.protocol_version_id == ProtocolVersion.id)
        .correlate(ProtocolVersion)
        .scalar_subquery()
    )
    return select(
        Protocol.uid,
        Protocol.version,
        Protocol.name,
        Protocol.slug,
        Protocol.retired_at,
        ProtocolVersion.purpose,
        ProtocolVersion.sources,
        ProtocolVersion.sessions_from,
        ProtocolVersion.sessions_to,
        ProtocolVersion.interval_from,
        ProtocolVersion.interval_to,
        ProtocolVersion.interval_unit,
        needs.label("need_count"),
    ).join(
        ProtocolVersion,
        and_(ProtocolVersion.protocol_id == Protocol.id, ProtocolVersion.number == newest),
    )


_SAID = (
    "uid", "number", "purpose", "sources", "note", "sessions_from", "sessions_to", "interval_from", "interval_to",
    "interval_unit", "maintenance_from", "maintenance_to", "maintenance_unit", "maintenance", "technique", "reason",
    "written_at", "written_by",
)  # fmt: skip


def _version(row: Any, needs: Iterable[ProtocolNeedRow]) -> ProtocolVersionRow:
    said = {name: getattr(row, name) for name in _SAID}
    return ProtocolVersionRow(**said, areas=tuple(row.areas.split()), needs=tuple(needs))


def _needs(connection: Connection, version_ids: list[int]) -> dict[int, list[ProtocolNeedRow]]:
    group_unit = (
        select(func.min(Product.base_unit))
        .where(Product.group_id == ProtocolNeed.group_id)
        .correlate(ProtocolNeed)
        .scalar_subquery()
    )
    named = Product.__table__.alias("named")
    rows = connection.execute(
        select(
            ProtocolNeed.protocol_version_id,
            ProtocolNeed.use,
            func.coalesce(func.trim(named.c.name + " " + named.c.strength), ProductGroup.name).label("name"),
            named.c.uid.label("product_uid"),
            ProductGroup.uid.label("group_uid"),
            func.coalesce(named.c.base_unit, group_unit, BaseUnit.PIECE.value).label("base_unit"),
            ProtocolNeed.quantity,
        )
        .select_from(ProtocolNeed)
        .outerjoin(named, named.c.id == ProtocolNeed.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProtocolNeed.group_id)
        .where(ProtocolNeed.protocol_version_id.in_(version_ids))
        .order_by(ProtocolNeed.protocol_version_id, ProtocolNeed.n)
    )
    found: dict[int, list[ProtocolNeedRow]] = {}
    for row in rows:
        values = {name: value for name, value in row._mapping.items() if name != "protocol_version_id"}
        found.setdefault(row.protocol_version_id, []).append(ProtocolNeedRow(**values))
    return found
