"""Is a supplier called otherwise, and never over what somebody else has just written?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.models import Supplier
from stockroom.operations.add_party import PartyKind
from stockroom.operations.change_supplier import (
    ChangeSupplier,
    SupplierChanged,
    SupplierNameTaken,
    SupplierSaved,
    change_supplier,
)
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key


def change(house: House, **facts: Any) -> SupplierSaved:
    values: dict[str, Any] = {
        "supplier_uid": house.supplier_uid,
        "version": 1,
        "name": "Demo Supply East",
        "contact": "+359 2 000",
        **facts,
    }
    actor = values.pop("actor", house.manager)
    return change_supplier(house.store, ChangeSupplier(**values), actor=actor, key=key("supplier"), now=NOW)


def names(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(Supplier.name).order_by(Supplier.id)).scalars())


def test_a_supplier_gets_another_name_and_contact(store: Store) -> None:
    house = House(store)

    saved = change(house)

    assert saved.version == 2
    assert names(store) == ["Demo Supply East"]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"version": 4}, SupplierChanged),
        ({"name": ""}, InvalidValue),
        ({"name": "Other Supply"}, SupplierNameTaken),
        ({"supplier_uid": "019cad8f-ac00-700d-8d88-2912ea817faf"}, ThingNotFound),
    ],
)
def test_what_cannot_be_changes_nothing(
    sqlite_store: Store, facts: dict[str, Any], error: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    assert house.supplier_uid
    house.party(PartyKind.SUPPLIER, "Other Supply")

    with pytest.raises(error):
        change(house, **facts)

    assert names(sqlite_store) == ["Demo Supply", "Other Supply"]


def test_who_does_not_keep_the_catalogue_changes_none(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    for other in (house.nurse, house.practitioner, house.clinic.auditor):
        with pytest.raises(ActionForbidden):
            change(house, actor=other)

    assert names(sqlite_store) == ["Demo Supply"]
