"""Is it told what a scanner does to a code, kept for the clinic, and followed on every screen?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

import stockroom.web
from stockroom.barcodes.command_cards import Command, write_command
from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.clock import now
from stockroom.models import Usage
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.queries.settings import clinic_settings_shown
from stockroom.rules.settings import ClinicSettings
from tests.builders import key
from tests.receiving import gs1
from tests.serving import Browser, Served
from tests.sessions import rows, session
from tests.web.benching import scan

CODES = {
    "separator": "]d2010952012345678810AB1{gs}217K9",
    "letters": "]d1Aa Zz Yy Qq Ww Mm 0123456789 @-/:;.,_$%*",
    "bars": "]C1010952012345678810BAR5",
}
WEB = Path(stockroom.web.__file__).parent


@pytest.fixture
def manager(served: Served) -> Browser:
    return served.logged_in(served.clinic.manager)


@pytest.fixture
def page(served: Served) -> str:
    return f"/c/{served.clinic.uid}/scanner"


def arrives(gs: str = "\x1d", layout: Layout | None = None) -> dict[str, str]:
    texts = {name: text.replace("{gs}", "\x00") for name, text in CODES.items()}
    if layout is not None:
        texts = {name: typed_on(layout, text) for name, text in texts.items()}
    return {name: text.replace("\x00", gs) for name, text in texts.items()}


def kept(served: Served) -> ClinicSettings:
    with served.store.reading() as connection:
        return clinic_settings_shown(connection, served.clinic.id).settings


def decide(served: Served, **values: Any) -> None:
    with served.store.reading() as connection:
        version = clinic_settings_shown(connection, served.clinic.id).version
    set_settings(
        served.store, SetSettings(values=values, version=version),
        actor=served.clinic.manager, key=key("habit"), now=now(),
    )  # fmt: skip


def test_three_codes_are_shown_and_nothing_is_said_before_one_arrived(manager: Browser, page: str) -> None:
    shown = manager.get(page).text

    assert shown.count('class="symbol"') >= 3
    assert "Arrived:" not in shown


def test_a_sound_scanner_is_said_to_be_sound_and_nothing_is_to_be_kept(manager: Browser, page: str) -> None:
    told = manager.send(page, page, **arrives()).text

    assert "all three codes arrived as they were printed" in told
    assert "Keep it for the clinic" not in told


def test_what_was_found_is_kept_for_the_clinic_and_journalled(
    served: Served, manager: Browser, page: str
) -> None:
    told = manager.send(page, page, **arrives("#", Layout.FRENCH))
    assert "French (AZERTY)" in told.text
    assert "types for another keyboard" in told.text
    keep = f"{page}/habits"
    hidden = {"key": key("keep"), "version": "1", "separator": "#", "layout": "fr"}
    assert all(f'name="{name}"' in told.text for name in hidden)

    answer = manager.send(page, keep, **hidden)

    assert answer.status_code == 303
    assert (kept(served).scanner_separator, kept(served).scanner_layout) == ("#", "fr")


def test_a_separator_that_codes_hold_is_not_kept(served: Served, manager: Browser, page: str) -> None:
    answer = manager.send(page, f"{page}/habits", key=key("keep"), version="1", separator="-", layout="")

    assert answer.status_code == 422
    assert kept(served).scanner_separator == ""


def test_a_nurse_tests_a_scanner_and_only_who_looks_after_the_clinic_keeps_it(
    served: Served, page: str
) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    assert "A manager can keep it" in nurse.send(page, page, **arrives("#")).text
    assert nurse.send(page, f"{page}/habits", key=key("k"), version="1", separator="#").status_code == 403


def test_what_arrived_is_shown_as_it_is_and_never_as_html(manager: Browser, page: str) -> None:
    told = manager.send(page, page, separator="<b>x</b>").text

    assert "&lt;b&gt;x" in told
    assert "not this code" in told


class TestASeparatorThatIsReplaced:
    """`#` stands for FNC1 in this clinic, on every screen."""

    @pytest.fixture
    def text(self, served: Served) -> str:
        filler = served.house.product("Filler", content_quantity=2000)
        served.clinic.lot_on_shelf(filler, "A1", presentations=2)
        decide(served, scanner_separator="#")
        whole = gs1(filler.gtin, "A1", serial="S9")
        assert "\x1d" in whole
        return whole.replace("\x1d", "#")

    def test_it_is_read_in_the_bar_and_in_a_trace(self, served: Served, text: str) -> None:
        auditor = served.logged_in(served.clinic.manager)
        clinic = f"/c/{served.clinic.uid}"

        for page in (f"{clinic}/scan", f"{clinic}/trace"):
            answer = auditor.send(f"{clinic}/stock", page, scan=text)
            assert answer.status_code == 303, page
            assert "/lots/" in answer.headers["Location"] or "/trace/" in answer.headers["Location"]

    def test_it_is_read_in_a_session_and_the_books_keep_what_was_meant(
        self, served: Served, text: str
    ) -> None:
        needle = served.house.needle()
        lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
        nurse = served.logged_in(served.clinic.nurse)
        visit = session(served.house, planned_at=now())

        answer = scan(nurse, served, visit, gs1(needle.gtin, lot.number, serial="S1").replace("\x1d", "#"))

        assert answer.status_code == 303
        (usage,) = rows(served.store, Usage)
        assert (usage.serial, "#" in usage.raw_scan) == ("S1", False)


def test_a_code_typed_for_another_keyboard_is_offered_and_booked_only_when_pressed(served: Served) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    nurse = served.logged_in(served.clinic.nurse)
    visit = session(served.house, planned_at=now())
    typed = typed_on(Layout.FRENCH, gs1(needle.gtin, lot.number))

    asked = scan(nurse, served, visit, typed)

    assert asked.status_code == 200
    assert 'data-stop="reading"' in asked.text
    assert "Does the pack say this?" in asked.text
    assert f"(10){lot.number}" in asked.text
    assert rows(served.store, Usage) == []
    clinic = f"/c/{served.clinic.uid}"
    assert "Does the pack say this?" in nurse.send(f"{clinic}/stock", f"{clinic}/scan", scan=typed).text


def test_a_kept_keyboard_refuses_what_can_mean_two_lots(served: Served) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "NY", presentations=5)
    nurse = served.logged_in(served.clinic.nurse)
    visit = session(served.house, planned_at=now())
    decide(served, scanner_layout="de")

    refused = scan(nurse, served, visit, gs1(needle.gtin, lot.number))

    assert refused.status_code == 400
    assert "types for another keyboard" in refused.text
    assert "(10)NZ" in refused.text
    typed = f"(01){needle.gtin}(10)NY"
    assert scan(nurse, served, visit, typed).status_code == 303


def test_every_scan_field_of_a_screen_puts_right_what_the_scanner_meant() -> None:
    for file in WEB.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"^    scan = (?!ScanField\(|HiddenField\()\w*Field\(", source, re.MULTILINE), (
            file.name
        )
        assert not re.search(r'(?<!as_meant\()request\.form\.get\("scan"', source), file.name


def test_the_sheet_of_command_cards_is_read_back_from_paper(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    page = f"/c/{served.clinic.uid}/command-cards"

    shown = nurse.get(page).text
    paper = nurse.get(f"{page}/sheet.pdf")

    assert shown.count('command-card"') == len(Command)
    (sheet,) = pypdfium2.PdfDocument(paper.data)
    found = zxingcpp.read_barcodes(sheet.render(scale=4).to_pil())
    formats = {str(each.format) for each in found}
    assert sorted(each.text for each in found) == sorted(2 * [write_command(command) for command in Command])
    assert len(formats) == 2


def test_a_card_on_a_button_is_a_card_that_there_is() -> None:
    said = set[str]()
    for file in (WEB / "templates").rglob("*.html"):
        for words in re.findall(r'data-card="([^"{]*)', file.read_text(encoding="utf-8")):
            said |= set(words.split())

    assert said <= {command.value for command in Command}


def test_a_camera_that_read_a_code_stands_in_the_books(served: Served) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    nurse = served.logged_in(served.clinic.nurse)
    visit = session(served.house, planned_at=now())
    code = gs1(needle.gtin, lot.number)

    scan(nurse, served, visit, code, read_by="camera")
    scan(nurse, served, visit, code)

    assert [each.identified_by for each in rows(served.store, Usage)] == ["camera", "scan"]


def test_a_card_where_no_script_runs_is_named_and_nothing_is_done(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    visit = session(served.house, planned_at=now())

    refused = scan(nurse, served, visit, "SRK:YES")

    assert refused.status_code == 422
    assert "the command card YES" in refused.text
    assert rows(served.store, Usage) == []


def test_a_serial_that_was_used_says_when_and_by_whom(served: Served) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    nurse = served.logged_in(served.clinic.nurse)
    visit = session(served.house, planned_at=now())
    code = gs1(needle.gtin, lot.number, serial="S-1")
    scan(nurse, served, visit, code)

    refused = scan(nurse, served, visit, code)

    assert refused.status_code == 422
    assert "The unit with serial S-1 was used before: today" in refused.text
    assert len(rows(served.store, Usage)) == 1
