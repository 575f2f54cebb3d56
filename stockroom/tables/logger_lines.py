"""What does a data logger's file say: when, and how warm?

Loggers write their own heads, so that a column is known by how its head begins; what else stands in the file is not
read.  Times without an offset are those of the clinic's wall.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stockroom.errors import extracted
from stockroom.rules.temperatures import COLDEST_TENTHS, WARMEST_TENTHS, celsius
from stockroom.tables import faults
from stockroom.tables.cells import EMPTY, Cell, CellKind, Row
from stockroom.tables.faults import Fault, Wrong, fault, in_order
from stockroom.tables.reading import read_table

ROWS_MAX = 50_000
HEADS_WITHIN = 40
"""Loggers write a few lines about themselves before the heads."""
_TIME_HEADS = ("time", "date", "timestamp", "datetime", "zeit", "datum", "дата", "време")
_TEMPERATURE_HEADS = ("temperature", "temp", "celsius", "°c", "temperatur", "температура")
_INSTANT = re.compile(
    r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_DEGREES = re.compile(r"([-−+]?)(\d{1,4})(?:[.,](\d{1,4}))?\s*(?:°?\s*C)?", re.ASCII | re.IGNORECASE)

NO_COLUMNS = Wrong(
    code="no_columns",
    says=extracted("no line has a head for the time and one for the temperature"),
    instead=extracted("Put a line above the figures with the heads time and temperature."),
)
NOT_AN_INSTANT = Wrong(
    code="not_an_instant",
    says=extracted("{text} is no date with a time of day"),
    instead=extracted("Write it as 2026-05-31 08:15, or 31.05.2026 08:15."),
)
NO_SUCH_TIME = Wrong(
    code="no_such_time",
    says=extracted("{text} does not exist: the clocks were put forward over it"),
    instead=extracted("Have the logger write its times with their offset, such as 2026-03-29T03:15+03:00."),
)
NOT_A_TEMPERATURE = Wrong(
    code="not_a_temperature",
    says=extracted("{text} is no temperature in degrees Celsius"),
    instead=extracted("Write degrees Celsius with a comma or a point, such as 4,2."),
)
IMPOSSIBLE = Wrong(
    code="temperature_impossible",
    says=extracted("{text} °C cannot be"),
    instead=extracted("Look whether the logger writes Fahrenheit, or whether a decimal sign was lost."),
)
IN_FUTURE = Wrong(
    code="in_future",
    says=extracted("{text} is later than now"),
    instead=extracted("Look at the clock of the logger, and at the zone in which it writes."),
)


@dataclass(frozen=True, kw_only=True)
class LoggerLine:
    """One good line."""

    line: int
    read_at: datetime
    tenths: int


@dataclass(frozen=True, kw_only=True)
class LoggerFile:
    """The good lines in the order of their instants, and what is wrong with the others."""

    lines: tuple[LoggerLine, ...]
    faults: tuple[Fault, ...]


def read_logger_file(content: bytes, *, zone: str, now: datetime) -> LoggerFile:
    """Read a logger's CSV or XLSX file.

    Of an hour that comes twice the first is meant until the times go back.  Hundredths are rounded half away from
    zero.  Raises TableUnreadable, TableTooLarge.
    """
    rows = read_table(content, rows_max=ROWS_MAX).rows
    found = _columns(rows)
    if found is None:
        return LoggerFile(lines=(), faults=(fault(1, "", NO_COLUMNS),))
    body = rows[found.row + 1 :]
    lines: list[LoggerLine] = []
    wrong: list[Fault] = []
    before: datetime | None = None
    for row in body:
        read_at = _instant(_cell(row, found.time), zone, before)
        tenths = _tenths(_cell(row, found.temperature))
        if isinstance(read_at, datetime):
            before = read_at
            if read_at > now:
                read_at = IN_FUTURE
        for said, column in ((read_at, found.time), (tenths, found.temperature)):
            if isinstance(said, Wrong):
                text = _cell(row, column).text.strip()
                wrong.append(fault(row.line, found.heads[column], said, text=text))
        if isinstance(read_at, datetime) and isinstance(tenths, int):
            lines.append(LoggerLine(line=row.line, read_at=read_at, tenths=tenths))
    wrong += _doubled(lines, found.heads[found.time])
    if not body:
        wrong.append(fault(rows[found.row].line, "", faults.NO_ROWS))
    in_time = sorted({each.read_at: each for each in reversed(lines)}.values(), key=lambda each: each.read_at)
    return LoggerFile(lines=tuple(in_time), faults=in_order(wrong))


@dataclass(frozen=True, kw_only=True)
class _Columns:
    row: int
    heads: dict[int, str]
    time: int
    temperature: int


def _columns(rows: Sequence[Row]) -> _Columns | None:
    for n, row in enumerate(rows[:HEADS_WITHIN]):
        heads = {place: cell.text.strip() for place, cell in enumerate(row.cells)}
        time = _begins(heads, _TIME_HEADS)
        temperature = _begins(heads, _TEMPERATURE_HEADS)
        if time is not None and temperature is not None and time != temperature:
            return _Columns(row=n, heads=heads, time=time, temperature=temperature)
    return None


def _begins(heads: dict[int, str], words: tuple[str, ...]) -> int | None:
    return next((place for place, head in heads.items() if head.casefold().startswith(words)), None)


def _cell(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else EMPTY


def _instant(cell: Cell, zone: str, before: datetime | None) -> datetime | Wrong:
    match = _INSTANT.fullmatch(cell.text.strip())
    if match is None or cell.kind not in (CellKind.TEXT, CellKind.INSTANT):
        return NOT_AN_INSTANT
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        here = datetime(
            int(year),
            int(month),
            int(day),
            int(match[7]),
            int(match[8]),
            int(match[9] or 0),
            tzinfo=ZoneInfo(zone),
        )
        wall = here.replace(tzinfo=None)
        if match[10]:
            offset = match[10] if ":" in match[10] or match[10] == "Z" else f"{match[10][:3]}:{match[10][3:]}"
            return datetime.fromisoformat(wall.isoformat() + offset.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return NOT_AN_INSTANT
    at = here.astimezone(UTC)
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        return NO_SUCH_TIME
    second = here.replace(fold=1).astimezone(UTC)
    has_gone_back = before is not None and at <= before < second + timedelta(hours=1)
    return second if second != at and has_gone_back else at


def _tenths(cell: Cell) -> int | Wrong:
    match = _DEGREES.fullmatch(cell.text.strip())
    if match is None or cell.kind not in (CellKind.TEXT, CellKind.NUMBER):
        return NOT_A_TEMPERATURE
    decimals = (match[3] or "0").ljust(2, "0")
    tenths = int(match[2]) * 10 + int(decimals[0]) + (int(decimals[1]) >= 5)
    tenths = -tenths if match[1] in ("-", "−") else tenths
    return tenths if COLDEST_TENTHS <= tenths <= WARMEST_TENTHS else IMPOSSIBLE


def _doubled(lines: Sequence[LoggerLine], head: str) -> list[Fault]:
    """Lines that say something else of an instant that stands on an earlier line."""
    first: dict[datetime, LoggerLine] = {}
    found = []
    for each in lines:
        earlier = first.setdefault(each.read_at, each)
        if earlier.tenths != each.tenths:
            found.append(
                fault(
                    each.line,
                    head,
                    faults.CONTRADICTS_LINE,
                    text=celsius(each.tenths),
                    other_text=celsius(earlier.tenths),
                    other=earlier.line,
                )
            )
    return found
