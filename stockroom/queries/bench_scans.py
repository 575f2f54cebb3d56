"""What does a scan in a session mean: which vials may it be, and how much of each?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.short_code import LONGEST, read_short_code
from stockroom.barcodes.unreadable import LabelUnreadable
from stockroom.clock import civil_date
from stockroom.models import (
    Container,
    Line,
    Location,
    Lot,
    Movement,
    Preparation,
    PreparationSession,
    Product,
)
from stockroom.queries.bench_needs import NeedLine, needs_of, open_need_of
from stockroom.reads.asked_things import choices, lay_out, read_asked
from stockroom.reads.named import Family
from stockroom.reads.promised_vials import as_drawn
from stockroom.reads.sessions import Visit, visit
from stockroom.reads.things import Asker
from stockroom.rules.against_plan import is_asked_for, must_be_meant
from stockroom.rules.scanning import HowMuch, Room, WhichVial, how_much, stops_of, which_vial
from stockroom.rules.usability import Purpose, Thing
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerState, IdentifiedBy, MovementKind, ProductKind, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawFacts:
    """What a quantity of a product is measured and proposed by."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    graduation_quantity: int
    usual_draw_quantity: int | None
    group_id: int | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class BenchScan:
    """What was pointed at, before anything is booked."""

    thing: ThingName
    identified_by: IdentifiedBy
    visit: Visit
    which: WhichVial
    product: DrawFacts | None
    """None when nothing of the lot is left."""
    place_uids: dict[int, str]
    """By location id, of every vial and shelf that `which` is about."""
    proposals: dict[int, HowMuch]
    """By location id, how much each would take."""
    once_opened: HowMuch | None
    """What the plan takes from the sealed one when it is opened now; None where the plan does not ask for it."""
    needs: tuple[NeedLine, ...]
    """What the session needs."""
    is_planned: bool
    """A need asks for it, it was made for this session, or nothing was planned at all."""
    was_meant: bool
    """It is used in this session already, or was opened for it: somebody has meant it."""

    stopped_by: Mapping[int, tuple[Rule, ...]]
    """By location id, what stops each from being used; what may not be used is refused, not asked about."""
    room: Room | None = None
    """Where it was scanned, at the tablet of a room."""

    @property
    def usable(self) -> frozenset[int]:
        """The location ids of those that nothing stops."""
        return frozenset(place for place, rules in self.stopped_by.items() if not rules)

    @property
    def meant(self) -> tuple[Thing, ...]:
        """Everything that may be meant."""
        return self.which.meant

    @property
    def must_be_meant(self) -> bool:
        """True where a substance that the plan does not ask for might be used or opened."""
        return any(map(self.has_to_be_meant, self.meant))

    def has_to_be_meant(self, thing: Thing) -> bool:
        """True for a usable substance that the plan does not ask for: somebody says first that it is meant."""
        is_asked_about = not (self.is_planned or self.was_meant)
        return is_asked_about and thing.location_id in self.usable and must_be_meant(thing)


def label_of_short_code(connection: Connection, clinic_id: int, text: str) -> str | None:
    """Give the label's text for a short code that was typed; None where the text is no code of something here.

    An open vial's code first, then a cocktail's.  One statement, or none.
    """
    if len(text.strip()) > LONGEST:
        return None
    try:
        code = read_short_code(text.strip())
    except LabelUnreadable:
        return None
    vial = select(Container.short_code).where(
        Container.clinic_id == clinic_id,
        Container.short_code == code,
        Container.state == ContainerState.OPEN,
    )
    if connection.execute(vial).first() is not None:
        return write_label(OwnLabel(LabelKind.CONTAINER, code))
    cocktail = select(Preparation.short_code).where(
        Preparation.clinic_id == clinic_id, Preparation.short_code == code, Preparation.lot_id.is_not(None)
    )
    if connection.execute(cocktail).first() is not None:
        return write_label(OwnLabel(LabelKind.PREPARATION, code))
    return None


def read_at_bench(
    connection: Connection,
    clinic_id: int,
    session_uid: str,
    thing: ThingName,
    *,
    now: datetime,
    room: Room | None = None,
) -> BenchScan:
    """Say what a scan or a chosen lot means in a session, at the tablet of a `room`; twelve statements at most.

    Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound (session, product
    code, lot, container, cocktail).
    """
    asked = read_asked(thing, today=civil_date(now, "UTC"))
    found = visit(connection, clinic_id, session_uid, names=asked.names)
    asker = Asker(patient_id=found.patient.patient_id, session_id=found.session_id)
    laid_out = lay_out(connection, clinic_id, [asked], found.found, asker=asker)
    here = choices(connection, clinic_id, asked, found.found, laid_out)
    which = which_vial(
        as_drawn(connection, clinic_id, here, patient_id=found.patient.patient_id),
        names_container=any(
            name.family in (Family.CONTAINER, Family.PREPARATION, Family.PLACE) for name in asked.names
        ),
        now=now,
        zone=found.zone,
        patient=found.patient,
        room=room,
    )
    meant = which.meant
    product = _draw_facts(connection, meant[0].product_id) if meant else None
    needs = needs_of(connection, clinic_id, [found.session_id]).get(found.session_id, ()) if meant else ()
    is_planned = product is None or _is_planned(
        connection, clinic_id, found.session_id, meant[0], product, needs
    )
    return BenchScan(
        thing=thing,
        identified_by=asked.identified_by,
        visit=found,
        which=which,
        product=product,
        place_uids=_place_uids(connection, clinic_id, meant) if meant else {},
        proposals={each.location_id: _proposal(each, product, needs) for each in meant} if product else {},
        once_opened=_once_opened(which.sealed, product, needs) if product else None,
        stopped_by=stops_of(meant, now=now, zone=found.zone, purpose=Purpose.USE, patient=found.patient),
        needs=needs,
        is_planned=is_planned,
        room=room,
        was_meant=not is_planned
        and _was_meant(connection, clinic_id, found.session_id, session_uid, product_id=meant[0].product_id),
    )


def _is_planned(
    connection: Connection,
    clinic_id: int,
    session_id: int,
    thing: Thing,
    product: DrawFacts,
    needs: tuple[NeedLine, ...],
) -> bool:
    wanted = [need.wanted for need in needs]
    if is_asked_for(wanted, product_id=thing.product_id, group_id=product.group_id):
        return True
    if product.kind == ProductKind.MANUFACTURED:
        return False
    made = (
        select(Preparation.id)
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == Preparation.clinic_id,
                PreparationSession.preparation_id == Preparation.id,
            ),
        )
        .where(
            Preparation.clinic_id == clinic_id,
            Preparation.lot_id == thing.lot_id,
            PreparationSession.session_id == session_id,
        )
    )
    return connection.execute(made).first() is not None


def _proposal(thing: Thing, product: DrawFacts, needs: tuple[NeedLine, ...]) -> HowMuch:
    return how_much(
        open_need=open_need_of(needs, product_id=thing.product_id, group_id=product.group_id),
        usual_draw=product.usual_draw_quantity,
        whole=thing.content_quantity,
        lying=thing.quantity,
        is_opened=thing.is_opened,
        graduation=product.graduation_quantity,
        container_type=thing.container_type,
    )


def _once_opened(sealed: Thing | None, product: DrawFacts, needs: tuple[NeedLine, ...]) -> HowMuch | None:
    """What the open need takes of a vial that is whole when it is opened."""
    if sealed is None:
        return None
    missing = open_need_of(needs, product_id=sealed.product_id, group_id=product.group_id)
    if not missing:
        return None
    return how_much(
        open_need=missing,
        usual_draw=product.usual_draw_quantity,
        whole=sealed.content_quantity,
        lying=sealed.content_quantity,
        is_opened=True,
        graduation=product.graduation_quantity,
        container_type=sealed.container_type,
    )


def _was_meant(
    connection: Connection, clinic_id: int, session_id: int, session_uid: str, *, product_id: int
) -> bool:
    """True when something of the product was used in the session or opened for it, and that stands."""
    turned = aliased(Line)
    stands = (
        select(Line.id)
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Lot.product_id == product_id, func.coalesce(Line.reverses_line_id, 0) == 0, turned.id.is_(None)
        )
        .limit(1)
    )
    used = stands.where(Line.clinic_id == clinic_id, Line.session_id == session_id)
    # By the session's own movements, not by every line of the clinic.
    opened = stands.join(
        Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
    ).where(
        func.coalesce(Movement.clinic_id, 0) == clinic_id,
        Movement.document_uid == session_uid,
        Movement.kind == MovementKind.OPEN,
    )
    return any(connection.execute(each).first() is not None for each in (used, opened))


def _draw_facts(connection: Connection, product_id: int) -> DrawFacts:
    row = connection.execute(
        select(
            Product.uid.label("product_uid"),
            Product.name,
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            Product.graduation_quantity,
            Product.usual_draw_quantity,
            Product.group_id,
            Product.kind,
        ).where(Product.id == product_id)
    ).one()
    return DrawFacts(**row._mapping)


def _place_uids(connection: Connection, clinic_id: int, meant: Iterable[Thing]) -> dict[int, str]:
    rows = connection.execute(
        select(Location.id, Location.uid).where(
            Location.clinic_id == clinic_id, Location.id.in_({each.location_id for each in meant})
        )
    )
    return {row.id: row.uid for row in rows}
