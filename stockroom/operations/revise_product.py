"""How does what is known of a product change?  By a new version of its rule; opened vials keep theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, JournalName, Work
from stockroom.errors import Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import IngredientOf, RuleOf, insert_rule
from stockroom.models import Clinic, Product, ProductRule
from stockroom.reads.products import product_as_read
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class RuleIncomplete(Refused):
    """What would be confirmed is not known yet."""

    code: ClassVar[str] = "rule_incomplete"
    message: ClassVar[str] = extracted(
        "{name} cannot be confirmed: {missing} is not known yet. Enter it first."
    )
    name: str
    missing: str


@dataclass(frozen=True, kw_only=True)
class ReviseProduct:
    """A new version of a product's rule, with its ingredients; it has to be confirmed again."""

    product_uid: str
    version: int
    """The version of the product that was read."""
    rule: RuleOf
    ingredients: tuple[IngredientOf, ...] = ()
    reason: str = ""
    """Why it changes: it stands beside the version."""


@dataclass(frozen=True, kw_only=True)
class ConfirmProduct:
    """Somebody permitted says that the rule in force is true."""

    product_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ProductRevised:
    product_uid: str
    version: int
    rule_version: int


def revise_product(
    store: Store, command: ReviseProduct, *, actor: Actor, key: str, now: datetime
) -> ProductRevised:
    """Put a new, unconfirmed rule version in force.  Locks every clinic: it can stop a use.

    Raises ThingNotFound, ProductChanged, NotManufactured, IngredientUnknown, InvalidValue.
    """
    return perform(
        store,
        _rule_act(store, "product.revise", Action.MAINTAIN_CATALOGUE),
        command=command,
        body=lambda work: _revise(work, command),
        answer=ProductRevised,
        actor=actor,
        key=key,
        now=now,
    )


def confirm_product(
    store: Store, command: ConfirmProduct, *, actor: Actor, key: str, now: datetime
) -> ProductRevised:
    """Confirm the rule in force: container type, in-use life, storage, regulatory class, ingredients.

    Raises ThingNotFound, ProductChanged, NotManufactured, RuleIncomplete.
    """
    return perform(
        store,
        _rule_act(store, "product.confirm", Action.CONFIRM_PRODUCT),
        command=command,
        body=lambda work: _confirm(work, command),
        answer=ProductRevised,
        actor=actor,
        key=key,
        now=now,
    )


def _rule_act(store: Store, kind: str, action: Action) -> Act:
    with store.reading() as connection:
        clinics = connection.execute(select(Clinic.id)).scalars().all()
    locks = tuple(JournalName(clinic_id=clinic_id) for clinic_id in clinics)
    return Act(kind=kind, action=action, filed_in=ORGANISATION, also_locks=locks)


def _in_force(work: Work, product_id: int) -> Row[Any]:
    return work.connection.execute(
        select(ProductRule.__table__).where(
            ProductRule.product_id == product_id, ProductRule.superseded_at.is_(None)
        )
    ).one()


def _revise(work: Work, command: ReviseProduct) -> ProductRevised:
    product = product_as_read(work.connection, command.product_uid, command.version)
    rule = _in_force(work, product.id)
    work.connection.execute(
        update(ProductRule).where(ProductRule.id == rule.id).values(superseded_at=work.recorded_at)
    )
    check_text("reason", command.reason.strip(), may_break=True)
    work.payload["rule_digest"] = insert_rule(
        work,
        product.id,
        command.rule,
        version=rule.version + 1,
        ingredients=command.ingredients,
        reason=command.reason,
    )
    return _changed(work, product, rule_version=rule.version + 1)


def _confirm(work: Work, command: ConfirmProduct) -> ProductRevised:
    product = product_as_read(work.connection, command.product_uid, command.version)
    rule = _in_force(work, product.id)
    known = {
        "the container type": rule.container_type,
        "the storage class": rule.storage_class,
        "the regulatory class": rule.regulatory_class,
        "where it is authorised": rule.authorised_in,
        "what it contains": rule.ingredients_known or None,
        **_sources(rule),
    }
    for missing, value in known.items():
        if not value:
            raise RuleIncomplete(name=product.name, missing=missing)
    work.connection.execute(
        update(ProductRule)
        .where(ProductRule.id == rule.id)
        .values(confirmed_at=work.recorded_at, confirmed_by_id=work.actor.person_id)
    )
    return _changed(work, product, rule_version=rule.version)


def _sources(rule: Row[Any]) -> dict[str, str]:
    """A life that somebody says comes from somewhere; where none is said none is asked for."""
    lives = (rule.in_use_minutes_room, rule.in_use_minutes_refrigerated)
    said: dict[str, str] = {}
    if any(life is not None for life in lives):
        said["where its life after opening is written"] = rule.in_use_source
    if rule.diluent_id is not None:
        said["where its life once dissolved is written"] = rule.reconstitution_source
    return said


def _changed(work: Work, product: Row[Any], *, rule_version: int) -> ProductRevised:
    version = product.version + 1
    work.connection.execute(
        update(Product).where(Product.id == product.id).values(version=version, updated_at=work.recorded_at)
    )
    work.payload.update(product=product.uid, version=version, rule_version=rule_version)
    return ProductRevised(product_uid=product.uid, version=version, rule_version=rule_version)
