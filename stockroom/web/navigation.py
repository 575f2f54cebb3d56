"""Where does a person find herself, and where can she go?  The first page, and what every page's frame shows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user

from stockroom.access.acting import installation
from stockroom.queries.clinics import ClinicRow, clinics_of
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action

blp = Blueprint("navigation", __name__)


@blp.get("/")
def first_page() -> ResponseReturnValue:
    """The stock of one's clinic, or the choice of clinics for a person who works in several."""
    clinics = _own_clinics()
    if len(clinics) == 1:
        return redirect(url_for("stock.on_hand", clinic_uid=clinics[0].uid))
    return render_template("choose_clinic.html", clinics=clinics)


def of_page() -> dict[str, Any]:
    """What the frame of every page shows: the language, the clinic acted in, whether there are others."""
    actor = g.get("actor")
    language = str(get_locale() or "en")
    if actor is None:
        return {"clinic": None, "may_mint": False, "language": language}
    clinics = _own_clinics()
    clinic = next(clinic for clinic in clinics if clinic.uid == actor.clinic_uid)
    return {
        "language": language,
        "clinic": clinic,
        "has_other_clinics": len(clinics) > 1,
        "may_mint": may(actor.roles, Action.MINT_TOKEN),
    }


def _own_clinics() -> tuple[ClinicRow, ...]:
    if "own_clinics" not in g:
        with installation().reading() as connection:
            g.own_clinics = clinics_of(connection, current_user.id, limit=200).items
    clinics: tuple[ClinicRow, ...] = g.own_clinics
    return clinics
