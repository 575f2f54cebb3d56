"""Which vials and packs may a scan at the bench mean, as the answers to *which one is it?*"""

from __future__ import annotations

from stockroom.queries.bench_scans import BenchScan
from stockroom.rules.using import is_used_in_one_go
from stockroom.web.counted import show_counted, show_left
from stockroom.web.session_view import OPEN, VialChoice


def vial_choices(found: BenchScan) -> tuple[VialChoice, ...]:
    """Give what is open, then what is sealed; what may not be used is last."""
    assert found.product is not None
    vials = [
        VialChoice(
            value=found.place_uids[each.location_id],
            code=each.container_code,
            opened_at=each.opened_at,
            left_words=show_left(each.quantity, found.product),
            until=each.beyond_use_at,
            place=each.location_name,
            takes=found.proposals[each.location_id].quantity,
            base_unit=found.product.base_unit,
            broken={"container_uid": found.place_uids[each.location_id]},
            stopped_by=found.stopped_by[each.location_id],
        )
        for each in found.which.vials
    ]
    sealed_ones = [(OPEN, found.which.sealed)] if found.which.sealed else []
    sealed_ones += [(found.place_uids[each.location_id], each) for each in found.which.places]
    for value, sealed in sealed_ones:
        vials.append(
            VialChoice(
                value=value,
                code=None,
                opened_at=None,
                left_words=show_counted(
                    sealed.quantity,
                    base_unit=found.product.base_unit,
                    content_quantity=sealed.content_quantity,
                    presentation=found.product.presentation,
                ),
                until=sealed.limit(found.visit.zone),
                place=sealed.location_name,
                takes=found.proposals[sealed.location_id].quantity if is_used_in_one_go(sealed) else None,
                base_unit=found.product.base_unit,
                broken={
                    "lot_uid": sealed.lot_uid,
                    "location_uid": found.place_uids[sealed.location_id],
                    "quantity": str(sealed.content_quantity),
                },
                stopped_by=found.stopped_by[sealed.location_id],
            )
        )
    return tuple(sorted(vials, key=lambda each: bool(each.stopped_by)))
