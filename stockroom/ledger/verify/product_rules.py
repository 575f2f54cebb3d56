"""Does each version of a product's rule say what the entry of its act says, and do vials keep one of their product?"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.notes import Notes, Query, ask, count, stream
from stockroom.models import OrganisationEntry, Product, ProductRule, RuleIncompatibility, RuleIngredient

_SAID = (
    "version", "container_type", "storage_class", "regulatory_class", "in_use_minutes_room",
    "in_use_minutes_refrigerated", "in_use_source", "lot_carry", "expiry_carry", "serial_carry", "punctures_max",
    "overfill_max_quantity", "residual_max_quantity", "ingredients_known", "is_single_use", "needle_gauge",
    "needle_length_um", "pin_count", "waste_stream", "authorised_in", "diluent_quantity", "reconstituted_quantity",
    "reconstituted_minutes", "reconstitution_source", "reason",
)  # fmt: skip
_QUERIES = (
    Query(
        invariant="product rules",
        table="product",
        row="{product_id}",
        what="has {versions} versions of its rule, the newest number {newest}, and {in_force} in force",
        sql="""
        SELECT product_id, COUNT(*) AS versions, MAX(version) AS newest,
            SUM(CASE WHEN superseded_at IS NULL THEN 1 ELSE 0 END) AS in_force
        FROM product_rule GROUP BY product_id
        HAVING COUNT(*) <> MAX(version) OR SUM(CASE WHEN superseded_at IS NULL THEN 1 ELSE 0 END) <> 1
        ORDER BY product_id""",
    ),
    Query(
        invariant="product rules",
        table="product",
        row="{product_id}",
        what="holds ingredient {ingredient_id} otherwise than the version in force says",
        sql="""
        SELECT COALESCE(h.product_id, v.product_id) AS product_id,
            COALESCE(h.ingredient_id, v.ingredient_id) AS ingredient_id
        FROM product_ingredient h
        FULL JOIN (SELECT r.product_id, i.ingredient_id, i.amount, i.is_excipient
            FROM product_rule r JOIN product_rule_ingredient i ON i.product_rule_id = r.id
            WHERE r.superseded_at IS NULL) v
            ON v.product_id = h.product_id AND v.ingredient_id = h.ingredient_id
        WHERE h.product_id IS NULL OR v.product_id IS NULL OR h.amount <> v.amount
            OR h.is_excipient <> v.is_excipient
        ORDER BY 1, 2""",
    ),
    Query(
        invariant="product rules",
        table="container",
        row="{location_id}",
        what="was opened under rule {product_rule_id}, which is another product's",
        sql="""
        SELECT c.location_id, c.product_rule_id FROM container c
        JOIN product_rule r ON r.id = c.product_rule_id
        JOIN lot l ON l.clinic_id = c.clinic_id AND l.id = c.lot_id
        WHERE l.product_id <> r.product_id ORDER BY c.location_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """Versions are numbered without gaps, one is in force, and each is as the journal says (`ledger.product_rows`)."""
    count(connection, notes, "product_rule")
    ask(connection, notes, _QUERIES)
    held = _parts(connection, RuleIngredient, ("ingredient_id", "amount", "is_excipient"))
    apart = _parts(connection, RuleIncompatibility, ("ingredient_id", "says"))
    named = _named(connection)
    rows = select(
        ProductRule.id, Product.uid.label("product_uid"), *(getattr(ProductRule, name) for name in _SAID)
    ).join(Product, Product.id == ProductRule.product_id)
    for row in stream(connection, rows):
        digest = named.get((row.product_uid, row.version))
        said = [getattr(row, name) for name in _SAID]
        if digest is not None and hash_of([said, held.get(row.id, []), apart.get(row.id, [])]) != digest:
            notes.wrong("product rules", "product_rule", row.id, "is not what its journal entry says")


def _parts(connection: Connection, model: Any, names: tuple[str, ...]) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = {}
    for row in stream(connection, select(model.product_rule_id, *(getattr(model, name) for name in names))):
        found.setdefault(row.product_rule_id, []).append([getattr(row, name) for name in names])
    return {rule_id: sorted(parts) for rule_id, parts in found.items()}


def _named(connection: Connection) -> dict[tuple[str, int], str]:
    """The digest of each version that an entry names, by product and number; older entries name none."""
    entries = select(OrganisationEntry.payload).where(
        OrganisationEntry.kind.in_(["product.add", "product.revise", "product.import"])
    )
    named: dict[tuple[str, int], str] = {}
    for row in stream(connection, entries):
        try:
            told = json.loads(row.payload)
            if "rule_digest" in told:
                named[told["product"], told["rule_version"]] = told["rule_digest"]
            for uid, digest in told.get("rules", ()):
                named[uid, 1] = digest
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    return named
