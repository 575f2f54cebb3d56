"""The temperature log: every place now, and one place in a month as page, PDF and file."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.changed_since import Correction
from stockroom.queries.temperatures import (
    LoggedRow,
    MonthLog,
    excursions,
    logged_rows,
    month_log,
    places_now,
)
from stockroom.rules.temperatures import Figures, Judgement, Limits, ReadingSource, celsius, judge
from stockroom.web.changed_since import CHANGED
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import (
    show_word,
    today_here,
    zone_of_page,
)
from stockroom.web.record_words import in_place_words, taken_back_words
from stockroom.web.temperature_picture import temperature_picture

blp = Blueprint("temperature_page", __name__, url_prefix="/c/<clinic_uid>/temperatures")
READINGS_SHOWN = 40
_UNDECIDED_SHOWN = 50


@blp.get("")
def temperatures(clinic_uid: str) -> ResponseReturnValue:
    """Every place that is read, and what waits for a decision."""
    with installation().reading() as connection:
        places = places_now(connection, acting().clinic_id)
        waiting = excursions(connection, acting().clinic_id, undecided_only=True, limit=_UNDECIDED_SHOWN)
    return render_template("day/temperatures.html", places=places, waiting=waiting)


@blp.get("/<location_uid>")
def log(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """The log of a place in a month (`?month=YYYY-MM`; this one)."""
    shown = _log(location_uid)
    by_hand = [each for each in shown.readings if each.source != ReadingSource.LOGGER]
    from_loggers = len(shown.readings) - len(by_hand)
    following = (shown.month + timedelta(days=32)).replace(day=1)
    return render_template(
        "day/log.html",
        log=shown,
        days=[each for each in reversed(shown.days) if each.count or each.missed],
        month_word=_month_word(shown.month),
        before=_named(shown.month - timedelta(days=1)),
        after=_named(following) if following <= today_here() else None,
        this_month=_named(shown.month),
        picture=temperature_picture(shown),
        by_hand=list(reversed(by_hand))[:READINGS_SHOWN],
        by_hand_count=len(by_hand),
        from_loggers=from_loggers,
        tone=_TONES,
    )


_TONES = {Judgement.GOOD: "success", Judgement.OUT: "danger", Judgement.NOT_KNOWN: "warning"}


@blp.get("/<location_uid>/log.csv")
def log_csv(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Every reading of the month as it was written, corrected ones too."""
    shown = _log(location_uid)
    with installation().reading() as connection:
        rows = logged_rows(
            connection,
            acting().clinic_id,
            location_id=shown.place.id,
            since=shown.begins_at,
            until=shown.ends_at,
        )
    heads = [
        gettext("Read"), gettext("Now"), gettext("Lowest"), gettext("Highest"), gettext("Lowest allowed"),
        gettext("Highest allowed"), gettext("Within the limits"), gettext("From"), gettext("By"),
        gettext("Written down"), gettext("Counts"), gettext("Corrected by"), gettext("Remark"), gettext("Reading"),
        CHANGED,
    ]  # fmt: skip
    by_corrected = {row.corrects_uid: row for row in rows}
    return csv_file(
        f"temperatures-{_named(shown.month)}",
        heads,
        ([*_line(row), _mark(row, by_corrected.get(row.uid))] for row in rows),
    )


@blp.get("/<location_uid>/log.pdf")
def log_pdf(clinic_uid: str, location_uid: str) -> Response:
    """The log of the month on paper."""
    from stockroom.web.temperature_sheet import sheet_of  # dear to load: not at the start

    shown = _log(location_uid)
    paper = sheet_of(shown, month_word=_month_word(shown.month))
    answer = Response(paper, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="temperatures-{_named(shown.month)}.pdf"'
    return answer


def _line(row: LoggedRow) -> list[Cell]:
    return [
        row.read_at, _degrees(row.now_tenths), _degrees(row.lowest_tenths), _degrees(row.highest_tenths),
        _degrees(row.limit_lowest_tenths), _degrees(row.limit_highest_tenths), _judged(row), show_word(row.source),
        row.recorded_by, row.recorded_at,
        gettext("no") if row.corrected_by_uid or row.now_tenths is None else gettext("yes"), row.corrected_by_uid,
        row.note, row.uid,
    ]  # fmt: skip


def _mark(row: LoggedRow, correcting: LoggedRow | None) -> str:
    """What became of a reading, by the row that corrects it; that is in another file where it is of another month."""
    said = [in_place_words(row.recorded_by, row.note)] if row.corrects_uid else []
    if correcting is not None:
        gone = Correction(
            at=correcting.recorded_at,
            by=correcting.recorded_by,
            reason=correcting.note,
            replaced=correcting.now_tenths is not None,
        )
        said.append(taken_back_words(gone))
    elif row.corrected_by_uid:
        said.append(gettext("corrected by reading %(uid)s", uid=row.corrected_by_uid))
    return "; ".join(said)


def _judged(row: LoggedRow) -> str:
    if row.now_tenths is None:
        return ""
    limits = None
    if row.limit_lowest_tenths is not None and row.limit_highest_tenths is not None:
        limits = Limits(lowest_tenths=row.limit_lowest_tenths, highest_tenths=row.limit_highest_tenths)
    figures = Figures(
        now_tenths=row.now_tenths, lowest_tenths=row.lowest_tenths, highest_tenths=row.highest_tenths
    )
    return show_word(judge(figures, limits).value)


def _degrees(tenths: int | None) -> str | None:
    return None if tenths is None else celsius(tenths)


def _log(location_uid: str) -> MonthLog:
    with installation().reading() as connection:
        return month_log(
            connection,
            acting().clinic_id,
            location_uid=location_uid,
            month=_asked_month(),
            zone=zone_of_page(),
            now=present(),
        )


def _asked_month() -> date:
    """The month that the address asks for; this one where it asks for none, for nonsense, or for a later one."""
    today = today_here()
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return today
    return asked if asked.year >= 2000 and asked <= today else today


def _named(day: date) -> str:
    return day.strftime("%Y-%m")


def _month_word(day: date) -> str:
    return str(format_date(day, "LLLL yyyy"))
