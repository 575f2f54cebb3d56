"""Which lists of care and upkeep leave as files?  Devices, protocols, courses, sharps boxes, what is open, reviews."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.db.transaction import CHANGES, DISCLOSURES, OF_ORGANISATION
from stockroom.queries.courses import running_courses
from stockroom.queries.devices import DeviceRow, devices_of
from stockroom.queries.journal_reviews import reviews
from stockroom.queries.open_things import open_things, with_stops
from stockroom.queries.protocols import protocols_by_name
from stockroom.queries.sharps_boxes import SharpsBoxRow, sharps_boxes, sharps_boxes_gone
from stockroom.vocabulary import SharpsReason, WasteStream
from stockroom.web.course_words import show_sessions, show_spacing
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_amount, show_word, today_here
from stockroom.web.patients_named import named_patients
from stockroom.web.sharps_page import REASONS, STREAMS
from stockroom.web.source_words import show_sources

blp = Blueprint("care_files", __name__, url_prefix="/c/<clinic_uid>")
EXPORT_ROWS = 20_000


@blp.get("/devices/devices.csv")
def devices_csv(clinic_uid: str) -> ResponseReturnValue:
    """The devices, room by room; with `?retired=1` those out of use as well."""
    with installation().reading() as connection:
        rows = devices_of(
            connection, acting().clinic_id, today=today_here(), with_retired=bool(request.args.get("retired"))
        )
    heads = [
        gettext("Device"), gettext("What it is"), gettext("Manufacturer"), gettext("UDI-DI, as printed (01)"),
        gettext("Serial"), gettext("Code on its label"), gettext("Room"), gettext("Serviced until"),
        gettext("State"),
    ]  # fmt: skip
    return csv_file("devices", heads, map(_device, rows))


def _device(each: DeviceRow) -> list[Cell]:
    return [
        each.name, each.kind_name, each.manufacturer, each.udi_di, each.serial, each.short_code, each.room,
        each.serviced_until if each.needs_service else gettext("needs none"), ", ".join(_states(each)),
    ]  # fmt: skip


def _states(each: DeviceRow) -> list[str]:
    if each.retired_at is not None:
        return [gettext("out of use")]
    found = [gettext("on hold")] if each.hold_reason else []
    if each.state.is_overdue:
        found.append(gettext("service overdue") if each.serviced_until else gettext("service not known"))
    if not each.state.is_clean:
        found.append(gettext("to be cleaned"))
    return found or [gettext("ready")]


@blp.get("/protocols/protocols.csv")
def protocols_csv(clinic_uid: str) -> ResponseReturnValue:
    """The protocols by name; those out of use last."""
    with installation().reading() as connection:
        rows = protocols_by_name(connection, with_retired=True)
    heads = [
        gettext("Protocol"), gettext("Purpose"), gettext("Sessions"), gettext("Apart"),
        gettext("A session takes"), gettext("From"), gettext("out of use"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.name, each.purpose, show_sessions(each.sessions_from, each.sessions_to),
            show_spacing(each.interval_from, each.interval_to, each.interval_unit), each.need_count,
            show_sources(each.sources), each.retired_at,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("protocols", heads, lines)


@blp.get("/courses/courses.csv")
def courses_csv(clinic_uid: str) -> ResponseReturnValue:
    """The courses that go on; that the patients were named is written down first, as on the page."""
    with installation().reading() as connection:
        rows = running_courses(connection, acting().clinic_id)
    patients = named_patients({each.patient_id: each.patient_uid for each in rows}, page="courses")
    heads = [gettext("Patient"), gettext("Course"), gettext("Done"), gettext("Sessions"), gettext("Next")]
    lines: Iterator[list[Cell]] = (
        [
            patients[each.patient_id].name if each.patient_id in patients else gettext("Erased record"),
            each.name, each.done_count, each.session_count, each.next_at,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("courses", heads, lines)


@blp.get("/sharps/sharps.csv")
def sharps_csv(clinic_uid: str) -> ResponseReturnValue:
    """The sharps boxes that stand here, then those that were collected."""
    with installation().reading() as connection:
        here = sharps_boxes(connection, acting().clinic_id)
        gone = sharps_boxes_gone(connection, acting().clinic_id, limit=EXPORT_ROWS)
    heads = [
        gettext("Box"), gettext("What goes into it"), gettext("Room"), gettext("Opened"), gettext("By"),
        gettext("Close by"), gettext("Closed"), gettext("By"), gettext("Why it is closed"),
        gettext("Collected"), gettext("By"), gettext("Note"),
    ]  # fmt: skip
    return csv_file("sharps-boxes", heads, map(_box, (*here, *gone)))


def _box(box: SharpsBoxRow) -> list[Cell]:
    why = None if box.close_reason is None else str(REASONS[SharpsReason(box.close_reason)])
    return [
        box.short_code, str(STREAMS[WasteStream(box.waste_stream)]), box.room, box.opened_at, box.opened_by,
        box.close_by_on, box.closed_at, box.closed_by, why, box.collected_at, box.collected_by,
        box.collection_note,
    ]  # fmt: skip


@blp.get("/open/open.csv")
def open_csv(clinic_uid: str) -> ResponseReturnValue:
    """Everything open, what ends first at the top; `place` narrows it."""
    shown = request.args.get("place", "")
    with installation().reading() as connection:
        clinic_id = acting().clinic_id
        things = with_stops(connection, clinic_id, open_things(connection, clinic_id), now=present())
    heads = [
        gettext("Code on its label"), gettext("Product"), gettext("Strength"), gettext("Lot"),
        gettext("Where"), gettext("Left"), gettext("Opened"), gettext("By"), gettext("Until"),
        gettext("Stopped by"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.short_code, each.product_name, each.strength, each.lot_number, each.place,
            show_amount(each.left_quantity, each.base_unit), each.since, each.by, each.beyond_use_at,
            ", ".join(show_word(rule.value) for rule in each.stopped_by),
        ]
        for each in things
        if not shown or each.place_uid == shown
    )  # fmt: skip
    return csv_file("open", heads, lines)


@blp.get("/journal/reviews/reviews.csv")
def reviews_csv(clinic_uid: str) -> ResponseReturnValue:
    """The stretches of one journal that were signed off, the newest first."""
    asked = request.args.get("stream", CHANGES)
    stream = asked if asked in (DISCLOSURES, OF_ORGANISATION) else CHANGES
    with installation().reading() as connection:
        rows = reviews(connection, acting().clinic_id, stream=stream, limit=EXPORT_ROWS)
    heads = ["stream", "first_seq", "through_seq", "reviewed_by", "reviewed_at", "comment"]
    lines: Iterator[list[Cell]] = (
        [each.stream, each.first_seq, each.through_seq, each.reviewed_by, each.reviewed_at, each.comment]
        for each in rows
    )
    return csv_file("journal-reviews", heads, lines)
