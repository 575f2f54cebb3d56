"""Has somebody else edited it meanwhile?  The version of an editable thing is its ETag (RFC 9110 section 13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from flask import Response, request
from werkzeug.exceptions import PreconditionRequired

from stockroom.errors import Stale, extracted


@dataclass(eq=False, kw_only=True)
class EtagUnknown(Stale):
    """The If-Match header is not an ETag that we gave."""

    code: ClassVar[str] = "etag_unknown"
    message: ClassVar[str] = extracted(
        "Send the ETag of the thing as you read it in If-Match. Read it again, then send your change."
    )


def etag_of(version: int) -> str:
    """Give the strong ETag of a version."""
    return f'"{version}"'


def tagged(response: Response, version: int) -> Response:
    """Put the ETag of `version` on an answer."""
    response.headers["ETag"] = etag_of(version)
    return response


def asked_version() -> int:
    """Give the version that the client read and now changes.

    Raises PreconditionRequired (428) without If-Match, EtagUnknown (412) when it is none of ours;
    that the version is still the newest is judged by the operation, under the lock.
    """
    given = request.headers.getlist("If-Match")
    if not given:
        raise PreconditionRequired("Send If-Match with the ETag of the thing as you read it.")
    match = re.fullmatch(r'"([1-9][0-9]{0,14})"', given[0]) if len(given) == 1 else None
    if match is None:
        raise EtagUnknown()
    return int(match[1])


def asked_version_if_any() -> int | None:
    """Give the version that the client read, None without If-Match.  Raises EtagUnknown (412)."""
    return asked_version() if "If-Match" in request.headers else None
