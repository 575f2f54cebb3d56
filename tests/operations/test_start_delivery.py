"""Is a delivery kept from its first minute, and is its paper completed by anybody?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.start_delivery import (
    ChangeDelivery,
    StartDelivery,
    change_delivery,
    start_delivery,
)
from stockroom.reads.deliveries import DeliveryChanged
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ArrivalState
from tests.builders import NOW, House, key
from tests.receiving import journalled
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_a_delivery_begins_with_what_is_known_of_it(house: House) -> None:
    table = OnTable(house, supplier_uid=None, delivery_note="")

    row = table.row
    assert (row.state, row.supplier_id, row.delivery_note, row.arrived_at) == ("open", None, "", NOW)
    assert (row.started_by_id, row.version) == (house.nurse.person_id, 1)
    assert len(journalled(house.clinic, "delivery.start")) == 1


def test_another_person_completes_its_paper(house: House) -> None:
    table = OnTable(house, supplier_uid=None, delivery_note="")
    paper = StartDelivery(
        supplier_uid=house.supplier_uid,
        delivery_note="DN-9",
        arrived_at=NOW - timedelta(hours=1),
        state_on_arrival=ArrivalState.WARM,
    )

    changed = change_delivery(
        house.store,
        ChangeDelivery(delivery_uid=table.uid, version=1, paper=paper),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    row = table.row
    assert (changed.version, row.delivery_note, row.state_on_arrival) == (2, "DN-9", "warm")
    assert row.arrived_at == NOW - timedelta(hours=1)
    with pytest.raises(DeliveryChanged):
        change_delivery(
            house.store,
            ChangeDelivery(delivery_uid=table.uid, version=1, paper=paper),
            actor=house.nurse,
            key=key(),
            now=NOW,
        )


def test_the_same_key_begins_one_delivery(house: House) -> None:
    first, second = (
        start_delivery(house.store, StartDelivery(), actor=house.nurse, key="same", now=NOW) for _ in range(2)
    )

    assert first == second


def test_a_delivery_is_begun_by_who_may_receive_and_found_in_its_clinic_only(house: House) -> None:
    table, other = OnTable(house), house.another_clinic()

    with pytest.raises(ActionForbidden):
        start_delivery(house.store, StartDelivery(), actor=house.practitioner, key=key(), now=NOW)
    with pytest.raises(ThingNotFound):
        change_delivery(
            house.store,
            ChangeDelivery(delivery_uid=table.uid, version=1, paper=StartDelivery()),
            actor=other.nurse,
            key=key(),
            now=NOW,
        )
    with pytest.raises(InvalidValue):
        OnTable(house, arrived_at=NOW + timedelta(days=1))
    with pytest.raises(InvalidValue):
        OnTable(house, delivery_note=" DN")
