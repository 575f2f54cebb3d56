"""The end of a count: what differs and what it is worth, why, and who confirms it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.ledger.stocktakes import CountBooked
from stockroom.operations.confirm_count import Because, ConfirmCount, confirm_count
from stockroom.queries.stock_counts import CountedThing, CountShown, stock_count
from stockroom.rules.valuing import total
from stockroom.vocabulary import CountReason, CountState, SignOnWay
from stockroom.web.count_words import TROUBLES, WHY_SECOND
from stockroom.web.counted import packs_of
from stockroom.web.forms import NOT_SIGNED, CountersignedForm, Refusal, say, send

blp = Blueprint("count_end_page", __name__, url_prefix="/c/<clinic_uid>/counts/<count_uid>/confirmation")
_SECOND = ("count_needs_second_person", "second_person_may_not_confirm", *NOT_SIGNED)


class ConfirmForm(CountersignedForm):
    """The count is booked as it was looked through."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


@blp.get("")
def look(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """What differs, with its worth, before it is booked."""
    return _draw(count_uid, ConfirmForm(formdata=None))


@blp.post("")
def confirm(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Book the differences."""
    form = ConfirmForm()
    with installation().reading() as connection:
        shown = stock_count(connection, acting().clinic_id, uid=count_uid)
    done = send(form, lambda: _confirm(form, shown))
    if isinstance(done, Refusal):
        return _draw(count_uid, form, done)
    differing = len(done.differences)
    say(
        ngettext(
            "The count is booked: %(num)s difference.", "The count is booked: %(num)s differences.", differing
        )
        if differing
        else gettext("The count is booked. Everything that was counted is as the books say.")
    )
    return redirect(url_for("count_page.count", clinic_uid=clinic_uid, count_uid=count_uid), code=303)


def _confirm(form: ConfirmForm, shown: CountShown) -> CountBooked:
    second = form.signer()
    command = ConfirmCount(
        count_uid=shown.count.uid,
        version=form.version.data or 0,
        reasons=tuple(
            Because(
                lot_uid=each.named.lot_uid, location_uid=each.named.location_uid, reason=CountReason(said)
            )
            for each in shown.differing
            if (said := reason_said(each)) in tuple(CountReason)
        ),
        second_person_uid=second.person_uid if second else None,
        second_person_way=second.way if second else SignOnWay.PASSWORD,
    )
    return confirm_count(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def field_of(each: CountedThing) -> str:
    """The name of the field that asks why a thing differs."""
    return f"reason-{each.finds[-1].uid}"


def reason_said(each: CountedThing) -> str:
    """Why a thing differs: what this form says, else what was said before."""
    return request.form.get(field_of(each), each.reason or "")


def _draw(count_uid: str, form: ConfirmForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    with installation().reading() as connection:
        shown = stock_count(connection, acting().clinic_id, uid=count_uid)
    if shown.count.state != CountState.OPEN and refusal is None:
        return redirect(
            url_for("count_page.count", clinic_uid=acting().clinic_uid, count_uid=count_uid), code=303
        )
    form.version.data = shown.count.version
    more = [each.worth for each in shown.differing if each.difference > 0]
    less = [each.worth for each in shown.differing if each.difference < 0]
    page = render_template(
        "counts/confirm.html",
        shown=shown,
        packs=packs_of(each.named for each in shown.differing),
        count=shown.count,
        form=form,
        reasons=tuple(CountReason),
        field_of=field_of,
        reason_said=reason_said,
        is_unsaid=[each for each in shown.differing if not reason_said(each)],
        more=total(more),
        less=total(less),
        has_unknown=any(each.worth is None for each in shown.differing),
        troubles=TROUBLES,
        why_second=WHY_SECOND,
        wants_second=bool(shown.why_second) or (refusal is not None and refusal.code in _SECOND),
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200
