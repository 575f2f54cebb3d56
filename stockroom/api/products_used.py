"""The record of products used, of one session or of a patient, corrections visible."""

from __future__ import annotations

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown
from stockroom.access.records_read import PAGE
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.queries.products_used import ProductsUsed, products_used_in_session
from stockroom.vocabulary import IdentifiedBy, RatioKind, SessionState

blp = ResourceBlueprint(
    "products-used",
    __name__,
    description="What was used, by every mark by which it is known",
    under="sessions",
)


class LotBeforeSchema(Schema):
    number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    corrected_at = Instant(required=True)


class GoodsNamedSchema(Schema):
    product_uid = Uid(required=True)
    brand = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    manufacturer = fields.String(required=True, metadata={"description": "empty for what is prepared here"})
    udi_di = fields.String(required=True, metadata={"description": "empty where no code is known"})
    udi_scheme = fields.String(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    number_is_ours = fields.Boolean(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    before = fields.List(fields.Nested(LotBeforeSchema), required=True)


class IngredientUsedSchema(Schema):
    goods = fields.Nested(GoodsNamedSchema, required=True)
    quantity = StockQuantity(required=True, unit_from="goods.base_unit")
    serial = fields.String(required=True)
    container_code = fields.String(required=True)
    identified_by = Choice(IdentifiedBy, required=True)
    cocktail = fields.Nested("CocktailUsedSchema", required=True, allow_none=True)


class CocktailUsedSchema(Schema):
    preparation_uid = Uid(required=True)
    short_code = fields.String(required=True)
    recipe = fields.String(required=True, metadata={"description": "empty for a mixture without one"})
    version_number = WholeNumber(required=True, allow_none=True)
    reason = fields.String(required=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    prepared_by = fields.String(required=True)
    checked_by = fields.String(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    ingredients = fields.List(fields.Nested(IngredientUsedSchema), required=True)


class AreaUsedSchema(Schema):
    name = fields.String(required=True)
    quantity = StockQuantity(required=True)


class CorrectionSchema(Schema):
    at = Instant(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)
    replaced = fields.Boolean(required=True, metadata={"description": "another line stands in its place"})


class ProductUseSchema(Schema):
    movement_uid = Uid(required=True)
    n = WholeNumber(required=True)
    goods = fields.Nested(GoodsNamedSchema, required=True)
    serial = fields.String(required=True)
    quantity = StockQuantity(required=True, unit_from="goods.base_unit")
    areas = fields.List(fields.Nested(AreaUsedSchema), required=True)
    technique = fields.String(required=True)
    depth_um = WholeNumber(required=True, allow_none=True)
    indication = fields.String(required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    is_late = fields.Boolean(required=True)
    reason = fields.String(required=True)
    practitioner = fields.String(required=True)
    prescriber = fields.String(required=True)
    booked_by = fields.String(required=True)
    identified_by = Choice(IdentifiedBy, required=True)
    container_code = fields.String(required=True)
    replaces = fields.Boolean(required=True)
    taken_back = fields.Nested(CorrectionSchema, required=True, allow_none=True)
    cocktail = fields.Nested(CocktailUsedSchema, required=True, allow_none=True)


class DeviceUseSchema(Schema):
    uid = Uid(required=True)
    device_uid = Uid(required=True)
    name = fields.String(required=True)
    kind_name = fields.String(required=True)
    manufacturer = fields.String(required=True)
    udi_di = fields.String(required=True)
    serial = fields.String(required=True)
    occurred_at = Instant(required=True)
    by = fields.String(required=True)
    taken_back_at = Instant(required=True, allow_none=True)
    taken_back_by = fields.String(required=True)


class SignatureSchema(Schema):
    person_name = fields.String(required=True)
    meaning = fields.String(required=True)
    signed_at = Instant(required=True)
    way = fields.String(required=True)


class UnusualNumberSchema(Schema):
    kind = Choice(RatioKind, required=True)
    counted = WholeNumber(required=True)
    usual = WholeNumber(required=True)
    answer = fields.String(required=True)
    answered_by = fields.String(required=True)
    answered_at = Instant(required=True)


class SessionUsedSchema(Schema):
    uid = Uid(required=True)
    clinic_uid = Uid(required=True)
    clinic = fields.String(required=True)
    short_code = fields.String(required=True)
    state = Choice(SessionState, required=True)
    planned_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)
    room = fields.String(required=True)
    practitioner = fields.String(required=True)
    uses = fields.List(fields.Nested(ProductUseSchema), required=True)
    devices = fields.List(fields.Nested(DeviceUseSchema), required=True)
    signatures = fields.List(fields.Nested(SignatureSchema), required=True)
    unusual = fields.List(fields.Nested(UnusualNumberSchema), required=True)


class ProductsUsedSchema(Schema):
    patient_uid = Uid(required=True)
    sessions = fields.List(fields.Nested(SessionUsedSchema), required=True)
    unseen_clinics = WholeNumber(
        required=True, metadata={"description": "clinics that hold more of it, where you may not read it"}
    )


@blp.route("/<uid>/products-used")
class SessionProductsUsed(MethodView):
    @blp.response(200, ProductsUsedSchema)
    def get(self, uid: str) -> ProductsUsed:
        """The record of one session, also of what was taken back"""
        actor = acting()
        with installation().reading() as connection:
            record = products_used_in_session(connection, actor.clinic_id, uid=uid)
        note_shown([record.patient_uid], page=PAGE)
        return record
