"""The journal: who did what in this clinic, entry by entry, with the chain that binds them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.db.transaction import CHANGES, DISCLOSURES, OF_ORGANISATION
from stockroom.http.fields import Instant, QueryNumber, Uid, WholeNumber, Words
from stockroom.http.paging import LIMIT_MAX, LIMIT_USUAL
from stockroom.operations.review_journal import (
    COMMENT_LONGEST,
    JournalReviewed,
    ReviewJournal,
    review_journal,
)
from stockroom.queries.journal import Narrowed, entries, meant_by, naming
from stockroom.queries.journal_reviews import reviews

blp = ResourceBlueprint("journal", __name__, description="What was done, by whom; numbered without gaps")


class JournalArgs(Schema):
    stream = fields.String(
        load_default=CHANGES,
        validate=validate.OneOf([CHANGES, DISCLOSURES, OF_ORGANISATION]),
        metadata={"description": "what was changed, who was shown which patients, or the organisation's own"},
    )
    kind = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[a-z][a-z_.]{0,58}\*?$"),
        metadata={"description": "or the beginning of kinds, with a star at its end: `session.*`"},
    )
    actor_uid = Uid(load_default=None, metadata={"description": "the person whose entries are asked for"})
    since = Instant(load_default=None, metadata={"description": "recorded at this instant or later"})
    until = Instant(load_default=None, metadata={"description": "recorded before this instant"})
    naming = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=100),
        metadata={
            "description": "a uid, lot number, code or name: entries that name, or move, what goes by it; else "
            "those in which it is written"
        },
    )
    limit = QueryNumber(least=1, most=LIMIT_MAX, load_default=LIMIT_USUAL)
    cursor = QueryNumber(
        least=1, load_default=None, metadata={"description": "`next_cursor` of the page before"}
    )


class EntrySchema(Schema):
    seq = WholeNumber(required=True)
    recorded_at = Instant(required=True)
    actor_uid = Uid(required=True)
    actor = fields.String(required=True, allow_none=True)
    roles = fields.String(required=True)
    device = fields.String(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True, allow_none=True, metadata={"description": "of the request"})
    payload = fields.Raw(required=True, metadata={"description": "uids, codes and numbers"})
    previous_hash = fields.String(required=True)
    hash = fields.String(required=True)
    happened_at = Instant(
        required=True, allow_none=True, metadata={"description": "of a movement that was recorded late"}
    )


class JournalSchema(Schema):
    items = fields.List(fields.Nested(EntrySchema), required=True)
    next_cursor = WholeNumber(
        required=True, allow_none=True, metadata={"description": "null on the last page"}
    )


@blp.route("")
class Journal(MethodView):
    @blp.arguments(JournalArgs, location="query")
    @blp.response(200, JournalSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """A journal of this clinic or the organisation's, the newest entry first"""
        limit, store, clinic_id = args["limit"], installation(), acting().clinic_id
        with store.reading() as connection:
            narrowed = Narrowed(
                kind=args["kind"],
                actor_uid=args["actor_uid"],
                since=args["since"],
                until=args["until"],
            )
            if text := args["naming"]:
                narrowed = naming(narrowed, text, meant_by(connection, store.keyring, clinic_id, text=text))
            found = entries(
                connection,
                clinic_id,
                stream=args["stream"],
                narrowed=narrowed,
                before=args["cursor"],
                limit=limit + 1,
            )
        shown = found[:limit]
        return {
            "items": [{**asdict(entry), "payload": json.loads(entry.payload)} for entry in shown],
            "next_cursor": shown[-1].seq if len(found) > limit else None,
        }


class ReviewFields(Schema):
    stream = fields.String(required=True, validate=validate.OneOf([CHANGES, DISCLOSURES, OF_ORGANISATION]))
    first_seq = WholeNumber(required=True, least=1, metadata={"description": "one behind the review before"})
    through_seq = WholeNumber(required=True, least=1)
    through_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    comment = Words(required=True, most=COMMENT_LONGEST, lines=True)


class JournalReviewedSchema(Schema):
    review_uid = Uid(required=True)
    first_seq = WholeNumber(required=True)
    through_seq = WholeNumber(required=True)


class ReviewSchema(Schema):
    uid = Uid(required=True)
    stream = fields.String(required=True)
    first_seq = WholeNumber(required=True)
    through_seq = WholeNumber(required=True)
    through_hash = fields.String(required=True)
    comment = fields.String(required=True)
    reviewed_by = fields.String(required=True)
    reviewed_at = Instant(required=True)


class ReviewsSchema(Schema):
    items = fields.List(fields.Nested(ReviewSchema), required=True)


@blp.route("/reviews")
class JournalReviews(MethodView):
    @blp.response(200, ReviewsSchema)
    def get(self) -> dict[str, Any]:
        """The newest stretches of this clinic's journals that somebody signed off"""
        with installation().reading() as connection:
            return {"items": [asdict(row) for row in reviews(connection, acting().clinic_id)]}

    @blp.arguments(ReviewFields)
    @blp.response(201, JournalReviewedSchema)
    def post(self, body: dict[str, Any]) -> JournalReviewed:
        """Sign off the entries behind the newest review; for good"""
        done: JournalReviewed = act(review_journal, ReviewJournal(**body))
        return done
