"""How does a whole catalogue come in from a table?  Every line of it or none, and the same table twice once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import IngredientOf, RuleOf, insert_first_rules
from stockroom.models import (
    Manufacturer,
    Product,
    ProductGroup,
    ProductRule,
    StockLevel,
    Supplier,
    SupplierItem,
    TradeItem,
)
from stockroom.reads.clinics import every_clinic
from stockroom.reads.known_catalogue import known_catalogue
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.known_catalogue import KnownCatalogue, ProductKey, folded
from stockroom.tables.product_lines import ProductLine, SaidFacts
from stockroom.tables.product_plan import PlannedProduct, ProductPlan, plan_products
from stockroom.tables.reading import Tell, silent
from stockroom.vocabulary import Action, Carry, ProductKind

STEPS = 6


@dataclass(frozen=True, kw_only=True)
class ImportProducts:
    """The good lines of a table of products, as `tables.kinds.read_file` gives them."""

    lines: tuple[ProductLine, ...]


@dataclass(frozen=True, kw_only=True)
class ProductsImported:
    """How many products are new, how many have something new, and how many were so already."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, kw_only=True)
class _Ids:
    """What names stand for, once those that are new have a row."""

    manufacturers: dict[str, int]
    suppliers: dict[str, int]
    groups: dict[str, int]
    products: dict[ProductKey, int]
    uids: dict[ProductKey, str]


def import_products(
    store: Store,
    command: ImportProducts,
    *,
    actor: Actor,
    key: str,
    now: datetime,
    tell: Tell = silent,
) -> ProductsImported:
    """Bring a table of products in: makers, suppliers, groups, products, codes, items and levels, whole or not at all.

    What the catalogue holds already is not added again, so that the same table a second time changes nothing.
    Locks every clinic: levels are theirs, and what is confirmed may be used.
    Raises TableHasFaults.
    """
    return perform(
        store,
        Act(
            kind="product.import",
            action=Action.MAINTAIN_CATALOGUE,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _import(work, command, tell),
        answer=ProductsImported,
        actor=actor,
        key=key,
        now=now,
    )


def _import(work: Work, command: ImportProducts, tell: Tell) -> ProductsImported:
    known = known_catalogue(work.connection, work.actor)
    plan = plan_products(command.lines, known)
    refuse_faults(plan.faults)
    tell(1, STEPS)
    ids = _write_names(work, plan, known)
    tell(2, STEPS)
    rules = _write_rules(work, plan, ids)
    _confirm(work, plan)
    tell(3, STEPS)
    codes = _write_codes(work, plan, ids)
    tell(4, STEPS)
    items = _write_items(work, plan, known, ids)
    levels = _write_levels(work, plan, known, ids)
    tell(5, STEPS)
    work.payload.update(
        added=[[ids.uids[each.key], each.first.content_quantity] for each in plan.added],
        changed=[each.known.uid for each in plan.changed if each.known is not None],
        confirmed=[ids.uids[each.key] for each in plan.products if each.is_to_confirm],
        rules=rules,
        codes=codes,
        items=items,
        levels=levels,
    )
    return ProductsImported(added=len(plan.added), changed=len(plan.changed), unchanged=plan.unchanged_count)


def _write_names(work: Work, plan: ProductPlan, known: KnownCatalogue) -> _Ids:
    manufacturers = dict(known.manufacturers) | _insert_named(work, Manufacturer, plan.manufacturers)
    groups = dict(known.groups) | _insert_named(work, ProductGroup, plan.groups)
    suppliers = dict(known.suppliers) | _insert_named(work, Supplier, plan.suppliers)
    uids = {each.key: each.known.uid for each in plan.products if each.known is not None}
    products = {each.key: each.known.id for each in plan.products if each.known is not None}
    rows: list[dict[str, Any]] = []
    for each in plan.added:
        uids[each.key] = new_uid(work.now)
        rows.append(_product_row(work, each, uids[each.key], manufacturers, groups))
    new = _insert_by_uid(work, Product, rows)
    products |= {each.key: new[uids[each.key]] for each in plan.added}
    return _Ids(manufacturers=manufacturers, suppliers=suppliers, groups=groups, products=products, uids=uids)


def _insert_named(work: Work, model: Any, names: Iterable[str]) -> dict[str, int]:
    """Insert rows under these names and give their ids, by folded name."""
    dated = {} if model is ProductGroup else {"created_at": work.recorded_at, "updated_at": work.recorded_at}
    rows: list[dict[str, Any]] = [{"uid": new_uid(work.now), "name": name, **dated} for name in names]
    ids = _insert_by_uid(work, model, rows)
    return {folded(row["name"]): ids[row["uid"]] for row in rows}


def _insert_by_uid(work: Work, model: Any, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Insert rows and give their ids by uid, in two statements for each thousand."""
    found: dict[str, int] = {}
    for part in _parts(rows):
        work.connection.execute(insert(model), part)
        uids = [row["uid"] for row in part]
        read = work.connection.execute(select(model.uid, model.id).where(model.uid.in_(uids)))
        found |= {row.uid: row.id for row in read}
    return found


def _parts(rows: list[dict[str, Any]], size: int = 1_000) -> Iterable[list[dict[str, Any]]]:
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))


def _product_row(
    work: Work, each: PlannedProduct, uid: str, manufacturers: dict[str, int], groups: dict[str, int]
) -> dict[str, Any]:
    line, facts = each.first, each.facts
    return {
        "uid": uid,
        "kind": ProductKind.MANUFACTURED,
        "manufacturer_id": manufacturers[folded(line.manufacturer)],
        "group_id": groups[folded(facts.group)] if facts.group else None,
        "name": line.name,
        "strength": line.strength,
        "presentation": line.presentation,
        "base_unit": line.base_unit,
        "content_quantity": line.content_quantity,
        "graduation_quantity": facts.graduation_quantity or 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }


def _write_rules(work: Work, plan: ProductPlan, ids: _Ids) -> list[list[object]]:
    """Write the first version of each new product's rule, and give the digests by the products' uids."""
    rules = {ids.products[each.key]: (_rule(each.facts), _contents(each.facts)) for each in plan.added}
    confirmed = {ids.products[each.key] for each in plan.added if each.is_to_confirm}
    digests = insert_first_rules(work, rules, confirmed=confirmed)
    return [[ids.uids[each.key], digests[ids.products[each.key]]] for each in plan.added]


def _contents(facts: SaidFacts) -> tuple[IngredientOf, ...]:
    return tuple(
        IngredientOf(slug=said.name, amount=said.amount, is_excipient=said.is_excipient)
        for said in facts.ingredients or ()
    )


def _rule(facts: SaidFacts) -> RuleOf:
    return RuleOf(
        container_type=facts.container_type,
        storage_class=facts.storage_class,
        regulatory_class=facts.regulatory_class,
        authorised_in=facts.authorised_in,
        in_use_minutes_room=facts.in_use_minutes_room,
        in_use_minutes_refrigerated=facts.in_use_minutes_refrigerated,
        in_use_source=facts.in_use_source,
        lot_carry=facts.lot_carry or Carry.REQUIRED,
        expiry_carry=facts.expiry_carry or Carry.REQUIRED,
        serial_carry=facts.serial_carry or Carry.NONE,
        ingredients_known=facts.ingredients is not None,
        punctures_max=facts.punctures_max,
        overfill_max_quantity=facts.overfill_max_quantity or 0,
        residual_max_quantity=facts.residual_max_quantity or 0,
        is_single_use=facts.is_single_use or False,
        needle_gauge=facts.needle_gauge,
        needle_length_um=facts.needle_length_um,
        pin_count=facts.pin_count,
        waste_stream=facts.waste_stream,
    )


def _confirm(work: Work, plan: ProductPlan) -> None:
    """Confirm the rules in force of products that were there already."""
    ids = [each.known.id for each in plan.products if each.known is not None and each.is_to_confirm]
    if not ids:
        return
    work.connection.execute(
        update(ProductRule)
        .where(ProductRule.product_id.in_(ids), ProductRule.superseded_at.is_(None))
        .values(confirmed_at=work.recorded_at, confirmed_by_id=work.actor.person_id)
    )
    work.connection.execute(
        update(Product)
        .where(Product.id.in_(ids))
        .values(version=Product.version + 1, updated_at=work.recorded_at)
    )


def _write_codes(work: Work, plan: ProductPlan, ids: _Ids) -> list[list[object]]:
    rows = [
        {
            "uid": new_uid(work.now),
            "product_id": ids.products[each.key],
            "scheme": code.scheme,
            "code": code.item_code,
            "pack_level": code.pack_level,
            "presentation_count": code.presentation_count,
        }
        for each in plan.products
        for code in each.codes
    ]
    if rows:
        work.connection.execute(insert(TradeItem), rows)
    return [
        [ids.uids[each.key], code.item_code, code.presentation_count]
        for each in plan.products
        for code in each.codes
    ]


def _write_items(work: Work, plan: ProductPlan, known: KnownCatalogue, ids: _Ids) -> list[list[object]]:
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    told: list[list[object]] = []
    for each in plan.products:
        for supplier, item in each.items.items():
            which = (ids.suppliers[supplier], ids.products[each.key])
            values = {
                "item_code": item.item_code,
                "pack_count": item.pack_count,
                "lead_time_days": item.lead_time_days,
                "is_preferred": item.is_preferred or False,
                "last_price_minor": item.last_price_minor,
                "currency": item.currency,
            }
            is_new = which not in known.items
            (new if is_new else changed).append({"supplier_id": which[0], "product_id": which[1], **values})
            told.append([ids.uids[each.key], item.pack_count, item.last_price_minor, item.currency])
    _write_either(work, SupplierItem, ("supplier_id", "product_id"), new, changed)
    return told


def _write_levels(work: Work, plan: ProductPlan, known: KnownCatalogue, ids: _Ids) -> list[list[object]]:
    clinics = {clinic.id: clinic.uid for clinic in known.clinics.values()}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    told: list[list[object]] = []
    for each in plan.products:
        for clinic_id, level in each.levels.items():
            which = (clinic_id, ids.products[each.key])
            row = {
                "clinic_id": clinic_id,
                "product_id": which[1],
                "minimum_count": level.minimum_count,
                "target_count": level.target_count,
            }
            (new if which not in known.levels else changed).append(row)
            told.append([clinics[clinic_id], ids.uids[each.key], level.minimum_count, level.target_count])
    _write_either(work, StockLevel, ("clinic_id", "product_id"), new, changed)
    return told


def _write_either(
    work: Work, model: Any, keys: tuple[str, str], new: list[dict[str, Any]], changed: list[dict[str, Any]]
) -> None:
    """Insert the rows that are new, and change those that are there, each to a higher version."""
    table = table_of(model)
    if new:
        dated = {"version": 1, "created_at": work.recorded_at, "updated_at": work.recorded_at}
        work.connection.execute(insert(table), [{**row, **dated} for row in new])
    if not changed:
        return
    values = [name for name in changed[0] if name not in keys]
    statement = (
        update(table)
        .where(*(table.c[name] == bindparam(f"its_{name}") for name in keys))
        .values(
            {name: bindparam(f"new_{name}") for name in values}
            | {"version": table.c.version + 1, "updated_at": bindparam("at")}
        )
    )
    rows = [
        {f"its_{name}": row[name] for name in keys}
        | {f"new_{name}": row[name] for name in values}
        | {"at": work.recorded_at}
        for row in changed
    ]
    work.connection.execute(statement, rows)
