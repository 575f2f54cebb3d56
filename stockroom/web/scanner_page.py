"""Does this scanner deliver what codes say?  Three codes are scanned, and what arrived is told and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import AnyOf, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scanner_checks import (
    CONTENTS,
    HARMLESS,
    Arrival,
    Checked,
    Finding,
    TestCode,
    check_scanner,
)
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.outside.code_symbols import Symbol, data_matrix, gs1_128, gs1_data_matrix
from stockroom.queries.settings import clinic_settings_shown
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.scanner_words import SAYS, TITLES, WHY
from stockroom.web.settings_page import WORDS_OF_SETTINGS

blp = Blueprint("scanner_page", __name__, url_prefix="/c/<clinic_uid>/scanner")
_LONGEST = 200


class _Unkeyed(FlaskForm):
    """Nothing is written by it; its anti-forgery token is asked for at the door, as for every form."""

    class Meta:
        csrf = False


def _fields(code: TestCode) -> dict[str, Any]:
    """The fields of one code: what arrived, how the scan ended, and how fast it came."""
    return {
        code.value: StringField(TITLES[code], validators=[Length(max=_LONGEST)]),
        f"{code.value}_end": HiddenField(validators=[Optional(), AnyOf(["Enter", "Tab", "none"])]),
        f"{code.value}_ms": IntegerField(validators=[Optional(), NumberRange(min=0, max=60_000)]),
    }


CheckForm: Any = type(
    "CheckForm", (_Unkeyed,), {name: field for code in TestCode for name, field in _fields(code).items()}
)


class KeepForm(KeyedForm):
    """What is kept for the clinic."""

    separator = HiddenField(validators=[Length(max=8)])
    layout = HiddenField(validators=[Length(max=2)])
    version = IntegerField(validators=[NumberRange(min=1)])


@dataclass(frozen=True, kw_only=True)
class Step:
    """One code to be scanned, and what is told of its arrival."""

    code: TestCode
    title: str
    why: str
    symbol: Symbol
    is_bars: bool
    field: Any
    end: Any
    ms: Any
    arrived: str
    """With every invisible sign written out."""
    told: tuple[tuple[str, bool], ...]
    """Each sentence, and whether something is to be changed."""


@blp.get("")
def steps(clinic_uid: str) -> ResponseReturnValue:
    """The three codes."""
    return _page(CheckForm(formdata=None), None)


@blp.post("")
def check(clinic_uid: str) -> ResponseReturnValue:
    """Tell what arrived."""
    form = CheckForm()
    if not form.validate():
        return _page(form, None), 422
    arrivals = {code: arrival for code in TestCode if (arrival := _arrival(form, code)) is not None}
    return _page(form, check_scanner(arrivals))


@blp.post("/habits")
def keep(clinic_uid: str) -> ResponseReturnValue:
    """Keep for the clinic how its scanners deliver a code."""
    form = KeepForm()
    values = {"scanner_separator": form.separator.data or "", "scanner_layout": form.layout.data or ""}
    command = SetSettings(values=values, version=form.version.data or 0)
    done = send(
        form,
        lambda: set_settings(installation(), command, actor=acting(), key=form.key.data or "", now=present()),
    )
    if isinstance(done, Refusal):
        return _page(CheckForm(formdata=None), None, done), done.status
    say(
        gettext("Kept. From now on scans are read so, on every screen.")
        if done.changed
        else gettext("Nothing was changed.")
    )
    return redirect(url_for("scanner_page.steps", clinic_uid=clinic_uid), code=303)


def _arrival(form: Any, code: TestCode) -> Arrival | None:
    text = form[code.value].data or ""
    if not text:
        return None
    return Arrival(
        text=text,
        ended_with=form[f"{code.value}_end"].data or "",
        ms_a_character=form[f"{code.value}_ms"].data,
    )


def _page(form: Any, checked: Checked | None, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        shown = clinic_settings_shown(connection, acting().clinic_id)
    kept = {"separator": shown.settings.scanner_separator, "layout": shown.settings.scanner_layout}
    found = _found(checked)
    return render_template(
        "scanner/scanner.html",
        steps=[_step(form, code, checked) for code in TestCode],
        checked=checked,
        is_whole=checked is not None and len(checked.findings) == len(TestCode),
        found=found,
        kept=kept,
        layouts=WORDS_OF_SETTINGS,
        differs=found is not None and found != kept,
        written_out=written_out,
        keeping=KeepForm(formdata=None, data={"version": shown.version}),
        refusal=refusal,
    )


def _found(checked: Checked | None) -> Mapping[str, str] | None:
    """What may be kept: only when separator and letters were both looked at."""
    if checked is None or not {TestCode.SEPARATOR, TestCode.LETTERS} <= set(checked.findings):
        return None
    if any(Finding.NOT_READ in found for found in checked.findings.values()):
        return None
    return {"separator": checked.separator, "layout": checked.layout or ""}


def _step(form: Any, code: TestCode, checked: Checked | None) -> Step:
    findings = checked.findings.get(code, ()) if checked is not None else ()
    return Step(
        code=code,
        title=str(TITLES[code]),
        why=str(WHY[code]),
        symbol=_symbol(code),
        is_bars=code is TestCode.BARS,
        field=form[code.value],
        end=form[f"{code.value}_end"],
        ms=form[f"{code.value}_ms"],
        arrived=written_out(form[code.value].data or ""),
        told=tuple((str(SAYS[each]), each not in HARMLESS) for each in findings),
    )


def _symbol(code: TestCode) -> Symbol:
    match code:
        case TestCode.SEPARATOR:
            return gs1_data_matrix(CONTENTS[code])
        case TestCode.LETTERS:
            return data_matrix(CONTENTS[code])
        case TestCode.BARS:
            return gs1_128(CONTENTS[code].replace("(", "").replace(")", ""))


def written_out(text: str) -> str:
    """Give a text with its control characters visible.

    >>> written_out("A\\x1dB")
    'A␝B'
    """
    return "".join(chr(0x2400 + ord(each)) if each < " " else each for each in text)
