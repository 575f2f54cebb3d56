"""How does a code that names the wrong product come to name the right one, and who said so?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import CodeOf, repoint_code_row
from stockroom.models import Product
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class RepointCode:
    """A code as it is from now on, the product that it names, and why."""

    product_uid: str
    code: CodeOf
    reason: str


@dataclass(frozen=True, kw_only=True)
class CodeRepointed:
    trade_item_uid: str
    from_product_uid: str


def repoint_code(
    store: Store, command: RepointCode, *, actor: Actor, key: str, now: datetime
) -> CodeRepointed:
    """Make a code name another product, or another pack of the same one; what was booked by it stays as it is.

    The journal keeps what it named before, and why that was changed.  Raises ThingNotFound for a product or
    code that nobody knows, InvalidValue where nothing would change or no reason is given, GTIN refusals.
    """
    return perform(
        store,
        Act(kind="code.repoint", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _repoint(work, command),
        answer=CodeRepointed,
        actor=actor,
        key=key,
        now=now,
    )


def _repoint(work: Work, command: RepointCode) -> CodeRepointed:
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="say why the code names another product")
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    before = repoint_code_row(work, product.id, command.code)
    if before.product_uid == product.uid and _pack(before.code) == _pack(command.code):
        raise InvalidValue(field="item_code", problem="it names this product and pack already")
    work.payload.update(
        trade_item=before.trade_item_uid,
        code=before.code.item_code,
        before={"product": before.product_uid, **_pack(before.code)},
        after={"product": product.uid, **_pack(command.code)},
        reason=command.reason.strip(),
    )
    return CodeRepointed(trade_item_uid=before.trade_item_uid, from_product_uid=before.product_uid)


def _pack(code: CodeOf) -> dict[str, object]:
    return {"pack_level": code.pack_level, "presentation_count": code.presentation_count}
