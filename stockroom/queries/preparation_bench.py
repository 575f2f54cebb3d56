"""What does a scan mean while a cocktail is made, what should be taken next, and what stops what is in it?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from stockroom.clock import civil_date
from stockroom.models import Location, Product, ProductIngredient
from stockroom.reads.asked_things import choices, lay_out, read_asked
from stockroom.reads.candidacies import candidacy
from stockroom.reads.named import Family, look_up
from stockroom.reads.portions import Portion, portion_of
from stockroom.reads.preparations import OpenPreparation, open_preparation, seen_by_each
from stockroom.reads.promised_vials import as_drawn, as_promised
from stockroom.reads.things import Where, things
from stockroom.rules import fefo
from stockroom.rules.compounding import Component, unrounded
from stockroom.rules.mixing import broken_by_mixture
from stockroom.rules.scanning import Room, WhichVial, stops_of, which_vial
from stockroom.rules.usability import Purpose, Thing, is_usable
from stockroom.rules.using import ThingName, after_draws
from stockroom.vocabulary import BaseUnit, Rule


@dataclass(frozen=True, kw_only=True)
class PreparationScan:
    """What was pointed at, before anything is kept for the cocktail."""

    which: WhichVial
    portions: Mapping[int, Portion]
    """By location id, how much of each thing would go in."""
    place_uids: Mapping[int, str]
    """By location id, of every vial and shelf that `which` is about."""
    base_unit: BaseUnit | None
    """None when nothing of the lot is left."""
    presentation: str = ""
    stopped_by: Mapping[int, tuple[Rule, ...]] = field(default_factory=dict)
    """By location id, what stops each from going in."""
    room: Room | None = None
    """Where it was scanned, at the tablet of a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What should be taken for one component: opened first, else what expires first."""

    product_name: str
    lot_number: str
    container_code: str | None
    opened_at: datetime | None
    place: str
    quantity: int
    base_unit: BaseUnit
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None


def read_for_preparation(
    connection: Connection,
    clinic_id: int,
    preparation_uid: str,
    thing: ThingName,
    *,
    quantity: int | None,
    now: datetime,
    room: Room | None = None,
) -> PreparationScan:
    """Say what a scan or a chosen lot means for a draft; a bounded number of statements.

    Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound, PreparationOver,
    WrongProduct, IngredientComplete, DoseTooSmall, and InvalidValue where nobody says how much.
    """
    asked = read_asked(thing, today=civil_date(now, "UTC"))
    draft = open_preparation(connection, clinic_id, preparation_uid)
    found = look_up(connection, clinic_id, asked.names)
    asker = replace(draft.asker, preparation_id=None)
    laid_out = lay_out(connection, clinic_id, [asked], found, asker=asker)
    here = choices(connection, clinic_id, asked, found, laid_out)
    here = after_draws(as_drawn(connection, clinic_id, here, patient_id=asker.patient_id), draft.places)
    ours = (Family.CONTAINER, Family.PREPARATION, Family.PLACE)
    names_container = any(name.family in ours for name in asked.names)
    if not names_container:
        here = tuple(each for each in here if not _is_all_in_it(draft, each)) or here
    patient = draft.patients[0] if draft.patients else None
    which = which_vial(
        here,
        names_container=names_container,
        now=now,
        zone=draft.zone,
        patient=patient,
        purpose=Purpose.COMPOUND,
        room=room,
    )
    meant = which.meant
    if not meant:
        return PreparationScan(which=which, portions={}, place_uids={}, base_unit=None)
    product = candidacy(connection, meant[0].product_id)
    return PreparationScan(
        which=which,
        portions={each.location_id: portion_of(draft, product, each, quantity) for each in meant},
        place_uids=_place_uids(connection, clinic_id, meant),
        base_unit=product.base_unit,
        presentation=connection.execute(
            select(Product.presentation).where(Product.id == meant[0].product_id)
        ).scalar_one(),
        room=room,
        stopped_by=stops_of(meant, now=now, zone=draft.zone, purpose=Purpose.COMPOUND, patient=patient),
    )


def _is_all_in_it(draft: OpenPreparation, thing: Thing) -> bool:
    """True of a vial that was drawn into the draft to its last drop: a scan of its lot means another one."""
    return thing.is_opened and thing.unpromised <= 0 and thing.location_id in draft.places


@dataclass(frozen=True, kw_only=True)
class OnBench:
    """What is to be said of a draft before the next scan."""

    advice: Mapping[int, Advice] = field(default_factory=dict)
    """By component, what should be taken next of what it still lacks."""
    stopped: Mapping[int, tuple[Rule, ...]] = field(default_factory=dict)
    """By number of the ingredient, what stops it since it was put in."""


def on_bench(connection: Connection, clinic_id: int, preparation_uid: str, *, now: datetime) -> OnBench:
    """Say of a draft what should be taken next, and what that is in it may not be used any more.

    A bounded number of statements.  Raises ThingNotFound, PreparationOver.
    """
    draft = open_preparation(connection, clinic_id, preparation_uid)
    return OnBench(
        advice=_advised(connection, clinic_id, draft, now),
        stopped=_stopped(connection, clinic_id, draft, now),
    )


def _advised(
    connection: Connection, clinic_id: int, draft: OpenPreparation, now: datetime
) -> dict[int, Advice]:
    """What is usable for its first patient and not promised to others: opened first, then by limit; not what somebody
    has said is not there, is damaged or is kept, as far as that holds (`reads.passed_over`).
    """
    if draft.formula is None:
        return {}
    portions = unrounded(draft.formula.recipe, draft.wanted_quantity)
    wanted = [each.component for each in portions if draft.drawn.get(each.component.n, 0) < each.quantity]
    serving = _serving(connection, wanted)
    product_ids = {product_id for ids in serving.values() for product_id in ids}
    if not product_ids:
        return {}
    asker = replace(draft.asker, preparation_id=None)
    lying = things(connection, clinic_id, Where(product_ids=product_ids), asker=asker)
    lying = as_promised(connection, clinic_id, lying, patient_id=asker.patient_id)
    usable = _usable(draft, lying, now)
    found: dict[int, Advice] = {}
    for component in wanted:
        best = next((each for each in usable if each.product_id in serving[component.n]), None)
        if best is not None:
            found[component.n] = _advice(best, draft.zone)
    return found


def _stopped(
    connection: Connection, clinic_id: int, draft: OpenPreparation, now: datetime
) -> dict[int, tuple[Rule, ...]]:
    """What was overridden when it was put in stops nothing; a caution is asked about when the cocktail is made."""
    if not draft.ingredients:
        return {}
    places = [(each.lot_id, each.location_id) for each in draft.ingredients]
    seen = seen_by_each(connection, clinic_id, draft, places)
    views = [(each.patient, tuple(each.things.values())) for each in seen]
    broken = broken_by_mixture(views, draft.places, now=now, zone=draft.zone, technique=draft.technique)
    by_place: dict[tuple[int, int], list[Rule]] = {}
    for each in broken:
        if each.rule is not Rule.CAUTION:
            by_place.setdefault((each.thing.lot_id, each.thing.location_id), []).append(each.rule)
    stopped = {
        each.n: tuple(
            rule for rule in by_place.get((each.lot_id, each.location_id), ()) if rule not in each.overridden
        )
        for each in draft.ingredients
    }
    return {n: rules for n, rules in stopped.items() if rules}


def _usable(draft: OpenPreparation, lying: Iterable[Thing], now: datetime) -> tuple[Thing, ...]:
    today = civil_date(now, draft.zone)
    patient = draft.patients[0] if draft.patients else None
    good = (
        each
        for each in after_draws(tuple(lying), draft.places)
        if each.unpromised > 0
        and not each.is_passed_over
        and is_usable(each, now=now, today=today, purpose=Purpose.COMPOUND, patient=patient)
    )
    return fefo.in_order(good, zone=draft.zone)


def _serving(connection: Connection, components: Collection[Component]) -> dict[int, set[int]]:
    """The products that serve each component: named, approved in its place, of its group, or providing it."""
    groups = {each.group_id for each in components if each.group_id is not None}
    provided = {each.ingredient_id for each in components if each.ingredient_id is not None}
    of_group: dict[int, set[int]] = {}
    providing: dict[int, set[int]] = {}
    if groups:
        for row in connection.execute(
            select(Product.id, Product.group_id).where(Product.group_id.in_(groups))
        ):
            of_group.setdefault(row.group_id or 0, set()).add(row.id)
    if provided:
        statement = select(ProductIngredient.product_id, ProductIngredient.ingredient_id).where(
            ProductIngredient.ingredient_id.in_(provided), ProductIngredient.is_excipient.is_(False)
        )
        for each in connection.execute(statement):
            providing.setdefault(each.ingredient_id, set()).add(each.product_id)
    return {
        each.n: ({each.product_id} if each.product_id else set())
        | set(each.substitute_ids)
        | of_group.get(each.group_id or 0, set())
        | providing.get(each.ingredient_id or 0, set())
        for each in components
    }


def _advice(thing: Thing, zone: str) -> Advice:
    """An opened vial is good until its own limit, a sealed one until what is printed."""
    sealed = not thing.is_opened
    return Advice(
        product_name=thing.product_name,
        lot_number=thing.lot_number,
        container_code=thing.container_code,
        opened_at=thing.opened_at,
        place=thing.location_name,
        quantity=thing.unpromised,
        base_unit=thing.base_unit,
        expires_on=thing.expires_on if sealed else None,
        expires_at=thing.expires_at if sealed else None,
        beyond_use_at=thing.beyond_use_at if sealed else thing.limit(zone),
    )


def _place_uids(connection: Connection, clinic_id: int, meant: Iterable[Thing]) -> dict[int, str]:
    rows = connection.execute(
        select(Location.id, Location.uid).where(
            Location.clinic_id == clinic_id, Location.id.in_({each.location_id for each in meant})
        )
    )
    return {row.id: row.uid for row in rows}
