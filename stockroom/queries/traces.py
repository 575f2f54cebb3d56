"""Which sessions and patients did a lot reach, and what came into a session or a patient?

Every way asks: where it begins (`trace_starts`) → the walk → what the rows show.  However deep it goes, the number
of statements is the same.  Only lines that stand count: a reversed use does not, its replacement does.  A trace
reads the lines of the lots within reach and nothing else of the ledger.

`as_of` asks for what the books said at an instant: what was recorded by then, in their order, and nothing later.
Names, numbers and expiries are those that are known now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection

from stockroom.errors import ThingNotFound
from stockroom.queries import trace_lines, trace_lots
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_devices import devices_met
from stockroom.queries.trace_lines import NEWEST
from stockroom.queries.trace_lying import lying_now, lying_then
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_rows import (
    BackTrace,
    ForwardTrace,
    LotReached,
    Use,
    WentInto,
    account_of,
    lot_named,
    use_of,
)
from stockroom.queries.trace_starts import Start, start_of, start_of_rows
from stockroom.queries.trace_uses import (
    UsesAsked,
    patients_of_uses,
    streamed_uses,
    used_quantities,
    uses_of,
)
from stockroom.queries.trace_vials import vials_of
from stockroom.queries.trace_walk import Walked, walk_back, walk_forward
from stockroom.vocabulary import LocationKind


def forward_from_lot(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    lot_uid: str,
    begins_in: Collection[int] | None = None,
    as_of: datetime = NEWEST,
) -> ForwardTrace:
    """Trace one clinic's lot (a cocktail's as well), and what other clinics were sent of it.

    `clinic_ids` are the clinics that the viewer may see; here and below the beginning is one of
    `begins_in`, where that is said, and found nowhere else.  A lot without cocktails takes four
    statements.  Raises ThingNotFound, TraceTooLarge.
    """
    start = start_of(connection, clinic_ids, kind="lot", uid=lot_uid, begins_in=begins_in)
    return forward(connection, clinic_ids, start, as_of=as_of)


def forward_from_number(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    product_uid: str,
    number: str,
    as_of: datetime = NEWEST,
) -> ForwardTrace:
    """Trace one manufacturer's lot in every clinic that the viewer may see, under any number it was booked.

    Raises ThingNotFound, TraceTooLarge.
    """
    if not is_uid(product_uid):
        raise ThingNotFound(thing="product", uid=product_uid[:40])
    rows = trace_lots.family_of_number(connection, clinic_ids, product_uid=product_uid, number=number)
    return forward(connection, clinic_ids, start_of_rows(rows, "lot", number), as_of=as_of)


def forward_from_scan(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    code: str,
    number: str,
    as_of: datetime = NEWEST,
) -> ForwardTrace:
    """Trace what a scanned pack names: the code of a trade item and a lot number.

    Raises ThingNotFound, TraceTooLarge.
    """
    rows = trace_lots.family_of_code(connection, clinic_ids, code=code, number=number)
    return forward(connection, clinic_ids, start_of_rows(rows, "lot", f"{code} {number}"), as_of=as_of)


def forward_from_lots(
    connection: Connection, clinic_ids: Collection[int], *, lot_ids: Collection[int], as_of: datetime = NEWEST
) -> ForwardTrace:
    """Trace several lots at once: those of a receipt, of a supplier, of a recall.

    They are named by their keys; those of clinics that the viewer may not see are left out.  Raises TraceTooLarge.
    """
    rows = trace_lots.family_of_ids(connection, clinic_ids, lot_ids=lot_ids) if lot_ids else ()
    return forward(connection, clinic_ids, Start(lots=tuple(map(lot_named, rows))), as_of=as_of)


def forward_from_container(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    container_uid: str,
    begins_in: Collection[int] | None = None,
    as_of: datetime = NEWEST,
) -> ForwardTrace:
    """Trace what was drawn from one opened container; the account of its whole lot is left out.

    Raises ThingNotFound, TraceTooLarge.
    """
    start = start_of(connection, clinic_ids, kind="container", uid=container_uid, begins_in=begins_in)
    return forward(connection, clinic_ids, start, as_of=as_of)


def back_from_session(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    session_uid: str,
    begins_in: Collection[int] | None = None,
    as_of: datetime = NEWEST,
) -> BackTrace:
    """Trace what was used in a session back to its lots, receipts and suppliers.

    Raises ThingNotFound, TraceTooLarge.
    """
    start = start_of(connection, clinic_ids, kind="session", uid=session_uid, begins_in=begins_in)
    return back(connection, clinic_ids, start, as_of=as_of)


def back_from_patient(
    connection: Connection, clinic_ids: Collection[int], *, patient_uid: str, as_of: datetime = NEWEST
) -> BackTrace:
    """Trace everything used on a patient, the records merged into hers included.

    Raises ThingNotFound, TraceTooLarge.
    """
    start = start_of(connection, clinic_ids, kind="patient", uid=patient_uid)
    return back(connection, clinic_ids, start, as_of=as_of)


def forward(
    connection: Connection, clinic_ids: Collection[int], start: Start, *, as_of: datetime = NEWEST
) -> ForwardTrace:
    """Trace lots to every session and patient that they reached, and what is left of them.

    Raises TraceTooLarge.
    """
    walked, asked = _walked(connection, clinic_ids, start, as_of)
    uses = uses_of(connection, asked) if walked.ways else ()
    used: dict[int, int] = {}
    for use in uses:
        used[use.lot.lot_id] = used.get(use.lot.lot_id, 0) + use.quantity
    return _forward(connection, walked, asked, start, uses=uses, used=used)


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """A trace whose uses come as they are taken, while its connection is open."""

    trace: ForwardTrace
    """All of it but its uses."""
    uses: Iterator[Use]
    patients: frozenset[tuple[int, str]]
    """Whom they were used on, each with the clinic where: known before the first of them is told."""


def streamed_forward(
    connection: Connection, clinic_ids: Collection[int], start: Start, *, as_of: datetime = NEWEST
) -> Streamed:
    """Trace lots as `forward` does, but for its uses, which are read as they are taken: of one snapshot, by two
    statements more.  Raises TraceTooLarge.
    """
    walked, asked = _walked(connection, clinic_ids, start, as_of)
    used = used_quantities(connection, asked)
    return Streamed(
        trace=_forward(connection, walked, asked, start, uses=(), used=used),
        patients=patients_of_uses(connection, asked),
        uses=streamed_uses(connection, asked),
    )


def _walked(
    connection: Connection, clinic_ids: Collection[int], start: Start, as_of: datetime
) -> tuple[Walked, UsesAsked]:
    walked = walk_forward(connection, clinic_ids, start.lots, drawn_from=start.drawn_from, as_of=as_of)
    return walked, UsesAsked(ways=walked.ways, as_of=as_of, drawn_from=start.drawn_from)


def _forward(
    connection: Connection,
    walked: Walked,
    asked: UsesAsked,
    start: Start,
    *,
    uses: tuple[Use, ...],
    used: Mapping[int, int],
) -> ForwardTrace:
    ways = walked.ways
    lying = (
        lying_now(connection, ways)
        if asked.as_of == NEWEST
        else lying_then(connection, ways, as_of=asked.as_of)
    )
    on_hand = dict.fromkeys(ways, 0)
    ids = {way.lot.uid: lot_id for lot_id, way in ways.items()}
    for each in lying:
        on_hand[ids[each.lot_uid]] += each.quantity
    of_part = {lot.lot_id for lot in start.lots} if start.drawn_from is not None else set()
    return ForwardTrace(
        lots=_lots(walked),
        edges=_edges(walked),
        uses=uses,
        lying=lying,
        accounts=tuple(
            account_of(way.lot, walked.lines[lot_id], used=used.get(lot_id, 0), on_hand=on_hand[lot_id])
            for lot_id, way in ways.items()
            if lot_id not in of_part
        ),
        vials=vials_of(walked),
        unseen_clinics=walked.unseen_clinics,
    )


def back(
    connection: Connection, clinic_ids: Collection[int], start: Start, *, as_of: datetime = NEWEST
) -> BackTrace:
    """Trace sessions to the lots, receipts and suppliers behind what was used in them, and to the devices; or lots
    to what went into them, which have no uses then.  Raises TraceTooLarge.
    """
    lots = list(start.lots)
    uses: tuple[Use, ...] = ()
    if start.session_ids:
        rows = trace_lines.lines_of_sessions(connection, clinic_ids, start.session_ids)
        used = [row for row in trace_lines.standing(rows, as_of=as_of) if row.to_kind == LocationKind.PATIENT]
        areas = trace_lots.areas_of_sessions(connection, clinic_ids, start.session_ids) if used else {}
        named = {row.lot_id: lot_named(row) for row in used}
        lots += named.values()
        uses = _in_order(use_of(row, named[row.lot_id], (), areas.get(row.line_id, ())) for row in used)
    walked = walk_back(connection, clinic_ids, lots, as_of=as_of)
    clinics = {way.lot.clinic_id for way in walked.ways.values()}
    return BackTrace(
        uses=uses,
        devices=devices_met(connection, clinic_ids, start.session_ids, as_of=as_of)
        if start.session_ids
        else (),
        lots=_lots(walked),
        edges=_edges(walked),
        origins=origins_of(connection, clinics, walked.ways, as_of=as_of) if walked.ways else (),
        unseen_clinics=walked.unseen_clinics,
    )


_ORDER = attrgetter("occurred_at", "lot.clinic_uid", "seq", "lot.uid")


def _in_order(uses: Iterable[Use]) -> tuple[Use, ...]:
    return tuple(sorted(uses, key=_ORDER))


def _lots(walked: Walked) -> tuple[LotReached, ...]:
    return tuple(LotReached(lot=way.lot, depth=way.depth, via=way.via) for way in walked.ways.values())


def _edges(walked: Walked) -> tuple[WentInto, ...]:
    ways = walked.ways
    return tuple(
        WentInto(parent_uid=ways[parent].lot.uid, child_uid=ways[child].lot.uid)
        for parent, child in sorted(walked.edges)
        if parent in ways and child in ways
    )
