"""With which cards is a session prepared without touching the screen?  Seen here, printed, laminated, washed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from stockroom.barcodes.command_cards import Command, write_command
from stockroom.outside.code_symbols import Symbol, code_128, data_matrix

blp = Blueprint("cards_page", __name__, url_prefix="/c/<clinic_uid>/command-cards")
_A = lazy_gettext
_WORDS: dict[Command, Any] = {
    Command.YES: _A("Yes"),
    Command.NO: _A("No"),
    Command.UNDO: _A("Undo"),
    Command.REST_OF_VIAL: _A("Rest of vial"),
    Command.BROKEN: _A("Broken"),
    Command.FINISH: _A("Finish"),
    Command.NEXT: _A("Next"),
}
_DOES: dict[Command, Any] = {
    Command.YES: _A("Uses what was opened; says yes to a question with one answer."),
    Command.NO: _A("Leaves it; acknowledges a refusal."),
    Command.UNDO: _A("Takes the last act back."),
    Command.REST_OF_VIAL: _A("The last use was all that is left in the vial."),
    Command.BROKEN: _A("The last thing broke or was spilled."),
    Command.FINISH: _A("Goes to the end of the session; again: finishes it."),
    Command.NEXT: _A("The next step of the visit; on Today: the next session."),
}
_NUMBERED = _A("This answer of a question; else: so many of the last use.")
_ORDER = (
    Command.YES,
    Command.NO,
    Command.UNDO,
    Command.REST_OF_VIAL,
    Command.BROKEN,
    Command.NEXT,
    Command.FINISH,
    *(command for command in Command if command.number is not None),
)


@dataclass(frozen=True, kw_only=True)
class DrawnCard:
    """A card with its pictures."""

    word: str
    does: str
    square: Symbol
    bars: Symbol


@blp.get("")
def cards(clinic_uid: str) -> ResponseReturnValue:
    """The cards on the screen, where they can be scanned too."""
    return render_template("cards/cards.html", cards=_drawn())


@blp.get("/sheet.pdf")
def sheet(clinic_uid: str) -> ResponseReturnValue:
    """The cards on one page of paper."""
    from stockroom.outside.card_sheet import Card, card_sheet  # dear to load: not at the start

    on_paper = [Card(word=each.word, does=each.does, square=each.square, bars=each.bars) for each in _drawn()]
    below = gettext("Scanned at the bench they press the buttons of the screen. Laminate and wash.")
    answer = Response(card_sheet(gettext("Command cards"), below, on_paper), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="command-cards.pdf"'
    return answer


def _drawn() -> list[DrawnCard]:
    return [
        DrawnCard(
            word=str(_WORDS.get(command, command.value)),
            does=str(_DOES.get(command, _NUMBERED)),
            square=data_matrix(write_command(command)),
            bars=code_128(write_command(command)),
        )
        for command in _ORDER
    ]
