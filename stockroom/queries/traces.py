"""Which sessions and patients did a lot reach, and what came into a session or a patient?

Every way asks: where it begins (`trace_starts`) → the walk → what the rows show.  However deep it goes, the number
of statements is the same.  Only lines that stand count: a reversed use does not, its replacement does.  A trace
reads the lines of the lots within reach and nothing else of the ledger.

`as_of` asks for what the books said at an instant: what was recorded by then, in their order, and nothing later.
Names, numbers and expiries are those that are known now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from stockroom.errors import ThingNotFound
from stockroom.ledger import trace_lots
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.trace_walk import Walked, walk_back, walk_forward
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_devices import devices_met
from stockroom.queries.trace_lying import lying_now, lying_then
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_rows import (
    BackTrace,
    DeviceMet,
    ForwardTrace,
    LotReached,
    Use,
    WentInto,
    account_of,
)
from stockroom.queries.trace_starts import Start, start_of, start_of_lots, start_of_rows
from stockroom.queries.trace_uses import (
    SessionMet,
    UsesAsked,
    count_uses,
    lots_of_uses,
    patients_of_uses,
    sessions_of_uses,
    some_uses,
    streamed_uses,
    used_quantities,
    uses_in_sessions,
    uses_of,
    uses_of_lots,
)
from stockroom.queries.trace_vials import vials_of

HELD_MAX = 2_000
"""So many uses are held at once: those of some hundreds of patients."""


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
    return forward(connection, clinic_ids, start_of_lots(connection, clinic_ids, lot_ids), as_of=as_of)


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
    """Trace lots to every session and patient that they reached, and what is left of them, all of it at once.

    Raises TraceTooLarge.
    """
    found = traced_forward(connection, clinic_ids, start, as_of=as_of, held_max=None)
    assert isinstance(found.trace, ForwardTrace)
    return found.trace


def back(
    connection: Connection, clinic_ids: Collection[int], start: Start, *, as_of: datetime = NEWEST
) -> BackTrace:
    """Trace sessions to the lots, receipts and suppliers behind what was used in them, and to the devices; or lots
    to what went into them, which have no uses then; all of it at once.  Raises TraceTooLarge.
    """
    found = traced_back(connection, clinic_ids, start, as_of=as_of, held_max=None)
    assert isinstance(found.trace, BackTrace)
    return found.trace


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many uses a trace has, and in how many sessions it met how many patients, those of its devices among them."""

    uses: int
    sessions: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A trace that holds its uses where they are few; where they are many they are counted, and read as they are
    taken, on the connection (one snapshot) on which the trace was made.
    """

    trace: ForwardTrace | BackTrace
    used: frozenset[str]
    """The uids of the lots that were themselves used."""
    container_code: str = ""
    """Of the opened container that was asked for: it tells what was drawn from this one, and of its lot no more."""
    many: UsesAsked | None = None
    """How to read them where they are many; none of them is in the trace then."""
    many_counted: Counted | None = None

    @property
    def counted(self) -> Counted:
        """How much it tells of whom."""
        if self.many_counted is not None:
            return self.many_counted
        return _count(len(self.trace.uses), [*self.trace.uses, *_devices_of(self.trace)])

    def uses(self, connection: Connection) -> Iterator[Use]:
        """Give all of them, one after another."""
        return iter(self.trace.uses) if self.many is None else streamed_uses(connection, self.many)

    def some(self, connection: Connection, *, offset: int = 0, limit: int) -> tuple[Use, ...]:
        """Give a page of them."""
        if self.many is None:
            return self.trace.uses[offset : offset + limit]
        return some_uses(connection, self.many, offset=offset, limit=limit)

    def sessions(self, connection: Connection) -> frozenset[tuple[int, str]]:
        """Give the sessions of its uses, each with the clinic where."""
        if self.many is None:
            return frozenset((use.lot.clinic_id, use.session_uid) for use in self.trace.uses)
        met = sessions_of_uses(connection, self.many)
        return frozenset((each.clinic_id, each.session_uid) for each in met)

    def patients(self, connection: Connection) -> frozenset[tuple[int, str]]:
        """Give everybody whom the trace names, each with the clinic where: to be written down first."""
        return self.met_on(
            {(use.lot.clinic_id, use.patient_uid) for use in self.trace.uses}
            if self.many is None
            else patients_of_uses(connection, self.many)
        )

    def met_on(self, uses: Collection[tuple[int, str]]) -> frozenset[tuple[int, str]]:
        """Give those who were met on some of its uses, and in the sessions of its devices."""
        return frozenset(uses) | {(met.clinic_id, met.patient_uid) for met in _devices_of(self.trace)}


def _devices_of(trace: ForwardTrace | BackTrace) -> tuple[DeviceMet, ...]:
    return trace.devices if isinstance(trace, BackTrace) else ()


def traced_forward(
    connection: Connection,
    clinic_ids: Collection[int],
    start: Start,
    *,
    as_of: datetime = NEWEST,
    held_max: int | None = HELD_MAX,
) -> Traced:
    """Trace as `forward` does, and hold no more uses than `held_max`; two statements more where there are more.

    Raises TraceTooLarge.
    """
    walked = walk_forward(connection, clinic_ids, start.lots, drawn_from=start.drawn_from, as_of=as_of)
    asked = uses_of_lots(walked.ways, as_of=as_of, drawn_from=start.drawn_from)
    uses, many = _read(connection, asked, held_max) if walked.ways else ((), None)
    used: dict[int, int] = {}
    for use in uses:
        used[use.lot.lot_id] = used.get(use.lot.lot_id, 0) + use.quantity
    if many is not None:
        used = used_quantities(connection, many)
    trace = _forward(connection, walked, start, uses=uses, used=used, as_of=as_of)
    return Traced(
        trace=trace,
        used=frozenset(walked.ways[lot_id].lot.uid for lot_id in used),
        container_code=start.container_code,
        many=many,
        many_counted=None if many is None else Counted(**asdict(count_uses(connection, many))),
    )


def traced_back(
    connection: Connection,
    clinic_ids: Collection[int],
    start: Start,
    *,
    as_of: datetime = NEWEST,
    held_max: int | None = HELD_MAX,
) -> Traced:
    """Trace as `back` does, and hold no more uses than `held_max`; three statements more where there are more.

    Raises TraceTooLarge.
    """
    uses: tuple[Use, ...] = ()
    many: UsesAsked | None = None
    if start.session_ids:
        uses, many = _read(connection, uses_in_sessions(clinic_ids, start.session_ids, as_of=as_of), held_max)
    used = {use.lot.lot_id: use.lot for use in uses}
    if many is not None:
        ids = lots_of_uses(connection, many)
        named = {lot.lot_id: lot for lot in trace_lots.lots_with_ids(connection, ids)}
        used = {lot_id: named[lot_id] for lot_id in ids}
    walked = walk_back(connection, clinic_ids, [*start.lots, *used.values()], as_of=as_of)
    clinics = {way.lot.clinic_id for way in walked.ways.values()}
    devices: tuple[DeviceMet, ...] = ()
    if start.session_ids:
        devices = devices_met(connection, clinic_ids, start.session_ids, as_of=as_of)
    trace = BackTrace(
        uses=uses,
        devices=devices,
        lots=_lots(walked),
        edges=_edges(walked),
        origins=origins_of(connection, clinics, walked.ways, as_of=as_of) if walked.ways else (),
        unseen_clinics=walked.unseen_clinics,
    )
    return Traced(
        trace=trace,
        used=frozenset(lot.uid for lot in used.values()),
        many=many,
        many_counted=None if many is None else _counted(connection, many, devices),
    )


def _read(
    connection: Connection, asked: UsesAsked, held_max: int | None
) -> tuple[tuple[Use, ...], UsesAsked | None]:
    """The uses where they are few, or how to read them where they are many; one statement."""
    if held_max is None:
        return uses_of(connection, asked), None
    uses = some_uses(connection, asked, limit=held_max + 1)
    return (uses, None) if len(uses) <= held_max else ((), asked)


def _counted(connection: Connection, many: UsesAsked, devices: tuple[DeviceMet, ...]) -> Counted:
    """Count them, and who was met with a device in a session without a use."""
    counted = count_uses(connection, many)
    if not devices:
        return Counted(**asdict(counted))
    return _count(counted.uses, [*sessions_of_uses(connection, many), *devices])


def _count(uses: int, met: Iterable[Use | DeviceMet | SessionMet]) -> Counted:
    pairs = {(each.session_uid, each.patient_id) for each in met}
    return Counted(
        uses=uses,
        sessions=len({session for session, _ in pairs}),
        patients=len({patient for _, patient in pairs}),
    )


def _forward(
    connection: Connection,
    walked: Walked,
    start: Start,
    *,
    uses: tuple[Use, ...],
    used: Mapping[int, int],
    as_of: datetime,
) -> ForwardTrace:
    ways = walked.ways
    lying = lying_now(connection, ways) if as_of == NEWEST else lying_then(connection, ways, as_of=as_of)
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


def _lots(walked: Walked) -> tuple[LotReached, ...]:
    return tuple(LotReached(lot=way.lot, depth=way.depth, via=way.via) for way in walked.ways.values())


def _edges(walked: Walked) -> tuple[WentInto, ...]:
    ways = walked.ways
    return tuple(
        WentInto(parent_uid=ways[parent].lot.uid, child_uid=ways[child].lot.uid)
        for parent, child in sorted(walked.edges)
        if parent in ways and child in ways
    )
