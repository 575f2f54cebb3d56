"""How is it written what a protocol says from now on?  As a further version; the earlier ones stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from stockroom.db.built_once import adding, adding_one
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.session_rows import LookedUp
from stockroom.models import Protocol, ProtocolNeed, ProtocolVersion
from stockroom.rules.protocols import ProtocolOf, Spacing
from stockroom.vocabulary import SpanUnit


@dataclass(frozen=True, kw_only=True)
class VersionMade:
    """A version that was written."""

    uid: str
    number: int


def insert_protocol(work: Work, *, name: str, slug: str | None) -> int:
    """Write a protocol that says nothing yet, and give its id."""
    values = {
        "uid": new_uid(work.now),
        "name": name,
        "slug": slug,
        "version": 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }
    protocol_id: int = work.connection.execute(adding_one(Protocol), values).scalar_one()
    return protocol_id


def insert_version(work: Work, protocol_id: int, says: ProtocolOf, looked_up: LookedUp) -> VersionMade:
    """Write a further version of a protocol."""
    newest = select(func.max(ProtocolVersion.number)).where(ProtocolVersion.protocol_id == protocol_id)
    number = (work.connection.execute(newest).scalar_one() or 0) + 1
    uid = new_uid(work.now)
    row = {
        "uid": uid,
        "protocol_id": protocol_id,
        "number": number,
        "purpose": says.purpose,
        "sources": says.sources,
        "note": says.note,
        "sessions_from": says.sessions_from,
        "sessions_to": says.sessions_to,
        **_spacing("interval", says.interval),
        **_spacing("maintenance", says.maintenance_every),
        "maintenance": says.maintenance,
        "areas": " ".join(says.areas),
        "technique": says.technique,
        "reason": says.reason,
        "written_at": work.recorded_at,
        "written_by_id": work.actor.person_id,
    }
    version_id = work.connection.execute(adding_one(ProtocolVersion), row).scalar_one()
    needs = _needs(version_id, says, looked_up)
    if needs:
        work.connection.execute(adding(ProtocolNeed), needs)
    return VersionMade(uid=uid, number=number)


def _spacing(name: str, spacing: Spacing | None) -> dict[str, int | SpanUnit | None]:
    if spacing is None:
        return {f"{name}_from": None, f"{name}_to": None, f"{name}_unit": None}
    return {f"{name}_from": spacing.least, f"{name}_to": spacing.most, f"{name}_unit": spacing.unit}


def _needs(version_id: int, says: ProtocolOf, looked_up: LookedUp) -> Sequence[dict[str, Any]]:
    return [
        {
            "protocol_version_id": version_id,
            "n": n,
            "use": each.use,
            "product_id": looked_up.products.get(each.need.product_uid),
            "group_id": looked_up.groups.get(each.need.group_uid),
            "quantity": each.need.quantity,
        }
        for n, each in enumerate(says.needs, start=1)
    ]
