"""What must somebody look at, since when, and who has said that he or she sees to it?"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField

from stockroom.access.acting import acting, installation, present
from stockroom.access.countersigning import actor_of_signer
from stockroom.db.identifiers import new_uid
from stockroom.notices import AlertKind
from stockroom.operations.answer_alert import AcknowledgeAlert, SnoozeAlert, acknowledge_alert, snooze_alert
from stockroom.operations.sign_deviation import SignDeviation, Signed, sign_deviation
from stockroom.queries.alerts import AlertRow, AlertsAsked, alerts, deviations
from stockroom.queries.paging import is_uid
from stockroom.rules.alerting import profile
from stockroom.web.forms import CountersignedForm, KeyedForm, Refusal, say, send
from stockroom.web.signing import own_way

blp = Blueprint("alerts_page", __name__, url_prefix="/c/<clinic_uid>/alerts")
SNOOZE_DAYS = (1, 7, 30)
DEVIATIONS_SHOWN = 200


class SnoozeForm(KeyedForm):
    """For how long an alert is put off."""

    days = SelectField(lazy_gettext("Put off"), coerce=int, choices=[(days, days) for days in SNOOZE_DAYS])


@blp.get("", endpoint="alerts")
def alerts_shown(clinic_uid: str) -> ResponseReturnValue:
    """What concerns the reader, the newest first: waiting, or (asked for) all, with what is resolved."""
    return _page()


@blp.post("/<alert_uid>/acknowledgement")
def acknowledge(clinic_uid: str, alert_uid: str) -> ResponseReturnValue:
    """Say that one sees to it."""
    form = KeyedForm()
    command = AcknowledgeAlert(alert_uid=alert_uid)
    done = send(form, lambda: acknowledge_alert(installation(), command, **_by(form)))
    return _answered(done, clinic_uid, gettext("You see to it. It goes by itself when its cause is gone."))


@blp.post("/<alert_uid>/snooze")
def snooze(clinic_uid: str, alert_uid: str) -> ResponseReturnValue:
    """Put it off."""
    form = SnoozeForm()
    until = present() + timedelta(days=form.days.data or 1)
    command = SnoozeAlert(alert_uid=alert_uid, until=until)
    done = send(form, lambda: snooze_alert(installation(), command, **_by(form)))
    return _answered(done, clinic_uid, gettext("Put off. It comes back when the time is over."))


@blp.post("/deviations/<deviation_uid>/signature")
def sign(clinic_uid: str, deviation_uid: str) -> ResponseReturnValue:
    """Sign what another person decided or recorded: who is signed in, or who shows badge, PIN or password."""
    form = CountersignedForm()
    done = send(form, lambda: _signed(deviation_uid, form))
    return _answered(done, clinic_uid, gettext("Signed."), signing=deviation_uid)


def _signed(deviation_uid: str, form: CountersignedForm) -> Signed:
    signer = form.signer()
    command = SignDeviation(deviation_uid=deviation_uid, way=own_way() if signer is None else signer.way)
    by = _by(form) if signer is None else {**_by(form), "actor": actor_of_signer(signer)}
    return sign_deviation(installation(), command, **by)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _answered(done: object, clinic_uid: str, sentence: str, *, signing: str = "") -> ResponseReturnValue:
    if isinstance(done, Refusal):
        return _page(refusal=done, signing=signing), done.status
    say(sentence)
    return redirect(url_for("alerts_page.alerts", clinic_uid=clinic_uid), code=303)


def _page(*, refusal: Refusal | None = None, signing: str = "") -> str:
    everything = request.args.get("all") == "1"
    after = request.args.get("after", "")
    asked = AlertsAsked(roles=acting().roles, with_resolved=everything, waiting_only=not everything)
    with installation().reading() as connection:
        page = alerts(
            connection, acting().clinic_id, now=present(), asked=asked, after=after if is_uid(after) else None
        )
        unsigned = deviations(connection, acting().clinic_id, limit=DEVIATIONS_SHOWN).items
    return render_template(
        "alerts/alerts.html",
        alerts=[(row, profile(AlertKind(row.kind)), _job(row)) for row in page.items],
        next_after=page.next_cursor,
        everything=everything,
        deviations=unsigned,
        countersign=CountersignedForm(formdata=None),
        signing=signing or request.args.get("sign", ""),
        refusal=refusal,
        days=SNOOZE_DAYS,
        fresh_key=lambda: new_uid(present()),
    )


def _job(row: AlertRow) -> str:
    """The job that the alert is about; empty for other alerts."""
    return str(json.loads(row.facts).get("job", "")) if row.subject_kind == "job" else ""
