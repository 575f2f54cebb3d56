"""What does the demo keep beside its goods?  Devices, sharps boxes, who may do what, and how somebody reacted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from stockroom.demo.town import House, Town, minutes
from stockroom.demo.visits import Booking
from stockroom.operations.authorise import Authorise, authorise
from stockroom.operations.keep_device import CleanDevice, HoldDevice, clean_device, hold_device
from stockroom.operations.keep_sharps_box import (
    CloseSharpsBox,
    CollectSharpsBox,
    OpenSharpsBox,
    close_sharps_box,
    collect_sharps_box,
    open_sharps_box,
)
from stockroom.operations.print_labels import PrintLabels, print_labels
from stockroom.operations.record_reaction import (
    AmendReaction,
    RecordReaction,
    WhatIsKnown,
    amend_reaction,
    record_reaction,
)
from stockroom.operations.register_device import DeviceFacts, RegisterDevice, register_device
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.vocabulary import LabelledKind, ReactionOutcome, ReactionSeverity, SharpsReason, WasteStream

_DEVICES = (
    ("mesogun", "Demo Mesogun", "09520000009911", "MG-0001", "Room 1", 200),
    ("automated-injector", "Demo Injector", "09520000009928", "AI-0042", "Room 1", 10),
    ("electroporation-device", "Demo Wave", "09520000009935", "EW-0007", "Room 2", -3),
    ("ultrasound-device", "Demo Sonic", "09520000009942", "US-0003", "Room 2", 90),
)
_MORE_ACTS = {
    "practitioner": ("receive", "check", "release_hold", "override"),
    "nurse": ("receive", "check"),
    "manager": ("receive", "release_hold", "override"),
}


def authorise_people(town: Town, house: House, *, begin_on: date, at: datetime) -> None:
    """Write down what each may do beside the profession, with the evidence."""
    for role, kinds in _MORE_ACTS.items():
        for kind in kinds:
            grant = Authorise(
                person_uid=house.person_uids[role],
                kind=kind,
                from_on=begin_on,
                training=f"Demo training: {kind.replace('_', ' ')}",
                trained_on=begin_on - timedelta(days=30),
                file_reference="Demo binder 4",
            )
            town.do(authorise, grant, by=house.actors["administrator"], at=at)


def open_boxes(town: Town, house: House, at: datetime) -> None:
    """A sharps box in each room."""
    for room, stream in (("Room 1", WasteStream.SHARPS_MEDICINAL), ("Room 2", WasteStream.SHARPS_MEDICINAL)):
        box = OpenSharpsBox(room_uid=house.shelves[room].uid, waste_stream=stream)
        house.box_uids[room] = town.do(open_sharps_box, box, by=house.actors["nurse"], at=at).box_uid


def keep_things(town: Town, house: House, at: datetime) -> None:
    """The devices, of which one is overdue and one on hold; a full box goes and another one is opened."""
    today = at.astimezone(house.zone).date()
    for kind, name, udi, serial, room, days in _DEVICES:
        facts = DeviceFacts(
            kind=kind,
            name=name,
            manufacturer="Demo Devices",
            udi_di=udi,
            serial=serial,
            room_uid=house.shelves[room].uid,
        )
        known = RegisterDevice(facts=facts, serviced_until=today + timedelta(days=days))
        uid = town.do(register_device, known, by=house.actors["manager"], at=at).device_uid
        house.device_uids[name] = uid
        label = PrintLabels(kind=LabelledKind.DEVICE, thing_uid=uid, paper="roll-57-32")
        town.do(print_labels, label, by=house.actors["nurse"], at=at)
    held = HoldDevice(device_uid=house.device_uids["Demo Sonic"], reason="demo: it hums")
    town.do(hold_device, held, by=house.actors["nurse"], at=at)
    nurse, full = house.actors["nurse"], house.box_uids["Room 1"]
    town.do(
        close_sharps_box, CloseSharpsBox(box_uid=full, reason=SharpsReason.THREE_QUARTERS), by=nurse, at=at
    )
    town.do(collect_sharps_box, CollectSharpsBox(box_uid=full, note="Demo Waste, note 1207"), by=nurse, at=at)
    again = OpenSharpsBox(room_uid=house.shelves["Room 1"].uid, waste_stream=WasteStream.SHARPS_MEDICINAL)
    town.do(open_sharps_box, again, by=nurse, at=at)


def use_the_gun(town: Town, house: House, booking: Booking, at: datetime) -> None:
    """The mesogun stands in a session; the patient before had it cleaned away."""
    device = house.device_uids["Demo Mesogun"]
    nurse = house.actors["nurse"]
    town.do(clean_device, CleanDevice(device_uid=device, how="demo: wiped"), by=nurse, at=at)
    town.do(use_device, UseDevice(session_uid=booking.session_uid, device_uid=device), by=nurse, at=at)
    house.with_gun.append(booking.session_uid)


def somebody_reacts(town: Town, house: House, booking: Booking, at: datetime) -> None:
    """A bruise is written down after a session, and how it went on."""
    began = at - minutes(1)
    known = WhatIsKnown(
        effect="bruising",
        severity=ReactionSeverity.MILD,
        began_at=began,
        outcome=ReactionOutcome.ONGOING,
        note="demo: left cheek, two points",
    )
    record = RecordReaction(session_uid=booking.session_uid, known=known)
    first = town.do(record_reaction, record, by=house.actors["nurse"], at=at)
    later = WhatIsKnown(
        effect="bruising",
        severity=ReactionSeverity.MODERATE,
        began_at=began,
        outcome=ReactionOutcome.RECOVERING,
        note="demo: the patient rang, it is larger",
    )
    amended = AmendReaction(reaction_uid=first.reaction_uid, known=later)
    town.do(amend_reaction, amended, by=house.actors["practitioner"], at=at + minutes(0.5))
