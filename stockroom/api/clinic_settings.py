"""Settings: what a clinic decides for itself."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.errors import ThingNotFound
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, Flag, WholeNumber
from stockroom.operations.set_settings import SetSettings, SettingsSet, set_settings
from stockroom.queries.settings import clinic_settings_shown
from stockroom.rules.setting_table import LIST_MAX, SETTINGS, TEXT_MAX, Setting, SettingKind
from stockroom.rules.settings import ClinicSettings
from stockroom.vocabulary import Rule

blp = ResourceBlueprint("settings", __name__, description="What a clinic decides for itself", under="clinics")


def _field(setting: Setting, **more: Any) -> fields.Field[Any]:
    """The field of a setting; its description says what it means, and where that comes from."""
    told = setting.says + (f" Source: {setting.source}." if setting.source else "")
    described: dict[str, Any] = {**more, "metadata": {"description": told}}
    number: dict[str, Any] = {"least": setting.least, "most": setting.most}
    listed = validate.Length(max=LIST_MAX)
    match setting.kind:
        case SettingKind.FLAG:
            return Flag(**described)
        case SettingKind.NUMBER:
            return WholeNumber(**number, **described)
        case SettingKind.NUMBERS:
            return fields.List(WholeNumber(**number), validate=listed, **described)
        case SettingKind.RULES:
            return fields.List(Choice(Rule), validate=listed, **described)
        case SettingKind.TEXT:
            return fields.String(validate=validate.Length(max=TEXT_MAX), **described)
        case SettingKind.WORD:
            return fields.String(validate=validate.OneOf(setting.words), **described)


SettingsFields: type[Schema] = Schema.from_dict(
    {setting.name: _field(setting) for setting in SETTINGS}, name="SettingsFields"
)
SettingsSchema: type[Schema] = Schema.from_dict(
    {setting.name: _field(setting, required=True) for setting in SETTINGS}, name="SettingsSchema"
)


class SettingsSetSchema(Schema):
    changed = fields.List(fields.String(), required=True)
    version = WholeNumber(required=True)


@blp.route("/<uid>/settings")
class Settings(MethodView):
    @blp.response(200, SettingsSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[ClinicSettings, int, dict[str, str]]:
        """What this clinic decides for itself"""
        _require_here(uid)
        with installation().reading() as connection:
            shown = clinic_settings_shown(connection, acting().clinic_id)
        return shown.settings, 200, {"ETag": etag_of(shown.version)}

    @if_match()
    @blp.arguments(SettingsFields)
    @blp.response(200, SettingsSetSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[SettingsSet, int, dict[str, str]]:
        """Decide otherwise; what is not named stays as it is"""
        _require_here(uid)
        done: SettingsSet = act(set_settings, SetSettings(values=body, version=asked_version()))
        return done, 200, {"ETag": etag_of(done.version)}


def _require_here(uid: str) -> None:
    """A request acts in one clinic; another's settings are not found."""
    if uid != acting().clinic_uid:
        raise ThingNotFound(thing="clinic", uid=uid[:40])
