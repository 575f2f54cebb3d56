"""How does the bench say why more came out of a vial than it should hold?  With one tap, or in words."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import Length

from stockroom.web.forms import KeyedForm

REASONS = (
    lazy_gettext("The vial held more than its label says"),
    lazy_gettext("Less was drawn before than was booked"),
    lazy_gettext("The dead space of the needle was drawn, too"),
)
"""What it usually is, each on a button of its own."""


class OverfillForm(KeyedForm):
    """A form that is sent again with a reason where a vial gave more than its label and its usual overfill."""

    overfill_reason = StringField(
        lazy_gettext("Why more came out of the vial than it should hold"), validators=[Length(max=500)]
    )

    @property
    def why_more(self) -> str:
        """The reason; empty where none was asked."""
        return (self.overfill_reason.data or "").strip()
