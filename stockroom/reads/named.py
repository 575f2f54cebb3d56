"""What do the codes, ids and words of a request name?  All of them at once, in one statement or in another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Row,
    Select,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from stockroom.db.columns import written
from stockroom.db.identifiers import is_uid
from stockroom.errors import ThingNotFound
from stockroom.models import (
    Authorisation,
    Container,
    Location,
    Lot,
    Person,
    Preparation,
    Product,
    ReferenceItem,
    TradeItem,
    TreatmentSession,
)
from stockroom.reads.trade_items import goes_by
from stockroom.vocabulary import ContainerState


class Family(StrEnum):
    """What kind of thing a name is the name of; the value is what people call it."""

    PACK = "product code"
    CONTAINER = "open container"
    PREPARATION = "cocktail"
    PLACE = "place"
    LOT = "lot"
    PRODUCT = "product"
    SESSION = "session"
    PERSON = "person"
    PRESCRIBER = "prescriber"
    INJECTOR = "injector"
    SESSION_INJECTOR = "injector of the session"
    """Its practitioner; the name is the session's."""
    AREA = "area"
    TECHNIQUE = "technique"
    INDICATION = "indication"


_BY_UID = frozenset(
    {Family.PLACE, Family.LOT, Family.PRODUCT, Family.SESSION, Family.PERSON, Family.PRESCRIBER}
)
WORD_KINDS: dict[Family, str] = {
    Family.AREA: "areas",
    Family.TECHNIQUE: "techniques",
    Family.INDICATION: "indications",
}
"""The kind of reference item in which each word stands."""


@dataclass(frozen=True, kw_only=True, order=True)
class Name:
    """A code, id or word as the request wrote it."""

    family: Family
    text: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """One row that a name means."""

    id: int
    other_id: int | None = None
    """Its product (trade item, lot), or its lot (container)."""
    says: str = ""


Found = Mapping[Name, tuple[Named, ...]]


def look_up(connection: Connection, clinic_id: int, names: Iterable[Name]) -> Found:
    """Give the rows that each name means, none where it means nothing, in one statement.

    Raises ThingNotFound for an id that is no id.
    """
    wanted = in_order(names)
    if not wanted:
        return {}
    statement = _look_up(tuple(name.family for name in wanted))
    return collect(wanted, connection.execute(statement, parameters(clinic_id, wanted)).all())


@lru_cache(maxsize=512)
def _look_up(families: tuple[Family, ...]) -> Select[Any]:
    return select(named_table(families))


def in_order(names: Iterable[Name]) -> tuple[Name, ...]:
    """Give each name once, in the one order in which `named_table` and `collect` count them."""
    wanted = tuple(sorted(set(names)))
    for name in wanted:
        if name.family in _BY_UID:
            _check_uid(name)
    return wanted


def named_table(families: tuple[Family, ...]) -> Subquery:
    """Give a table (n, named_id, other_id, says) of what names of these families mean, to join to another.

    It depends on the families alone, so that a statement is built once for each mix of them; the names
    themselves are its `parameters`.
    """
    branches = [_BRANCHES[family](n, bindparam(f"named_{n}")) for n, family in enumerate(families)]
    return union_all(*branches).subquery("named")


def parameters(clinic_id: int, wanted: tuple[Name, ...]) -> dict[str, object]:
    """Give what a statement with a `named_table` is run with."""
    return {"named_clinic": clinic_id} | {f"named_{n}": name.text for n, name in enumerate(wanted)}


def collect(wanted: tuple[Name, ...], rows: Iterable[Row[Any]]) -> Found:
    """Sort the rows of `named_table` by name."""
    found: dict[Name, tuple[Named, ...]] = dict.fromkeys(wanted, ())
    for row in rows:
        if row.n is not None:
            each = Named(id=row.named_id, other_id=row.other_id, says=row.says)
            found[wanted[row.n]] += (each,)
    return found


def required(found: Found, name: Name) -> Named:
    """Give the one row that a name means.  Raises ThingNotFound."""
    rows = found.get(name, ())
    if not rows:
        raise ThingNotFound(thing=name.family.value, uid=name.text[:40])
    return rows[0]


def _check_uid(name: Name) -> None:
    if not is_uid(name.text):
        raise ThingNotFound(thing=name.family.value, uid=name.text[:40])


_CLINIC: BindParameter[Any] = bindparam("named_clinic")


def _row(n: int, named_id: Any, other_id: Any = None, says: Any = None) -> Select[Any]:
    return select(
        literal(n).label("n"),
        named_id.label("named_id"),
        (cast(null(), BigInteger) if other_id is None else other_id).label("other_id"),
        (literal("", Text) if says is None else says).label("says"),
    )


def _trade_item(n: int, code: BindParameter[Any]) -> Select[Any]:
    return _row(n, TradeItem.id, TradeItem.product_id).where(goes_by(code))


def _container(n: int, code: BindParameter[Any]) -> Select[Any]:
    return _row(n, Container.location_id, Container.lot_id).where(
        Container.clinic_id == _CLINIC,
        Container.short_code == code,
        Container.state == written(ContainerState.OPEN),
    )


def _preparation(n: int, code: BindParameter[Any]) -> Select[Any]:
    return _row(n, Preparation.lot_id, Preparation.product_id).where(
        Preparation.clinic_id == _CLINIC, Preparation.short_code == code, Preparation.lot_id.is_not(None)
    )


def _place(n: int, uid: BindParameter[Any]) -> Select[Any]:
    return _row(n, Location.id, None, cast(Location.kind, Text)).where(
        Location.clinic_id == _CLINIC, Location.uid == uid
    )


def _lot(n: int, uid: BindParameter[Any]) -> Select[Any]:
    now_called = func.coalesce(Lot.superseded_by_id, Lot.id)
    return _row(n, now_called, Lot.product_id, Lot.number).where(Lot.clinic_id == _CLINIC, Lot.uid == uid)


def _product(n: int, uid: BindParameter[Any]) -> Select[Any]:
    return _row(n, Product.id, None, Product.base_unit + " " + Product.name).where(Product.uid == uid)


def _session(n: int, uid: BindParameter[Any]) -> Select[Any]:
    return _row(n, TreatmentSession.id).where(
        TreatmentSession.clinic_id == _CLINIC, TreatmentSession.uid == uid
    )


def _person(n: int, uid: BindParameter[Any]) -> Select[Any]:
    return _row(n, Person.id).where(Person.uid == uid, Person.is_system.is_(False))


def _prescriber(n: int, uid: BindParameter[Any]) -> Select[Any]:
    until = func.coalesce(cast(Authorisation.until_on, Text), "")
    return (
        _row(n, Person.id, None, cast(Authorisation.from_on, Text) + "/" + until)
        .join(Authorisation, Authorisation.person_id == Person.id)
        .where(Person.uid == uid, Authorisation.kind == "prescribe")
    )


def _injector(n: int, uid: BindParameter[Any]) -> Select[Any]:
    held = _row(n, Authorisation.id, None, _period_and_scope())
    return held.join(Person, Person.id == Authorisation.person_id).where(
        Person.uid == uid, Authorisation.kind == "inject"
    )


def _session_injector(n: int, uid: BindParameter[Any]) -> Select[Any]:
    held = _row(n, Authorisation.id, None, _period_and_scope())
    return held.join(TreatmentSession, TreatmentSession.practitioner_id == Authorisation.person_id).where(
        TreatmentSession.clinic_id == _CLINIC, TreatmentSession.uid == uid, Authorisation.kind == "inject"
    )


def _period_and_scope() -> Any:
    until = func.coalesce(cast(Authorisation.until_on, Text), "")
    return cast(Authorisation.from_on, Text) + "/" + until + "/" + Authorisation.scope


def _word(family: Family) -> Callable[[int, BindParameter[Any]], Select[Any]]:
    """A word is known when it stands in the reference data, or when there is no such data at all."""
    kind = WORD_KINDS[family]

    def branch(n: int, slug: BindParameter[Any]) -> Select[Any]:
        stands = select(ReferenceItem.slug).where(ReferenceItem.kind == kind)
        known = stands.where(ReferenceItem.slug == slug).exists() | ~stands.exists()
        return _row(n, literal(0)).where(known)

    return branch


_BRANCHES: dict[Family, Callable[[int, BindParameter[Any]], Select[Any]]] = {
    Family.PACK: _trade_item,
    Family.CONTAINER: _container,
    Family.PREPARATION: _preparation,
    Family.PLACE: _place,
    Family.LOT: _lot,
    Family.PRODUCT: _product,
    Family.SESSION: _session,
    Family.PERSON: _person,
    Family.PRESCRIBER: _prescriber,
    Family.INJECTOR: _injector,
    Family.SESSION_INJECTOR: _session_injector,
    Family.AREA: _word(Family.AREA),
    Family.TECHNIQUE: _word(Family.TECHNIQUE),
    Family.INDICATION: _word(Family.INDICATION),
}
