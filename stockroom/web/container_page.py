"""What is in this opened container, until when, what was drawn from it, and how does it end?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.operations.dispose import ContainerFinished, FinishContainer, finish_container
from stockroom.operations.move_goods import ContainerPlaced, PlaceContainer, place_container
from stockroom.operations.redate_opening import OpeningDatedBack, RedateOpening, redate_opening
from stockroom.queries import containers as container_queries
from stockroom.queries.container_account import ContainerAccount, DrawnFor, account_of
from stockroom.queries.containers import ContainerRow
from stockroom.queries.history import history_of_container
from stockroom.queries.standing import Standing, standings_of_lot
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action, ContainerState, DisposalReason
from stockroom.web.coming_back import back_to, came_from
from stockroom.web.formats import show_amount, show_word, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import places_to_choose
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.patients_named import named_patients

blp = Blueprint("container_page", __name__, url_prefix="/c/<clinic_uid>/containers/<container_uid>")
EMPTY = ""
"""The reason of a container that is empty but for what usually stays behind."""
QUICK_REASONS = (DisposalReason.BROKEN, DisposalReason.SPILLED, DisposalReason.CONTAMINATED)
"""One tap each."""


class EndingForm(KeyedForm):
    reason = SelectField(lazy_gettext("What becomes of the rest?"))
    note = StringField(lazy_gettext("Note"), validators=[Length(max=2000)])


class PlacingForm(KeyedForm):
    to = SelectField(lazy_gettext("Where does it stand now?"))


class EarlierForm(KeyedForm):
    opened_at = DateTimeLocalField(
        lazy_gettext("When it really was opened"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(lazy_gettext("Say when."))],
    )
    how = StringField(
        lazy_gettext("How that came out"),
        validators=[InputRequired(lazy_gettext("Write why.")), Length(max=500)],
    )


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The three acts of the page."""

    ending: EndingForm
    placing: PlacingForm
    earlier: EarlierForm


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What one patient got of it, as the page says it."""

    patient: str
    quantity: int
    draws: int


@blp.get("")
def container(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    """One container, open or not; the patient whose it is by the reference alone, written down first."""
    row = _container(container_uid)
    return _page(row, _forms(row))


@blp.post("/ending")
def finish(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    """End it: empty, or its rest is thrown away for a reason."""
    row = _container(container_uid)
    forms = _forms(row)
    done = send(forms.ending, lambda: _finished(forms.ending, container_uid))
    if isinstance(done, Refusal):
        return _page(row, forms, done)
    if done.disposed_quantity:
        amount = show_amount(done.disposed_quantity, row.base_unit)
        say(gettext("%(code)s is ended; thrown away: %(amount)s.", code=row.short_code, amount=amount))
    else:
        say(gettext("%(code)s is ended.", code=row.short_code))
    return _back(clinic_uid, container_uid)


@blp.post("/placings")
def place(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    """Put it somewhere else; its limit only shortens."""
    row = _container(container_uid)
    forms = _forms(row)
    done = send(forms.placing, lambda: _placed(forms.placing, container_uid))
    if isinstance(done, Refusal):
        return _page(row, forms, done)
    shorter = done.beyond_use_at is not None and done.beyond_use_at != row.beyond_use_at
    if done.serves_one:
        say(gettext("Moved. In a treatment room it serves one patient from now on."), loudness="warning")
    elif shorter:
        say(gettext("Moved. It keeps for less long there: look at its new limit."), loudness="warning")
    else:
        say(gettext("Moved."))
    return _back(clinic_uid, container_uid)


@blp.post("/earlier-openings")
def redate(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    """It was opened earlier than is booked; its limit only shortens."""
    row = _container(container_uid)
    forms = _forms(row)
    done = send(forms.earlier, lambda: _redated(forms.earlier, container_uid))
    if isinstance(done, Refusal):
        return _page(row, forms, done)
    if done.late_uses:
        say(
            ngettext(
                "It counts as opened then. %(num)s use turns out to have been too late: a second person signs.",
                "It counts as opened then. %(num)s uses turn out to have been too late: a second person signs.",
                done.late_uses,
            ),
            loudness="warning",
        )
    else:
        say(gettext("It counts as opened then: look at its limit."), loudness="warning")
    return _back(clinic_uid, container_uid)


def _back(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    usual = url_for("container_page.container", clinic_uid=clinic_uid, container_uid=container_uid)
    return redirect(back_to(usual, clinic_uid=clinic_uid), code=303)


def _container(uid: str) -> ContainerRow:
    with installation().reading() as connection:
        return container_queries.container(connection, acting().clinic_id, uid=uid)


def _forms(row: ContainerRow) -> Forms:
    ending, placing, earlier = EndingForm(), PlacingForm(), EarlierForm()
    reasons = [(each.value, show_word(each.value)) for each in DisposalReason if each not in QUICK_REASONS]
    quick = [(each.value, show_word(each.value)) for each in QUICK_REASONS]
    ending.reason.choices = [(EMPTY, gettext("nothing but what stays behind")), *quick, *reasons]
    if not ending.is_submitted() and request.args.get("why") in list(DisposalReason):
        ending.reason.process_data(request.args["why"])
    placing.to.choices = places_to_choose(but=row.stands_in_uid if not placing.is_submitted() else None)
    return Forms(ending=ending, placing=placing, earlier=earlier)


def _finished(form: EndingForm, uid: str) -> ContainerFinished:
    reason = DisposalReason(form.reason.data) if form.reason.data else None
    command = FinishContainer(container_uid=uid, reason=reason, note=form.note.data or "")
    return finish_container(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _redated(form: EarlierForm, uid: str) -> OpeningDatedBack:
    typed: datetime = form.opened_at.data
    at = typed.replace(tzinfo=ZoneInfo(zone_of_page()))
    command = RedateOpening(container_uid=uid, opened_at=at, reason=form.how.data or "")
    return redate_opening(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _placed(form: PlacingForm, uid: str) -> ContainerPlaced:
    command = PlaceContainer(container_uid=uid, to_uid=form.to.data)
    return place_container(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(row: ContainerRow, forms: Forms, refusal: Refusal | None = None) -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    listing = asked_listing(columns=("books",), usual="books")
    with installation().reading() as connection:
        history = history_of_container(
            connection, clinic_id, container_uid=row.uid, offset=listing.offset, limit=ROWS
        )
        stood = container_queries.placings_of(connection, clinic_id, uid=row.uid)
        standings = standings_of_lot(connection, clinic_id, lot_uid=row.lot_uid, now=present())
        account = account_of(connection, clinic_id, container_uid=row.uid)
    named = _named(row, account)
    shown = render_template(
        "container/container.html",
        row=row,
        standing=standings.get(row.uid, Standing(location_uid=row.uid, rules=(), hold_reasons=())),
        is_open=row.state == ContainerState.OPEN,
        label=write_label(OwnLabel(LabelKind.CONTAINER, row.short_code)),
        patient=named.get(row.patient_uid or ""),
        account=account,
        drawn=_drawn(account.drawn, named),
        forms=forms,
        quick=QUICK_REASONS,
        history=history,
        stood=stood,
        listing=listing,
        refusal=refusal,
        came_from=came_from(),
    )
    return (shown, refusal.status) if refusal is not None else shown


def _named(row: ContainerRow, account: ContainerAccount) -> dict[str, str]:
    """By which words its patients go, for whoever may read patients; the look is written down first, once."""
    asked = {each.patient_id: each.patient_uid for each in account.drawn}
    if row.patient_id is not None and row.patient_uid is not None:
        asked[row.patient_id] = row.patient_uid
    if not asked or not may(acting().roles, Action.READ_PATIENTS):
        return {}
    known = named_patients(asked, page="container")
    return {
        uid: (known[its_id].reference or known[its_id].short_code)
        if its_id in known
        else gettext("an erased record")
        for its_id, uid in asked.items()
    }


def _drawn(given: tuple[DrawnFor, ...], named: dict[str, str]) -> list[Drawn]:
    """Who got of it: by the reference where it may be read, else by a number."""
    return [
        Drawn(
            patient=named.get(each.patient_uid) or gettext("patient %(number)s", number=number),
            quantity=each.quantity,
            draws=each.draws,
        )
        for number, each in enumerate(given, start=1)
    ]
