"""What stands on the paper of a month's temperatures, in the words of whoever prints it?"""

from __future__ import annotations

from flask_babel import gettext

from stockroom.ledger.temperatures import Reading
from stockroom.outside.temperature_sheet import SheetPart, TemperatureSheet, temperature_sheet
from stockroom.queries.temperatures import DayOfLog, ExcursionRow, MonthLog
from stockroom.rules.temperatures import Limits, ReadingSource
from stockroom.web.formats import show_celsius, show_day, show_instant, show_time, show_word
from stockroom.web.printed_by import printed_by
from stockroom.web.record_words import in_place_words


def sheet_of(log: MonthLog, *, month_word: str) -> bytes:
    """Give the log of a month as a PDF."""
    by_hand = [each for each in log.readings if each.source != ReadingSource.LOGGER]
    printed = gettext(
        "%(printed)s. A correction is a row of its own; what it corrects stands in the file.",
        printed=printed_by(),
    )
    sheet = TemperatureSheet(
        title=gettext("Temperatures of %(place)s, %(month)s", place=log.place.name, month=month_word),
        below=(gettext("Limits: %(limits)s", limits=_limits_word(log.place.watch.limits)), printed),
        parts=(_days(log), _excursions(log), _by_hand(by_hand)),
        signed=gettext("Looked at by"),
    )
    return temperature_sheet(sheet)


def _days(log: MonthLog) -> SheetPart:
    return SheetPart(
        title=gettext("Day by day"),
        heads=(
            gettext("Day"), gettext("Readings"), gettext("Lowest"), gettext("Highest"), gettext("Not read by"),
            gettext("Limits"),
        ),
        widths=(3, 2, 2, 2, 4, 3),
        rows=[_day_line(each) for each in log.days],
        nothing="–",
    )  # fmt: skip


def _excursions(log: MonthLog) -> SheetPart:
    return SheetPart(
        title=gettext("Excursions and decisions"),
        heads=(
            gettext("Out since"), gettext("Last good"), gettext("Decision"), gettext("Signed"),
            gettext("On what it rests"),
        ),
        widths=(3, 3, 2, 4, 6),
        rows=[_excursion_line(each) for each in log.excursions],
        nothing=gettext("None."),
    )  # fmt: skip


def _by_hand(readings: list[Reading]) -> SheetPart:
    return SheetPart(
        title=gettext("Readings by hand"),
        heads=(
            gettext("Read"), gettext("Now"), gettext("Lowest"), gettext("Highest"), gettext("By"), gettext("Remark"),
        ),
        widths=(4, 2, 2, 2, 4, 5),
        rows=[_hand_line(each) for each in readings],
        nothing=gettext("None."),
    )  # fmt: skip


def _day_line(each: DayOfLog) -> tuple[str, ...]:
    missed = ", ".join(show_time(duty.due_at) for duty in each.missed)
    judged = "" if each.judgement is None else show_word(each.judgement.value)
    return (
        show_day(each.day), str(each.count), show_celsius(each.coldest_tenths), show_celsius(each.warmest_tenths),
        missed, judged,
    )  # fmt: skip


def _excursion_line(row: ExcursionRow) -> tuple[str, ...]:
    verdict = gettext("waits") if row.verdict is None else show_word(row.verdict)
    signed = "" if row.decided_at is None else f"{row.decided_by}, {show_instant(row.decided_at)}"
    return (show_instant(row.first_at), show_instant(row.good_at), verdict, signed, row.reason)


def _hand_line(each: Reading) -> tuple[str, ...]:
    figures = each.figures
    return (
        show_instant(each.read_at), show_celsius(figures.now_tenths), show_celsius(figures.lowest_tenths),
        show_celsius(figures.highest_tenths), each.recorded_by,
        in_place_words(each.recorded_by, each.note) if each.corrects_uid else each.note,
    )  # fmt: skip


def _limits_word(limits: Limits | None) -> str:
    if limits is None:
        return gettext("not known")
    return gettext(
        "%(lowest)s to %(highest)s",
        lowest=show_celsius(limits.lowest_tenths),
        highest=show_celsius(limits.highest_tenths),
    )
