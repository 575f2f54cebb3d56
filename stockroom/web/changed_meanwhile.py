"""Somebody changed it while it was being typed: what differs, and whose words stand?

Nothing is written over a colleague's words by a second press: they are shown beside one's own, and only a
tick takes them over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange, Optional, Regexp

from stockroom.web.formats import NOTHING, show_day, show_wall
from stockroom.web.forms import KeyedForm


class VersionedForm(KeyedForm):
    """A form of what was read under a version; `over` is the later one that it may be written over."""

    version = IntegerField(validators=[Optional(), NumberRange(min=1)])
    over = StringField(
        lazy_gettext("I have seen what my colleague wrote. What I typed is to stand instead."),
        validators=[Regexp(r"^[0-9]{0,9}$")],
    )

    @property
    def agreed_version(self) -> int:
        """The version that its sender has seen, and would write over."""
        return int(self.over.data or self.version.data or 0)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that was said in two ways."""

    word: Any
    stands: str
    typed: str


def differences(typed: KeyedForm, stands: KeyedForm, names: Iterable[str]) -> tuple[Difference, ...]:
    """Give what two filled forms say differently, as it is shown to people; the choices are those of `typed`."""
    return tuple(
        Difference(
            word=typed[name].label.text,
            stands=_shown(typed[name], stands[name].data),
            typed=_shown(typed[name], typed[name].data),
        )
        for name in names
        if (typed[name].data or None) != (stands[name].data or None)
    )


def _shown(field: Any, value: Any) -> str:
    choices = dict(getattr(field, "choices", None) or ())
    if choices:
        return str(choices.get(value or "", value or NOTHING))
    if isinstance(value, datetime):
        return show_wall(value)
    if isinstance(value, date):
        return show_day(value)
    return str(value or NOTHING)
