"""How is a cocktail that was made booked?  A lot of its own, one movement of everything in it, and its draft ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from stockroom.db.built_once import adding_one, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.accounts import accounts
from stockroom.ledger.lost_promises import lose_those_of_others
from stockroom.ledger.post import Posted, post
from stockroom.ledger.usages import note_draw
from stockroom.models import Lot, Preparation
from stockroom.rules.compounding import Yield
from stockroom.rules.expiry import mixture_limit
from stockroom.rules.posting import Draft, Line
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Thing
from stockroom.rules.using import is_dedicated_on_use
from stockroom.vocabulary import LocationKind, LotKind, MovementKind, PreparationState


@dataclass(frozen=True, kw_only=True)
class Poured:
    """What goes in from one place, with the promise that it uses up."""

    lot_id: int
    location_id: int
    quantity: int
    allocation_id: int
    promised_quantity: int
    """At a shelf whole presentations, whose remainder is thrown away (L13); less than the quantity where a
    vial gave more than the books had in it.
    """


@dataclass(frozen=True, kw_only=True)
class Cocktail:
    """A cocktail, decided and ready to be booked."""

    preparation_id: int
    preparation_uid: str
    product_id: int
    number: str
    beyond_use_at: datetime
    location_id: int
    lies_cold: bool
    """It is put into a fridge or freezer."""
    poured: tuple[Poured, ...]
    came_out: Yield
    occurred_at: datetime
    reason: str = ""
    checked_by_id: int | None = None
    has_happened: bool = False
    """Recorded, not asked: closed periods take it as late."""


@dataclass(frozen=True, kw_only=True)
class CocktailBooked:
    """Its movement and its own lot."""

    posted: Posted
    lot_uid: str


def book_cocktail(work: Work, cocktail: Cocktail) -> CocktailBooked:
    """Insert the lot, post the movement, end the draft; the journal's payload says what was made.

    Raises what `post` raises, AllocationEnded above all.
    """
    lot_uid = new_uid(work.now)
    lot_id = work.connection.execute(
        adding_one(Lot),
        {
            "uid": lot_uid,
            "clinic_id": work.clinic_id,
            "product_id": cocktail.product_id,
            "kind": LotKind.PREPARED,
            "number": cocktail.number,
            "number_is_ours": True,
            "beyond_use_at": cocktail.beyond_use_at,
            "created_at": work.recorded_at,
        },
    ).scalar_one()
    posted = _post(work, cocktail, lot_id)
    work.connection.execute(
        changing(Preparation, "clinic_id", "id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_id": cocktail.preparation_id,
            "state": PreparationState.FINISHED,
            "ended_at": cocktail.occurred_at,
            "warm_since": None if cocktail.lies_cold else cocktail.occurred_at,
            "checked_by_id": cocktail.checked_by_id,
            "lot_id": lot_id,
            "movement_id": posted.movement_id,
            "loss_quantity": cocktail.came_out.loss_quantity,
        },
    )
    work.payload.update(
        preparation=cocktail.preparation_uid,
        lot=lot_uid,
        output=cocktail.came_out.output_quantity,
        loss=cocktail.came_out.loss_quantity,
        beyond_use_at=cocktail.beyond_use_at,
    )
    return CocktailBooked(posted=posted, lot_uid=lot_uid)


def _post(work: Work, cocktail: Cocktail, lot_id: int) -> Posted:
    kinds = (LocationKind.COMPOUNDING, LocationKind.DISPOSAL, LocationKind.ADJUSTMENT)
    places = accounts(work, *kinds)
    compounding_id = places[LocationKind.COMPOUNDING]
    made = Line(
        lot_id=lot_id,
        from_id=compounding_id,
        to_id=cocktail.location_id,
        quantity=cocktail.came_out.output_quantity,
    )
    return post(
        work,
        Draft(
            kind=MovementKind.PREPARE,
            lines=(*_into(cocktail.poured, *(places[kind] for kind in kinds)), made),
            occurred_at=cocktail.occurred_at,
            document_kind="preparation",
            document_uid=cocktail.preparation_uid,
            reason=cocktail.reason,
            is_recorded_late=cocktail.has_happened,
            consumes={each.allocation_id: each.promised_quantity for each in cocktail.poured},
        ),
    )


def _into(poured: Iterable[Poured], compounding_id: int, disposal_id: int, adjustment_id: int) -> list[Line]:
    """Each ingredient into the cocktail; what is left of presentations used in one go is thrown away (L13), and
    what a vial gives beyond its books is booked before it is drawn.
    """
    lines: list[Line] = []
    for each in poured:
        lot_id, from_id = each.lot_id, each.location_id
        remainder = each.promised_quantity - each.quantity
        if remainder < 0:
            lines.append(Line(lot_id=lot_id, from_id=adjustment_id, to_id=from_id, quantity=-remainder))
        lines.append(Line(lot_id=lot_id, from_id=from_id, to_id=compounding_id, quantity=each.quantity))
        if remainder > 0:
            lines.append(Line(lot_id=lot_id, from_id=from_id, to_id=disposal_id, quantity=remainder))
    return lines


def take_out_of_fridge(work: Work, rows: Iterable[Row[Any]], *, at: datetime) -> dict[int, datetime]:
    """Write down that cocktails (`reads.lives.kept_cold`) lie outside a fridge from `at` on; their limits are shortened
    to what counts there, from their beginning.

    Gives the new limit by lot of each that became shorter.
    """
    shorter: dict[int, datetime] = {}
    for row in rows:
        limit = mixture_limit([row.beyond_use_at], row.started_at, row.life_minutes)
        work.connection.execute(
            changing(Preparation, "clinic_id", "id"),
            {"its_clinic_id": work.clinic_id, "its_id": row.id, "warm_since": at},
        )
        if limit != row.beyond_use_at:
            shorter[row.lot_id] = limit
    return shorter


def note_pouring(work: Work, things: Sequence[Thing], patient: PatientFacts | None) -> None:
    """Count the punctures, a thing for each draw; what serves one patient only is from now on hers: what
    was promised of it to others is lost, with an alert.
    """
    opened = [each for each in things if each.is_opened]
    for thing in dict.fromkeys(opened):
        serves_one = is_dedicated_on_use(thing) and thing.dedicated_patient_id is None
        dedicated_to = patient.patient_id if serves_one and patient is not None else None
        note_draw(work, thing.location_id, opened.count(thing), dedicated_to=dedicated_to)
        if dedicated_to is not None and thing.allocated:
            lose_those_of_others(work, thing.lot_id, thing.location_id, patient_id=dedicated_to)
