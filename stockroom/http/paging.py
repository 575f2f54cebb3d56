"""How does a client ask for a page of a long list?  By `limit`, and `cursor`: the `next_cursor` of the page before.

The reading itself is `queries/paging.py`; a page costs the same wherever it stands in the list.
"""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from stockroom.http.fields import QueryNumber, Uid

LIMIT_MAX = 200
FLAT_LIMIT_MAX = 1_000
"""Of rows that hold no list of their own."""
LIMIT_USUAL = 50


class PageArgs(Schema):
    """What a client may ask of a list."""

    limit = QueryNumber(
        least=1, most=LIMIT_MAX, load_default=LIMIT_USUAL, metadata={"description": "rows on the page"}
    )
    cursor = Uid(load_default=None, metadata={"description": "`next_cursor` of the page before"})


class FlatPageArgs(PageArgs):
    """What a client may ask of a list whose rows hold no list of their own: more of them at once."""

    limit = QueryNumber(
        least=1, most=FLAT_LIMIT_MAX, load_default=LIMIT_USUAL, metadata={"description": "rows on the page"}
    )


class LinePageArgs(Schema):
    """What a client may ask of a list of lines of the books, which have a number and no id."""

    limit = PageArgs._declared_fields["limit"]
    cursor = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9][0-9]{0,8}$"),
        metadata={"description": "`next_cursor` of the page before"},
    )


def page_schema(item: type[Schema], name: str) -> type[Schema]:
    """Make the schema of a page of `item`, called `name` in the API's description."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(
                required=True, allow_none=True, metadata={"description": "null on the last page"}
            ),
        },
        name=name,
    )
