"""How often did patients react, by lot, product, recipe, area or practitioner?  Rows with names and counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stockroom.queries.reaction_rates import Event, Exposed
from stockroom.rules.reaction_signals import LotName, Tally, Threshold, Treated, tallies


class RatesBy(StrEnum):
    """By what sessions and reactions are counted."""

    LOT = "lot"
    PRODUCT = "product"
    RECIPE = "recipe"
    AREA = "area"
    PRACTITIONER = "practitioner"


GROUPS: dict[RatesBy, Callable[[Treated], Collection[Any]]] = {
    RatesBy.LOT: lambda session: session.lots,
    RatesBy.PRODUCT: lambda session: session.products,
    RatesBy.RECIPE: lambda session: session.recipes,
    RatesBy.AREA: lambda session: session.areas,
    RatesBy.PRACTITIONER: lambda session: session.operators,
}
"""To which groups a session belongs."""


@dataclass(frozen=True, kw_only=True)
class RateRow:
    """One group: what it is called, and its counts."""

    key: str
    """By which it is asked for: a uid or a slug; of a lot the uid of its product and its number."""
    name: str
    product: str = ""
    """Of a lot."""
    lot_uids: Mapping[str, str] = field(default_factory=dict)
    """Of a lot: its row in each clinic, by the clinic's uid."""
    tally: Tally


def rate_rows(exposed: Exposed, by: RatesBy, threshold: Threshold) -> list[RateRow]:
    """Give the groups with the most reactions first, then the most sessions, then by name."""
    found = tallies(exposed.sessions, GROUPS[by], threshold)
    rows = [_row(exposed, by, group, its) for group, its in found.items()]
    return sorted(
        rows, key=lambda row: (-row.tally.events, -row.tally.exposures, row.name.casefold(), row.key)
    )


def events_of(exposed: Exposed, by: RatesBy, key: str) -> list[Event]:
    """Give the reactions to the sessions of one group, the newest first."""
    sessions = {
        session.session_id
        for session in exposed.sessions
        if any(_key(exposed, by, group) == key for group in GROUPS[by](session))
    }
    found = [each for each in exposed.events if each.session_id in sessions]
    return sorted(found, key=lambda each: each.began_at, reverse=True)


def lot_key(lot: LotName) -> str:
    """By which a lot is asked for."""
    return f"{lot.product_uid}:{lot.number}"


def _key(exposed: Exposed, by: RatesBy, group: Any) -> str:
    if isinstance(group, LotName):
        return lot_key(group)
    if by is RatesBy.PRACTITIONER:
        return exposed.operators[group].uid
    return exposed.recipes[group].uid if by is RatesBy.RECIPE else str(group)


def _row(exposed: Exposed, by: RatesBy, group: Any, its: Tally) -> RateRow:
    key = _key(exposed, by, group)
    if isinstance(group, LotName):
        return RateRow(
            key=key,
            name=group.number,
            product=exposed.products[group.product_uid].name,
            lot_uids=exposed.lot_uids[group],
            tally=its,
        )
    names: dict[RatesBy, Callable[[], str]] = {
        RatesBy.PRODUCT: lambda: exposed.products[group].name,
        RatesBy.RECIPE: lambda: exposed.recipes[group].name,
        RatesBy.AREA: lambda: exposed.areas[group],
        RatesBy.PRACTITIONER: lambda: exposed.operators[group].name,
    }
    return RateRow(key=key, name=names[by](), tally=its)
