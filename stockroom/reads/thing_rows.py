"""How does a row of goods become a thing, as the rules see it?"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from stockroom.reads.mixtures import Inside, reasons_in
from stockroom.rules.expiry import is_life_known
from stockroom.rules.receiving import EVERYWHERE
from stockroom.rules.usability import Thing
from stockroom.vocabulary import (
    BaseUnit,
    ContainerState,
    ContainerType,
    HoldReason,
    LocationKind,
    RegulatoryClass,
)

# What the words of a row mean, as tables: to call a vocabulary takes twenty times as long.
_BASE_UNITS = {word.value: word for word in BaseUnit}
_PLACE_KINDS: dict[str | None, Any] = {None: None, **{word.value: word for word in LocationKind}}
_STATES: dict[str | None, Any] = {None: None, **{word.value: word for word in ContainerState}}
_CONTAINER_TYPES: dict[str | None, Any] = {None: None, **{word.value: word for word in ContainerType}}
_CLASSES: dict[str | None, Any] = {None: None, **{word.value: word for word in RegulatoryClass}}
_CLASSES_WITHIN: dict[str | None, frozenset[RegulatoryClass]] = {
    None: frozenset(),
    **{word.value: frozenset({word}) for word in RegulatoryClass},
}
_FACTS = frozenset(field.name for field in fields(Thing))


def thing_of(row: Row[Any], asked_for: int | None, inside: Inside | None) -> Thing:
    """Make the thing of a row of `reads.things`.

    `asked_for` is the patient for whom it is looked up, `inside` what went into a mixture.
    """
    limits = [at for at in (row.beyond_use_at, row.lot_beyond_use_at) if at is not None]
    return _made(
        lot_id=row.lot_id,
        lot_uid=row.lot_uid,
        lot_number=row.lot_number,
        product_id=row.product_id,
        product_name=row.product_name,
        base_unit=_BASE_UNITS[row.base_unit],
        location_id=row.location_id,
        location_kind=_PLACE_KINDS[row.location_kind],
        location_name=row.standing_name or row.location_name,
        standing_kind=_PLACE_KINDS[row.standing_kind],
        container_state=_STATES[row.container_state],
        container_code=row.container_code,
        dedicated_patient_id=_owner(row.container_patient_id, inside, asked_for),
        quantity=row.quantity,
        allocated=row.allocated,
        content_quantity=row.content_quantity,
        product_confirmed=inside.is_confirmed if inside else _is_confirmed(row),
        is_authorised_here=inside is not None or _is_authorised(row),
        container_type=_CONTAINER_TYPES[row.container_type],
        regulatory_class=_CLASSES[row.regulatory_class],
        ingredient_ids=inside.ingredient_ids if inside else _held(row),
        classes_within=_classes_within(row, inside),
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        beyond_use_at=min(limits) if limits else None,
        opened_at=row.opened_at,
        punctures_left=row.punctures_left,
        hold_reasons=_hold_reasons(row, inside),
        is_passed_over=bool(row.is_passed_over),
    )


def _made(**facts: Any) -> Thing:
    """As Thing(**facts), which sets one frozen field after the other and takes four times as long."""
    assert facts.keys() == _FACTS
    thing = object.__new__(Thing)
    thing.__dict__.update(facts)
    return thing


def _hold_reasons(row: Row[Any], inside: Inside | None) -> tuple[HoldReason, ...]:
    within = inside.hold_reasons if inside else frozenset()
    if not (row.organisation_holds or row.clinic_holds or within):
        return ()
    return tuple(sorted({*reasons_in(row.organisation_holds), *reasons_in(row.clinic_holds), *within}))


def _owner(container_patient_id: int | None, inside: Inside | None, asked_for: int | None) -> int | None:
    """The one patient whose this is; one of several named patients counts as hers when she asks."""
    if container_patient_id is not None:
        return container_patient_id
    if inside is None or not inside.patient_ids:
        return None
    if asked_for in inside.patient_ids:
        return asked_for
    return min(inside.patient_ids)


def _classes_within(row: Row[Any], inside: Inside | None) -> frozenset[RegulatoryClass]:
    own = _CLASSES_WITHIN[row.regulatory_class]
    return own | inside.regulatory_classes if inside else own


def _is_confirmed(row: Row[Any]) -> bool:
    """A permitted role has confirmed the product; of what is opened its life is known where it stands."""
    room, refrigerated = row.in_use_minutes_room, row.in_use_minutes_refrigerated
    return row.confirmed_at is not None and is_life_known(row.stands_at, room=room, refrigerated=refrigerated)


def _is_authorised(row: Row[Any]) -> bool:
    """Unknown counts as authorised here: the product is then incomplete, which is a stop of its own."""
    if row.confirmed_at is None:
        return True
    countries = row.authorised_in.split()
    return EVERYWHERE in countries or row.country in countries


def _held(row: Row[Any]) -> frozenset[int]:
    """What is in it by all that is known: what it held when it was opened, and what was found out since."""
    found = _ids(row.ingredients)
    return found | _ids(row.held_when_opened) if row.held_when_opened else found


def _ids(text: str | None) -> frozenset[int]:
    return frozenset(int(part) for part in text.split()) if text else frozenset()
