"""Is a command card read back as the word on it, and nothing else taken for one?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.barcodes.command_cards import Command, read_command, write_command
from stockroom.barcodes.scan import format_scan, parse_scan
from stockroom.barcodes.unreadable import LabelUnreadable

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("command", Command)
def test_every_card_scans_back_in_capitals_and_not(command):
    for text in (write_command(command), write_command(command).lower(), "]C0" + write_command(command)):
        scan = parse_scan(text, today=TODAY)
        assert (scan.scheme, scan.command, scan.label) == ("stockroom", command, None)
        assert format_scan(scan) == write_command(command)


def test_the_sheet_has_the_numbers_one_to_ten_and_they_count():
    assert [command.number for command in Command if command.number] == list(range(1, 11))


@pytest.mark.parametrize("text", ["SRK:", "SRK:11", "SRK:0", "SRK:DELETE", "SRK: YES", "SRK:YES!"])
def test_a_word_on_no_card_is_refused_where_it_begins(text):
    with pytest.raises(LabelUnreadable) as refusal:
        read_command(text)

    assert refusal.value.position == 4
