"""What does the catalogue hold already?  All of it, in a fixed number of statements, for whoever brings in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from stockroom.actor import Actor
from stockroom.models import (
    Clinic,
    Ingredient,
    Manufacturer,
    Membership,
    Product,
    ProductGroup,
    ProductIngredient,
    ProductRule,
    StockLevel,
    Supplier,
    SupplierItem,
    TradeItem,
)
from stockroom.rules.permissions import may, permitted
from stockroom.tables.known_catalogue import (
    KnownCatalogue,
    KnownClinic,
    KnownCode,
    KnownProduct,
    ProductKey,
    folded,
    key_of,
)
from stockroom.tables.product_lines import SaidFacts, SaidIngredient, SaidItem, SaidLevel
from stockroom.vocabulary import (
    Action,
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    ProductKind,
    RegulatoryClass,
    Role,
    StorageClass,
)


def known_catalogue(connection: Connection, actor: Actor) -> KnownCatalogue:
    """Give the catalogue with suppliers' items and every clinic's levels, and what of it `actor` may set."""
    held = _roles(connection, actor)
    products, names = _products(connection)
    return KnownCatalogue(
        manufacturers=_named(connection, Manufacturer),
        suppliers=_named(connection, Supplier),
        groups=_named(connection, ProductGroup),
        ingredients=_ingredient_slugs(connection),
        clinics=_clinics(connection, actor, held),
        products=products,
        codes=_codes(connection, names),
        items=_items(connection),
        levels=_levels(connection),
        may_confirm=not actor.is_system and may(held.get(actor.clinic_id, ()), Action.CONFIRM_PRODUCT),
    )


def _named(connection: Connection, model: Any) -> dict[str, int]:
    """Ids by folded name; of two names that differ in their case alone the elder."""
    found: dict[str, int] = {}
    for row in connection.execute(select(model.id, model.name).order_by(model.id)):
        found.setdefault(folded(row.name), row.id)
    return found


def _ingredient_slugs(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(Ingredient.slug, Ingredient.name)).all()
    return {folded(row.name): row.slug for row in rows} | {row.slug: row.slug for row in rows}


def _roles(connection: Connection, actor: Actor) -> Mapping[int, frozenset[Role]]:
    """The actor's roles by clinic."""
    found: dict[int, set[Role]] = {}
    statement = select(Membership.clinic_id, Membership.role).where(Membership.user_id == actor.user_id)
    for row in connection.execute(statement):
        found.setdefault(row.clinic_id, set()).add(Role(row.role))
    return {clinic_id: frozenset(roles) for clinic_id, roles in found.items()}


def _clinics(
    connection: Connection, actor: Actor, held: Mapping[int, frozenset[Role]]
) -> dict[str, KnownClinic]:
    """Every clinic by name; a token acts in its own clinic alone."""
    found: dict[str, KnownClinic] = {}
    for row in connection.execute(select(Clinic.id, Clinic.uid, Clinic.name)):
        reaches = actor.token_id is None or row.id == actor.clinic_id
        is_open = actor.is_system or (
            reaches and Action.MAINTAIN_CLINIC in permitted(held.get(row.id, frozenset()))
        )
        clinic = KnownClinic(id=row.id, uid=row.uid, is_open=is_open)
        found[folded(row.name)] = clinic
        if row.id == actor.clinic_id:
            found[""] = clinic
    return found


def _products(connection: Connection) -> tuple[dict[ProductKey, KnownProduct], dict[int, str]]:
    """Bought products by what makes them, and the name of every product by its id."""
    ingredients = _product_ingredients(connection)
    rows = connection.execute(
        select(
            Product.__table__,
            Manufacturer.name.label("maker"),
            ProductGroup.name.label("group_name"),
            *(column for column in ProductRule.__table__.columns if column.name not in ("id", "version")),
        )
        .join_from(Product, ProductRule, ProductRule.product_id == Product.id)
        .outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .outerjoin(ProductGroup, ProductGroup.id == Product.group_id)
        .where(ProductRule.superseded_at.is_(None))
        .order_by(Product.id)
    )
    products: dict[ProductKey, KnownProduct] = {}
    names: dict[int, str] = {}
    for row in rows:
        names[row.id] = f"{row.name} {row.strength}".strip()
        if row.kind == ProductKind.MANUFACTURED:
            key = key_of(row.maker, row.name, row.strength, row.presentation, row.content_quantity)
            products.setdefault(
                key,
                KnownProduct(
                    id=row.id,
                    uid=row.uid,
                    called=names[row.id],
                    base_unit=BaseUnit(row.base_unit),
                    facts=_facts(row, ingredients.get(row.id, ())),
                ),
            )
    return products, names


def _facts(row: Any, ingredients: tuple[SaidIngredient, ...]) -> SaidFacts:
    return SaidFacts(
        graduation_quantity=row.graduation_quantity,
        group=row.group_name or "",
        container_type=ContainerType(row.container_type) if row.container_type else None,
        storage_class=StorageClass(row.storage_class) if row.storage_class else None,
        regulatory_class=RegulatoryClass(row.regulatory_class) if row.regulatory_class else None,
        authorised_in=tuple(row.authorised_in.split()),
        in_use_minutes_room=row.in_use_minutes_room,
        in_use_minutes_refrigerated=row.in_use_minutes_refrigerated,
        in_use_source=row.in_use_source,
        ingredients=ingredients if row.ingredients_known else None,
        lot_carry=Carry(row.lot_carry),
        expiry_carry=Carry(row.expiry_carry),
        serial_carry=Carry(row.serial_carry),
        punctures_max=row.punctures_max,
        overfill_max_quantity=row.overfill_max_quantity,
        residual_max_quantity=row.residual_max_quantity,
        is_single_use=row.is_single_use,
        needle_gauge=row.needle_gauge,
        needle_length_um=row.needle_length_um,
        pin_count=row.pin_count,
        waste_stream=row.waste_stream,
        is_confirmed=row.confirmed_at is not None,
    )


def _product_ingredients(connection: Connection) -> dict[int, tuple[SaidIngredient, ...]]:
    rows = connection.execute(
        select(
            ProductIngredient.product_id,
            Ingredient.slug,
            ProductIngredient.amount,
            ProductIngredient.is_excipient,
        )
        .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        .order_by(Ingredient.slug)
    )
    found: dict[int, tuple[SaidIngredient, ...]] = {}
    for row in rows:
        said = SaidIngredient(name=row.slug, amount=row.amount, is_excipient=row.is_excipient)
        found[row.product_id] = (*found.get(row.product_id, ()), said)
    return found


def _codes(connection: Connection, names: Mapping[int, str]) -> dict[tuple[CodeScheme, str], KnownCode]:
    rows = connection.execute(
        select(TradeItem.scheme, TradeItem.code, TradeItem.product_id, TradeItem.presentation_count)
    )
    return {
        (CodeScheme(row.scheme), row.code): KnownCode(
            product_id=row.product_id,
            product=names.get(row.product_id, ""),
            presentation_count=row.presentation_count,
        )
        for row in rows
    }


def _items(connection: Connection) -> dict[tuple[int, int], SaidItem]:
    return {
        (row.supplier_id, row.product_id): SaidItem(
            supplier="",
            item_code=row.item_code,
            pack_count=row.pack_count,
            lead_time_days=row.lead_time_days,
            is_preferred=row.is_preferred,
            last_price_minor=row.last_price_minor,
            currency=row.currency,
        )
        for row in connection.execute(select(SupplierItem.__table__))
    }


def _levels(connection: Connection) -> dict[tuple[int, int], SaidLevel]:
    return {
        (row.clinic_id, row.product_id): SaidLevel(
            clinic="", minimum_count=row.minimum_count, target_count=row.target_count
        )
        for row in connection.execute(select(StockLevel.__table__))
    }
