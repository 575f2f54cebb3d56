"""What the tests of the rules are made from: one usable vial, changed field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from stockroom.rules.usability import Thing
from stockroom.vocabulary import BaseUnit, ContainerState, ContainerType, LocationKind, RegulatoryClass

_SEALED = Thing(
    lot_id=1,
    lot_uid="lot-1",
    lot_number="A1",
    product_id=10,
    product_name="Demo Vitamin C 10 %",
    base_unit=BaseUnit.MICROLITRE,
    location_id=100,
    location_kind=LocationKind.FRIDGE,
    location_name="Fridge 1",
    standing_kind=None,
    container_state=None,
    container_code=None,
    dedicated_patient_id=None,
    quantity=10_000,
    allocated=0,
    content_quantity=5_000,
    product_confirmed=True,
    is_authorised_here=True,
    container_type=ContainerType.MULTI_DOSE,
    regulatory_class=RegulatoryClass.COSMETIC,
    ingredient_ids=frozenset({7}),
    classes_within=frozenset({RegulatoryClass.COSMETIC}),
    expires_on=date(2027, 3, 31),
    expires_at=None,
    beyond_use_at=None,
    opened_at=None,
    punctures_left=None,
    hold_reasons=(),
    is_passed_over=False,
)

MakeThing = Callable[..., Thing]


def _make_thing(**changes: Any) -> Thing:
    if changes.pop("opened", False):
        opened = {
            "location_kind": LocationKind.CONTAINER,
            "standing_kind": LocationKind.FRIDGE,
            "container_state": ContainerState.OPEN,
            "container_code": "K7M",
            "quantity": 3_000,
        }
        changes = opened | changes
    return replace(_SEALED, **changes)


@pytest.fixture(scope="session")
def make_thing() -> MakeThing:
    """Give a sealed, usable thing; `opened=True` puts it into an open container."""
    return _make_thing
