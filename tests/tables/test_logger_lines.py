"""Is a logger's file read as it was written, and refused by line and column where it was not?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stockroom.tables.logger_lines import LoggerFile, read_logger_file

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def file_of(text: str) -> LoggerFile:
    return read_logger_file(text.encode(), zone="Europe/Sofia", now=NOW)


def test_the_heads_are_found_below_what_a_logger_says_of_itself() -> None:
    read = file_of(
        'Logger;X-1;\nSerial;0012;\n"No";"Date/Time";"Temperature(°C)";"Humidity"\n'
        "1;02.03.2026 08:00:00;4,2;40\n2;02.03.2026 08:15;-18,25;40\n"
    )

    assert read.faults == ()
    assert [(line.line, line.read_at.hour, line.tenths) for line in read.lines] == [(4, 6, 42), (5, 6, -183)]


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-03-02 08:00", (6, 0)),
        ("2026-03-02T08:00:30Z", (8, 0)),
        ("2026-03-02T08:00+01:00", (7, 0)),
        ("2026-03-02 08:00 +0100", (7, 0)),
        ("2026-07-02 08:00", (5, 0)),
    ],
)
def test_a_time_is_the_wall_s_unless_it_says_its_offset(time: str, utc: tuple[int, int]) -> None:
    (line,) = file_of(f"time,temperature\n{time},4.2\n").lines

    assert (line.read_at.hour, line.read_at.minute) == utc


def test_of_an_hour_that_comes_twice_the_times_going_back_are_the_second() -> None:
    times = ("03:00", "03:30", "03:00", "03:30", "04:00")
    read = file_of(
        "time,temperature\n" + "".join(f"2026-10-25 {each},4.{n}\n" for n, each in enumerate(times))
    )

    assert read.faults == ()
    assert [(line.read_at.hour, line.read_at.minute, line.tenths) for line in read.lines] == [
        (0, 0, 40), (0, 30, 41), (1, 0, 42), (1, 30, 43), (2, 0, 44),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2026-03-29 03:15,4.2", "time", "no_such_time"),
        ("31/03/2026 03:15,4.2", "time", "not_an_instant"),
        ("2026-02-30 03:15,4.2", "time", "not_an_instant"),
        ("2027-03-02 03:15,4.2", "time", "in_future"),
        ("2026-03-02 03:15,warm", "temperature", "not_a_temperature"),
        ("2026-03-02 03:15,", "temperature", "not_a_temperature"),
        ("2026-03-02 03:15,200", "temperature", "temperature_impossible"),
        ("2026-03-02 03:15,4.2\n2026-03-02 03:15,5.2", "time", "contradicts_line"),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_column(line: str, column: str, code: str) -> None:
    (fault,) = file_of(f"time,temperature\n{line}\n").faults

    assert (fault.column, fault.code) == (column, code)
    assert fault.sentence and fault.advice


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "time,temperature\n"])
def test_a_file_without_heads_or_lines_is_refused(text: str) -> None:
    assert file_of(text).faults and file_of(text).lines == ()
