"""How does the bench answer, with one tap, why a lot that expires sooner is not taken first?"""

from __future__ import annotations

from urllib.parse import quote, unquote

from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional, Regexp

from stockroom.rules.passing_over import WORDS_MAX, PassOver
from stockroom.vocabulary import PassingOver
from stockroom.web.forms import OverridingForm, Refusal

_UID = "[0-9a-f-]{36}"
_ANSWERS = "|".join(PassingOver)
_SAID = rf"{_UID}:({_ANSWERS}):[A-Za-z0-9_.~%-]*"


class PassingForm(OverridingForm):
    """A form that is sent again with an answer about the earlier lot that its refusal named."""

    passed = HiddenField(validators=[Optional(), Length(max=20_000), Regexp(rf"^({_SAID}( {_SAID})*)?$")])
    """What was answered about lots before, in a row with blanks."""
    passing_lot = HiddenField(validators=[Optional(), Regexp(f"^{_UID}$")])
    passing_answer = HiddenField(validators=[Optional(), Regexp(f"^({_ANSWERS})$")])
    passing_words = StringField(
        lazy_gettext("For whom or what it is kept"), validators=[Length(max=WORDS_MAX)]
    )

    @property
    def passing_over(self) -> tuple[PassOver, ...]:
        """Every answer so far, that of the button that was pressed included."""
        said = [_read(each) for each in (self.passed.data or "").split()]
        if self.passing_lot.data and self.passing_answer.data:
            said = [each for each in said if each.lot_uid != self.passing_lot.data]
            said.append(
                PassOver(
                    lot_uid=self.passing_lot.data,
                    answer=PassingOver(self.passing_answer.data),
                    words=(self.passing_words.data or "").strip(),
                )
            )
        return tuple(said)

    @property
    def passed_so_far(self) -> str:
        """The answers as the next form carries them."""
        return " ".join(
            f"{each.lot_uid}:{each.answer.value}:{quote(each.words, safe='')}" for each in self.passing_over
        )


def earlier_lot(refusal: Refusal | None) -> str | None:
    """The uid of the earlier lot that alone stops the line, so that the bench may answer about it."""
    if refusal is None or refusal.rules != ("earlier_lot",):
        return None
    return getattr(refusal.error, "earlier_lot_uid", None)


def _read(text: str) -> PassOver:
    lot_uid, answer, words = text.split(":")
    return PassOver(lot_uid=lot_uid, answer=PassingOver(answer), words=unquote(words))
