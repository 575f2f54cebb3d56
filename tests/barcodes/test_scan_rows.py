"""Is a line of scans answered with the one row that the terminal prints?"""

from __future__ import annotations

import json
from datetime import date

import pytest

from stockroom.barcodes.scan_rows import line_as_row, scan_as_row
from stockroom.barcodes.unreadable import EmptyScan

TODAY = date(2026, 11, 22)
KEYS = [
    "scheme", "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on", "serial",
    "quantity", "sscc", "doubts", "error",
]  # fmt: skip


def test_a_row_has_every_key_and_iso_dates():
    row = line_as_row("0109520123456788172806001126010210A1\\x1d211\x1d70032806301530\r\n", today=TODAY)

    assert list(row) == KEYS
    assert json.loads(json.dumps(row)) == {
        "scheme": "gs1", "gtin": "09520123456788", "product_code": None, "lot_number": "A1",
        "expires_on": "2028-06-30", "expires_at": "2028-06-30T15:30:00", "produced_on": "2026-01-02",
        "serial": "1", "quantity": None, "sscc": None, "doubts": [], "error": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "scheme", "code", "position"),
    [
        ("9520123456789\r", "unknown", "wrong_check_digit", 12),
        ("+A99912345/$$52001510X34", "hibc", "wrong_check_character", 23),
        ("]C0+A99912345/$$52001510X34", "hibc", "wrong_check_character", 26),
        ("[)>\\x1e06\\x1d9N110375286415\\x1e\\x04", "ppn", "wrong_check_character", 19),
        ("=/1AB370000007JC89=,000000=1234567890ABC00=>030329=}025226", "unknown", "scheme_not_read", 0),
        ("SRX:7K4", "stockroom", "label_unreadable", 2),
        ("\n", "unknown", "empty_scan", 0),
    ],
)
def test_a_refusal_is_a_row_too(line, scheme, code, position):
    row = line_as_row(line, today=TODAY)

    assert list(row) == KEYS
    assert (row["scheme"], row["error"]["code"], row["error"]["position"]) == (scheme, code, position)
    assert row["error"]["message"]
    assert row["gtin"] is None


def test_a_doubt_lists_its_readings():
    row = line_as_row("015102222223333610A213B117150707", today=TODAY)

    (doubt,) = row["doubts"]
    assert (doubt["code"], doubt["field"], doubt["position"]) == ("lost_separator", "lot_number", 18)
    assert {"lot_number": "A213B1", "expires_on": "2015-07-07"}.items() <= doubt["readings"][1].items()


def test_an_error_by_itself_is_a_row():
    assert scan_as_row(EmptyScan(position=0))["error"]["code"] == "empty_scan"
