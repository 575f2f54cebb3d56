"""What is written beside the lines of a use?  Usage rows, areas, and what the opened containers learn of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from stockroom.db.base import table_of
from stockroom.db.built_once import adding
from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.ledger import facts, promises
from stockroom.ledger.encoding import canonical, sha256
from stockroom.ledger.facts import lot_facts, place_facts
from stockroom.ledger.lost_promises import lose_those_of_others
from stockroom.ledger.post import Posted, post
from stockroom.ledger.promises import Demand
from stockroom.models import Container, Usage, UsageArea
from stockroom.rules.posting import Draft, PlaceFacts
from stockroom.rules.using import AreaUse, Taking, draft_lines, is_dedicated_on_use
from stockroom.vocabulary import ContainerState, ContainerType, IdentifiedBy, LocationKind, MovementKind

# Statements of every use.
_DRAW = (
    update(table_of(Container))
    .where(Container.clinic_id == bindparam("clinic"), Container.location_id == bindparam("container"))
    .values(punctures=Container.punctures + bindparam("times"))
)
_DRAWN = Once(_DRAW)
_DRAWN_FOR_ONE = Once(_DRAW.values(patient_id=bindparam("served")))
_ADD_USAGES = Once(adding(Usage))
_ADD_AREAS = Once(adding(UsageArea))
_ORDER = (
    "line_id",
    "technique",
    "depth_um",
    "indication",
    "practitioner_id",
    "prescriber_id",
    "identified_by",
    "trade_item_id",
    "serial",
    "raw_scan",
)


@dataclass(frozen=True, kw_only=True)
class UsageOf:
    """What is known of one line to the patient beyond the line."""

    identified_by: IdentifiedBy
    technique: str | None = None
    depth_um: int | None = None
    indication: str | None = None
    practitioner_id: int | None = None
    prescriber_id: int | None = None
    trade_item_id: int | None = None
    serial: str | None = None
    raw_scan: str | None = None
    areas: tuple[AreaUse, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What a patient got, decided and ready to be booked; `usages` stand beside `takings`, one each."""

    session_id: int
    session_uid: str
    patient_id: int
    takings: tuple[Taking, ...]
    usages: tuple[UsageOf, ...]
    patient_place_id: int
    disposal_place_id: int
    adjustment_place_id: int
    has_promises: bool
    occurred_at: datetime
    reason: str = ""
    has_happened: bool = False
    """Recorded, not asked: promises that no longer fit are lost, closed periods take it as late."""


def book(work: Work, treatment: Treatment) -> Posted:
    """Post a treatment: its promises end, one movement, usages, and the containers note the draw.

    Raises NotEnoughOnHand, PromisedElsewhere (asked only), and what `post` raises.
    """
    _remember(work, treatment)
    lines, to_patient = draft_lines(
        treatment.takings,
        session_id=treatment.session_id,
        patient_id=treatment.patient_place_id,
        disposal_id=treatment.disposal_place_id,
        adjustment_id=treatment.adjustment_place_id,
    )
    settlement = promises.settle(
        work,
        _demands(treatment.takings),
        session_id=treatment.session_id,
        has_promises=treatment.has_promises,
        is_fact=treatment.has_happened,
    )
    draft = Draft(
        kind=MovementKind.USE,
        lines=lines,
        occurred_at=treatment.occurred_at,
        document_kind="session",
        document_uid=treatment.session_uid,
        reason=treatment.reason,
        is_recorded_late=treatment.has_happened,
        consumes=settlement.consumes,
        gives_way=settlement.gives_way,
    )
    posted = post(work, draft)
    promises.follow_up(work, settlement)
    line_ids = [posted.line_ids[index] for index in to_patient]
    write_usages(work, posted, line_ids, treatment.usages)
    note_drawings(work, treatment.takings, treatment.patient_id)
    _end_spent_heads(work, treatment)
    work.payload["session"] = treatment.session_uid
    return posted


def _remember(work: Work, treatment: Treatment) -> None:
    things = [each.thing for each in treatment.takings]
    accounts = {
        treatment.patient_place_id: LocationKind.PATIENT,
        treatment.disposal_place_id: LocationKind.DISPOSAL,
        treatment.adjustment_place_id: LocationKind.ADJUSTMENT,
    }
    facts.remember(
        work,
        lots=(lot_facts(each) for each in things),
        places=(
            *(place_facts(each) for each in things),
            *(PlaceFacts(location_id=place_id, kind=kind) for place_id, kind in accounts.items()),
        ),
    )


def _demands(takings: Iterable[Taking]) -> tuple[Demand, ...]:
    demands: dict[tuple[int, int], Demand] = {}
    for each in takings:
        thing = each.thing
        before = demands.get((thing.lot_id, thing.location_id))
        demands[thing.lot_id, thing.location_id] = Demand(
            lot_id=thing.lot_id,
            lot_number=thing.lot_number,
            location_id=thing.location_id,
            on_hand=thing.quantity,
            needed=each.from_books + (before.needed if before else 0),
            promised_to_others=thing.allocated,
        )
    return tuple(demands.values())


def write_usages(work: Work, posted: Posted, line_ids: Sequence[int], usages: Sequence[UsageOf]) -> None:
    """Insert the usages of these lines and their areas (two statements at most); journal their digest.

    The payload's `usages` gets {"movement": uid, "digest": …} for the movement.
    """
    rows = [_row(work, line_id, each) for line_id, each in zip(line_ids, usages, strict=True)]
    _ADD_USAGES.change_each(work.connection, rows)
    areas = [
        {"clinic_id": work.clinic_id, "line_id": line_id, "area": area.area, "quantity": area.quantity}
        for line_id, each in zip(line_ids, usages, strict=True)
        for area in each.areas
    ]
    if areas:
        _ADD_AREAS.change_each(work.connection, areas)
    digests = work.payload.setdefault("usages", [])
    assert isinstance(digests, list)
    digests.append({"movement": posted.uid, "digest": usages_digest(rows, areas)})


def _row(work: Work, line_id: int, usage: UsageOf) -> dict[str, Any]:
    return {
        "clinic_id": work.clinic_id,
        "line_id": line_id,
        "technique": usage.technique,
        "depth_um": usage.depth_um,
        "indication": usage.indication,
        "practitioner_id": usage.practitioner_id,
        "prescriber_id": usage.prescriber_id,
        "identified_by": usage.identified_by.value,
        "trade_item_id": usage.trade_item_id,
        "serial": usage.serial,
        "raw_scan": usage.raw_scan,
    }


def usages_digest(rows: Iterable[dict[str, Any]], areas: Iterable[dict[str, Any]]) -> str:
    """Give the digest under which the usages of one movement stand in its journal entry.

    SHA-256 of the canonical JSON [[usage in the order of _ORDER …], [[line_id, area, quantity] …]],
    usages by line_id, areas by (line_id, area).  `verify` computes it by itself.
    """
    said = [[row[name] for name in _ORDER] for row in sorted(rows, key=lambda row: row["line_id"])]
    where = sorted([each["line_id"], each["area"], each["quantity"]] for each in areas)
    return sha256(canonical([said, where]))


def _end_spent_heads(work: Work, treatment: Treatment) -> None:
    """A head that gave its last counted use is thrown away with it: there is nothing left to finish."""
    left: dict[int, int] = {}
    for each in treatment.takings:
        thing = each.thing
        if thing.is_opened and thing.container_type is ContainerType.COUNTED_USE:
            left[thing.location_id] = left.get(thing.location_id, thing.quantity) - each.from_books
    spent = [place for place, quantity in left.items() if quantity <= 0]
    if spent:
        work.connection.execute(
            update(Container)
            .where(Container.clinic_id == work.clinic_id, Container.location_id.in_(spent))
            .values(
                state=ContainerState.DISCARDED,
                closed_at=treatment.occurred_at,
                closed_by_id=work.actor.person_id,
            )
        )


def note_drawings(work: Work, takings: Iterable[Taking], patient_id: int) -> None:
    """Count the punctures of containers, and dedicate those that serve one patient only to the patient: what was
    promised of them to others is lost, with an alert.
    """
    drawn = [each.thing for each in takings if each.thing.is_opened]
    for location_id in dict.fromkeys(thing.location_id for thing in drawn):
        times = [thing for thing in drawn if thing.location_id == location_id]
        serves_one = is_dedicated_on_use(times[0]) and times[0].dedicated_patient_id is None
        note_draw(work, location_id, len(times), dedicated_to=patient_id if serves_one else None)
        if serves_one and times[0].allocated:
            lose_those_of_others(work, times[0].lot_id, location_id, patient_id=patient_id)


def note_draw(work: Work, container_id: int, times: int, *, dedicated_to: int | None) -> None:
    """Count so many punctures of one container, and dedicate it to a patient where one is given."""
    drawn: dict[str, int] = {"clinic": work.clinic_id, "container": container_id, "times": times}
    if dedicated_to is None:
        _DRAWN.change(work.connection, drawn)
    else:
        _DRAWN_FOR_ONE.change(work.connection, {**drawn, "served": dedicated_to})
