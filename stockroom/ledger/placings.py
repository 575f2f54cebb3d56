"""How is it written down what was opened, and where it stands?

A row of its own for each container, and one each time it is put somewhere; of these none is changed.
"""

from __future__ import annotations

from datetime import datetime

from stockroom.db.built_once import adding
from stockroom.db.transaction import Work
from stockroom.models import Container, Placing
from stockroom.rules.usability import Thing
from stockroom.vocabulary import ContainerState


def write_container(
    work: Work,
    thing: Thing,
    *,
    location_id: int,
    short_code: str,
    rule_id: int,
    opened_at: datetime,
    beyond_use_at: datetime | None,
    stands_in_id: int,
    serial: str | None,
    trade_item_id: int | None = None,
    one_patient_since: datetime | None = None,
    patient_id: int | None = None,
) -> None:
    """Write that one presentation of a sealed thing was opened, and where it stands from then on.

    `location_id` is its own new place, `serial` that of the unit and
    `trade_item_id` its pack's, where a code said them.  A vial for several
    that stands in a treatment room serves one patient (`one_patient_since`), of whom it may be known who she is.
    """
    work.connection.execute(
        adding(Container),
        {
            "clinic_id": work.clinic_id,
            "location_id": location_id,
            "lot_id": thing.lot_id,
            "product_rule_id": rule_id,
            "short_code": short_code,
            "state": ContainerState.OPEN,
            "opened_at": opened_at,
            "beyond_use_at": beyond_use_at,
            "content_quantity": thing.content_quantity,
            "stands_in_id": stands_in_id,
            "opened_by_id": work.actor.person_id,
            "serial": serial,
            "trade_item_id": trade_item_id,
            "one_patient_since": one_patient_since,
            "patient_id": patient_id,
        },
    )
    write_placing(work, location_id, stands_in_id, placed_at=opened_at)


def write_placing(
    work: Work, container_id: int, location_id: int, *, placed_at: datetime, late_reason: str = ""
) -> None:
    """Write that a container (by its location id) stands at this place from `placed_at` on.

    `late_reason`: why it is written down only now.
    """
    work.connection.execute(
        adding(Placing),
        {
            "clinic_id": work.clinic_id,
            "container_id": container_id,
            "location_id": location_id,
            "placed_at": placed_at,
            "recorded_at": work.recorded_at,
            "placed_by_id": work.actor.person_id,
            "late_reason": late_reason,
        },
    )
