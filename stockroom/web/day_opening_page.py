"""Opening the day: read the thermometers, see what dies today and what the rooms lack, look at the emergency box."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, StockroomError
from stockroom.operations.check_emergency_box import (
    NOTE_LONGEST,
    SEAL_LONGEST,
    CheckEmergencyBox,
    check_emergency_box,
)
from stockroom.operations.record_readings import ReadingOf, RecordReadings, record_readings
from stockroom.queries.day_opening import Opening, bring_list
from stockroom.queries.day_opening import opening as opening_of
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.degrees import HIGHEST_WORD, LOWEST_WORD, NOW_WORD, degrees_field, typed_figures
from stockroom.web.formats import zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("day_opening_page", __name__, url_prefix="/c/<clinic_uid>/opening")


class BoxForm(KeyedForm):
    """What was seen of the emergency box."""

    is_complete = BooleanField(lazy_gettext("Everything is in it"))
    is_sealed = BooleanField(lazy_gettext("It is sealed"))
    seal = StringField(lazy_gettext("Number of the seal"), validators=[Length(max=SEAL_LONGEST)])
    note = StringField(
        lazy_gettext("What is missing, and who sees to it"), validators=[Length(max=NOTE_LONGEST)]
    )


def _fields_of(uid: str) -> dict[str, Field]:
    """The fields of one place, by its uid."""
    return {
        f"now-{uid}": degrees_field(NOW_WORD),
        f"lowest-{uid}": degrees_field(LOWEST_WORD),
        f"highest-{uid}": degrees_field(HIGHEST_WORD),
        f"seen-{uid}": HiddenField(),
    }


def _round_form(shown: Opening, *, is_sent: bool) -> Any:
    """The form of a round: three fields for each place, and what was shown as its last reading."""
    fields: dict[str, Field] = {}
    for each in shown.to_read:
        fields |= _fields_of(each.place.uid)
    form_class = type("RoundForm", (KeyedForm,), fields)
    if is_sent:
        return form_class()
    seen = {f"seen-{each.place.uid}": each.last.uid for each in shown.to_read if each.last is not None}
    return form_class(formdata=None, data=seen)


@blp.get("")
def opening(clinic_uid: str) -> ResponseReturnValue:
    """Everything with which a day begins."""
    shown = _shown()
    return _page(shown, _round_form(shown, is_sent=False))


@blp.post("")
def read(clinic_uid: str) -> ResponseReturnValue:
    """Write down what the thermometers say."""
    shown = _shown()
    form = _round_form(shown, is_sent=True)
    done = send(
        form,
        lambda: record_readings(
            installation(), _round(form, shown), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        _show_newest(form, shown, done.error)
        return _page(shown, form, refusal=done), done.status
    if done.out_location_uids:
        say(
            gettext("Written down. Something is outside its limits: hold what lies there."), loudness="danger"
        )
        return redirect(
            url_for("excursion_page.excursion", clinic_uid=clinic_uid, excursion_uid=done.excursion_uids[0]),
            code=303,
        )
    count = len(done.reading_uids) + done.known_count
    say(ngettext("%(num)s reading is written down.", "%(num)s readings are written down.", count))
    return _to_opening(clinic_uid)


@blp.post("/boxes/<location_uid>/checks")
def check_box(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Write down a look at the emergency box."""
    form = BoxForm()
    command = CheckEmergencyBox(
        location_uid=location_uid,
        is_complete=bool(form.is_complete.data),
        is_sealed=bool(form.is_sealed.data),
        seal=form.seal.data or "",
        note=form.note.data or "",
    )
    done = send(
        form,
        lambda: check_emergency_box(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        shown = _shown()
        page = _page(
            shown, _round_form(shown, is_sent=False), refusal=done, box_form=form, box_uid=location_uid
        )
        return page, done.status
    say(gettext("The look at the emergency box is written down."))
    return _to_opening(clinic_uid)


@blp.get("/bring.csv")
def bring_csv(clinic_uid: str) -> ResponseReturnValue:
    """What is brought from the store, as a file."""
    with installation().reading() as connection:
        rows = bring_list(connection, acting().clinic_id, zone=zone_of_page(), now=present())
    heads = [
        gettext("Room"), gettext("Product"), gettext("Strength"), gettext("Should be there"), gettext("Is there"),
        gettext("Bring"), gettext("From"), gettext("Lot"), gettext("Good until"), gettext("Not in the store"),
    ]  # fmt: skip
    lines: list[list[Cell]] = []
    for row in rows:
        named: list[Cell] = [
            row.par.place,
            row.par.product_name,
            row.par.strength,
            row.par.par_count,
            row.par.here_count,
        ]
        for lying, count in row.sources:
            lines.append([*named, count, lying.place, lying.lot_number, lying.expires_on, None])
        if row.short_count:
            lines.append([*named, None, None, None, None, row.short_count])
    return csv_file("bring-from-store", heads, lines)


def _round(form: Any, shown: Opening) -> RecordReadings:
    """The places that were filled in.  Raises InvalidValue when none was, or an extreme stands alone."""
    readings = []
    for each in shown.to_read:
        uid = each.place.uid
        now, lowest, highest = (form[f"{name}-{uid}"] for name in ("now", "lowest", "highest"))
        figures = typed_figures(now, lowest, highest)
        if figures is None:
            if (lowest.data or "").strip() or (highest.data or "").strip():
                raise InvalidValue(field=f"now-{uid}", problem=gettext("What it says now is missing."))
            continue
        seen = form[f"seen-{uid}"].data or None
        readings.append(ReadingOf(location_uid=uid, figures=figures, looks=True, seen_uid=seen))
    if not readings:
        raise InvalidValue(field="readings", problem=gettext("no thermometer was read"))
    return RecordReadings(readings=tuple(readings))


def _show_newest(form: Any, shown: Opening, error: StockroomError | None) -> None:
    """After a colleague's other figures were told, the same form sent again is another reading."""
    if error is None or error.code != "read_meanwhile":
        return
    for each in shown.to_read:
        if each.last is not None:
            form[f"seen-{each.place.uid}"].data = each.last.uid


def _to_opening(clinic_uid: str) -> ResponseReturnValue:
    return redirect(url_for("day_opening_page.opening", clinic_uid=clinic_uid), code=303)


def _shown() -> Opening:
    with installation().reading() as connection:
        return opening_of(connection, acting().clinic_id, zone=zone_of_page(), now=present())


def _page(
    shown: Opening,
    form: Any,
    *,
    refusal: Refusal | None = None,
    box_form: BoxForm | None = None,
    box_uid: str = "",
) -> str:
    forms = {
        each.place.uid: box_form
        if box_form is not None and each.place.uid == box_uid
        else BoxForm(formdata=None, prefix="", data={"seal": each.seal})
        for each in shown.boxes
    }
    return render_template(
        "day/opening.html",
        shown=shown,
        packs=packs_of(shown.dying),
        form=form,
        boxes=[(each, forms[each.place.uid]) for each in shown.boxes],
        refusal=refusal,
        box_refused=box_form is not None,
        as_printed=request.args.get("print") == "1",
    )
