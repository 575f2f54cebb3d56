"""What of a trace is signed?  Its facts by uid, number and instant, as they stood; no name, nothing known later."""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.queries.trace_rows import Account, BackTrace, ForwardTrace, Origin, Use

Row = list[object]


def facts_of(trace: ForwardTrace | BackTrace, origins: tuple[Origin, ...]) -> Iterator[Row]:
    """Give the rows over which the digest of a trace is taken.

    A lot of which nothing was in the books then (it turned out later to be one of these) is left out, so that
    what is learnt later changes nothing.
    """
    accounts = trace.accounts if isinstance(trace, ForwardTrace) else ()
    told = {use.lot.uid for use in trace.uses} | {each.lot_uid for each in accounts if each.is_moved}
    told |= {uid for edge in trace.edges for uid in (edge.parent_uid, edge.child_uid)}
    for each in trace.lots:
        if each.lot.uid in told:
            yield ["lot", each.lot.uid, each.lot.number, each.lot.product_uid, each.lot.clinic_uid, each.via]
    for edge in trace.edges:
        yield ["went_into", edge.parent_uid, edge.child_uid]
    yield from map(_use, trace.uses)
    yield from (_account(each) for each in accounts if each.is_moved)
    if isinstance(trace, ForwardTrace):
        for lying in trace.lying:
            yield ["lying", lying.lot_uid, lying.location_uid, lying.quantity]
    else:
        for met in trace.devices:
            yield ["device", met.device_uid, met.session_uid, met.patient_uid, met.occurred_at]
    for origin in origins:
        yield ["received", origin.receipt_uid, origin.quantity, origin.supplier_uid, origin.arrived_at]
    yield ["unseen_clinics", trace.unseen_clinics]


def _use(use: Use) -> Row:
    return [
        "use", use.lot.uid, use.session_uid, use.patient_uid, use.occurred_at, use.quantity, use.movement_uid,
        use.seq,
    ]  # fmt: skip


def _account(each: Account) -> Row:
    return [
        "account", each.lot_uid, each.received, each.made, each.arrived, each.adjusted_in, each.used,
        each.compounded, each.disposed, each.returned, each.dispatched, each.adjusted_out, each.on_hand,
    ]  # fmt: skip
