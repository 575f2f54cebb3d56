"""What do the lines of a recall's notice find in the books, and may a case cover it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, select

from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.recall_holding import NumberKey
from stockroom.models import Clinic, Lot, Product, RecallCase, RecallLot, RecallScope
from stockroom.reads.finding import many_by_uid
from stockroom.reads.recall_cases import FirstCase, recalled_already, standing
from stockroom.rules.recalling import (
    LINES_MAX,
    KnownLot,
    Matched,
    PatternMatchesEverything,
    ScopeLine,
    check_line,
    match,
)
from stockroom.vocabulary import LotKind, ScopeKind, ScopeSource


@dataclass(eq=False, kw_only=True)
class AlreadyRecalled(Conflict):
    """The same notice, lot or product is recalled already; the error names the first case."""

    code: ClassVar[str] = "already_recalled"
    message: ClassVar[str] = extracted(
        "{what} is recalled already: {first}. Go on with that recall instead of a second one; a further notice is "
        "filed there."
    )
    what: str
    first: str
    case_uid: str
    """Of the first case; of the hold where there is no case."""


@dataclass(frozen=True, kw_only=True)
class ConfirmedLine:
    """A line of a notice as a person confirmed it."""

    product_uid: str
    kind: ScopeKind
    first: str = ""
    """The lot, or the first of the range, as printed."""
    last: str = ""
    pattern: str = ""
    source: ScopeSource = ScopeSource.TYPED
    covers_everything: bool = False
    """Whoever confirmed it was asked, and means every lot of the product that the books know."""

    @property
    def line(self) -> ScopeLine:
        return ScopeLine(
            product_uid=self.product_uid,
            kind=self.kind,
            first=self.first,
            last=self.last,
            pattern=self.pattern,
        )


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """A confirmed line, and what it comes to cover."""

    confirmed: ConfirmedLine
    product_id: int
    keys: tuple[NumberKey, ...]


def refuse_second(first: FirstCase | None, what: str) -> None:
    """Raise AlreadyRecalled when there is a first case."""
    if first is not None:
        called = f"R-{first.number} {first.title}" if first.number is not None else f"hold {first.uid}"
        raise AlreadyRecalled(what=what, first=called, case_uid=first.uid)


def known_lots(connection: Connection, product_ids: Collection[int] | None = None) -> tuple[KnownLot, ...]:
    """Give the manufacturers' lots in the books of every clinic, of these products or of all; one statement."""
    statement = (
        select(
            Product.uid.label("product_uid"),
            Lot.number,
            Lot.uid.label("lot_uid"),
            Clinic.uid.label("clinic_uid"),
        )
        .join(Product, Product.id == Lot.product_id)
        .join(Clinic, Clinic.id == Lot.clinic_id)
        .where(Lot.kind == LotKind.MANUFACTURED, Lot.superseded_by_id.is_(None))
        .order_by(Lot.number, Lot.clinic_id)
    )
    if product_ids is not None:
        statement = statement.where(Lot.product_id.in_(product_ids))
    return tuple(KnownLot(**row._mapping) for row in connection.execute(statement))


def read_lines(
    connection: Connection, lines: Sequence[ConfirmedLine], *, case_id: int | None, is_mock: bool
) -> tuple[ReadLine, ...]:
    """Hold confirmed lines against the books, and give what each comes to cover.

    `case_id`: of the case that they are added to.  An exercise may cover what is recalled.
    Raises InvalidValue, ThingNotFound, PatternMatchesEverything, AlreadyRecalled.
    """
    if not 0 < len(lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"one line at least and {LINES_MAX} at most")
    for each in lines:
        check_line(each.line)
    products = many_by_uid(connection, Product, {each.product_uid for each in lines}, thing="product")
    known = known_lots(connection, [row.id for row in products.values()])
    found = []
    for each in dict.fromkeys(lines):
        product = products[each.product_uid]
        matched = match(each.line, known)
        if matched.is_everything and not each.covers_everything:
            raise PatternMatchesEverything(
                pattern=each.line.said, product=product.name, count=len(matched.numbers)
            )
        found.append(ReadLine(confirmed=each, product_id=product.id, keys=_keys(product.id, matched)))
    if not is_mock:
        names = {row.id: row.name for row in products.values()}
        _refuse_recalled(connection, found, names, case_id)
    return tuple(found)


def _keys(product_id: int, matched: Matched) -> tuple[NumberKey, ...]:
    if matched.line.kind is ScopeKind.PRODUCT:
        return ((product_id, None),)
    if matched.line.kind is ScopeKind.LOT:
        return ((product_id, matched.line.first),)
    return tuple((product_id, number) for number in matched.numbers)


def _refuse_recalled(
    connection: Connection, lines: Iterable[ReadLine], names: dict[int, str], case_id: int | None
) -> None:
    """A line of which every number is held, or that stands in a case as it is, is no further recall."""
    read = list(lines)
    held = recalled_already(connection, [key for each in read for key in each.keys])
    same = _same_lines(connection, {each.product_id for each in read}, case_id)
    for each in read:
        said = each.confirmed.line
        what = f"{names[each.product_id]} {said.said}".strip()
        refuse_second(same.get((each.product_id, said.kind, said.first, said.last, said.pattern)), what)
        firsts = Counter(held[key] for key in each.keys if key in held)
        if each.keys and firsts.total() == len(each.keys):
            refuse_second(firsts.most_common(1)[0][0], what)


def _same_lines(
    connection: Connection, product_ids: Collection[int], case_id: int | None
) -> dict[tuple[int, ScopeKind, str, str, str], FirstCase]:
    """The ranges and patterns of cases that go on: a lot or a product is known by its hold."""
    rows = connection.execute(
        select(
            RecallScope.product_id,
            RecallScope.kind,
            RecallScope.first,
            RecallScope.last,
            RecallScope.pattern,
            RecallCase.uid,
            RecallCase.number,
            RecallCase.title,
        )
        .join(RecallCase, RecallCase.id == RecallScope.case_id)
        .where(
            RecallScope.product_id.in_(product_ids),
            RecallScope.kind.in_([ScopeKind.RANGE.value, ScopeKind.PATTERN.value]),
            RecallCase.is_mock.is_(False),
            standing() | (RecallCase.id == case_id),
        )
        .order_by(RecallScope.id.desc())
    )
    return {
        (row.product_id, ScopeKind(row.kind), row.first, row.last, row.pattern): FirstCase(
            uid=row.uid, number=row.number, title=row.title
        )
        for row in rows
    }


def covered_keys(connection: Connection, case_id: int) -> frozenset[NumberKey]:
    """Give the numbers that a case covers by now."""
    rows = connection.execute(
        select(RecallLot.product_id, RecallLot.lot_number).where(RecallLot.case_id == case_id)
    )
    return frozenset((row.product_id, row.lot_number) for row in rows)
