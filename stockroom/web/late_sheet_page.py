"""A day on paper: its sessions with lines to write on, what lies where, a blank sheet.  A page that prints, and a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.outside.code_symbols import Symbol, data_matrix
from stockroom.queries.bench_today import DaySession, sessions_of_day
from stockroom.queries.stock import LotHere, lots_in_stock
from stockroom.web.day import Day, asked_day
from stockroom.web.formats import show_amount, show_day, show_time, show_wall, zone_of_page
from stockroom.web.patients_named import named_patients

blp = Blueprint("late_sheet_page", __name__, url_prefix="/c/<clinic_uid>/late/sheets")
FREE_LINES = 5
BLANK_LINES = 24


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A session as its sheet says it."""

    session: DaySession
    name: str
    code: str
    symbol: Symbol

    @property
    def head(self) -> str:
        return f"{show_time(self.session.planned_at)}  {self.name}"

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(
            f"{each.name}: {show_amount(each.quantity, each.base_unit)}" for each in self.session.needs
        )


@dataclass(frozen=True, kw_only=True)
class Room:
    name: str
    visits: tuple[Visit, ...]


@dataclass(frozen=True, kw_only=True)
class Lying:
    """A lot at a place as the sheet of the shelf says it."""

    product: str
    place: str
    lot: str
    good_until: str
    there: str
    is_usable: bool


@blp.get("")
def sheets(clinic_uid: str) -> ResponseReturnValue:
    """The sheets as a page, to be printed from here."""
    day = asked_day()
    return render_template(
        "late/sheets.html",
        day=day,
        rooms=_rooms(day),
        shelf=_shelf(),
        heads=_heads(),
        blank_heads=_blank_heads(),
        free_lines=FREE_LINES,
        blank_lines=BLANK_LINES,
        printed_at=_on_paper(present()),
    )


@blp.get("/sheets.pdf")
def pdf(clinic_uid: str) -> Response:
    """The sheets as a PDF."""
    from stockroom.outside.day_sheet import (  # dear to load: not at the start
        DayWords,
        RoomOnPaper,
        SessionOnPaper,
        ShelfRow,
        day_sheets,
    )

    day = asked_day()
    printed = gettext("Printed %(at)s.", at=_on_paper(present()))
    words = DayWords(
        title=gettext("Day sheet, %(day)s", day=show_day(day.on)),
        below=gettext("%(printed)s Write what was really used, then enter it under Late entry.", printed=printed),
        heads=_heads(),
        no_sessions=gettext("No session is planned on this day."),
        shelf_title=gettext("What lies where"),
        shelf_below=gettext("%(printed)s Of each product take what stands first.", printed=printed),
        shelf_heads=(
            gettext("Product"), gettext("Place"), gettext("Lot"), gettext("Good until"), gettext("There"),
            gettext("Taken"),
        ),
        blank_title=gettext("What happened besides"),
        blank_below=gettext("Opened, thrown away, made, delivered, or used in a session that is not on the list."),
        blank_heads=_blank_heads(),
    )  # fmt: skip
    rooms = [
        RoomOnPaper(
            name=room.name,
            sessions=tuple(
                SessionOnPaper(
                    head=visit.head,
                    below=visit.session.practitioner or "",
                    needs=visit.needs,
                    code=visit.code,
                    symbol=visit.symbol,
                )
                for visit in room.visits
            ),
        )
        for room in _rooms(day)
    ]
    warning = gettext("do not use")
    shelf = [
        ShelfRow(
            product=each.product,
            place=each.place,
            lot=each.lot,
            good_until=each.good_until,
            there=each.there,
            warning="" if each.is_usable else warning,
        )
        for each in _shelf()
    ]
    sheet = day_sheets(words, rooms, shelf, free_lines=FREE_LINES, blank_lines=BLANK_LINES)
    answer = Response(sheet, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="day-sheet-{day.on}.pdf"'
    return answer


def _on_paper(at: datetime) -> str:
    """An instant with its day: paper does not know which day is today."""
    return show_wall(at.astimezone(ZoneInfo(zone_of_page())))


def _heads() -> tuple[str, ...]:
    return (
        gettext("What"),
        gettext("Lot, or code on it"),
        gettext("How much"),
        gettext("Time"),
        gettext("Who"),
    )


def _blank_heads() -> tuple[str, ...]:
    return (
        gettext("Time"), gettext("What happened"), gettext("Patient or session"), gettext("Product"),
        gettext("Lot or code"), gettext("How much"), gettext("Who"),
    )  # fmt: skip


def _rooms(day: Day) -> list[Room]:
    """The day's sessions by room, in their order; what has no room last."""
    actor = acting()
    with installation().reading() as connection:
        sessions = sessions_of_day(connection, actor.clinic_id, begins_at=day.begins_at, ends_at=day.ends_at)
    patients = named_patients({each.patient_id: each.patient_uid for each in sessions}, page="day_sheet")
    found: dict[str | None, list[Visit]] = {}
    for each in sessions:
        code = write_label(OwnLabel(LabelKind.SESSION, each.short_code))
        who = patients.get(each.patient_id)
        visit = Visit(
            session=each, name=who.name if who else gettext("Erased"), code=code, symbol=data_matrix(code)
        )
        found.setdefault(each.room, []).append(visit)
    names = sorted(found, key=lambda name: (name is None, name or ""))
    return [Room(name=name or gettext("No room yet"), visits=tuple(found[name])) for name in names]


def _shelf() -> list[Lying]:
    """What lies here: by product, what is to be taken first at the top, what must not be taken last."""
    with installation().reading() as connection:
        lots = lots_in_stock(connection, acting().clinic_id, now=present())
    return [_lying(each) for each in sorted(lots, key=_first_out)]


def _first_out(lot: LotHere) -> tuple[str, bool, bool, bool, str]:
    limit = lot.beyond_use_at or lot.expires_at
    until = str(lot.expires_on) if limit is None and lot.expires_on else limit.isoformat() if limit else ""
    product = f"{lot.product_name} {lot.strength}".casefold()
    return product, not lot.is_usable, lot.container_code is None, not until, until


def _lying(lot: LotHere) -> Lying:
    is_vial = lot.container_code is not None
    place = lot.location_name
    if is_vial:
        place = gettext("%(place)s, opened %(code)s", place=lot.standing_name or "", code=lot.container_code)
    there = show_amount(lot.quantity, lot.base_unit)
    if not is_vial and lot.content_quantity > 1:
        whole = lot.quantity // lot.content_quantity
        there = gettext(
            "%(count)s of %(content)s", count=whole, content=show_amount(lot.content_quantity, lot.base_unit)
        )
    if lot.beyond_use_at is not None or lot.expires_at is not None:
        until = _on_paper(lot.beyond_use_at or lot.expires_at or present())
    else:
        until = show_day(lot.expires_on)
    return Lying(
        product=f"{lot.product_name} {lot.strength}".strip(),
        place=place,
        lot=lot.lot_number,
        good_until=until,
        there=there,
        is_usable=lot.is_usable,
    )
