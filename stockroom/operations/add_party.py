"""How does a manufacturer, a supplier or a group of equivalents come to be known?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Manufacturer, ProductGroup, Supplier
from stockroom.vocabulary import Action


class PartyKind(StrEnum):
    MANUFACTURER = "manufacturer"
    SUPPLIER = "supplier"
    PRODUCT_GROUP = "product_group"


@dataclass(eq=False, kw_only=True)
class NameTaken(Refused):
    """Another one of this kind has this name."""

    code: ClassVar[str] = "name_taken"
    message: ClassVar[str] = extracted("There is a {kind} called {name} already. Use it, or another name.")
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class AddParty:
    kind: PartyKind
    name: str
    contact: str = ""
    """How a supplier is reached; empty for the others."""


@dataclass(frozen=True, kw_only=True)
class PartyAdded:
    uid: str


_MODELS: dict[PartyKind, Any] = {
    PartyKind.MANUFACTURER: Manufacturer,
    PartyKind.SUPPLIER: Supplier,
    PartyKind.PRODUCT_GROUP: ProductGroup,
}


def add_party(store: Store, command: AddParty, *, actor: Actor, key: str, now: datetime) -> PartyAdded:
    """Add a manufacturer, a supplier or a group of equivalents under a name of its own.

    Raises InvalidValue for an empty name, NameTaken.
    """
    return perform(
        store,
        Act(kind=f"{command.kind}.add", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _add(work, command),
        answer=PartyAdded,
        actor=actor,
        key=key,
        now=now,
    )


def _add(work: Work, command: AddParty) -> PartyAdded:
    if not command.name.strip():
        raise InvalidValue(field="name", problem="it has a name")
    model = _MODELS[command.kind]
    if work.connection.execute(select(model.id).where(model.name == command.name)).first() is not None:
        raise NameTaken(kind=command.kind.value.replace("_", " "), name=command.name)
    uid = new_uid(work.now)
    values: dict[str, object] = {"uid": uid, "name": command.name}
    if command.kind is not PartyKind.PRODUCT_GROUP:
        values |= {"created_at": work.recorded_at, "updated_at": work.recorded_at}
    if command.kind is PartyKind.SUPPLIER:
        values["contact"] = command.contact
    work.connection.execute(insert(model).values(values))
    work.payload[command.kind.value] = uid
    return PartyAdded(uid=uid)
