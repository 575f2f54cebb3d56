"""How is a value said that may be in several currencies, and of which a part may not be known?"""

from __future__ import annotations

from flask_babel import gettext

from stockroom.rules.worth_layers import Value
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import show_money
from stockroom.web.prices import typed_price


def show_value(value: Value) -> str:
    """Say a value: €12.00, or €12.00 + $3.00, never added; what nobody knows is said, never taken for nothing."""
    if value.is_unknown:
        return gettext("not known")
    said = " + ".join(show_money(minor, currency) for currency, minor in _sums(value))
    return said if value.is_whole else gettext("%(sums)s and what is not known", sums=said)


def show_known(value: Value) -> str:
    """Say only what is known of a value, where another column says how much is not."""
    return "–" if value.is_unknown else " + ".join(show_money(minor, each) for each, minor in _sums(value))


def written_values(value: Value) -> list[tuple[str, str, str]]:
    """Give a value for a file, a row for each currency: the sum, its currency, and how much of it is known."""
    if value.is_unknown:
        return [("", "", "no")]
    known = "yes" if value.is_whole else "partly"
    return [(typed_price(minor, currency), currency, known) for currency, minor in _sums(value)]


def _sums(value: Value) -> list[tuple[str, int]]:
    """The sums; nothing at all is nothing in the clinic's own currency (outside a clinic XXX, ISO 4217's "none")."""
    clinic = clinic_here()
    return list(value.sums) or [(clinic.currency if clinic is not None else "XXX", 0)]
