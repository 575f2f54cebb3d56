"""A data logger's file for the log of a place: checked first, then brought in whole."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf.file import FileField
from wtforms import HiddenField

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.temperatures import KeptPlace, kept_place
from stockroom.operations.import_readings import ImportReadings, import_readings
from stockroom.rules.temperatures import Figures, Judgement, judge
from stockroom.tables.logger_lines import LoggerFile, read_logger_file
from stockroom.tables.reading import FILE_BYTES_MAX
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, refused, say, send

blp = Blueprint("logger_page", __name__, url_prefix="/c/<clinic_uid>/temperatures/<location_uid>/logger-file")
KEPT_LONGEST = 200_000
FAULTS_SHOWN = 100


class CheckForm(KeyedForm):
    """A file to be checked."""

    file = FileField(lazy_gettext("File of the logger"))


class BringForm(KeyedForm):
    """The file that was checked, packed, on its way back."""

    content = HiddenField()


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a file would bring."""

    file: LoggerFile
    packed: str
    out_count: int


@blp.get("")
def ask(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """A form for a file."""
    return _page(_place(location_uid))


@blp.get("/template.csv")
def template_csv(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """The heads that are read, with an example."""
    return csv_file("logger-template", ["time", "temperature"], [["2026-05-31 08:15", "4.2"]])


@blp.post("")
def check(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Say what a file would bring, and change nothing."""
    place = _place(location_uid)
    form = CheckForm()
    try:
        if not form.file.data:
            raise InvalidValue(field="file", problem=gettext("Choose a file."))
        content = form.file.data.read(FILE_BYTES_MAX + 1)
        return _page(place, checked=_checked(place, content))
    except StockroomError as error:
        refusal = refused(error, form)
        return _page(place, form=form, refusal=refusal), refusal.status


@blp.post("/acceptance")
def bring(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Bring it in, whole."""
    place = _place(location_uid)
    form = BringForm()
    done = send(
        form,
        lambda: import_readings(
            installation(), _command(place, form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _page(place, refusal=done), done.status
    say(
        ngettext("%(num)s reading was brought in", "%(num)s readings were brought in", done.added)
        + "; "
        + gettext("%(known)s were known already.", known=done.unchanged)
    )
    if done.excursion_uids:
        say(gettext("Some are outside the limits: see to the excursion."), loudness="danger")
    return redirect(
        url_for("temperature_page.log", clinic_uid=clinic_uid, location_uid=location_uid), code=303
    )


def _checked(place: KeptPlace, content: bytes) -> Checked:
    read = read_logger_file(content, zone=zone_of_page(), now=present())
    packed = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode()
    if len(packed) > KEPT_LONGEST:
        raise InvalidValue(
            field="file", problem=gettext("The file is too large: cut it into one for each month.")
        )
    out = sum(
        judge(Figures(now_tenths=each.tenths), place.watch.limits) is Judgement.OUT for each in read.lines
    )
    return Checked(file=read, packed=packed, out_count=out)


def _command(place: KeptPlace, form: BringForm) -> ImportReadings:
    read = read_logger_file(_unpacked(form.content.data or ""), zone=zone_of_page(), now=present())
    if read.faults:
        raise InvalidValue(field="file", problem=gettext("It has faults: check it again."))
    return ImportReadings(location_uid=place.uid, lines=read.lines)


def _unpacked(packed: str) -> bytes:
    """The file as it was sent to be checked.  Raises InvalidValue for anything else."""
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.urlsafe_b64decode(packed), FILE_BYTES_MAX)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError
    except (ValueError, binascii.Error, zlib.error):
        raise InvalidValue(
            field="file", problem=gettext("It did not arrive whole: check it again.")
        ) from None
    return content


def _place(location_uid: str) -> KeptPlace:
    with installation().reading() as connection:
        place = kept_place(connection, acting().clinic_id, location_uid)
    if place is None:
        raise ThingNotFound(thing="place", uid=location_uid[:40])
    return place


def _page(
    place: KeptPlace,
    *,
    form: CheckForm | None = None,
    checked: Checked | None = None,
    refusal: Refusal | None = None,
) -> str:
    return render_template(
        "day/logger.html",
        place=place,
        form=form or CheckForm(formdata=None),
        bring_form=BringForm(formdata=None),
        checked=checked,
        told=[
            (
                each.line,
                each.column,
                gettext(each.says).format(**each.facts),
                gettext(each.instead).format(**each.facts),
            )
            for each in (checked.file.faults[:FAULTS_SHOWN] if checked is not None else ())
        ],
        refusal=refusal,
    )
