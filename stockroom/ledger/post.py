"""How does stock move?  Through `post` alone: balances, movement and lines in one transaction.

Invariants: L1 and L13 (checked by `rules.posting.check`), L2 (only INSERTs), L4, L5 and L7 (conditional
updates), L6 (by the lines' shape), L9 (actor, kind, document, two instants).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Select, bindparam, insert, select

from stockroom.db.adding_many import AddingMany
from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import JournalName, Work
from stockroom.errors import Refused, extracted
from stockroom.ledger import allocations, balances, facts, holds
from stockroom.ledger.encoding import canonical, instant_text, sha256
from stockroom.models import ClosedPeriod, Line, Movement
from stockroom.rules import posting
from stockroom.rules.posting import Draft
from stockroom.vocabulary import AllocationState

_HEADER_ORDER = (
    "uid",
    "kind",
    "occurred_at",
    "recorded_at",
    "is_late",
    "reason",
    "document_kind",
    "document_uid",
    "supplier_id",
    "actor_id",
    "roles",
    "device",
    "reverses_movement_id",
    "replaces_movement_id",
)
_LINE_ORDER = ("n", "lot_id", "from_id", "to_id", "quantity", "session_id", "reverses_line_id")
_HEADER_COLUMNS = ("clinic_id", "seq", *_HEADER_ORDER)
_LINE_COLUMNS = ("clinic_id", *_LINE_ORDER)


def _movement_with_its_line() -> Select[Any]:
    """Add a movement and the only line that it has: to PostgreSQL, of which each statement costs a round trip."""
    movement, line = table_of(Movement), table_of(Line)
    moved = (
        insert(movement)
        .values({name: bindparam(f"of_{name}", type_=movement.c[name].type) for name in _HEADER_COLUMNS})
        .returning(movement.c.id)
        .cte("moved")
    )
    given = [bindparam(f"its_{name}", type_=line.c[name].type) for name in _LINE_COLUMNS]
    lined = (
        insert(line)
        .from_select(["movement_id", *_LINE_COLUMNS], select(moved.c.id, *given))
        .returning(line.c.id)
        .cte("lined")
    )
    return select(moved.c.id.label("movement_id"), lined.c.id.label("line_id")).select_from(moved, lined)


# Statements of every posting.
_ADD_MOVEMENT = Once(insert(table_of(Movement)).returning(Movement.id))
_ADD_LINES = AddingMany(Line, ("movement_id", *_LINE_COLUMNS), "n", "id")
_ADD_LINE = Once(insert(table_of(Line)).returning(Line.id))
_AT_ONCE = Once(_movement_with_its_line())
_CLOSED = Once(
    select(ClosedPeriod.through_at)
    .where(ClosedPeriod.clinic_id == bindparam("clinic"))
    .order_by(ClosedPeriod.through_seq.desc())
    .limit(1)
)


@dataclass(eq=False, kw_only=True)
class OccursInFuture(Refused):
    """Something that has not happened yet cannot be booked (L9)."""

    code: ClassVar[str] = "occurs_in_future"
    message: ClassVar[str] = extracted("{occurred_at} has not come yet. Book it when it has happened.")
    occurred_at: datetime


@dataclass(eq=False, kw_only=True)
class PeriodClosed(Refused):
    """The books of that time are closed; only a fact recorded late still goes in, as a late one."""

    code: ClassVar[str] = "period_closed"
    message: ClassVar[str] = extracted(
        "The books through {through_at} are closed. Record it late, with a reason, if it really happened then."
    )
    through_at: datetime


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A movement in the books."""

    movement_id: int
    uid: str
    seq: int
    line_ids: tuple[int, ...]
    """In the order of the draft's lines."""


def post(work: Work, draft: Draft) -> Posted:
    """Put a decided draft into the books of the work's clinic.

    1. look up the lots and places of the lines, refuse what no history could contain (L1, L13)
    2. change the balances by conditional updates, ending the promises that the draft consumes (L4, L7)
    3. insert movement and lines, add their digest to the entry of the act
    Raises LineImpossible, MoveNotAllowed, PartOfPresentation, OccursInFuture, PeriodClosed,
    NotEnoughOnHand, AllocationEnded.
    """
    _check_instants(work, draft)
    lots = facts.lots_of(work, draft.lines)
    places = facts.places_of(work, draft.lines)
    posting.check(draft, lots, places)
    ending = facts.promises_of(work, {*draft.consumes, *draft.gives_way})
    changes = posting.net_changes(draft.lines, places)
    balances.apply(work, _changes(changes, ending.values()), lots)
    posted = _insert(work, draft)
    for allocation_id, promised in ending.items():
        lost = allocation_id in draft.gives_way
        allocations.end(
            work,
            promised,
            AllocationState.LOST if lost else AllocationState.USED,
            used=0 if lost else draft.consumes[allocation_id],
            movement_id=posted.movement_id,
        )
    if moved := posting.moves_on(draft, places):
        holds.follow_goods(work, moved)
    return posted


def _check_instants(work: Work, draft: Draft) -> None:
    if draft.occurred_at > work.recorded_at:
        raise OccursInFuture(occurred_at=draft.occurred_at)
    if draft.occurred_at < work.now and not draft.is_recorded_late:
        closed = _CLOSED.first(work.connection, {"clinic": work.clinic_id})
        if closed is not None and draft.occurred_at <= closed.through_at:
            raise PeriodClosed(through_at=closed.through_at)


def _changes(
    net: dict[tuple[int, int], int], consumed: Iterable[allocations.Promised]
) -> list[balances.Change]:
    promised: dict[tuple[int, int], int] = {}
    for allocation in consumed:
        key = (allocation.lot_id, allocation.location_id)
        promised[key] = promised.get(key, 0) + allocation.quantity
    keys = [*net, *(key for key in promised if key not in net)]
    return [
        balances.Change(
            lot_id=lot_id,
            location_id=location_id,
            quantity=net.get((lot_id, location_id), 0),
            promised=promised.get((lot_id, location_id), 0),
        )
        for lot_id, location_id in keys
    ]


def _insert(work: Work, draft: Draft) -> Posted:
    seq = work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1
    uid = new_uid(work.now)
    header = _header(work, draft, uid=uid, seq=seq)
    rows = [_row(work, n, line) for n, line in enumerate(draft.lines, start=1)]
    movement_id, line_ids = _written(work, header, rows)
    digests = work.payload.setdefault("movements", [])
    assert isinstance(digests, list)
    digests.append({"uid": uid, "digest": movement_digest(header, rows)})
    return Posted(movement_id=movement_id, uid=uid, seq=seq, line_ids=line_ids)


def _written(
    work: Work, header: dict[str, object], rows: list[dict[str, object]]
) -> tuple[int, tuple[int, ...]]:
    """Insert a movement and its lines; give its id and theirs."""
    if len(rows) == 1 and not work.store.is_sqlite:
        of_movement = {f"of_{name}": header[name] for name in _HEADER_COLUMNS}
        given = of_movement | {f"its_{name}": rows[0][name] for name in _LINE_COLUMNS}
        added = _AT_ONCE.one(work.connection, given)
        return added.movement_id, (added.line_id,)
    movement_id: int = _ADD_MOVEMENT.scalar(work.connection, header)
    rows = [{**row, "movement_id": movement_id} for row in rows]
    if len(rows) == 1:
        return movement_id, (_ADD_LINE.one(work.connection, rows[0]).id,)
    ids = {row.n: row.id for row in _ADD_LINES.rows(work.connection, rows)}
    return movement_id, tuple(ids[n] for n in sorted(ids))


def _header(work: Work, draft: Draft, *, uid: str, seq: int) -> dict[str, object]:
    return {
        "uid": uid,
        "clinic_id": work.clinic_id,
        "seq": seq,
        "kind": draft.kind.value,
        "occurred_at": draft.occurred_at,
        "recorded_at": work.recorded_at,
        "is_late": draft.occurred_at < work.now,
        "reason": draft.reason,
        "document_kind": draft.document_kind,
        "document_uid": draft.document_uid,
        "supplier_id": draft.supplier_id,
        "actor_id": work.actor.person_id,
        "roles": " ".join(sorted(role.value for role in work.roles)) or "system",
        "device": work.actor.device,
        "reverses_movement_id": draft.reverses_movement_id,
        "replaces_movement_id": draft.replaces_movement_id,
    }


def _row(work: Work, n: int, line: posting.Line) -> dict[str, object]:
    return {
        "clinic_id": work.clinic_id,
        "n": n,
        "lot_id": line.lot_id,
        "from_id": line.from_id,
        "to_id": line.to_id,
        "quantity": line.quantity,
        "session_id": line.session_id,
        "reverses_line_id": line.reverses_line_id,
    }


def movement_digest(header: dict[str, object], rows: list[dict[str, object]]) -> str:
    """Give the digest under which a movement stands in its journal entry.

    SHA-256 of the canonical JSON [[header in the order of _HEADER_ORDER], [[line in the order of
    _LINE_ORDER], …]], instants as UTC text.  `verify` computes it by itself.
    """
    head = [instant_text(v) if isinstance(v := header[name], datetime) else v for name in _HEADER_ORDER]
    return sha256(canonical([head, [[row[name] for name in _LINE_ORDER] for row in rows]]))
