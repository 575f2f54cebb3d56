"""Which device is used in a session: chosen, cleaned first where it must be, or taken back?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField
from wtforms.validators import Length, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import LIMIT_BYTES
from stockroom.operations.keep_device import CleanDevice, clean_device
from stockroom.operations.use_device import (
    DeviceUsed,
    TakeBackDevice,
    UseDevice,
    take_back_device,
    use_device,
)
from stockroom.queries.bench_session import BenchVisit, visit_at_bench
from stockroom.queries.devices import DeviceRow, devices_of, devices_used
from stockroom.rules.devices import DeviceNotCleaned, stop_of
from stockroom.web.formats import tell, today_here
from stockroom.web.forms import KeyedForm, OverridingForm, Refusal, say, send
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_view import UID
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("session_devices_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>/devices")


class DeviceUseForm(OverridingForm):
    """A device that is taken, and whether it was cleaned just now."""

    device_uid = HiddenField(validators=[Regexp(UID)])
    cleaned = HiddenField(validators=[Optional(), Regexp("^yes$")])
    scan = HiddenField(validators=[Length(max=LIMIT_BYTES)])
    """What was scanned where it was not clean yet; empty where it is chosen."""


class TakeBackForm(KeyedForm):
    act_uid = HiddenField(validators=[Regexp(UID)])


@blp.get("")
def choose(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """The clinic's devices, those of the session's room first, and what stops each."""
    return _page(session_uid)


@blp.post("")
def take(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Use a device; where it had to be cleaned first and was, that is written down as well."""
    form = DeviceUseForm()
    done = send(form, lambda: _taken(session_uid, form))
    if isinstance(done, Refusal):
        return _page(session_uid, refusal=done, asked=form), done.status
    say(gettext("The device stands in the session."))
    return redirect(url_for("session_page.session", clinic_uid=clinic_uid, session_uid=session_uid), code=303)


@blp.post("/removal")
def take_back(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """It was not used after all; both rows stay."""
    form = TakeBackForm()
    command = TakeBackDevice(act_uid=form.act_uid.data or "", reason="undone at the bench")
    done = send(form, lambda: take_back_device(installation(), command, **_by(form)))
    if isinstance(done, Refusal):
        return _page(session_uid, refusal=done), done.status
    say(gettext("Taken back. Nothing of it stands any more."), loudness="info")
    return redirect(url_for("session_page.session", clinic_uid=clinic_uid, session_uid=session_uid), code=303)


def _taken(session_uid: str, form: DeviceUseForm) -> DeviceUsed:
    device_uid = form.device_uid.data or ""
    if form.cleaned.data:
        cleaned = CleanDevice(device_uid=device_uid)
        clean_device(installation(), cleaned, actor=acting(), key=f"{form.key.data}-clean", now=present())
    command = UseDevice(
        session_uid=session_uid,
        device_uid=device_uid,
        scan=form.scan.data or None,
        override=form.override(),
    )
    return use_device(installation(), command, **_by(form))


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _page(session_uid: str, *, refusal: Refusal | None = None, asked: DeviceUseForm | None = None) -> str:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        devices = devices_of(connection, clinic_id, today=today_here())
        used = devices_used(connection, clinic_id, [visit.id]).get(visit.id, [])
    taken = {each.device_uid for each in used if each.taken_back_at is None}
    shown = [_offered(each, visit) for each in devices if each.uid not in taken]
    return render_template(
        "session/devices.html",
        visit=visit,
        patient=whole_patient(visit.patient_uid, page="session"),
        loudness=STATE_LOUDNESS,
        devices=sorted(shown, key=lambda each: each["is_elsewhere"]),
        used=used,
        refusal=refusal,
        asked=asked if refusal is not None and refusal.rules else None,
        fresh=lambda: DeviceUseForm(formdata=None).key.data,
    )


def _offered(row: DeviceRow, visit: BenchVisit) -> dict[str, Any]:
    stop = stop_of(row.state, patient_id=visit.patient_id)
    return {
        "row": row,
        "stop": None if stop is None else tell(stop),
        "has_to_be_cleaned": isinstance(stop, DeviceNotCleaned),
        "is_elsewhere": row.room != (visit.room or ""),
    }
