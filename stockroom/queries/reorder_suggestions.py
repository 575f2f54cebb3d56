"""What should a clinic order, reckoned product by product?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from stockroom.queries.clinics import NamedClinic, named_clinics
from stockroom.queries.reorder_stock import Drafted, Held, drafted, held, used
from stockroom.queries.suppliers import Offer, offers_of
from stockroom.reads.orders_owed import owed_lines
from stockroom.rules.reordering import OnOrder, Pack, Shelf, Suggestion, suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """Whole presentations that another clinic has usable above its target."""

    clinic: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Reorder:
    """A product, who sells it, and what should be ordered of it."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    offer: Offer | None
    """How the preferred supplier sells it; None where nobody is known to."""
    suggestion: Suggestion
    surplus: tuple[Surplus, ...] = ()
    """What of it the asker's other clinics have above their targets, by name of the clinic."""
    drafted: tuple[Drafted, ...] = ()
    """Drafts that ask for it: not on order yet, and not reckoned with."""


@dataclass(frozen=True, kw_only=True)
class ClinicReorder:
    """What one clinic should order."""

    clinic: NamedClinic
    rows: tuple[Reorder, ...]


def reorder_suggestions(
    connection: Connection, clinic_id: int, *, now: datetime, sister_ids: Iterable[int] = ()
) -> tuple[Reorder, ...]:
    """Give every product of the clinic with what should be ordered of it; none is passed over.

    That is: what has a minimum, lies here, is on order or on a draft, or was used lately.  What is to be ordered
    comes first, then what has no minimum.  `sister_ids` are the asker's other clinics, whose surplus is shown.
    """
    (found,) = reorder_of_clinics(connection, (clinic_id,), now=now, sister_ids=sister_ids)
    return found.rows


def reorder_of_clinics(
    connection: Connection, clinic_ids: Sequence[int], *, now: datetime, sister_ids: Iterable[int] = ()
) -> tuple[ClinicReorder, ...]:
    """Give what each of these clinics should order, by name of the clinic; a clinic's surplus is shown to the others.

    As many statements for one product as for a thousand: one, and for each clinic eight and those that find the
    start of the use in the journal (`first_since`); four for each further sister.
    """
    stock = {each: held(connection, each, now=now) for each in {*clinic_ids, *sister_ids}}
    names = {each.id: each for each in named_clinics(connection, stock)}
    above = {each: _above_target(rows) for each, rows in stock.items()}
    found = []
    for clinic_id in clinic_ids:
        others = [(names[each].name, counts) for each, counts in above.items() if each != clinic_id]
        rows = _of_clinic(connection, clinic_id, stock[clinic_id], now=now, others=others)
        found.append(ClinicReorder(clinic=names[clinic_id], rows=rows))
    return tuple(sorted(found, key=lambda each: (each.clinic.name.casefold(), each.clinic.uid)))


def _of_clinic(
    connection: Connection,
    clinic_id: int,
    stock: Sequence[Held],
    *,
    now: datetime,
    others: Sequence[tuple[str, Mapping[int, int]]],
) -> tuple[Reorder, ...]:
    used_here = used(connection, clinic_id, now=now)
    coming = _coming(connection, clinic_id)
    drafts = drafted(connection, clinic_id)
    concerned = [
        row
        for row in stock
        if row.minimum_count is not None or row.lying or row.id in used_here or row.id in coming
        or row.id in drafts
    ]  # fmt: skip
    offers = offers_of(connection, [row.product_uid for row in concerned])
    found = [
        _reorder(
            row,
            offers.get(row.product_uid),
            used_quantity=used_here.get(row.id, 0),
            coming=tuple(coming.get(row.id, ())),
            surplus=_surplus(row.id, others),
            drafts=tuple(drafts.get(row.id, ())),
        )
        for row in concerned
    ]
    return tuple(sorted(found, key=_rank))


def _rank(each: Reorder) -> tuple[bool, bool, str, str]:
    is_ordered = each.suggestion.suggested_count > 0
    return (not is_ordered, each.suggestion.has_minimum, each.name.casefold(), each.strength)


def _reorder(
    row: Held,
    offer: Offer | None,
    *,
    used_quantity: int,
    coming: tuple[OnOrder, ...],
    surplus: tuple[Surplus, ...],
    drafts: tuple[Drafted, ...],
) -> Reorder:
    content = row.content_quantity
    shelf = Shelf(
        usable_count=row.sealed // content,
        promised_count=-(-row.promised // content),
        on_order=coming,
        minimum_count=row.minimum_count,
        target_count=row.target_count,
        used_count=-(-used_quantity // content),
        surplus_elsewhere_count=sum(each.count for each in surplus),
        opened_quantity=row.opened,
    )
    pack = Pack() if offer is None else Pack(count=offer.pack_count, lead_time_days=offer.lead_time_days)
    return Reorder(
        product_uid=row.product_uid,
        name=row.name,
        strength=row.strength,
        presentation=row.presentation,
        base_unit=row.base_unit,
        content_quantity=content,
        offer=offer,
        suggestion=suggest(shelf, pack),
        surplus=surplus,
        drafted=drafts,
    )


def _coming(connection: Connection, clinic_id: int) -> dict[int, list[OnOrder]]:
    """What suppliers still owe the clinic of each product; one statement."""
    found: dict[int, list[OnOrder]] = defaultdict(list)
    for line in owed_lines(connection, clinic_id):
        found[line.product_id].append(
            OnOrder(count=line.owed_count, expected_on=line.due_on, none_until=line.none_until)
        )
    return found


def _above_target(rows: Sequence[Held]) -> dict[int, int]:
    """Whole presentations of each product that are usable above its target; what has no target is no surplus."""
    found = {
        row.id: row.sealed // row.content_quantity - row.target_count
        for row in rows
        if row.target_count is not None
    }
    return {product_id: count for product_id, count in found.items() if count > 0}


def _surplus(product_id: int, others: Sequence[tuple[str, Mapping[int, int]]]) -> tuple[Surplus, ...]:
    found = (
        Surplus(clinic=name, count=counts[product_id]) for name, counts in others if product_id in counts
    )
    return tuple(sorted(found, key=lambda each: each.clinic.casefold()))
