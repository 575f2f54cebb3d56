"""What lies where, as the rules see it?  One statement gives the things; mixtures ask for one more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Allocation,
    Balance,
    Clinic,
    ClinicHold,
    Container,
    HoldPlace,
    Location,
    Lot,
    Product,
    ProductIngredient,
    ProductRule,
)
from stockroom.reads.contents import held_when_opened, kept_or_current, kept_rule
from stockroom.reads.first_lots import is_taken_first
from stockroom.reads.mixtures import as_text, mixed_in, organisation_holds, stands_for
from stockroom.reads.passed_over import is_passed_over
from stockroom.reads.thing_rows import thing_of
from stockroom.rules.usability import Thing
from stockroom.vocabulary import (
    AllocationState,
    ContainerType,
    ProductKind,
)

_standing = aliased(Location)


@dataclass(frozen=True, kw_only=True)
class Asker:
    """For whom things are looked up: what is promised to them counts as free for them."""

    patient_id: int | None = None
    session_id: int | None = None
    preparation_id: int | None = None
    documents: Collection[str] | None = None
    """The sessions and cocktails, by uid, for which is asked what is taken first; None where nobody asks that."""


NOBODY = Asker()


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which goods: what is in stock of products or lots, what lies at places, lots at places; together.

    Nothing named means everything.
    """

    product_ids: Collection[int] = ()
    location_ids: Collection[int] = ()
    lot_ids: Collection[int] = ()
    pairs: Collection[tuple[int, int]] = ()
    """(lot, location)."""
    only_first: bool = False
    """Of the one product that is named only what `rules/fefo.py` takes first: see `is_settled` there."""


def things(
    connection: Connection,
    clinic_id: int,
    where: Where,
    *,
    asker: Asker = NOBODY,
    with_empty: bool = False,
) -> tuple[Thing, ...]:
    """Give every lot at a place of the clinic that `where` names.

    Only places with something on hand, unless `with_empty`: then emptied places that are named count too.
    Two statements at most.
    """
    shape = _Shape(
        by_product=bool(where.product_ids),
        by_location=bool(where.location_ids),
        by_lot=bool(where.lot_ids),
        by_pair=bool(where.pairs),
        for_session=asker.session_id is not None,
        for_preparation=asker.preparation_id is not None,
        with_empty=with_empty,
        only_first=where.only_first,
        asks_first=asker.documents is not None,
        for_documents=bool(asker.documents),
    )
    asked: dict[str, Any] = {
        "clinic": clinic_id,
        "products": list(where.product_ids),
        "locations": list(where.location_ids),
        "lots": list(where.lot_ids),
        "pairs": list(where.pairs),
        "session": asker.session_id,
        "preparation": asker.preparation_id,
        "documents": list(asker.documents or ()),
    }
    found = _asked(shape).all(connection, {name: asked[name] for name in shape.parameters})
    mixed = [row.lot_id for row in found if row.product_kind != ProductKind.MANUFACTURED]
    inside = mixed_in(connection, clinic_id, mixed) if mixed else {}
    return tuple(thing_of(row, asker.patient_id, inside.get(row.lot_id)) for row in found)


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """Which parts a statement has; each shape is built once, because building costs more than running."""

    by_product: bool
    by_location: bool
    by_lot: bool
    by_pair: bool
    for_session: bool
    for_preparation: bool
    with_empty: bool
    only_first: bool
    asks_first: bool
    for_documents: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        named = {
            "products": self.by_product,
            "locations": self.by_location,
            "lots": self.by_lot,
            "pairs": self.by_pair,
            "session": self.for_session,
            "preparation": self.for_preparation,
            "documents": self.for_documents,
        }
        return ("clinic", *(name for name, is_asked in named.items() if is_asked))


@cache
def _asked(shape: _Shape) -> Once:
    return Once(_statement(shape))


def _statement(shape: _Shape) -> Select[Any]:
    in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
    holder = and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id)
    standing = and_(_standing.clinic_id == Container.clinic_id, _standing.id == Container.stands_in_id)
    statement: Select[Any] = (
        select(*_columns(shape))
        .join_from(Balance, Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .join(Product, Product.id == Balance.product_id)
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .join(Clinic, Clinic.id == Balance.clinic_id)
        .outerjoin(ProductRule, in_force)
        .outerjoin(Container, holder)
        .outerjoin(_standing, standing)
        .outerjoin(kept_rule, kept_rule.id == Container.product_rule_id)
        .where(Balance.clinic_id == bindparam("clinic"))
    )
    ways = _ways(shape, Balance)
    if len(ways) == 1:
        statement = statement.where(*ways)
    elif ways:
        statement = statement.where(tuple_(Balance.location_id, Balance.lot_id).in_(_any_way(shape)))
    if shape.only_first:
        statement = statement.where(is_taken_first())
    return statement if shape.with_empty else statement.where(Balance.quantity > written(0))


def _any_way(shape: _Shape) -> Any:
    """The places that are named in any way; joined by OR, SQLite would look at every place there ever was."""
    here = aliased(Balance)
    of_clinic = select(here.location_id, here.lot_id).where(here.clinic_id == bindparam("clinic"))
    named = union_all(*(of_clinic.where(way) for way in _ways(shape, here))).subquery()
    return select(named.c.location_id, named.c.lot_id)


def _ways(shape: _Shape, balance: Any) -> list[ColumnElement[bool]]:
    """What may be named, each way by an index of its own."""
    ways: list[ColumnElement[bool]] = []
    if shape.by_product:
        ways.append(
            and_(balance.product_id.in_(bindparam("products", expanding=True)), balance.quantity > written(0))
        )
    if shape.by_location:
        ways.append(balance.location_id.in_(bindparam("locations", expanding=True)))
    if shape.by_lot:
        ways.append(
            and_(balance.lot_id.in_(bindparam("lots", expanding=True)), balance.quantity > written(0))
        )
    if shape.by_pair:
        ways.append(tuple_(balance.lot_id, balance.location_id).in_(bindparam("pairs", expanding=True)))
    return ways


def _columns(shape: _Shape) -> list[Any]:
    return [
        Lot.id.label("lot_id"),
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Lot.expires_on,
        Lot.expires_at,
        func.coalesce(Container.beyond_use_at, Lot.beyond_use_at, type_=Lot.beyond_use_at.type).label(
            "beyond_use_at"
        ),
        Lot.beyond_use_at.label("lot_beyond_use_at"),
        Product.id.label("product_id"),
        Product.name.label("product_name"),
        Product.kind.label("product_kind"),
        Product.base_unit,
        Product.content_quantity,
        kept_or_current(ProductRule.confirmed_at, kept_rule.confirmed_at).label("confirmed_at"),
        kept_or_current(ProductRule.authorised_in, kept_rule.authorised_in).label("authorised_in"),
        _serves().label("container_type"),
        kept_or_current(ProductRule.regulatory_class, kept_rule.regulatory_class).label("regulatory_class"),
        Location.id.label("location_id"),
        Location.kind.label("location_kind"),
        Location.name.label("location_name"),
        _standing.kind.label("standing_kind"),
        _standing.name.label("standing_name"),
        _standing.storage_class.label("stands_at"),
        Container.state.label("container_state"),
        Container.short_code.label("container_code"),
        stands_for(Container.patient_id).label("container_patient_id"),
        Container.opened_at,
        (kept_rule.punctures_max - Container.punctures).label("punctures_left"),
        kept_rule.in_use_minutes_room,
        kept_rule.in_use_minutes_refrigerated,
        Balance.quantity,
        (Balance.allocated - _promised_to(shape)).label("allocated"),
        Clinic.country,
        _ingredients().label("ingredients"),
        held_when_opened().label("held_when_opened"),
        organisation_holds().label("organisation_holds"),
        _clinic_holds().label("clinic_holds"),
        _passed_over(shape).label("is_passed_over"),
    ]


def _promised_to(shape: _Shape) -> ColumnElement[int]:
    wanted = []
    if shape.for_session:
        wanted.append(Allocation.session_id == bindparam("session"))
    if shape.for_preparation:
        wanted.append(Allocation.preparation_id == bindparam("preparation"))
    if not wanted:
        return literal(0)
    return (
        # PostgreSQL sums BIGINT as NUMERIC, which would come back as a Decimal.
        select(cast(func.coalesce(func.sum(Allocation.quantity), 0), BigInteger))
        .where(
            Allocation.clinic_id == Balance.clinic_id,
            Allocation.lot_id == Balance.lot_id,
            Allocation.location_id == Balance.location_id,
            Allocation.state == written(AllocationState.ACTIVE),
            or_(*wanted),
        )
        .correlate(Balance)
        .scalar_subquery()
    )


def _passed_over(shape: _Shape) -> ColumnElement[bool]:
    return is_passed_over(for_documents=shape.for_documents) if shape.asks_first else false()


def _ingredients() -> ColumnElement[str]:
    return (
        select(as_text(cast(ProductIngredient.ingredient_id, Text)))
        .where(ProductIngredient.product_id == Product.id)
        .correlate(Product)
        .scalar_subquery()
    )


def _serves() -> ColumnElement[str | None]:
    """How it is drawn from; a vial for several that stood in a treatment room serves one patient (C4)."""
    return case(
        (Container.one_patient_since.is_not(None), written(ContainerType.SINGLE_DOSE)),
        (Container.product_rule_id.is_not(None), kept_rule.container_type),
        else_=ProductRule.container_type,
    )


def _clinic_holds() -> ColumnElement[str]:
    covered_here = (
        select(HoldPlace.hold_id)
        .where(
            HoldPlace.clinic_id == ClinicHold.clinic_id,
            HoldPlace.hold_id == ClinicHold.id,
            HoldPlace.lot_id == Balance.lot_id,
            HoldPlace.location_id == Balance.location_id,
        )
        .correlate(ClinicHold, Balance)
        .exists()
    )
    return (
        select(as_text(ClinicHold.reason))
        .where(
            ClinicHold.clinic_id == Balance.clinic_id,
            ClinicHold.released_at.is_(None),
            or_(ClinicHold.lot_id == Balance.lot_id, covered_here),
        )
        .correlate(Balance)
        .scalar_subquery()
    )
