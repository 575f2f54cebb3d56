"""Which devices does the clinic have, is each clean, serviced and free, and what was done with it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.operations.keep_device import (
    CleanDevice,
    HoldDevice,
    ReleaseDevice,
    RetireDevice,
    ServiceDevice,
    clean_device,
    hold_device,
    release_device,
    retire_device,
    service_device,
)
from stockroom.operations.register_device import (
    ChangeDevice,
    DeviceFacts,
    DeviceSaved,
    RegisterDevice,
    change_device,
    register_device,
)
from stockroom.queries.devices import DeviceRow, device, devices_of, history_of_device
from stockroom.queries.locations import locations
from stockroom.queries.reference import reference_rows
from stockroom.vocabulary import LocationKind
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("devices_page", __name__, url_prefix="/c/<clinic_uid>/devices")
_ = lazy_gettext


class DeviceForm(KeyedForm):
    """What is said of a device."""

    kind = SelectField(_("What it is"), validate_choice=False)
    name = StringField(_("Name"), validators=[InputRequired(_("A device has a name.")), Length(max=100)])
    manufacturer = StringField(_("Manufacturer"), validators=[Length(max=200)])
    udi_di = StringField(_("UDI-DI, as printed (01)"), validators=[Length(max=60)])
    serial = StringField(
        _("Serial number, as printed (21)"),
        validators=[InputRequired(_("A device has a serial number.")), Length(max=90)],
    )
    room_uid = SelectField(_("Room"), validate_choice=False)
    needs_service = BooleanField(_("It has to be serviced"), default=True)
    serviced_until = DateField(_("Serviced until"), validators=[Optional()])
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        with installation().reading() as connection:
            kinds = reference_rows(connection, kind="devices")
            rooms = locations(connection, acting().clinic_id)
        self.kind.choices = [(row.slug, row.name) for row in kinds if row.detail.get("kind") == "device"]
        self.room_uid.choices = [("", "–")] + [
            (row.uid, row.name) for row in rooms if row.kind == LocationKind.ROOM and row.closed_at is None
        ]

    @property
    def facts(self) -> DeviceFacts:
        """What the form says; to be asked once it was validated."""
        return DeviceFacts(
            kind=self.kind.data or "",
            name=self.name.data or "",
            manufacturer=self.manufacturer.data or "",
            udi_di=self.udi_di.data or "",
            serial=self.serial.data or "",
            room_uid=self.room_uid.data or None,
            needs_service=self.needs_service.data,
        )


class WhyForm(KeyedForm):
    """A remark or a reason."""

    reason = StringField(_("Why"), validators=[Length(max=500)])


class ServiceForm(KeyedForm):
    """Until when a service holds."""

    serviced_until = DateField(_("It holds until"), validators=[InputRequired(_("Say until when it holds."))])
    by_whom = StringField(_("Serviced by"), validators=[Length(max=500)])


@blp.get("")
def every(clinic_uid: str) -> ResponseReturnValue:
    """All devices, room by room."""
    with installation().reading() as connection:
        rows = devices_of(
            connection, acting().clinic_id, today=today_here(), with_retired=bool(request.args.get("retired"))
        )
    return render_template("devices/devices.html", devices=rows, retired=bool(request.args.get("retired")))


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """The form of a new device."""
    return render_template("devices/new.html", form=DeviceForm(formdata=None), refusal=None)


@blp.post("/new")
def register(clinic_uid: str) -> ResponseReturnValue:
    """Make it known."""
    form = DeviceForm()

    def do() -> DeviceSaved:
        command = RegisterDevice(facts=form.facts, serviced_until=form.serviced_until.data)
        return register_device(installation(), command, **_by(form))

    done = send(form, do)
    if isinstance(done, Refusal):
        return render_template("devices/new.html", form=form, refusal=done), done.status
    say(gettext("Registered. Its short code is %(code)s.", code=done.short_code))
    return _to(clinic_uid, done.device_uid)


@blp.get("/<device_uid>")
def look(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """One device, its state, and everything that was done with it."""
    return _page(device_uid)


@blp.post("/<device_uid>")
def change(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """Put right what is said of it."""
    form = DeviceForm()

    def do() -> DeviceSaved:
        command = ChangeDevice(device_uid=device_uid, version=form.version.data or 0, facts=form.facts)
        return change_device(installation(), command, **_by(form))

    return _done(clinic_uid, device_uid, form, do, gettext("The device now reads so."))


@blp.post("/<device_uid>/cleaning")
def clean(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """It was cleaned, by whoever sends this."""
    form = WhyForm()
    command = CleanDevice(device_uid=device_uid, how=form.reason.data or "")
    return _done(
        clinic_uid,
        device_uid,
        form,
        lambda: clean_device(installation(), command, **_by(form)),
        gettext("Written down: it is clean."),
    )


@blp.post("/<device_uid>/service")
def service(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """It was serviced."""
    form = ServiceForm()

    def do() -> object:
        command = ServiceDevice(
            device_uid=device_uid, serviced_until=form.serviced_until.data, by_whom=form.by_whom.data or ""
        )
        return service_device(installation(), command, **_by(form))

    return _done(clinic_uid, device_uid, form, do, gettext("The service is written down."))


@blp.post("/<device_uid>/hold")
def hold(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """Stop it from being used."""
    form = WhyForm()
    command = HoldDevice(device_uid=device_uid, reason=form.reason.data or "")
    return _done(
        clinic_uid,
        device_uid,
        form,
        lambda: hold_device(installation(), command, **_by(form)),
        gettext("On hold: nobody uses it."),
    )


@blp.post("/<device_uid>/release")
def release(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """Let it be used again."""
    form = WhyForm()
    command = ReleaseDevice(device_uid=device_uid, reason=form.reason.data or "")
    return _done(
        clinic_uid,
        device_uid,
        form,
        lambda: release_device(installation(), command, **_by(form)),
        gettext("Released."),
    )


@blp.post("/<device_uid>/retirement")
def retire(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    """Take it out of use for good."""
    form = WhyForm()
    command = RetireDevice(device_uid=device_uid, reason=form.reason.data or "")
    return _done(
        clinic_uid,
        device_uid,
        form,
        lambda: retire_device(installation(), command, **_by(form)),
        gettext("Taken out of use. Its history stays."),
    )


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _to(clinic_uid: str, device_uid: str) -> ResponseReturnValue:
    return redirect(url_for(".look", clinic_uid=clinic_uid, device_uid=device_uid), code=303)


def _done(
    clinic_uid: str, device_uid: str, form: KeyedForm, do: Callable[[], object], sentence: str
) -> ResponseReturnValue:
    done = send(form, do)
    if isinstance(done, Refusal):
        own = form if isinstance(form, DeviceForm) else None
        return _page(device_uid, form=own, refusal=done), done.status
    say(sentence)
    return _to(clinic_uid, device_uid)


def _page(device_uid: str, *, form: DeviceForm | None = None, refusal: Refusal | None = None) -> str:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        row = device(connection, clinic_id, uid=device_uid, today=today_here())
        acts = history_of_device(connection, clinic_id, row.id)
    return render_template(
        "devices/device.html",
        device=row,
        acts=acts,
        form=form or _filled(row),
        service=ServiceForm(formdata=None),
        why=lambda: WhyForm(formdata=None),
        refusal=refusal,
    )


def _filled(row: DeviceRow) -> DeviceForm:
    said = {**{name: getattr(row, name) for name in ("kind", "name", "manufacturer", "udi_di", "serial")}}
    return DeviceForm(
        formdata=None,
        data={
            **said, "room_uid": row.room_uid or "", "needs_service": row.needs_service, "version": row.version,
        },
    )  # fmt: skip
