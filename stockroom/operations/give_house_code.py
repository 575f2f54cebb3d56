"""How does a product whose packs bear no code get one that this house prints on them itself?

A GTIN for use within one company: prefix 04, ten digits of the house's choice, a check digit (GS1 General
Specifications, section 2.1.11: Restricted Circulation Numbers within a company).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.barcodes.gtin import house_gtin
from stockroom.db.columns import written
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import CodeOf, insert_code
from stockroom.models import Product, TradeItem
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, CodeScheme

_HOUSE_PREFIX = house_gtin(0)[:3]


@dataclass(eq=False, kw_only=True)
class HasACode(Refused):
    """The product's single pieces bear a code already."""

    code = "has_a_code"
    message = extracted("{product} has the code {item_code} already. Print that one.")
    product: str
    item_code: str


@dataclass(frozen=True, kw_only=True)
class GiveHouseCode:
    product_uid: str


@dataclass(frozen=True, kw_only=True)
class HouseCodeGiven:
    trade_item_uid: str
    gtin: str


def give_house_code(
    store: Store, command: GiveHouseCode, *, actor: Actor, key: str, now: datetime
) -> HouseCodeGiven:
    """Give single presentations of a product a GTIN of the house.  Raises ThingNotFound, HasACode."""
    return perform(
        store,
        Act(kind="code.of_house", action=Action.PRINT_LABEL, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _give(work, command),
        answer=HouseCodeGiven,
        actor=actor,
        key=key,
        now=now,
    )


def _give(work: Work, command: GiveHouseCode) -> HouseCodeGiven:
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    known = work.connection.execute(
        select(TradeItem.code).where(
            TradeItem.product_id == product.id,
            TradeItem.scheme == CodeScheme.GTIN,
            TradeItem.presentation_count == 1,
        )
    ).first()
    if known is not None:
        raise HasACode(product=product.name, item_code=known.code)
    gtin = house_gtin(_next_number(work))
    code = CodeOf(
        scheme=CodeScheme.GTIN, item_code=gtin, pack_level=product.presentation, presentation_count=1
    )
    uid = insert_code(work, product.id, code)
    work.payload.update(product=product.uid, trade_item=uid, code=gtin)
    return HouseCodeGiven(trade_item_uid=uid, gtin=gtin)


def _next_number(work: Work) -> int:
    """The number behind the highest one; the organisation's journal lets in one act at a time."""
    highest: str | None = work.connection.execute(
        select(func.max(TradeItem.code)).where(
            TradeItem.scheme == written(CodeScheme.GTIN),
            TradeItem.code >= _HOUSE_PREFIX,
            TradeItem.code < _HOUSE_PREFIX + "~",
        )
    ).scalar_one()
    return 1 if highest is None else int(highest[3:13]) + 1
