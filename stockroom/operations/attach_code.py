"""How does a product get a further code, at another pack level or from another supplier?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import CodeOf, insert_code
from stockroom.models import Product
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class AttachCode:
    product_uid: str
    code: CodeOf


@dataclass(frozen=True, kw_only=True)
class CodeAttached:
    trade_item_uid: str


def attach_code(store: Store, command: AttachCode, *, actor: Actor, key: str, now: datetime) -> CodeAttached:
    """Attach a code to a product.  Raises ThingNotFound, CodeTaken, InvalidValue, GTIN refusals."""
    return perform(
        store,
        Act(kind="code.attach", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _attach(work, command),
        answer=CodeAttached,
        actor=actor,
        key=key,
        now=now,
    )


def _attach(work: Work, command: AttachCode) -> CodeAttached:
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    uid = insert_code(work, product.id, command.code)
    work.payload.update(product=product.uid, trade_item=uid, code=command.code.item_code)
    return CodeAttached(trade_item_uid=uid)
