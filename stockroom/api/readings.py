"""Readings: what thermometers said, where goods lie, and putting a mistake right."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.celsius import Celsius
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.import_readings import ImportReadings, ReadingsImported, import_readings
from stockroom.operations.record_readings import (
    NOTE_LONGEST,
    READINGS_MAX,
    CorrectReading,
    ReadingOf,
    ReadingPutRight,
    ReadingsRecorded,
    RecordReadings,
    correct_reading,
    record_readings,
)
from stockroom.queries.paging import Page
from stockroom.queries.reading import ReadingShown, reading_shown, readings
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.temperatures import Figures, ReadingSource
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.logger_lines import read_logger_file

FILE_LONGEST = 2_000_000
"""Characters of a logger's file: as much as a body may hold."""

blp = ResourceBlueprint("readings", __name__, description="What thermometers said where goods lie")


class ReadingsArgs(PageArgs):
    location_uid = Uid(load_default=None)


class FiguresFields(Schema):
    """What a thermometer says: now, and since it was last cleared."""

    now = Celsius(required=True)
    lowest = Celsius(load_default=None, allow_none=True)
    highest = Celsius(load_default=None, allow_none=True)


class ReadingFields(FiguresFields):
    location_uid = Uid(required=True)
    read_at = Instant(
        load_default=None, allow_none=True, metadata={"description": "now, where nothing is said"}
    )
    note = Words(load_default="", most=NOTE_LONGEST)


class RoundFields(Schema):
    readings = fields.List(
        fields.Nested(ReadingFields), required=True, validate=validate.Length(min=1, max=READINGS_MAX)
    )
    source = Choice(
        ReadingSource,
        but=(ReadingSource.LOGGER,),
        instead="Send a logger's file to /readings/logger-files.",
        load_default=ReadingSource.SENSOR,
    )


class LoggerFileFields(Schema):
    """A data logger's file: a column of times and one of temperatures, with commas or semicolons."""

    location_uid = Uid(required=True, metadata={"description": "the place whose logger it is"})
    content = fields.String(
        required=True,
        validate=validate.Length(min=1, max=FILE_LONGEST),
        metadata={
            "description": "the text of the CSV file; times on the clinic's wall, or with their offset"
        },
    )


class LoggerFileImportedSchema(Schema):
    added = WholeNumber(required=True)
    unchanged = WholeNumber(required=True, metadata={"description": "lines that were in the log already"})
    out_count = WholeNumber(required=True, metadata={"description": "lines outside the limits of the place"})
    excursion_uids = fields.List(Uid(), required=True)


class ReadingCorrectionFields(Schema):
    """Other figures, or null where it was never read so."""

    figures = fields.Nested(FiguresFields, required=True, allow_none=True)
    reason = Words(required=True, most=NOTE_LONGEST)


class TemperatureReadingSchema(Schema):
    uid = Uid(required=True)
    location_uid = Uid(required=True)
    place = fields.String(required=True)
    read_at = Instant(required=True)
    now = Celsius(required=True, allow_none=True, attribute="now_tenths")
    lowest = Celsius(required=True, allow_none=True, attribute="lowest_tenths")
    highest = Celsius(required=True, allow_none=True, attribute="highest_tenths")
    lowest_allowed = Celsius(required=True, allow_none=True, attribute="limit_lowest_tenths")
    highest_allowed = Celsius(required=True, allow_none=True, attribute="limit_highest_tenths")
    source = Choice(ReadingSource, required=True)
    note = fields.String(required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)
    corrects_uid = Uid(required=True, allow_none=True)
    corrected_by_uid = Uid(required=True, allow_none=True)
    counts = fields.Boolean(required=True, metadata={"description": "false once it was corrected"})


class RoundRecordedSchema(Schema):
    reading_uids = fields.List(Uid(), required=True)
    known_count = WholeNumber(required=True)
    out_location_uids = fields.List(
        Uid(), required=True, metadata={"description": "places outside their limits"}
    )
    excursion_uids = fields.List(Uid(), required=True)


class ReadingPutRightSchema(Schema):
    reading_uid = Uid(required=True)
    is_out = fields.Boolean(required=True)
    excursion_uids = fields.List(Uid(), required=True)


@blp.route("")
class Readings(MethodView):
    @blp.arguments(ReadingsArgs, location="query")
    @blp.response(200, page_schema(TemperatureReadingSchema, "TemperatureReadingPage"))
    def get(self, args: dict[str, Any]) -> Page[ReadingShown]:
        """The readings of this clinic as they were written, the newest first"""
        with installation().reading() as connection:
            return readings(
                connection,
                acting().clinic_id,
                location_uid=args["location_uid"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(RoundFields)
    @blp.response(201, RoundRecordedSchema)
    def post(self, body: dict[str, Any]) -> ReadingsRecorded:
        """Write down what thermometers say; the first outside its limits opens an excursion"""
        said = tuple(
            ReadingOf(
                location_uid=each["location_uid"],
                figures=_figures(each),
                read_at=each["read_at"],
                note=each["note"],
            )
            for each in body["readings"]
        )
        recorded: ReadingsRecorded = act(
            record_readings, RecordReadings(readings=said, source=body["source"])
        )
        return recorded


@blp.route("/logger-files")
class LoggerFiles(MethodView):
    @blp.arguments(LoggerFileFields)
    @blp.response(201, LoggerFileImportedSchema)
    def post(self, body: dict[str, Any]) -> ReadingsImported:
        """Bring a data logger's file into the log of a place, whole or not at all; the same file twice once"""
        with installation().reading() as connection:
            zone = clinic_settings(connection, acting().clinic_id).time_zone
        read = read_logger_file(body["content"].encode(), zone=zone, now=present())
        refuse_faults(read.faults)
        command = ImportReadings(location_uid=body["location_uid"], lines=read.lines)
        imported: ReadingsImported = act(import_readings, command)
        return imported


@blp.route("/<uid>")
class Reading(MethodView):
    @blp.response(200, TemperatureReadingSchema)
    def get(self, uid: str) -> ReadingShown:
        """One reading, whether it still counts or not"""
        with installation().reading() as connection:
            return reading_shown(connection, acting().clinic_id, uid=uid)


@blp.route("/<uid>/correction")
class ReadingCorrection(MethodView):
    @blp.arguments(ReadingCorrectionFields)
    @blp.response(201, ReadingPutRightSchema)
    def post(self, body: dict[str, Any], uid: str) -> ReadingPutRight:
        """Put a reading right by a new one; the old one stays and no longer counts"""
        said = body["figures"]
        command = CorrectReading(
            reading_uid=uid, figures=None if said is None else _figures(said), reason=body["reason"]
        )
        corrected: ReadingPutRight = act(correct_reading, command)
        return corrected


def _figures(said: dict[str, Any]) -> Figures:
    return Figures(now_tenths=said["now"], lowest_tenths=said["lowest"], highest_tenths=said["highest"])
