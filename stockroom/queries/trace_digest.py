"""What of a trace is signed?  Its facts by uid, number and instant, as they stood; no name, nothing known later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stockroom.queries.evidence import SignedRow
from stockroom.queries.trace_rows import Account, DeviceMet, ForwardTrace, Origin, Use
from stockroom.queries.traces import Traced

Row = list[object]


def facts_of(traced: Traced, origins: tuple[Origin, ...], uses: Iterable[Use]) -> Iterator[Row]:
    """Give what the digest of a trace is taken over; `uses` are all of it."""
    return (row.said for row in signed_rows(traced, origins, uses))


def signed_rows(traced: Traced, origins: tuple[Origin, ...], uses: Iterable[Use]) -> Iterator[SignedRow]:
    """Give the rows over which the digest of a trace is taken, each of them read when it is taken.

    A lot of which nothing was in the books then (it turned out later to be one of these) is left out, so that
    what is learnt later changes nothing.
    """
    trace = traced.trace
    accounts = trace.accounts if isinstance(trace, ForwardTrace) else ()
    told = traced.used | {each.lot_uid for each in accounts if each.is_moved}
    told |= {uid for edge in trace.edges for uid in (edge.parent_uid, edge.child_uid)}
    for each in trace.lots:
        if each.lot.uid in told:
            yield _row(
                "lot", each.lot.uid, each.lot.number, each.lot.product_uid, each.lot.clinic_uid, each.via
            )
    for edge in trace.edges:
        yield _row("went_into", edge.parent_uid, edge.child_uid)
    yield from map(_use, uses)
    yield from (_account(each) for each in accounts if each.is_moved)
    if isinstance(trace, ForwardTrace):
        for lying in trace.lying:
            yield _row("lying", lying.lot_uid, lying.location_uid, lying.quantity)
    else:
        yield from map(_device, trace.devices)
    for origin in origins:
        yield _row("received", origin.receipt_uid, origin.quantity, origin.supplier_uid, origin.arrived_at)
    yield _row("unseen_clinics", trace.unseen_clinics)


def _row(*said: object) -> SignedRow:
    return SignedRow(said=list(said))


def _use(use: Use) -> SignedRow:
    said: Row = [
        "use", use.lot.uid, use.session_uid, use.patient_uid, use.occurred_at, use.quantity, use.movement_uid,
        use.seq,
    ]  # fmt: skip
    return SignedRow(said=said, use=use, patient_uid=use.patient_uid)


def _device(met: DeviceMet) -> SignedRow:
    said: Row = ["device", met.device_uid, met.session_uid, met.patient_uid, met.occurred_at]
    return SignedRow(said=said, patient_uid=met.patient_uid)


def _account(each: Account) -> SignedRow:
    return _row(
        "account", each.lot_uid, each.received, each.made, each.arrived, each.adjusted_in, each.used,
        each.compounded, each.disposed, each.returned, each.dispatched, each.adjusted_out, each.on_hand,
    )  # fmt: skip
