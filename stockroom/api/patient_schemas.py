"""What is said of patients in requests and answers?"""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from stockroom.access.disclosing import PURPOSES
from stockroom.http.fields import CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.reads.patients import FOUND_MAX


def _purpose() -> fields.String:
    return fields.String(
        load_default=None,
        validate=validate.OneOf(PURPOSES),
        metadata={"description": "what for, where the patient has no session in this clinic; journalled"},
    )


class PatientFields(Schema):
    """A patient as she introduces herself; empty where she did not say."""

    name = Words(required=True)
    born_on = CivilDate(load_default=None, allow_none=True)
    contact = Words(most=500, load_default="")
    reference = Words(
        most=100, load_default="", metadata={"description": "her number in the clinic's own software"}
    )


class RegistrationFields(PatientFields):
    is_another_person = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "somebody looked at those of the same name and birth date: none is she"},
    )


class PatientArgs(Schema):
    purpose = _purpose()


class SearchFields(Schema):
    """Whom to look for; in a body, so that no name stands in an address or a log."""

    text = Words(
        required=True,
        metadata={"description": "whole words of the name, birth date YYYY-MM-DD, reference, or card code"},
    )
    limit = WholeNumber(least=1, most=FOUND_MAX, load_default=20)
    purpose = _purpose()


class AllergiesFields(Schema):
    """The whole answer; an empty one says that she was asked and knows of none."""

    ingredient_uids = fields.List(Uid(), required=True, validate=validate.Length(max=200))
    classes = fields.List(
        Words(most=100),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=100),
        metadata={"description": "whole classes of ingredients; left out: as they are known"},
    )


class FlagFields(Schema):
    """A contraindication, from one day until another."""

    flag = Words(required=True, most=100, metadata={"description": "the slug of a contraindication"})
    from_on = CivilDate(load_default=None, allow_none=True, metadata={"description": "left out: today"})
    until_on = CivilDate(
        load_default=None, allow_none=True, metadata={"description": "its last day; left out: not known"}
    )


class EndingFields(Schema):
    until_on = CivilDate(required=True)


class MergeFields(Schema):
    """The record that from now on means the patient of this one."""

    merged_uid = Uid(required=True)


class FoundPatientSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    name = fields.String(required=True)
    born_on = fields.Date(required=True, allow_none=True)
    contact = fields.String(required=True)
    reference = fields.String(required=True)
    version = WholeNumber(required=True)


class PatientsFoundSchema(Schema):
    items = fields.List(fields.Nested(FoundPatientSchema), required=True)


class AllergySchema(Schema):
    ingredient_uid = Uid(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    recorded_at = Instant(required=True)


class ClassAllergySchema(Schema):
    ingredient_class = fields.String(required=True)
    recorded_at = Instant(required=True)


class FlagSchema(Schema):
    uid = Uid(required=True)
    flag = fields.String(required=True)
    name = fields.String(required=True)
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True, allow_none=True)
    recorded_at = Instant(required=True)


class PatientSchema(FoundPatientSchema):
    allergies_asked_at = Instant(
        required=True, allow_none=True, metadata={"description": "null: nobody has asked, nothing is safe"}
    )
    allergies = fields.List(fields.Nested(AllergySchema), required=True)
    classes = fields.List(fields.Nested(ClassAllergySchema), required=True)
    flags = fields.List(fields.Nested(FlagSchema), required=True)


class PatientRegisteredSchema(Schema):
    patient_uid = Uid(required=True)
    short_code = fields.String(required=True)


class PatientAmendedSchema(Schema):
    patient_uid = Uid(required=True)
    version = WholeNumber(required=True)


class AllergiesAskedSchema(Schema):
    patient_uid = Uid(required=True)
    asked_at = Instant(required=True)
    version = WholeNumber(required=True)


class PatientFlaggedSchema(Schema):
    patient_uid = Uid(required=True)
    flag_uid = Uid(required=True)
    version = WholeNumber(required=True)


class PersonHeldSchema(Schema):
    """Everything that is held of one person, in every clinic."""

    record = fields.Dict(keys=fields.String(), required=True)
    other_records = fields.List(fields.Dict(keys=fields.String()), required=True)
    asked_at = fields.String(required=True, allow_none=True)
    allergies = fields.List(fields.Dict(keys=fields.String()), required=True)
    allergies_to_classes = fields.List(fields.Dict(keys=fields.String()), required=True)
    flags = fields.List(fields.Dict(keys=fields.String()), required=True)
    clinics = fields.List(fields.Dict(keys=fields.String()), required=True)
    recalls = fields.List(fields.Dict(keys=fields.String()), required=True)
    changes = fields.List(fields.Dict(keys=fields.String()), required=True)
    disclosures = fields.List(fields.Dict(keys=fields.String()), required=True)


class PatientsMergedSchema(Schema):
    patient_uid = Uid(required=True)
    merged_uid = Uid(required=True)
    version = WholeNumber(required=True)


class PatientErasureSchema(Schema):
    patient_uids = fields.List(Uid(), required=True)
