"""Is a change refused that was made on something else than the newest version?"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import PreconditionRequired

from stockroom.http.etags import EtagUnknown, asked_version, etag_of

APP = Flask("test")


def test_the_version_comes_back_as_it_was_given() -> None:
    with APP.test_request_context(headers={"If-Match": etag_of(7)}):
        assert asked_version() == 7


def test_a_change_without_if_match_is_asked_for_it() -> None:
    with APP.test_request_context(), pytest.raises(PreconditionRequired):
        asked_version()


@pytest.mark.parametrize(
    "given", ["7", 'W/"7"', "*", '"0"', '"-1"', '"7", "8"', '"x"', '""', '"' + "9" * 20 + '"']
)
def test_an_etag_that_is_not_ours_is_stale(given: str) -> None:
    with APP.test_request_context(headers={"If-Match": given}), pytest.raises(EtagUnknown):
        asked_version()
