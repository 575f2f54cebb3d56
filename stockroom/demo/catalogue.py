"""What can the demo's clinics buy and mix?  Forty products of invented makers, and the recipes of the source texts."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from stockroom.barcodes.gtin import check_digit
from stockroom.demo.town import Product, Town, minutes
from stockroom.ledger.product_rows import CodeOf, IncompatibleWith, IngredientOf, ReconstitutionOf, RuleOf
from stockroom.models import Ingredient
from stockroom.operations.add_party import AddParty, PartyKind, add_party
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.approve_recipe import ApproveRecipe, approve_recipe
from stockroom.operations.draft_patterns import draft_patterns
from stockroom.operations.load_reference import load_reference
from stockroom.operations.revise_product import (
    ConfirmProduct,
    ReviseProduct,
    confirm_product,
    revise_product,
)
from stockroom.operations.set_levels import SetStockLevel, SetSupplierItem, set_stock_level, set_supplier_item
from stockroom.operations.write_protocol import take_protocols
from stockroom.operations.write_recipe import (
    ComponentOf,
    DraftReconstitution,
    VersionOf,
    WriteVersion,
    draft_reconstitution,
    write_version,
)
from stockroom.reference import load
from stockroom.vocabulary import BaseUnit, Carry, CodeScheme, ContainerType, RegulatoryClass, StorageClass

SUPPLIERS = {"north": "Demo Supply North", "south": "Demo Supply South", "east": "Demo Needle Trade East"}
REVISED = "ha-vial"
"""The product whose leaflet changed."""
POWDER, DILUENT = "hyaluronidase", "saline"
"""What is dissolved by a recipe of its own, and in what."""
LEAD_TIME_DAYS = {"north": 3, "south": 7, "east": 5}


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of the demo's data files."""
    text = (files("stockroom.demo") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def demo_gtin(number: int) -> str:
    """A GTIN-14 with the demonstration prefix 952 (GS1 General Specifications, prefix list)."""
    payload = f"0952{number:09d}"
    return payload + str(check_digit(payload))


def load_reference_data(town: Town, at: datetime) -> None:
    """Bring in the reference data of the source texts."""
    town.do(load_reference, load(), by=town.system, at=at)
    town.do(take_protocols, load(), by=town.system, at=at)
    with town.store.reading() as connection:
        found = connection.execute(select(Ingredient.slug, Ingredient.uid))
        town.ingredient_uids = {row.slug: row.uid for row in found}


def add_catalogue(town: Town, at: datetime) -> None:
    """Add makers, suppliers, groups and products; confirm every product whose facts are known."""
    rows = rows_of("products.csv")
    makers = _parties(town, PartyKind.MANUFACTURER, sorted({row["manufacturer"] for row in rows}), at)
    groups = _parties(town, PartyKind.PRODUCT_GROUP, sorted({row["group"] for row in rows} - {""}), at)
    suppliers = _parties(town, PartyKind.SUPPLIER, list(SUPPLIERS.values()), at)
    town.supplier_uids = {slug: suppliers[name] for slug, name in SUPPLIERS.items()}
    for number, row in enumerate(rows, start=1):
        product = Product(
            slug=row["slug"], row=row, gtin=demo_gtin(2 * number), box_gtin=demo_gtin(2 * number + 1)
        )
        command = _described(product, makers[row["manufacturer"]], groups.get(row["group"]))
        product.uid = town.do(add_product, command, by=town.system, at=at).product_uid
        if row["container_type"]:
            confirm = ConfirmProduct(product_uid=product.uid, version=1)
            town.do(confirm_product, confirm, by=town.system, at=at)
        town.products[product.slug] = product
        _add_supplier_item(town, product, at)
    _follow_a_new_leaflet(town, town.products[REVISED], at)
    dissolved = ReconstitutionOf(
        diluent_uid=town.products[DILUENT].uid,
        diluent_quantity=1_000,
        output_quantity=1_000,
        minutes=60,
        source="demo leaflet",
    )
    _follow_a_new_leaflet(town, town.products[POWDER], at, reconstitution=dissolved)


def _follow_a_new_leaflet(
    town: Town, product: Product, at: datetime, *, reconstitution: ReconstitutionOf | None = None
) -> None:
    """A second version of what is true of a product, so that its page shows two side by side."""
    source = "demo leaflet, second edition"
    rule = replace(_rule(product.row), in_use_source=source, reconstitution=reconstitution)
    revise = ReviseProduct(
        product_uid=product.uid,
        version=2,
        rule=rule,
        ingredients=_contents(product.row),
        reason="the maker sent a new leaflet (demo)",
    )
    revised = town.do(revise_product, revise, by=town.system, at=at)
    confirm = ConfirmProduct(product_uid=product.uid, version=revised.version)
    town.do(confirm_product, confirm, by=town.system, at=at)


def _contents(row: dict[str, str]) -> tuple[IngredientOf, ...]:
    return tuple(IngredientOf(slug=slug) for slug in row["ingredients"].split(";") if slug)


def _parties(town: Town, kind: PartyKind, names: list[str], at: datetime) -> dict[str, str]:
    return {
        name: town.do(add_party, AddParty(kind=kind, name=name), by=town.system, at=at).uid for name in names
    }


def _described(product: Product, maker_uid: str, group_uid: str | None) -> AddProduct:
    row = product.row
    codes = [CodeOf(scheme=CodeScheme.GTIN, item_code=product.gtin, pack_level="each", presentation_count=1)]
    if product.box_of > 1:
        box = CodeOf(
            scheme=CodeScheme.GTIN,
            item_code=product.box_gtin,
            pack_level="box",
            presentation_count=product.box_of,
        )
        codes.append(box)
    return AddProduct(
        manufacturer_uid=maker_uid,
        name=row["name"],
        strength=row["strength"],
        presentation=row["presentation"],
        base_unit=BaseUnit(row["base_unit"]),
        content_quantity=product.content,
        graduation_quantity=int(row["graduation"]),
        usual_draw_quantity=_whole(row["usual_draw"]),
        needle=row["needle"],
        group_uid=group_uid,
        rule=_rule(row),
        ingredients=_contents(row),
        codes=tuple(codes),
    )


def _rule(row: dict[str, str]) -> RuleOf:
    if not row["container_type"]:
        return RuleOf(waste_stream=row["waste_stream"])
    gauge, length_um = _needle(row["needle"])
    is_liquid = row["base_unit"] == BaseUnit.MICROLITRE
    return RuleOf(
        waste_stream=row["waste_stream"],
        container_type=ContainerType(row["container_type"]),
        storage_class=StorageClass(row["storage"]),
        regulatory_class=RegulatoryClass(row["regulatory_class"]),
        authorised_in=tuple(row["authorised_in"].split()),
        in_use_minutes_room=_whole(row["in_use_room"]),
        in_use_minutes_refrigerated=_whole(row["in_use_fridge"]),
        in_use_source="demo" if row["in_use_room"] or row["in_use_fridge"] else "",
        lot_carry=Carry.REQUIRED,
        expiry_carry=Carry.REQUIRED,
        overfill_max_quantity=100 if is_liquid else 0,
        residual_max_quantity=300 if is_liquid else 0,
        ingredients_known=True,
        is_single_use=row["presentation"] in ("needle", "cartridge", "syringe"),
        needle_gauge=gauge,
        needle_length_um=length_um,
        pin_count=_pins(row["name"]),
        incompatibilities=_apart(row["ingredients"]),
    )


def _needle(printed: str) -> tuple[int | None, int | None]:
    """Gauge and length in micrometres of a needle as it is printed, such as 30G 4 mm."""
    gauge, _, length = printed.partition("G ")
    return (int(gauge), int(length.removesuffix(" mm")) * 1_000) if length else (None, None)


def _pins(name: str) -> int | None:
    """How many needles a cartridge has, as its name says."""
    found = re.search(r"\b(\d+)[ -](?:pin|needle)", name, re.IGNORECASE)
    return int(found[1]) if found else None


def _apart(ingredients: str) -> tuple[IncompatibleWith, ...]:
    """With what the reference data says that one of its ingredients is not mixed."""
    held = set(ingredients.split(";"))
    return tuple(
        IncompatibleWith(slug=other, says=each.description)
        for each in load().incompatibilities
        if held & set(each.ingredients)
        for other in each.ingredients
        if other not in held
    )


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _add_supplier_item(town: Town, product: Product, at: datetime) -> None:
    row = product.row
    item = SetSupplierItem(
        supplier_uid=town.supplier_uids[row["supplier"]],
        product_uid=product.uid,
        item_code=f"DEMO-{product.slug.upper()}",
        pack_count=product.box_of,
        lead_time_days=LEAD_TIME_DAYS[row["supplier"]],
        is_preferred=True,
        last_price_minor=int(row["price_minor"]) * product.box_of if row["price_minor"] else None,
        currency="EUR" if row["price_minor"] else None,
    )
    town.do(set_supplier_item, item, by=town.system, at=at)


def set_minimums(town: Town, house: Any, at: datetime) -> None:
    """Give the clinic's products their minimum and target; one product has none, as in every clinic."""
    for product in town.products.values():
        if product.row["minimum"]:
            level = SetStockLevel(
                product_uid=product.uid,
                minimum_count=int(product.row["minimum"]),
                target_count=int(product.row["target"]),
            )
            town.do(set_stock_level, level, by=house.actors["manager"], at=at)


def write_recipes(town: Town, house: Any, at: datetime) -> None:
    """Draft the cocktail patterns of the source texts, and write some with demo amounts; a practitioner approves
    them.
    """
    drafted = dict(
        zip(_patterns(), town.do(draft_patterns, load(), by=town.system, at=at).recipe_uids, strict=True)
    )
    for row in rows_of("recipes.csv"):
        components = tuple(_component(town, part) for part in row["components"].split(";"))
        version = VersionOf(
            components=components,
            output_quantity=int(row["output"]),
            beyond_use_minutes=int(row["beyond_use_minutes"]),
            reason="demo amounts for a pattern of the source texts",
            loss_max_quantity=int(row["loss_max"]),
            mixing="Draw slowly, turn the syringe three times, label it at once.",
            technique="nappage",
            indications=(row["indication"],),
        )
        first = WriteVersion(recipe_uid=drafted[row["pattern"]], version=version)
        written = town.do(write_version, first, by=house.actors["nurse"], at=at)
        approve = ApproveRecipe(version_uid=written.version_uid)
        town.do(approve_recipe, approve, by=house.actors["practitioner"], at=at)
        town.recipe_uids[row["slug"]] = written.recipe_uid
        town.recipes[row["slug"]] = row
    powder = DraftReconstitution(product_uid=town.products[POWDER].uid)
    drafted_powder = town.do(draft_reconstitution, powder, by=house.actors["nurse"], at=at)
    approve = ApproveRecipe(version_uid=drafted_powder.version_uid)
    town.do(approve_recipe, approve, by=house.actors["practitioner"], at=at)


def write_newer_versions(town: Town, house: Any, at: datetime) -> None:
    """Put a second version of one recipe in force, mixed in its order, and leave one that waits for approval."""
    for slug, waits in (("hydration", False), ("brightening", True)):
        row = town.recipes[slug]
        newer = VersionOf(
            components=tuple(_component(town, part) for part in row["components"].split(";")),
            output_quantity=int(row["output"]),
            beyond_use_minutes=int(row["beyond_use_minutes"]),
            reason="demo: the order matters" if not waits else "demo: less may be lost",
            loss_max_quantity=int(row["loss_max"]) // (2 if waits else 1),
            mixing="One after another, without foam.",
            is_ordered=not waits,
            technique="nappage",
            indications=(row["indication"],),
        )
        version = WriteVersion(recipe_uid=town.recipe_uids[slug], version=newer)
        written = town.do(write_version, version, by=house.actors["nurse"], at=at)
        if not waits:
            approve = ApproveRecipe(version_uid=written.version_uid)
            town.do(approve_recipe, approve, by=house.actors["practitioner"], at=at + minutes(1))


def _patterns() -> tuple[str, ...]:
    """The slugs of the patterns, in the order in which they are drafted."""
    return tuple(each.slug for each in load().cocktail_patterns)


def _component(town: Town, part: str) -> ComponentOf:
    slug, quantity = part.split(":")
    return ComponentOf(product_uid=town.products[slug].uid, quantity=int(quantity))
