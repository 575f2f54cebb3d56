"""Which sessions and patients did a lot reach, and what came into a session or a patient?

Every way asks: lots the viewer names → the walk (a bounded number of statements a generation) → what
the rows show.  Only lines that stand count: a reversed use does not, its replacement does.
A trace reads the lines of the lots that it names and nothing else of the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.models import Container, Patient, Preparation, TreatmentSession
from stockroom.models import Location as LocationRow
from stockroom.queries import trace_lines, trace_lots
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_rows import (
    BackTrace,
    ForwardTrace,
    LotNamed,
    LotReached,
    Lying,
    Use,
    WentInto,
    account_of,
    lot_named,
    use_of,
)
from stockroom.queries.trace_walk import Way, walk_back, walk_forward
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import LocationKind

_record = select(Patient.id).where(Patient.id == bindparam("patient")).cte("record", recursive=True)
_record = _record.union(select(Patient.id).join(_record, Patient.merged_into_id == _record.c.id))
_SESSIONS_OF_PATIENT = Once(
    select(TreatmentSession.id)
    .select_from(_record)
    .outerjoin(TreatmentSession, TreatmentSession.patient_id == _record.c.id)
    .where(
        trace_lines.present(TreatmentSession.id),
        trace_lots.in_clinics(func.coalesce(TreatmentSession.clinic_id, 0)),
    )
)
"""Of a patient's record and all that was merged into it."""


def forward_from_lot(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    lot_uid: str,
    begins_in: Collection[int] | None = None,
) -> ForwardTrace:
    """Trace one clinic's lot (a cocktail's as well), and what other clinics were sent of it.

    `clinic_ids` are the clinics that the viewer may see; here and below the beginning is one of
    `begins_in`, where that is said, and found nowhere else.  A lot without cocktails takes four
    statements.  Raises ThingNotFound, TraceTooLarge.
    """
    start = trace_lots.family_of_uid(connection, begins_in or clinic_ids, uid=_uid(lot_uid, "lot"))
    return _forward(connection, clinic_ids, _found(start, "lot", lot_uid))


def forward_from_number(
    connection: Connection, clinic_ids: Collection[int], *, product_uid: str, number: str
) -> ForwardTrace:
    """Trace one manufacturer's lot in every clinic that the viewer may see, under any number it was booked.

    Raises ThingNotFound, TraceTooLarge.
    """
    start = trace_lots.family_of_number(
        connection, clinic_ids, product_uid=_uid(product_uid, "product"), number=number
    )
    return _forward(connection, clinic_ids, _found(start, "lot", number))


def forward_from_scan(
    connection: Connection, clinic_ids: Collection[int], *, code: str, number: str
) -> ForwardTrace:
    """Trace what a scanned pack names: the code of a trade item and a lot number.

    Raises ThingNotFound, TraceTooLarge.
    """
    start = trace_lots.family_of_code(connection, clinic_ids, code=code, number=number)
    return _forward(connection, clinic_ids, _found(start, "lot", f"{code} {number}"))


def forward_from_container(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    container_uid: str,
    begins_in: Collection[int] | None = None,
) -> ForwardTrace:
    """Trace what was drawn from one opened container; the account of its whole lot is left out.

    Raises ThingNotFound, TraceTooLarge.
    """
    place = connection.execute(
        select(Container.location_id, Container.lot_id)
        .join(
            LocationRow,
            (LocationRow.clinic_id == Container.clinic_id) & (LocationRow.id == Container.location_id),
        )
        .where(
            LocationRow.uid == _uid(container_uid, "container"),
            Container.clinic_id.in_(list(begins_in or clinic_ids)),
        )
    ).one_or_none()
    if place is None:
        raise ThingNotFound(thing="container", uid=container_uid)
    start = trace_lots.family_of_id(connection, clinic_ids, lot_id=place.lot_id)
    return _forward(connection, clinic_ids, [lot_named(row) for row in start], drawn_from=place.location_id)


def forward_from_preparation(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    preparation_uid: str,
    begins_in: Collection[int] | None = None,
) -> ForwardTrace:
    """Trace what a finished cocktail became.  Raises ThingNotFound, TraceTooLarge."""
    made = connection.execute(
        select(Preparation.lot_id).where(
            Preparation.uid == _uid(preparation_uid, "cocktail"),
            Preparation.clinic_id.in_(list(begins_in or clinic_ids)),
            Preparation.lot_id.is_not(None),
        )
    ).scalar_one_or_none()
    if made is None:
        raise ThingNotFound(thing="cocktail", uid=preparation_uid)
    start = trace_lots.family_of_id(connection, clinic_ids, lot_id=made)
    return _forward(connection, clinic_ids, [lot_named(row) for row in start])


def back_from_lot(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    lot_uid: str,
    begins_in: Collection[int] | None = None,
) -> BackTrace:
    """Trace one clinic's lot (a cocktail's above all) back to what went into it; it has no uses.

    Raises ThingNotFound, TraceTooLarge.
    """
    rows = trace_lots.family_of_uid(connection, begins_in or clinic_ids, uid=_uid(lot_uid, "lot"))
    walked = walk_back(connection, clinic_ids, _found(rows, "lot", lot_uid))
    clinics = {way.lot.clinic_id for way in walked.ways.values()}
    return BackTrace(
        uses=(),
        lots=_lots(walked.ways),
        edges=_edges(walked.ways, walked.edges),
        origins=origins_of(connection, clinics, walked.ways),
        unseen_clinics=walked.unseen_clinics,
    )


def back_from_session(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    session_uid: str,
    begins_in: Collection[int] | None = None,
) -> BackTrace:
    """Trace what was used in a session back to its lots, receipts and suppliers.

    Raises ThingNotFound, TraceTooLarge.
    """
    session = one_by_uid(connection, TreatmentSession, session_uid, thing="session")
    if session.clinic_id not in (begins_in or clinic_ids):
        raise ThingNotFound(thing="session", uid=session_uid)
    return _back(connection, clinic_ids, [session.id])


def back_from_patient(connection: Connection, clinic_ids: Collection[int], *, patient_uid: str) -> BackTrace:
    """Trace everything used on a patient, the records merged into hers included.

    Raises ThingNotFound, TraceTooLarge.
    """
    patient = one_by_uid(connection, Patient, patient_uid, thing="patient")
    asked = {"clinic_ids": tuple(clinic_ids), "patient": patient.id}
    sessions = _SESSIONS_OF_PATIENT.all(connection, asked)
    return _back(connection, clinic_ids, [row.id for row in sessions])


def _uid(text: str, thing: str) -> str:
    if not is_uid(text):
        raise ThingNotFound(thing=thing, uid=text[:40])
    return text


def _found(rows: Sequence[Any], thing: str, named: str) -> list[LotNamed]:
    if not rows:
        raise ThingNotFound(thing=thing, uid=named[:80])
    return [lot_named(row) for row in rows]


def _forward(
    connection: Connection,
    clinic_ids: Collection[int],
    start: list[LotNamed],
    *,
    drawn_from: int | None = None,
) -> ForwardTrace:
    walked = walk_forward(connection, clinic_ids, start, drawn_from=drawn_from)
    clinics = {way.lot.clinic_id for way in walked.ways.values()}
    uses = _uses(connection, clinics, walked.ways, walked.lines)
    lying = trace_lots.lying(connection, clinics, walked.ways)
    on_hand = dict.fromkeys(walked.ways, 0)
    for row in lying:
        on_hand[row.lot_id] += row.quantity
    told = walked.ways if drawn_from is None else walked.ways.keys() - {lot.lot_id for lot in start}
    return ForwardTrace(
        lots=_lots(walked.ways),
        edges=_edges(walked.ways, walked.edges),
        uses=uses,
        lying=tuple(_lying(row, walked.ways) for row in lying),
        accounts=tuple(
            account_of(walked.ways[lot_id].lot, walked.lines[lot_id], on_hand[lot_id])
            for lot_id in walked.ways
            if lot_id in told
        ),
        unseen_clinics=walked.unseen_clinics,
    )


def _uses(
    connection: Connection,
    clinics: Collection[int],
    ways: dict[int, Way],
    lines: dict[int, list[Any]],
) -> tuple[Use, ...]:
    used = [
        (row, ways[lot_id])
        for lot_id, rows in lines.items()
        for row in rows
        if row.to_kind == LocationKind.PATIENT
    ]
    areas = trace_lots.areas_of_lots(connection, clinics, {row.lot_id for row, _ in used}) if used else {}
    return _in_order(use_of(row, way.lot, way.via, areas.get(row.line_id, ())) for row, way in used)


def _back(connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int]) -> BackTrace:
    rows = trace_lines.standing(trace_lines.lines_of_sessions(connection, clinic_ids, session_ids))
    used = [row for row in rows if row.to_kind == LocationKind.PATIENT]
    areas = trace_lots.areas_of_sessions(connection, clinic_ids, session_ids) if used else {}
    start = {row.lot_id: lot_named(row) for row in used}
    walked = walk_back(connection, clinic_ids, list(start.values()))
    clinics = {way.lot.clinic_id for way in walked.ways.values()}
    return BackTrace(
        uses=_in_order(use_of(row, start[row.lot_id], (), areas.get(row.line_id, ())) for row in used),
        lots=_lots(walked.ways),
        edges=_edges(walked.ways, walked.edges),
        origins=origins_of(connection, clinics, walked.ways),
        unseen_clinics=walked.unseen_clinics,
    )


_ORDER = attrgetter("occurred_at", "lot.clinic_uid", "seq", "lot.uid")


def _in_order(uses: Iterable[Use]) -> tuple[Use, ...]:
    return tuple(sorted(uses, key=_ORDER))


def _lots(ways: dict[int, Way]) -> tuple[LotReached, ...]:
    return tuple(LotReached(lot=way.lot, depth=way.depth, via=way.via) for way in ways.values())


def _edges(ways: dict[int, Way], edges: Iterable[tuple[int, int]]) -> tuple[WentInto, ...]:
    return tuple(
        WentInto(parent_uid=ways[parent].lot.uid, child_uid=ways[child].lot.uid)
        for parent, child in sorted(edges)
        if parent in ways and child in ways
    )


def _lying(row: Any, ways: dict[int, Way]) -> Lying:
    return Lying(
        lot_uid=ways[row.lot_id].lot.uid,
        location_uid=row.location_uid,
        location_name=row.standing_name or row.location_name,
        container_code=row.container_code,
        quantity=row.quantity,
    )
