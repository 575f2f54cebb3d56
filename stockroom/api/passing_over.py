"""How does a request say why a lot that expires sooner is not taken first?"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from stockroom.http.fields import Choice, Uid, Words
from stockroom.rules.passing_over import ANSWERS_MAX, WORDS_MAX, PassOver
from stockroom.vocabulary import PassingOver


class PassOverFields(Schema):
    """Why one earlier lot, which a refusal named, is not taken first."""

    lot_uid = Uid(required=True)
    answer = Choice(PassingOver, required=True)
    words = Words(most=WORDS_MAX, load_default="", metadata={"description": "for whom or what it is kept"})

    @post_load
    def _said(self, said: dict[str, Any], **_: Any) -> PassOver:
        return PassOver(**said)


def passing_over() -> fields.List:
    """Give the field that holds the answers."""
    return fields.List(
        fields.Nested(PassOverFields), load_default=[], validate=validate.Length(max=ANSWERS_MAX)
    )
