"""How is a use put right on a page: in whose session it was, how much it was, and where it went?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, Refused
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, UseCorrected, correct_use
from stockroom.queries.done_acts import act_done
from stockroom.queries.late_entry import sessions_between
from stockroom.queries.reference import words_of
from stockroom.queries.use_to_correct import LineToCorrect, UseToCorrect, use_to_correct
from stockroom.rules.using import AreaUse
from stockroom.units import parse_quantity, said_unit, say_quantity, typed_number
from stockroom.vocabulary import BaseUnit, SessionState
from stockroom.web.formats import show_word, tell
from stockroom.web.forms import Refusal, say, send
from stockroom.web.late_lines import session_called
from stockroom.web.overfill_form import REASONS, OverfillForm
from stockroom.web.patients_named import named_patients

blp = Blueprint("use_correction_page", __name__, url_prefix="/c/<clinic_uid>/uses/<use_uid>/correction")

AROUND = timedelta(days=1)
"""Sessions planned within a day of the use are offered: whose else it was stood on the same list."""
_NOBODY_CAME = frozenset({SessionState.CANCELLED, SessionState.DID_NOT_COME})
_AMOUNT = 30


class AreaFields(Form):
    """An area, and how much went into it where there are several."""

    area = SelectField(lazy_gettext("Area"))
    amount = StringField(lazy_gettext("How much of it"), validators=[Length(max=_AMOUNT)])


class LineFields(Form):
    """A thing that went to the patient."""

    amount = StringField(
        lazy_gettext("How much"),
        validators=[InputRequired(lazy_gettext("Say how much.")), Length(max=_AMOUNT)],
    )
    areas = FieldList(FormField(AreaFields), max_entries=50)


class CorrectionForm(OverfillForm):
    """What really happened, and why it was booked otherwise."""

    session_uid = SelectField(lazy_gettext("It was used in"))
    lines = FieldList(FormField(LineFields), label=lazy_gettext("What was used"), max_entries=200)
    reason = TextAreaField(
        lazy_gettext("What was wrong"),
        validators=[InputRequired(lazy_gettext("Say what was wrong.")), Length(max=500)],
    )


@blp.get("")
def look(clinic_uid: str, use_uid: str) -> ResponseReturnValue:
    """The use as it stands, to be changed."""
    use = _use(use_uid)
    form = CorrectionForm(formdata=None, data=_as_booked(use))
    return _page(use, form, _give_choices(form, use))


@blp.post("")
def correct(clinic_uid: str, use_uid: str) -> ResponseReturnValue:
    """Turn it round and book it as it really was."""
    form = CorrectionForm()
    if (before := _booked_before(form.key.data or "")) is not None:
        return _to_movement(clinic_uid, before)
    use = _use(use_uid)
    booked_in = _give_choices(form, use)
    done = send(form, lambda: _corrected(form, use))
    if isinstance(done, Refusal):
        return _page(use, form, booked_in, done), done.status
    _say_what_follows(done)
    return _to_movement(clinic_uid, done.movement_uid)


def _booked_before(key: str) -> str | None:
    """What a first press booked: a second one finds the use taken back already, and answers as the first did."""
    actor = acting()
    with installation().reading() as connection:
        done = act_done(connection, actor.clinic_id, author_uid=actor.person_uid, key=key)
    return None if done is None else done.movement_uid


def _to_movement(clinic_uid: str, uid: str) -> ResponseReturnValue:
    there = url_for("movements_page.movement", clinic_uid=clinic_uid, movement_uid=uid)
    return redirect(there, code=303)


def _use(uid: str) -> UseToCorrect:
    with installation().reading() as connection:
        return use_to_correct(connection, acting().clinic_id, uid=uid)


def _as_booked(use: UseToCorrect) -> dict[str, object]:
    return {
        "lines": [
            {
                "amount": _typed(each.quantity, each),
                "areas": [{"area": a.area, "amount": _typed(a.quantity, each)} for a in each.areas]
                or _no_area(each),
            }
            for each in use.lines
        ],
    }


def _no_area(line: LineToCorrect) -> list[dict[str, str]]:
    """A row in which an area may be named; needles and the like go into none."""
    return [] if line.base_unit is BaseUnit.PIECE else [{}]


def _typed(quantity: int, line: LineToCorrect) -> str:
    return say_quantity(quantity, line.base_unit).quantity


def _say_what_follows(done: UseCorrected) -> None:
    say(gettext("Put right. What was booked before stays beside it."))
    if done.broken_rules:
        rules = ", ".join(map(show_word, done.broken_rules))
        say(gettext("A second person signs it: %(rules)s.", rules=rules), loudness="warning")
    if done.lost_allocation_uids:
        say(gettext("What sessions were promised of it is lost: look at the alerts."), loudness="warning")


def _corrected(form: CorrectionForm, use: UseToCorrect) -> UseCorrected:
    if len(form.lines) != len(use.lines):
        raise InvalidValue(field="lines", problem=gettext("this was changed meanwhile; look at it again"))
    said = [_line(line, entry.form) for line, entry in zip(use.lines, form.lines, strict=True)]
    command = CorrectUse(
        movement_uid=use.movement_uid,
        reason=(form.reason.data or "").strip(),
        session_uid=form.session_uid.data or None,
        lines=tuple(each for each in said if each.quantity is not None or each.areas is not None),
        overfill_reason=form.why_more,
    )
    if command.session_uid is None and not command.lines:
        raise InvalidValue(
            field="reason", problem=gettext("nothing was changed above: say what is to be put right")
        )
    return correct_use(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _line(line: LineToCorrect, fields: LineFields) -> CorrectedLine:
    """What of a line is said otherwise than it was booked."""
    quantity = _amount(fields.amount, line)
    chosen = [each.form for each in fields.areas if each.form.area.data]
    if in_parts(line):
        areas = tuple(AreaUse(area=each.area.data, quantity=_amount(each.amount, line)) for each in chosen)
    else:
        areas = tuple(AreaUse(area=each.area.data, quantity=quantity) for each in chosen)
    return CorrectedLine(
        n=line.n,
        quantity=None if quantity == line.quantity else quantity,
        areas=None if areas == line.areas else areas,
    )


def in_parts(line: LineToCorrect) -> bool:
    """Whether each of its areas has an amount of its own."""
    return len(line.areas) > 1 or any(each.quantity != line.quantity for each in line.areas)


def _amount(field: StringField, line: LineToCorrect) -> int:
    """The base units that were typed; what cannot be read is marked where it was typed."""
    unit = said_unit(line.quantity, line.base_unit)
    try:
        return parse_quantity(typed_number(field.data), unit, base_unit=line.base_unit)
    except Refused as error:
        field.errors = [tell(error)]
        raise InvalidValue(field="lines", problem=tell(error)) from error


def _give_choices(form: CorrectionForm, use: UseToCorrect) -> str:
    """Fill the choices: sessions around the use, and areas.  Give what the session goes by in which it is booked."""
    with installation().reading() as connection:
        areas = words_of(connection, kinds=("areas",))["areas"]
    names = dict(_sessions(use))
    booked_in = names.pop(use.session_uid, "")
    form.session_uid.choices = [("", gettext("this session")), *names.items()]
    for line in form.lines:
        for each in line.form.areas:
            each.form.area.choices = [("", "–"), *areas]
    return booked_in


def _sessions(use: UseToCorrect) -> Sequence[tuple[str, str]]:
    with installation().reading() as connection:
        found = sessions_between(
            connection,
            acting().clinic_id,
            begins_at=use.occurred_at - AROUND,
            ends_at=use.occurred_at + AROUND,
            also=(use.session_uid,),
        )
    came = [each for each in found if each.uid == use.session_uid or each.state not in _NOBODY_CAME]
    patients = named_patients({each.patient_id: each.patient_uid for each in came}, page="use_correction")
    names = {key: who.name for key, who in patients.items()}
    return [(each.uid, session_called(each, names.get(each.patient_id, ""))) for each in came]


def _page(use: UseToCorrect, form: CorrectionForm, booked_in: str, refusal: Refusal | None = None) -> str:
    return render_template(
        "movement/correction.html",
        use=use,
        booked_in=booked_in,
        form=form,
        lines=list(zip(use.lines, form.lines, strict=False)),
        units=[said_unit(each.quantity, each.base_unit) for each in use.lines],
        in_parts=in_parts,
        refusal=refusal,
        overfill_reasons=REASONS,
    )
