"""What when a cocktail is not made?  It is said of each ingredient what was drawn; that is thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger import allocations
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.lost_promises import left_after, lose_beyond, taken_from
from stockroom.ledger.post import Posted, post
from stockroom.ledger.usages import note_draw
from stockroom.models import Preparation
from stockroom.reads.preparations import Ingredient, OpenPreparation, open_preparation
from stockroom.rules.posting import Draft, Line
from stockroom.units import say_quantity
from stockroom.vocabulary import Action, LocationKind, MovementKind, PreparationState


@dataclass(frozen=True, kw_only=True)
class DrawnOf:
    """How much of ingredient number `n` was physically drawn; 0 when its vial was not touched."""

    n: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class AbandonPreparation:
    """An answer for each ingredient of the draft, and why it is abandoned."""

    preparation_uid: str
    drawn: tuple[DrawnOf, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class PreparationAbandoned:
    preparation_uid: str
    movement_uid: str | None
    """None when nothing had been drawn."""
    disposed: tuple[DrawnOf, ...]
    """Base units thrown away of each ingredient; of a broken sealed presentation all of it."""


def abandon_preparation(
    store: Store, command: AbandonPreparation, *, actor: Actor, key: str, now: datetime
) -> PreparationAbandoned:
    """Throw away what was drawn, give back what was not; a vial that was drawn from was punctured.

    What a vial gave beyond its books is booked before it is thrown away.
    Raises ThingNotFound, PreparationOver, InvalidValue (no reason; an ingredient without an answer, or
    more than was to go in and was kept for it), NotEnoughOnHand.
    """
    return perform(
        store,
        Act(kind="preparation.abandon", action=Action.PREPARE),
        command=command,
        body=lambda work: _abandon(work, command),
        answer=PreparationAbandoned,
        actor=actor,
        key=key,
        now=now,
    )


def _abandon(work: Work, command: AbandonPreparation) -> PreparationAbandoned:
    draft = open_preparation(work.connection, work.clinic_id, command.preparation_uid)
    disposed = _disposed(draft, command)
    posted = _post(work, draft, disposed, command.reason) if any(disposed.values()) else None
    for each in draft.ingredients:
        if each.is_kept and not disposed[each.n]:
            allocations.release(work, each.promised)
        if each.is_container and disposed[each.n]:
            note_draw(work, each.location_id, 1, dedicated_to=None)
    work.connection.execute(
        update(Preparation)
        .where(Preparation.clinic_id == work.clinic_id, Preparation.id == draft.preparation_id)
        .values(
            state=PreparationState.ABANDONED,
            ended_at=work.now,
            end_reason=command.reason.strip(),
            movement_id=posted.movement_id if posted else None,
        )
    )
    work.payload.update(preparation=draft.uid, disposed=sum(quantity > 0 for quantity in disposed.values()))
    return PreparationAbandoned(
        preparation_uid=draft.uid,
        movement_uid=posted.uid if posted else None,
        disposed=tuple(DrawnOf(n=n, quantity=quantity) for n, quantity in sorted(disposed.items())),
    )


def _disposed(draft: OpenPreparation, command: AbandonPreparation) -> dict[int, int]:
    """Give by ingredient what is thrown away: what was drawn, whole presentations of what was sealed."""
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="write why the cocktail is abandoned")
    answered = {each.n: each.quantity for each in command.drawn}
    asked = {each.n for each in draft.ingredients}
    if answered.keys() != asked or len(answered) != len(command.drawn):
        listed = ", ".join(str(n) for n in sorted(asked)) or "none"
        raise InvalidValue(field="drawn", problem=f"say once for each ingredient what was drawn: {listed}")
    return {each.n: _thrown_away(each, answered[each.n]) for each in draft.ingredients}


def _thrown_away(ingredient: Ingredient, drawn: int) -> int:
    most = max(ingredient.promised_quantity, ingredient.quantity)
    if not 0 <= drawn <= most:
        kept = say_quantity(most, ingredient.base_unit)
        raise InvalidValue(
            field="drawn", problem=f"at most {kept} of {ingredient.product} {ingredient.lot_number} was kept"
        )
    return drawn if ingredient.is_container else drawn + -drawn % ingredient.content_quantity


def _post(work: Work, draft: OpenPreparation, disposed: dict[int, int], reason: str) -> Posted:
    places = accounts(work, LocationKind.DISPOSAL, LocationKind.ADJUSTMENT)
    disposal_id, adjustment_id = places[LocationKind.DISPOSAL], places[LocationKind.ADJUSTMENT]
    thrown = [each for each in draft.ingredients if disposed[each.n]]
    booked = {each.n: min(disposed[each.n], each.promised_quantity) for each in thrown}

    def line(each: Ingredient, quantity: int) -> Line:
        return Line(lot_id=each.lot_id, from_id=each.location_id, to_id=disposal_id, quantity=quantity)

    # What it was drawn from was promised to others since it was taken away: it is gone all the same.
    unkept = taken_from(line(each, booked[each.n]) for each in thrown if not each.is_kept)
    lose_beyond(work, left_after(work, unkept), cause="abandoned")
    lines: list[Line] = []
    for each in thrown:
        if beyond := disposed[each.n] - booked[each.n]:
            more = Line(lot_id=each.lot_id, from_id=adjustment_id, to_id=each.location_id, quantity=beyond)
            lines.append(more)
        lines.append(line(each, disposed[each.n]))
    return post(
        work,
        Draft(
            kind=MovementKind.ABANDON,
            lines=tuple(lines),
            occurred_at=work.now,
            document_kind="preparation",
            document_uid=draft.uid,
            reason=reason,
            consumes={each.allocation_id: booked[each.n] for each in thrown if each.is_kept},
        ),
    )
