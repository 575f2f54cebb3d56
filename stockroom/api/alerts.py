"""Alerts: what somebody must look at."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Instant, QueryFlag, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.queries.alerts import alerts

blp = ResourceBlueprint("alerts", __name__, description="What somebody must look at")


class AlertSchema(Schema):
    uid = Uid(required=True)
    kind = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject_uid = fields.String(required=True)
    period = fields.String(required=True)
    facts = fields.Raw(required=True, metadata={"description": "uids, codes and numbers"})
    raised_at = Instant(required=True)
    resolved_at = Instant(required=True, allow_none=True)


class AlertsArgs(PageArgs):
    with_resolved = QueryFlag(load_default=False)


@blp.route("")
class Alerts(MethodView):
    @blp.arguments(AlertsArgs, location="query")
    @blp.response(200, page_schema(AlertSchema, "AlertPage"))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """The alerts of this clinic that nobody has dealt with, the newest first"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            page = alerts(connection, acting().clinic_id, after=after, **args)
        return {
            "items": [{**asdict(row), "facts": json.loads(row.facts)} for row in page.items],
            "next_cursor": page.next_cursor,
        }
