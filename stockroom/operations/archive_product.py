"""How is a product taken off the lists from which one chooses, and put back?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Product
from stockroom.reads.products import product_as_read
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class ArchiveProduct:
    """A product that nobody orders or plans with any more; what is in stock of it is used up as before."""

    product_uid: str
    version: int
    """The version that was read."""
    is_archived: bool = True
    """False puts it back on the lists."""


@dataclass(frozen=True, kw_only=True)
class ProductArchived:
    product_uid: str
    version: int


def archive_product(
    store: Store, command: ArchiveProduct, *, actor: Actor, key: str, now: datetime
) -> ProductArchived:
    """Take a product off the lists, or put it back.  Raises ThingNotFound, ProductChanged, NotManufactured."""
    return perform(
        store,
        Act(kind="product.archive", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _archive(work, command),
        answer=ProductArchived,
        actor=actor,
        key=key,
        now=now,
    )


def _archive(work: Work, command: ArchiveProduct) -> ProductArchived:
    product = product_as_read(work.connection, command.product_uid, command.version)
    archived_at = (product.archived_at or work.recorded_at) if command.is_archived else None
    work.connection.execute(
        update(Product)
        .where(Product.id == product.id)
        .values(archived_at=archived_at, version=product.version + 1, updated_at=work.recorded_at)
    )
    note_sides(work, product._mapping, {"archived_at": archived_at})
    work.payload.update(product=product.uid, archived=command.is_archived)
    return ProductArchived(product_uid=product.uid, version=product.version + 1)
