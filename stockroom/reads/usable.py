"""What is usable, as SQL?  The only SQL form of `rules.usability.is_usable` for Purpose.ALLOCATE and no patient.

A property test compares the two over random stock on both databases.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from stockroom.models import (
    Balance,
    Clinic,
    ClinicHold,
    Container,
    HoldPlace,
    Location,
    Lot,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    ProductHold,
    ProductRule,
)
from stockroom.rules.expiry import COLD
from stockroom.rules.receiving import EVERYWHERE
from stockroom.vocabulary import PHYSICAL_KINDS, UNUSABLE_KINDS, ContainerState, LocationKind, ProductKind

standing = aliased(Location, name="standing")
"""Where an opened container stands."""
kept_rule = aliased(ProductRule, name="kept_rule")
"""The version of the rule under which a container was opened."""
_USABLE_KINDS = sorted(PHYSICAL_KINDS - UNUSABLE_KINDS)
_COLD = sorted(COLD)
_USABLE_SHELVES = sorted(PHYSICAL_KINDS - UNUSABLE_KINDS - {LocationKind.CONTAINER})


def with_facts(statement: Any) -> Any:
    """Join to a statement over Balance everything that `is_usable` asks for."""
    holder = and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id)
    stands = and_(standing.clinic_id == Container.clinic_id, standing.id == Container.stands_in_id)
    return (
        with_sealed_facts(statement)
        .outerjoin(Container, holder)
        .outerjoin(standing, stands)
        .outerjoin(kept_rule, kept_rule.id == Container.product_rule_id)
    )


def with_sealed_facts(statement: Any) -> Any:
    """Join to a statement over Balance everything that `is_usable_sealed` asks for."""
    in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
    return (
        statement.join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .join(Product, Product.id == Balance.product_id)
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .join(Clinic, Clinic.id == Balance.clinic_id)
        .outerjoin(ProductRule, in_force)
    )


def is_usable(*, now: datetime, today: date) -> ColumnElement[bool]:
    """True where nothing stops what lies there from being promised; `today` is the clinic's civil date.

    For a statement that `with_facts` joined.
    """
    return and_(is_usable_for_its_patient(now=now, today=today), Container.patient_id.is_(None))


def is_usable_for_its_patient(*, now: datetime, today: date) -> ColumnElement[bool]:
    """As `is_usable`; of a vial that is one patient's, true where it may be promised to her."""
    return and_(
        in_date(now=now, today=today),
        _lies_usably(),
        ~_held_itself(),
        func.coalesce(kept_rule.punctures_max - Container.punctures, 1) > 0,
        _is_fit(
            _kept_or_current(ProductRule.confirmed_at, kept_rule.confirmed_at).is_not(None),
            _life_known(),
            _authorised(_kept_or_current(ProductRule.authorised_in, kept_rule.authorised_in)),
        ),
    )


def is_usable_sealed(*, now: datetime, today: date) -> ColumnElement[bool]:
    """`is_usable` of what lies on no container's account, in far fewer joins.

    For a statement that `with_sealed_facts` joined.
    """
    return and_(
        _lot_in_date(now=now, today=today),
        Location.kind.in_(_USABLE_SHELVES),
        ~_held_itself(),
        _is_fit(ProductRule.confirmed_at.is_not(None), _authorised(ProductRule.authorised_in)),
    )


def in_date(*, now: datetime, today: date) -> ColumnElement[bool]:
    """True where neither the printed expiry nor a beyond-use limit has passed."""
    return and_(
        _lot_in_date(now=now, today=today),
        or_(Container.beyond_use_at.is_(None), Container.beyond_use_at > now),
    )


def _lot_in_date(*, now: datetime, today: date) -> ColumnElement[bool]:
    return and_(
        or_(Lot.expires_on.is_(None), Lot.expires_on >= today),
        or_(Lot.expires_at.is_(None), Lot.expires_at > now),
        or_(Lot.beyond_use_at.is_(None), Lot.beyond_use_at > now),
    )


def _is_fit(*of_bought: ColumnElement[bool]) -> ColumnElement[bool]:
    """What holds of a product that was bought, or of a mixture what nothing in it takes away."""
    return or_(
        and_(Product.kind == ProductKind.MANUFACTURED, *of_bought),
        and_(Product.kind != ProductKind.MANUFACTURED, ~_kept_or_held_inside()),
    )


def _lies_usably() -> ColumnElement[bool]:
    return or_(
        Location.kind.in_(_USABLE_SHELVES),
        and_(
            Location.kind == LocationKind.CONTAINER,
            func.coalesce(Container.state, "") == ContainerState.OPEN.value,
            func.coalesce(standing.kind, "").in_(_USABLE_KINDS),
        ),
    )


def _life_known() -> ColumnElement[bool]:
    """`rules.expiry.is_life_known`, of the rule under which a container was opened; true for what is sealed."""
    return or_(
        kept_rule.in_use_minutes_refrigerated.is_(None),
        kept_rule.in_use_minutes_room.is_not(None),
        func.coalesce(standing.storage_class, "").in_(_COLD),
    )


def _kept_or_current(current: Any, kept: Any) -> ColumnElement[Any]:
    """A vial keeps the version under which it was opened, and whether that was confirmed."""
    return case((Container.product_rule_id.is_not(None), kept), else_=current)


def _authorised(countries: Any) -> ColumnElement[bool]:
    """The clinic's country is one of the words of the list; compared with its case, which LIKE ignores."""
    words = func.concat(" ", countries, " ")
    here = func.concat(" ", Clinic.country, " ")
    return or_(
        countries == EVERYWHERE,  # most are, and nothing is written together to see it
        *(func.replace(words, word, "") != words for word in (f" {EVERYWHERE} ", here)),
    )


def _held_itself() -> ColumnElement[bool]:
    """True for what a hold in force covers; what they cover is asked once, and not again for each thing."""
    in_force = and_(ClinicHold.clinic_id == HoldPlace.clinic_id, ClinicHold.id == HoldPlace.hold_id)
    lots = select(ClinicHold.clinic_id, ClinicHold.lot_id).where(
        ClinicHold.released_at.is_(None), ClinicHold.lot_id.is_not(None)
    )
    places = (
        select(HoldPlace.clinic_id, HoldPlace.lot_id, HoldPlace.location_id)
        .join(ClinicHold, in_force)
        .where(ClinicHold.released_at.is_(None))
    )
    products = select(ProductHold.product_id).where(
        ProductHold.released_at.is_(None), ProductHold.lot_number.is_(None)
    )
    numbers = select(ProductHold.product_id, ProductHold.lot_number).where(
        ProductHold.released_at.is_(None), ProductHold.lot_number.is_not(None)
    )
    return or_(
        tuple_(Balance.clinic_id, Balance.lot_id).in_(lots),
        tuple_(Balance.clinic_id, Balance.lot_id, Balance.location_id).in_(places),
        Lot.product_id.in_(products),
        tuple_(Lot.product_id, Lot.number).in_(numbers),
    )


def _held_everywhere(lot: Any) -> ColumnElement[bool]:
    return (
        select(ProductHold.id)
        .where(
            ProductHold.product_id == lot.product_id,
            or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == lot.number),
            ProductHold.released_at.is_(None),
        )
        .correlate(lot)
        .exists()
    )


def _is_unconfirmed(lot: Any) -> ColumnElement[bool]:
    bought = aliased(Product, name="bought")
    of_bought = aliased(ProductRule, name="of_bought")
    return (
        select(bought.id)
        .outerjoin(of_bought, and_(of_bought.product_id == bought.id, of_bought.superseded_at.is_(None)))
        .where(
            bought.id == lot.product_id,
            bought.kind == ProductKind.MANUFACTURED,
            of_bought.confirmed_at.is_(None),
        )
        .correlate(lot)
        .exists()
    )


def _kept_or_held_inside() -> ColumnElement[bool]:
    """True where a mixture is kept for somebody's session, or anything in it is held or unconfirmed."""
    mixed = (
        select(Preparation.clinic_id, Preparation.id.label("preparation_id"))
        .where(Preparation.clinic_id == Balance.clinic_id, Preparation.lot_id == Balance.lot_id)
        .correlate(Balance)
        .cte("mixed", recursive=True, nesting=True)
    )
    part = aliased(PreparationIngredient, name="part")
    deeper = aliased(Preparation, name="deeper")
    mixed = mixed.union(
        select(deeper.clinic_id, deeper.id)
        .select_from(mixed)
        .join(part, and_(_of_mixture(part, mixed), part.removed_at.is_(None)))
        .join(deeper, and_(deeper.clinic_id == part.clinic_id, deeper.lot_id == part.lot_id))
    )
    inside = aliased(PreparationIngredient, name="inside")
    parent = aliased(Lot, name="parent")
    kept = (
        select(PreparationSession.session_id)
        .where(_of_mixture(PreparationSession, mixed), PreparationSession.ended_at.is_(None))
        .correlate(mixed)
        .exists()
    )
    held_here = (
        select(ClinicHold.id)
        .where(
            ClinicHold.clinic_id == parent.clinic_id,
            ClinicHold.lot_id == parent.id,
            ClinicHold.released_at.is_(None),
        )
        .correlate(parent)
        .exists()
    )
    held = (
        select(parent.id)
        .join(inside, and_(inside.clinic_id == parent.clinic_id, inside.lot_id == parent.id))
        .where(
            _of_mixture(inside, mixed),
            inside.removed_at.is_(None),
            or_(held_here, _held_everywhere(parent), _is_unconfirmed(parent)),
        )
        .correlate(mixed)
        .exists()
    )
    return select(true()).select_from(mixed).where(or_(kept, held)).exists()


def _of_mixture(row: Any, mixed: Any) -> ColumnElement[bool]:
    """It belongs to the preparation, by the whole of its key, which is what the indexes begin with."""
    return and_(row.clinic_id == mixed.c.clinic_id, row.preparation_id == mixed.c.preparation_id)
