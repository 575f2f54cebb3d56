"""In which words is it told what arrived of the test codes of a scanner?"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from stockroom.barcodes.scanner_checks import Finding, TestCode

_A = lazy_gettext
TITLES = {
    TestCode.SEPARATOR: _A("The separator"),
    TestCode.LETTERS: _A("Letters and signs"),
    TestCode.BARS: _A("Bars"),
}
WHY = {
    TestCode.SEPARATOR: _A("An invisible sign stands between lot and serial. Without it they run together."),
    TestCode.LETTERS: _A(
        "A scanner types like a keyboard. For another one than this computer's it types other letters."
    ),
    TestCode.BARS: _A("A bar code, as many boxes still bear one."),
}
SAYS: dict[Finding, Any] = {
    Finding.SOUND: _A("Arrived as it was printed."),
    Finding.NOT_READ: _A("What arrived is not this code. Scan the code of this step."),
    Finding.SEPARATOR_KEPT: _A("The separator arrived."),
    Finding.SEPARATOR_REPLACED: _A(
        "Another sign arrives in the place of the separator. It can be kept for the clinic, below."
    ),
    Finding.SEPARATOR_AMBIGUOUS: _A(
        "In the place of the separator a sign arrives that codes hold as well. Choose another one in "
        "the scanner's manual, or none."
    ),
    Finding.SEPARATOR_DROPPED: _A(
        "The separator is lost. Switch “transmit GS (FNC1)” on by a code of the scanner's manual: "
        "until then many scans are asked about."
    ),
    Finding.OTHER_LAYOUT: _A(
        "The scanner types for another keyboard. Set its “keyboard country” to the one named below by "
        "a code of its manual."
    ),
    Finding.CASE_SWAPPED: _A(
        "Capitals and small letters are changed about: Caps Lock is on, at this computer or in the "
        "scanner. Lot numbers would be wrong."
    ),
    Finding.ONE_CASE: _A(
        "All letters arrive in one case. Switch “convert case” off in the scanner: lot numbers would "
        "be wrong."
    ),
    Finding.LETTERS_LOST: _A(
        "Some characters are missing: the scanner types faster than this computer takes it. Set a "
        "longer “inter-character delay”."
    ),
    Finding.PREFIX: _A("Something stands before the code. Switch the prefix off in the scanner."),
    Finding.SUFFIX: _A("Something stands behind the code. Switch the suffix off, but for Enter (CR)."),
    Finding.ENDS_WITH_TAB: _A("The scan ends with Tab. Set the suffix to Enter (CR)."),
    Finding.ENDS_WITH_NOTHING: _A(
        "The scan does not end with Enter. Set the suffix to Enter (CR), so that nobody has to press it."
    ),
    Finding.TOO_SLOW: _A(
        "The scanner types slowly, more than 50 ms for a character. Set a shorter “inter-character delay”."
    ),
    Finding.NO_IDENTIFIER: _A(
        "The scanner does not say which kind of code it read. It works without; with “AIM identifier” "
        "on, fewer scans are asked about."
    ),
}
