"""Do three test codes tell what a scanner does to a code?"""

from __future__ import annotations

import pytest

from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.barcodes.scanner_checks import Arrival, Checked, Finding, TestCode, check_scanner

SEPARATOR = "]d2010952012345678810AB1\x1d217K9"
LETTERS = "]d1Aa Zz Yy Qq Ww Mm 0123456789 @-/:;.,_$%*"
BARS = "]C1010952012345678810BAR5"
SOUND = {TestCode.SEPARATOR: SEPARATOR, TestCode.LETTERS: LETTERS, TestCode.BARS: BARS}
F = Finding


def check(texts: dict[TestCode, str], **more: object) -> Checked:
    return check_scanner({code: Arrival(text=text, **more) for code, text in texts.items()})  # type: ignore[arg-type]


def test_a_scanner_that_delivers_what_the_codes_say_is_sound() -> None:
    checked = check(SOUND, ended_with="Enter", ms_a_character=4)

    assert checked.is_sound
    assert checked.findings[TestCode.SEPARATOR] == (F.SEPARATOR_KEPT,)
    assert (checked.layout, checked.separator, checked.prefix, checked.suffix) == (None, "", "", "")


@pytest.mark.parametrize(
    ("between", "finding", "kept"),
    [
        ("\x1d", F.SEPARATOR_KEPT, ""),
        ("", F.SEPARATOR_DROPPED, ""),
        ("#", F.SEPARATOR_REPLACED, "#"),
        ("{GS}", F.SEPARATOR_REPLACED, "{GS}"),
        ("-", F.SEPARATOR_AMBIGUOUS, ""),
        ("]", F.SEPARATOR_AMBIGUOUS, ""),
    ],
)
def test_it_is_said_what_became_of_the_separator(between: str, finding: Finding, kept: str) -> None:
    checked = check({TestCode.SEPARATOR: SEPARATOR.replace("\x1d", between)})

    assert checked.findings[TestCode.SEPARATOR] == (finding,)
    assert checked.separator == kept
    assert not checked.is_sound


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("between", ["\x1d", "#"])
def test_the_layout_is_told_by_the_letters_and_the_separator_found_in_it(
    layout: Layout, between: str
) -> None:
    typed = {
        code: typed_on(layout, text.replace("\x1d", "\x00")).replace("\x00", between)
        for code, text in SOUND.items()
    }

    checked = check(typed)

    assert checked.layout == layout
    assert checked.findings[TestCode.LETTERS] == (F.OTHER_LAYOUT,)
    said = F.SEPARATOR_KEPT if between == "\x1d" else F.SEPARATOR_REPLACED
    assert set(checked.findings[TestCode.SEPARATOR]) - {F.PREFIX} == {F.OTHER_LAYOUT, said}


def test_a_character_that_the_layout_writes_for_a_digit_cannot_stand_for_the_separator() -> None:
    typed = typed_on(Layout.BELGIAN, SEPARATOR.replace("\x1d", "\x00")).replace("\x00", "§")

    checked = check({TestCode.SEPARATOR: typed})

    assert (checked.layout, checked.separator) == (Layout.BELGIAN, "")
    assert F.SEPARATOR_AMBIGUOUS in checked.findings[TestCode.SEPARATOR]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (LETTERS.swapcase(), F.CASE_SWAPPED),
        (LETTERS.upper(), F.ONE_CASE),
        (LETTERS.lower(), F.ONE_CASE),
        ("Aa Zz Yy Q Ww M 012456789 @-/:;.,_$%*", F.LETTERS_LOST),
        ("something else", F.NOT_READ),
        ("", F.NOT_READ),
    ],
)
def test_letters_that_did_not_come_through_are_said(text: str, finding: Finding) -> None:
    assert check({TestCode.LETTERS: text}).findings[TestCode.LETTERS] == (finding,)


def test_what_stands_before_and_behind_a_code_is_said() -> None:
    checked = check({TestCode.BARS: f"X{BARS}//"})

    assert checked.findings[TestCode.BARS] == (F.PREFIX, F.SUFFIX)
    assert (checked.prefix, checked.suffix) == ("X", "//")


def test_a_code_without_symbology_identifier_is_said_and_does_no_harm() -> None:
    checked = check({code: text[3:] for code, text in SOUND.items()})

    assert checked.is_sound
    assert F.NO_IDENTIFIER in checked.findings[TestCode.BARS]


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ({"ended_with": "Tab"}, F.ENDS_WITH_TAB),
        ({"ended_with": "none"}, F.ENDS_WITH_NOTHING),
        ({"ms_a_character": 51}, F.TOO_SLOW),
    ],
)
def test_the_end_and_the_speed_of_a_scan_are_said(more: dict[str, object], finding: Finding) -> None:
    assert finding in check(SOUND, **more).findings[TestCode.BARS]
