"""Can people and machines read the figures?"""

from __future__ import annotations

import json

from click.testing import CliRunner

from bench.measuring import Measured, Times
from bench.report import Fact, Row, as_json, as_table, row_of
from bench.run import main

MEASURED = Measured(
    name="use",
    by_hand=Times(seconds=[0.001, 0.002, 0.003]),
    by_stockroom=Times(seconds=[0.004, 0.006, 0.011]),
    statements=10,
)
GOAL = Row(setting="served", operation="look-up", p50_ms=3.0, goal="p50 ≤ 2.5", holds=False)


def test_a_row_holds_medians_the_ratio_and_the_statements() -> None:
    row = row_of(MEASURED, "SQLite, in process")

    assert (row.limit_p50_ms, row.p50_ms, row.ratio, row.statements) == (2.0, 6.0, 3.0, 10)
    assert row.p95_ms is not None
    assert 6.0 < row.p95_ms <= 11.0
    assert row.goal == ""


def test_the_table_has_one_line_an_operation_and_says_which_goal_was_missed() -> None:
    facts = [Fact(setting="served", sentence="1 received = 1 on hand + 0 used", holds=True)]

    lines = as_table([row_of(MEASURED, "in process"), GOAL], facts).splitlines()

    assert lines[0] == "in process"
    assert lines[2].split() == ["use", "2.000", "6.000", "10.500", "3.0", "10"]
    assert lines[6].split() == ["look-up", "3.000", "p50", "≤", "2.5", "MISSED"]
    assert lines[-1] == "ok   served: 1 received = 1 on hand + 0 used"


def test_headings_stand_over_their_figures() -> None:
    heading, figures = as_table([row_of(MEASURED, "in process")], []).splitlines()[1:3]

    assert heading.index("p50 ms") + len("p50 ms") == figures.index("6.000") + len("6.000")


def test_machines_get_the_same_rows_as_one_object() -> None:
    said = json.loads(as_json([GOAL], [Fact(setting="served", sentence="x", holds=False)]))

    assert said["rows"][0]["operation"] == "look-up"
    assert said["rows"][0]["holds"] is False
    assert said["facts"][0]["holds"] is False


def test_the_command_refuses_a_history_that_is_too_short() -> None:
    result = CliRunner().invoke(main, ["--lines", "10"])

    assert result.exit_code == 2
    assert "2000" in result.output
