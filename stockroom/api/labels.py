"""Labels: what is printed for a thing, and its files for paper, screens and label printers."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present, zone_here
from stockroom.access.disclosing import disclose
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber
from stockroom.http.label_files import FILE_KINDS, file_of, require_fit
from stockroom.http.labelled import LabelAsker, labelled
from stockroom.operations.print_labels import PARTS_MAX, LabelsPrinted, PrintLabels, print_labels
from stockroom.outside.labels.sheets import papers
from stockroom.queries.labels import PrintRow, printing
from stockroom.reads.patients import PatientIdentity, identities
from stockroom.vocabulary import LabelledKind

blp = ResourceBlueprint("labels", __name__, description="Labels that scan back, and each printing of them")
_START_MAX = 200
_CONTENT = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_KINDS.values()}


class LabelFields(Schema):
    """Whose label, on which paper, from which label on, how many."""

    kind = Choice(LabelledKind, required=True)
    thing_uid = Uid(required=True, metadata={"description": "of a sharps box: the room that it stands in"})
    paper = fields.String(required=True, validate=validate.OneOf([each.slug for each in papers()]))
    start = WholeNumber(
        least=1, most=_START_MAX, load_default=1, metadata={"description": "the first free label of a sheet"}
    )
    part_count = WholeNumber(
        least=1, most=PARTS_MAX, load_default=1, metadata={"description": "syringes, each with its number"}
    )


class LabelPrintedSchema(Schema):
    print_uid = Uid(required=True)
    n = WholeNumber(
        required=True, metadata={"description": "from 2 on the labels say that they are a reprint"}
    )


class PrintingSchema(Schema):
    """One printing of the labels of a thing."""

    uid = Uid(required=True)
    kind = fields.String(required=True)
    thing_uid = Uid(required=True)
    n = WholeNumber(required=True)
    part_count = WholeNumber(required=True)
    paper = fields.String(required=True)
    start = WholeNumber(required=True)
    printed_at = Instant(required=True)
    printed_by = fields.String(required=True)


class FileArgs(Schema):
    format = fields.String(
        load_default="pdf",
        validate=validate.OneOf(sorted(FILE_KINDS)),
        metadata={"description": "PNG and SVG hold the first label; PDF and ZPL all of them"},
    )


@blp.route("")
class Labels(MethodView):
    @blp.arguments(LabelFields)
    @blp.response(201, LabelPrintedSchema)
    def post(self, body: dict[str, Any]) -> LabelsPrinted:
        """Print the labels of a thing: written down, and its files are there from now on"""
        asker = _asker()
        thing = labelled(body["kind"], body["thing_uid"], asker)
        asked = {name: body[name] for name in ("paper", "start", "part_count")}
        require_fit(thing, asker, **asked)
        command = PrintLabels(kind=body["kind"], thing_uid=body["thing_uid"], **asked)
        printed: LabelsPrinted = act(print_labels, command)
        return printed


@blp.route("/<uid>")
class Printed(MethodView):
    @blp.response(200, PrintingSchema)
    def get(self, uid: str) -> PrintRow:
        """One printing"""
        return _printing(uid)


@blp.route("/<uid>/file")
class LabelFile(MethodView):
    @blp.arguments(FileArgs, location="query")
    @blp.doc(responses={"200": {"description": "the file", "content": _CONTENT}})
    def get(self, args: dict[str, Any], uid: str) -> Response:
        """The labels of a printing as PDF, PNG, SVG or ZPL; for whom a cocktail is stands on it, and is disclosed"""
        row, asker = _printing(uid), _asker()
        thing = labelled(LabelledKind(row.kind), row.thing_uid, asker)
        answer = Response(file_of(thing, row, asker, args["format"]), mimetype=FILE_KINDS[args["format"]])
        answer.headers["Content-Disposition"] = f'inline; filename="labels.{args["format"]}"'
        return answer


def _printing(uid: str) -> PrintRow:
    with installation().reading() as connection:
        return printing(connection, acting().clinic_id, uid=uid)


def _asker() -> LabelAsker:
    return LabelAsker(
        store=installation(), clinic_id=acting().clinic_id, zone=zone_here(), now=present(), named=_named
    )


def _named(uids: Any) -> dict[int, PatientIdentity]:
    store = installation()
    disclose(store, acting(), uids.values(), purpose="label", now=present())
    if not uids:
        return {}
    with store.reading() as connection:
        return identities(connection, store.keyring, uids)
