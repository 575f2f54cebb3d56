"""What do pages show that a clinic keeps beside its stock?  A count, an order, a return, a recall, a device, a course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from bench.catalogue_rows import CLINIC, ROOM_1, STORE
from stockroom import clock
from stockroom.db.store import Store
from stockroom.ledger.recall_notices import NoticeGiven
from stockroom.models import Balance, Line, Location, Lot, Patient, Product, Supplier
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.operations.load_reference import load_reference
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.open_recall import OpenRecall, open_recall
from stockroom.operations.plan_course import PlanCourse, plan_course
from stockroom.operations.print_labels import PrintLabels, print_labels
from stockroom.operations.receive import Receive, receive
from stockroom.operations.record_readings import ReadingOf, RecordReadings, record_readings
from stockroom.operations.register_device import DeviceFacts, RegisterDevice, register_device
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.operations.start_count import StartCount, start_count
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.operations.write_order import SetOrderLine, StartOrder, set_order_line, start_order
from stockroom.operations.write_protocol import WriteProtocol, write_protocol
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.reference import load
from stockroom.rules.overriding import Override
from stockroom.rules.planning import NeedOf
from stockroom.rules.protocols import ProtocolOf
from stockroom.rules.temperatures import Figures, Limits
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ArrivalState, LabelledKind, RecallClass, ReceivedHow, Rule, ScopeKind

Do = Callable[[Any, object], Any]
"""Does an operation with its command, as somebody who holds every role."""
USED_OFTEN = 100
"""So many uses has the lot that is recalled, or the nearest to it that there is."""


def begin(store: Store, do: Do) -> None:
    """Begin one of each, through the operations; the recall last, because it stops a lot."""
    shelf = uid_of(store, Location, STORE)
    do(load_reference, load())
    do(start_count, StartCount(location_uid=uid_of(store, Location, ROOM_1)))
    _order(store, do)
    _send_away(store, do)
    do(print_labels, PrintLabels(kind=LabelledKind.LOCATION, thing_uid=shelf, paper="roll-57-32"))
    do(register_device, RegisterDevice(facts=DeviceFacts(kind="mesogun", name="Bench gun", serial="1")))
    do(
        watch_place,
        WatchPlace(location_uid=shelf, is_read=True, limits=Limits(lowest_tenths=20, highest_tenths=80)),
    )
    warm = ReadingOf(location_uid=shelf, figures=Figures(now_tenths=120))
    do(record_readings, RecordReadings(readings=(warm,)))
    _course(store, do)
    _recall(store, do)


def uid_of(store: Store, model: Any, key: int = 1) -> str:
    """The public id of a row."""
    with store.reading() as connection:
        return str(connection.execute(select(model.uid).where(model.id == key)).scalar_one())


def open_one(store: Store, do: Do, product_uid: str) -> None:
    """Two vials of a liquid come in, and one of them is opened although nobody has confirmed what it is."""
    line = ArrivingLine(
        location_uid=uid_of(store, Location, STORE),
        product_uid=product_uid,
        lot_number="LIQUID-1",
        expires_on=clock.now().date() + timedelta(days=300),
        pack_count=2,
    )
    came = Receive(
        supplier_uid=uid_of(store, Supplier),
        delivery_note="PAGES",
        arrived_at=clock.now(),
        state_on_arrival=ArrivalState.GOOD,
        lines=(line,),
    )
    lot_uid = do(receive, came).lines[0].lot_uid
    override = Override(rules=frozenset({Rule.PRODUCT_INCOMPLETE}), reason="for the bench")
    do(open_container, OpenContainer(thing=ThingName(lot_uid=lot_uid), override=override))


def _order(store: Store, do: Do) -> None:
    order_uid = do(start_order, StartOrder(supplier_uid=uid_of(store, Supplier))).order_uid
    line = SetOrderLine(order_uid=order_uid, product_uid=uid_of(store, Product, 2), packs=3)
    do(set_order_line, line)


def _send_away(store: Store, do: Do) -> None:
    """Two pieces go back to the supplier, two to another clinic."""
    with store.reading() as connection:
        lot_id = connection.execute(
            select(Balance.lot_id)
            .where(Balance.clinic_id == CLINIC, Balance.location_id == ROOM_1)
            .order_by(Balance.quantity.desc(), Balance.lot_id.desc())
            .limit(1)
        ).scalar_one()
    goods = {
        "lot_uid": uid_of(store, Lot, lot_id),
        "from_uid": uid_of(store, Location, ROOM_1),
        "quantity": 2,
    }
    back = ReturnToSupplier(
        supplier_uid=uid_of(store, Supplier),
        reference="bench",
        reason="for the bench",
        lines=(ReturnLine(**goods),),
    )
    do(return_to_supplier, back)
    other = FoundClinic(
        name="Bench Clinic 2",
        time_zone="Europe/Sofia",
        country="BG",
        currency="EUR",
        books_begin_on=date(2020, 1, 1),
    )
    to_clinic_uid = do(found_clinic, other).clinic_uid
    do(dispatch_goods, DispatchGoods(to_clinic_uid=to_clinic_uid, lines=(DispatchLine(**goods),)))


def _course(store: Store, do: Do) -> None:
    needs = (NeedOf(product_uid=uid_of(store, Product, 3), quantity=2),)
    protocol = WriteProtocol(name="Bench protocol", says=ProtocolOf(reason="for the bench", sessions_from=4))
    protocol_uid = do(write_protocol, protocol).protocol_uid
    planned = tuple(clock.now() + timedelta(days=14 * n) for n in range(1, 5))
    course = PlanCourse(
        patient_uid=uid_of(store, Patient), protocol_uid=protocol_uid, planned=planned, needs=needs
    )
    do(plan_course, course)


def _recall(store: Store, do: Do) -> None:
    """A lot with a hundred uses is recalled; and an exercise with the same lot."""
    used = (
        select(Line.lot_id)
        .where(Line.clinic_id == CLINIC, Line.session_id.is_not(None))
        .group_by(Line.lot_id)
        .order_by(func.abs(func.count() - USED_OFTEN), Line.lot_id)
        .limit(1)
    )
    with store.reading() as connection:
        lot = connection.execute(
            select(Lot.number, Product.uid)
            .join(Product, Product.id == Lot.product_id)
            .where(Lot.id.in_(used))
        ).one()
    line = ConfirmedLine(product_uid=lot.uid, kind=ScopeKind.LOT, first=lot.number)
    notice = NoticeGiven(
        issuer="Maker",
        recall_class=RecallClass.II,
        reference="FSN 1",
        received_at=clock.now() - timedelta(hours=1),
        received_how=ReceivedHow.EMAIL,
    )
    do(open_recall, OpenRecall(title="Exercise", notice=None, lines=(line,), is_mock=True))
    do(open_recall, OpenRecall(title="Bench recall", notice=notice, lines=(line,)))
