"""What lies on the bench?  A cocktail in the making: what it asks for, what is in it, and for whom it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, and_, bindparam, select

from stockroom.clock import civil_date
from stockroom.errors import Conflict, extracted
from stockroom.ledger.allocations import Promised
from stockroom.ledger.cocktails import Poured
from stockroom.models import (
    Allocation,
    Container,
    Lot,
    Patient,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    TreatmentSession,
)
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.patient_facts import fact_columns, facts_of, merged_into
from stockroom.reads.recipes import Formula, formula
from stockroom.reads.things import Asker, Where, things
from stockroom.rules.compounding import (
    GAIN_MAX_PER_MILLE,
    Drawn,
    Yield,
    check_output,
    displaced,
)
from stockroom.rules.lives import minutes_where
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Thing
from stockroom.vocabulary import AllocationState, BaseUnit, PreparationState, Rule

BEGUN_BEFORE = 4 * 60
"""Minutes of a mixture without a recipe that was begun before its life was kept with it: what was true then."""


@dataclass(eq=False, kw_only=True)
class PreparationOver(Conflict):
    """The cocktail was finished or abandoned in the meantime."""

    code: ClassVar[str] = "preparation_over"
    message: ClassVar[str] = extracted("Cocktail {short_code} is {state} already. Begin a new one.")
    short_code: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Ingredient:
    """What was scanned into a draft and is kept for it."""

    id: int
    n: int
    component_n: int | None
    lot_id: int
    lot_uid: str
    lot_number: str
    location_id: int
    is_container: bool
    product_id: int
    product: str
    base_unit: BaseUnit
    content_quantity: int
    quantity: int
    """Base units drawn into the cocktail."""
    allocation_id: int
    allocation_uid: str
    promised_quantity: int
    """Base units kept for it; at a shelf whole presentations, whose remainder is thrown away."""
    is_kept: bool
    """False once the promise was taken away by a recorded fact."""
    overridden: frozenset[Rule]
    upon: frozenset[str]
    """What was known when that was overridden, as digests (`ledger.taken_upon`)."""
    override_reason: str
    added_by_uid: str | None
    """Who put it in, where that is not who began the cocktail."""
    agreed_by_uid: str | None
    """The second person who agreed to it, where one did."""

    @property
    def poured(self) -> Poured:
        """What goes in of it."""
        return Poured(
            lot_id=self.lot_id,
            location_id=self.location_id,
            quantity=self.quantity,
            allocation_id=self.allocation_id,
            promised_quantity=self.promised_quantity,
        )

    @property
    def promised(self) -> Promised:
        """What the ledger keeps for it."""
        return Promised(
            allocation_id=self.allocation_id,
            uid=self.allocation_uid,
            lot_id=self.lot_id,
            location_id=self.location_id,
            quantity=self.promised_quantity,
        )


@dataclass(frozen=True, kw_only=True)
class OpenPreparation:
    """A draft as it stands under the lock."""

    preparation_id: int
    uid: str
    short_code: str
    dose_count: int
    started_at: datetime
    started_by_id: int
    product_id: int
    said_quantity: int | None
    """µL that are to come out, where somebody said it; None: as many whole doses."""
    life_minutes: int | None
    """As recipe and clinic said when it was begun; None: begun before this was kept."""
    refrigerated_minutes: int | None
    """As they said of a fridge; None: no longer than elsewhere."""
    formula: Formula | None
    """None for an ad-hoc mixture."""
    patients: tuple[PatientFacts, ...]
    """Each patient of the named sessions once, merges followed; none when it is made for nobody yet."""
    ingredients: tuple[Ingredient, ...]
    next_n: int
    zone: str
    earlier_lot_days: int
    sterile_products_max: int

    @property
    def drawn(self) -> dict[int, int]:
        """What is in it by component number, in base units."""
        drawn: dict[int, int] = {}
        for each in self.ingredients:
            if each.component_n is not None:
                drawn[each.component_n] = drawn.get(each.component_n, 0) + each.quantity
        return drawn

    def lot_number(self, at: datetime) -> str:
        """Give the number of the lot that it becomes: the day in the clinic and the code on its label."""
        return f"{civil_date(at, self.zone):%Y%m%d}-{self.short_code}"

    @property
    def minutes(self) -> int:
        """How long it may be used from its beginning, as it was when it was begun."""
        if self.life_minutes is not None:
            return self.life_minutes
        return BEGUN_BEFORE if self.formula is None else self.formula.beyond_use_minutes

    def minutes_in(self, storage_class: str | None) -> int:
        """How long it may be used from its beginning in a place that is so warm."""
        return minutes_where(storage_class, minutes=self.minutes, refrigerated=self.refrigerated_minutes)

    @property
    def wanted_quantity(self) -> int:
        """µL that are to come out by the recipe; 0 without one, of which nothing is asked."""
        doses = 0 if self.formula is None else self.formula.recipe.output_quantity * self.dose_count
        return self.said_quantity or doses

    @property
    def products_max(self) -> int:
        """How many different sterile products may go in: as the clinic says, or fewer by the recipe."""
        own = None if self.formula is None else self.formula.sterile_products_max
        return self.sterile_products_max if own is None else min(own, self.sterile_products_max)

    @property
    def accepted(self) -> frozenset[str]:
        """Incompatibilities that its recipe goes against on purpose."""
        return frozenset() if self.formula is None else self.formula.accepted

    @property
    def technique(self) -> str | None:
        """By which technique it is meant to be given; None where its recipe says nothing."""
        return None if self.formula is None else self.formula.technique or None

    def came_out(self, output_quantity: int | None, *, loss_reason: str) -> Yield:
        """Compare what came out (all the liquid that went in when None) with what went in.

        Raises OutputTooLarge, LossNeedsReason.
        """
        drawn = [Drawn(quantity=each.quantity, base_unit=each.base_unit) for each in self.ingredients]
        recipe = None if self.formula is None else self.formula.recipe
        powders = 0 if recipe is None else displaced(recipe, self.wanted_quantity)
        drawn.append(Drawn(quantity=0, base_unit=BaseUnit.MICROLITRE, displacement_quantity=powders))
        liquid = powders + sum(each.quantity for each in drawn if each.base_unit is BaseUnit.MICROLITRE)
        usual_loss = 0
        if recipe is not None:
            usual_loss = -(-recipe.loss_max_quantity * self.wanted_quantity // recipe.output_quantity)
        return check_output(
            drawn,
            liquid if output_quantity is None else output_quantity,
            base_unit=BaseUnit.MICROLITRE,
            loss_max_quantity=usual_loss,
            tolerance_per_mille=GAIN_MAX_PER_MILLE,
            loss_reason=loss_reason,
        )

    @property
    def places(self) -> tuple[int, ...]:
        """Where each ingredient is taken from: a place for each draw."""
        return tuple(each.location_id for each in self.ingredients)

    @property
    def asker(self) -> Asker:
        """For whom goods are looked up: what this draft was promised counts as free for it."""
        first = self.patients[0].patient_id if self.patients else None
        return Asker(patient_id=first, preparation_id=self.preparation_id, documents=(self.uid,))

    @property
    def sharers(self) -> int:
        """How many patients may get of it; a mixture made for nobody by name may reach several."""
        return len(self.patients) or 2


def open_preparation(connection: Connection, clinic_id: int, uid: str) -> OpenPreparation:
    """Give a draft of the clinic, in six statements at most.  Raises ThingNotFound, PreparationOver."""
    row = one_by_uid(connection, Preparation, uid, thing="cocktail", clinic_id=clinic_id)
    if row.state != PreparationState.DRAFT:
        raise PreparationOver(short_code=row.short_code, state=row.state)
    clinic = clinic_settings(connection, clinic_id)
    asked = {"clinic": clinic_id, "preparation": row.id}
    listed = connection.execute(_INGREDIENTS, asked).all()
    version_id = row.recipe_version_id
    return OpenPreparation(
        preparation_id=row.id,
        uid=row.uid,
        short_code=row.short_code,
        dose_count=row.dose_count,
        started_at=row.started_at,
        started_by_id=row.started_by_id,
        product_id=row.product_id,
        said_quantity=row.wanted_quantity,
        life_minutes=row.life_minutes,
        refrigerated_minutes=row.life_minutes_refrigerated,
        formula=formula(connection, version_id) if version_id is not None else None,
        patients=_patients(connection, asked),
        ingredients=tuple(_ingredient(each) for each in listed if each.removed_at is None),
        next_n=max((each.n for each in listed), default=0) + 1,
        zone=clinic.time_zone,
        earlier_lot_days=clinic.earlier_lot_days,
        sterile_products_max=clinic.sterile_products_max,
    )


@dataclass(frozen=True, kw_only=True)
class SeenBy:
    """The things as they stand for one of the patients, or for nobody by name."""

    patient: PatientFacts | None
    things: Mapping[tuple[int, int], Thing]
    """By (lot, location), emptied ones included."""


def seen_by_each(
    connection: Connection, clinic_id: int, draft: OpenPreparation, places: Iterable[tuple[int, int]]
) -> tuple[SeenBy, ...]:
    """Give the things at these (lot, location) for each patient of the draft.

    Two statements; two more a patient only where a cocktail is among the things that belongs to named
    patients, because whether it is hers depends on who asks.
    """
    here = Where(pairs=set(places))

    def look(asker: Asker) -> Mapping[tuple[int, int], Thing]:
        found = things(connection, clinic_id, here, asker=asker, with_empty=True)
        return {(each.lot_id, each.location_id): each for each in found}

    first = look(draft.asker)
    if not draft.patients:
        return (SeenBy(patient=None, things=first),)
    depends = any(each.dedicated_patient_id is not None and not each.is_opened for each in first.values())
    return tuple(
        SeenBy(
            patient=patient,
            things=look(replace(draft.asker, patient_id=patient.patient_id)) if depends else first,
        )
        for patient in draft.patients
    )


def _ingredients() -> Any:
    part = PreparationIngredient
    return (
        select(
            part.id,
            part.n,
            part.component_n,
            part.lot_id,
            part.location_id,
            part.quantity,
            part.allocation_id,
            part.overrides,
            part.removed_at,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.id.label("product_id"),
            Product.name.label("product"),
            Product.base_unit,
            Product.content_quantity,
            Container.location_id.label("container_id"),
            Allocation.uid.label("allocation_uid"),
            Allocation.quantity.label("promised_quantity"),
            Allocation.state.label("allocation_state"),
        )
        .join(Lot, and_(Lot.clinic_id == part.clinic_id, Lot.id == part.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Allocation, and_(Allocation.clinic_id == part.clinic_id, Allocation.id == part.allocation_id))
        .outerjoin(
            Container,
            and_(Container.clinic_id == part.clinic_id, Container.location_id == part.location_id),
        )
        .where(part.clinic_id == bindparam("clinic"), part.preparation_id == bindparam("preparation"))
        .order_by(part.n)
    )


# Statements of every step of a cocktail, built once.
_INGREDIENTS = _ingredients()
_PATIENTS: Any = (
    select(*fact_columns(bindparam("clinic")))
    .select_from(PreparationSession)
    .join(
        TreatmentSession,
        and_(
            TreatmentSession.clinic_id == PreparationSession.clinic_id,
            TreatmentSession.id == PreparationSession.session_id,
        ),
    )
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .outerjoin(merged_into, merged_into.id == Patient.merged_into_id)
    .where(
        PreparationSession.clinic_id == bindparam("clinic"),
        PreparationSession.preparation_id == bindparam("preparation"),
        PreparationSession.ended_at.is_(None),
    )
    .order_by(Patient.id)
)


def _ingredient(row: Row[Any]) -> Ingredient:
    said = json.loads(row.overrides) if row.overrides else {}
    return Ingredient(
        id=row.id,
        n=row.n,
        component_n=row.component_n,
        lot_id=row.lot_id,
        lot_uid=row.lot_uid,
        lot_number=row.lot_number,
        location_id=row.location_id,
        is_container=row.container_id is not None,
        product_id=row.product_id,
        product=row.product,
        base_unit=BaseUnit(row.base_unit),
        content_quantity=row.content_quantity,
        quantity=row.quantity,
        allocation_id=row.allocation_id,
        allocation_uid=row.allocation_uid,
        promised_quantity=row.promised_quantity,
        is_kept=row.allocation_state == AllocationState.ACTIVE,
        overridden=frozenset(Rule(rule) for rule in said.get("rules", ())),
        upon=frozenset(said.get("upon", ())),
        override_reason=said.get("reason", ""),
        added_by_uid=said.get("added_by"),
        agreed_by_uid=said.get("agreed_by"),
    )


def _patients(connection: Connection, asked: Mapping[str, int]) -> tuple[PatientFacts, ...]:
    known = [facts_of(row) for row in connection.execute(_PATIENTS, asked)]
    return tuple({each.patient_id: each for each in known}.values())
