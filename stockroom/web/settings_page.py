"""What does this clinic decide for itself?  One form, made from the registry of settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, Field, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.queries.settings import ClinicSettingsShown, clinic_settings_shown
from stockroom.rules.setting_table import OVERRIDABLE, SETTINGS, TEXT_MAX, Setting, SettingKind, SettingValue
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("settings_page", __name__, url_prefix="/c/<clinic_uid>/administration/settings")


_WORDS = {
    "second_person_for": lazy_gettext("A second person"),
    "bench_receipt_allowed": lazy_gettext("Receiving at the bench"),
    "treatment_room_one_patient": lazy_gettext("A vial in a treatment room serves one patient"),
    "signal_exposures_least": lazy_gettext("Sessions for a rate of adverse reactions"),
    "signal_events_least": lazy_gettext("Sessions with a reaction for a lot to be listed"),
    "signal_confidence_percent": lazy_gettext("How sure the interval of a rate is, in percent"),
    "keep_treatments_years": lazy_gettext("Years that a patient's record is kept"),
    "keep_reactions_years": lazy_gettext("Years that it is kept after an adverse reaction"),
    "expiring_soon_days": lazy_gettext("Expiring soon"),
    "alert_days": lazy_gettext("Told before goods expire"),
    "earlier_lot_days": lazy_gettext("The earlier lot first"),
    "short_dated_days": lazy_gettext("Short-dated goods"),
    "sterile_products_max": lazy_gettext("Sterile products in a cocktail"),
    "count_tolerance_worth": lazy_gettext("Differences of a count, by worth"),
    "count_tolerance_presentations": lazy_gettext("Differences of a count, by number"),
    "tablet_idle_seconds": lazy_gettext("Tablets that nobody uses"),
    "late_entry_hours": lazy_gettext("Late entry, in hours"),
    "backup_hours": lazy_gettext("Told without a backup, after hours"),
    "days_open": lazy_gettext("Days on which the clinic works"),
    "reading_hours": lazy_gettext("Hours of the readings"),
    "closing_hour": lazy_gettext("Hour of the closing"),
    "scanner_separator": lazy_gettext("Separator of the scanners"),
    "scanner_layout": lazy_gettext("Keyboard that the scanners do not know"),
    "duplicate_scan_ms": lazy_gettext("The same code scanned twice"),
    "beyond_use_rule": lazy_gettext("How long cocktails may be used"),
    "beyond_use_minutes": lazy_gettext("Cocktails, in minutes from their beginning"),
    "beyond_use_minutes_refrigerated": lazy_gettext("Cocktails in a fridge, in minutes from their beginning"),
    "recipe_by_two": lazy_gettext("Recipes by two people"),
    "second_check_of_cocktails": lazy_gettext("Cocktails checked by a second person"),
    "sharps_box_days": lazy_gettext("Sharps boxes, in days from their opening"),
    "needles_least": lazy_gettext("Needles of a session, at least"),
    "needles_most": lazy_gettext("Needles of a session, at most"),
    "cartridges_most": lazy_gettext("Cartridges of a session, at most"),
    "outside_authorisation": lazy_gettext("Acting outside an authorisation"),
}
"""What people call a setting; one without a word is called by its name."""


WORDS_OF_SETTINGS = {
    "": lazy_gettext("they type for this keyboard"),
    "fr": lazy_gettext("French (AZERTY)"),
    "be": lazy_gettext("Belgian (AZERTY)"),
    "de": lazy_gettext("German (QWERTZ)"),
    "ch": lazy_gettext("Swiss (QWERTZ)"),
    "gb": lazy_gettext("British"),
    "es": lazy_gettext("Spanish"),
    "it": lazy_gettext("Italian"),
    "pt": lazy_gettext("Portuguese"),
    "se": lazy_gettext("Swedish and Finnish"),
    "immediate_use": lazy_gettext("Immediate use, as revised in 2023 (USP 797)"),
    "immediate_use_2008": lazy_gettext("Immediate use, as of 2008 (USP 797)"),
    "category_1": lazy_gettext("Category 1, at room temperature (USP 797)"),
    "caution": lazy_gettext("It is done, written down, and told"),
    "stop": lazy_gettext("It is refused"),
    "nothing": lazy_gettext("Nothing"),
}
"""What people call the words of which some settings are one."""


class VersionedForm(KeyedForm):
    """A form of what was read under a version."""

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])


def _field(setting: Setting) -> Field:
    """The field of a setting, by its kind."""
    word = str(_WORDS.get(setting.name) or show_word(setting.name).capitalize())
    match setting.kind:
        case SettingKind.FLAG:
            return BooleanField(word)
        case SettingKind.NUMBER:
            needed = InputRequired(lazy_gettext("A whole number."))
            within = NumberRange(
                min=setting.least, max=setting.most, message=lazy_gettext("From %(min)s to %(max)s.")
            )
            return IntegerField(word, validators=[needed, within])
        case SettingKind.NUMBERS:
            return StringField(word, validators=[Length(max=200)])
        case SettingKind.RULES:
            choices = [(rule.value, show_word(rule.value)) for rule in OVERRIDABLE]
            return SelectMultipleField(word, choices=choices)
        case SettingKind.TEXT:
            return StringField(word, validators=[Length(max=TEXT_MAX)])
        case SettingKind.WORD:
            return SelectField(
                word, choices=[(each, WORDS_OF_SETTINGS.get(each, each)) for each in setting.words]
            )


def _form(shown: ClinicSettingsShown | None = None) -> Any:
    """The form as it was sent, or filled with what is set."""
    fields = {setting.name: _field(setting) for setting in SETTINGS}
    form_class = type("SettingsForm", (VersionedForm,), fields)
    if shown is None:
        return form_class()
    typed = {row.name: _typed(row.kind, row.value) for row in shown.rows}
    return form_class(formdata=None, data={**typed, "version": shown.version})


@blp.get("")
def settings(clinic_uid: str) -> ResponseReturnValue:
    """Every setting, its meaning, and what it is by default."""
    shown = _shown()
    return _page(_form(shown), shown)


@blp.post("")
def decide(clinic_uid: str) -> ResponseReturnValue:
    """Decide otherwise."""
    form = _form()
    done = send(
        form,
        lambda: set_settings(
            installation(), _decision(form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _page(form, _shown(), refusal=done), done.status
    say(gettext("The clinic decides so from now on.") if done.changed else gettext("Nothing was changed."))
    return redirect(url_for("settings_page.settings", clinic_uid=clinic_uid), code=303)


def _shown() -> ClinicSettingsShown:
    with installation().reading() as connection:
        return clinic_settings_shown(connection, acting().clinic_id)


def _decision(form: Any) -> SetSettings:
    values = {setting.name: _said(setting, form[setting.name].data) for setting in SETTINGS}
    return SetSettings(values=values, version=form.version.data or 0)


def _said(setting: Setting, typed: Any) -> object:
    """What was typed as the operation takes it.  Raises InvalidValue for what are no numbers."""
    if setting.kind is not SettingKind.NUMBERS:
        return list(typed or ()) if setting.kind is SettingKind.RULES else typed
    words = (typed or "").replace(",", " ").split()
    if not all(word.isascii() and word.isdecimal() and len(word) < 10 for word in words):
        raise InvalidValue(field=setting.name, problem=gettext("Whole numbers, such as 90, 30, 7."))
    return [int(word) for word in words]


def _typed(kind: SettingKind, value: SettingValue) -> object:
    """A value as it stands in its field."""
    if kind is SettingKind.NUMBERS and isinstance(value, tuple):
        return ", ".join(map(str, value))
    return list(value) if isinstance(value, tuple) else value


def _told(value: SettingValue) -> str:
    """A default in words."""
    if value == "":
        return gettext("nothing")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, tuple):
        return ", ".join(show_word(str(each)) for each in value) or gettext("none")
    return str(value)


def _page(form: Any, shown: ClinicSettingsShown, *, refusal: Refusal | None = None) -> str:
    return render_template(
        "settings/settings.html", form=form, rows=shown.rows, told=_told, kinds=SettingKind, refusal=refusal
    )
