"""How does a supplier get another name, or is reached another way?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Supplier
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class SupplierChanged(Stale):
    """Somebody changed the supplier since it was read."""

    code: ClassVar[str] = "supplier_changed"
    message: ClassVar[str] = extracted(
        "{name} was changed by somebody else. Look at it again before you change it."
    )
    name: str


@dataclass(eq=False, kw_only=True)
class SupplierNameTaken(Refused):
    """Another supplier has this name."""

    code: ClassVar[str] = "supplier_name_taken"
    message: ClassVar[str] = extracted("There is a supplier called {name} already. Use it, or another name.")
    name: str


@dataclass(frozen=True, kw_only=True)
class ChangeSupplier:
    """What a supplier is called, and how it is reached."""

    supplier_uid: str
    version: int
    """The version that was read."""
    name: str
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class SupplierSaved:
    supplier_uid: str
    version: int


def change_supplier(
    store: Store, command: ChangeSupplier, *, actor: Actor, key: str, now: datetime
) -> SupplierSaved:
    """Change a supplier.  Raises ThingNotFound, SupplierChanged, InvalidValue, SupplierNameTaken."""
    return perform(
        store,
        Act(kind="supplier.change", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _change(work, command),
        answer=SupplierSaved,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: ChangeSupplier) -> SupplierSaved:
    if not command.name.strip():
        raise InvalidValue(field="name", problem="it has a name")
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    if supplier.version != command.version:
        raise SupplierChanged(name=supplier.name)
    taken = select(Supplier.id).where(Supplier.name == command.name, Supplier.id != supplier.id)
    if work.connection.execute(taken).first() is not None:
        raise SupplierNameTaken(name=command.name)
    work.connection.execute(
        update(Supplier)
        .where(Supplier.id == supplier.id)
        .values(
            name=command.name,
            contact=command.contact,
            version=supplier.version + 1,
            updated_at=work.recorded_at,
        )
    )
    note_sides(work, supplier._mapping, {"name": command.name})
    work.payload.update(supplier=supplier.uid, has_other_contact=supplier.contact != command.contact)
    return SupplierSaved(supplier_uid=supplier.uid, version=supplier.version + 1)
