"""Does the one decoder refuse whatever two readers could understand differently?"""

from __future__ import annotations

import pytest

from stockroom.http.strict_json import DEPTH_MAX, BodyUnreadable, decode

REFUSED = {
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice, inside": b'{"a": {"b": 1, "b": 1}}',
    "a name twice, escaped": b'{"a": 1, "\\u0061": 2}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "minus Infinity": b'{"a": -Infinity}',
    "a fraction": b'{"a": 0.1}',
    "an exponent": b'{"a": 1e3}',
    "a huge exponent": b'{"a": 1e400}',
    "2^53": b'{"a": 9007199254740992}',
    "minus 2^53": b'{"a": -9007199254740992}',
    "2^63": b'{"a": 9223372036854775808}',
    "five thousand digits": b'{"a": ' + b"9" * 5000 + b"}",
    "negative zero": b'{"a": -0}',
    "a leading zero": b'{"a": 01}',
    "a list": b"[1]",
    "a text": b'"a"',
    "null": b"null",
    "nothing": b"",
    "two objects": b"{}{}",
    "a comma too many": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1} // one',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "broken UTF-8": b'{"a": "\xff"}',
    "half a character": b'{"a": "\\ud800"}',
    "half a character in a name": b'{"\\udfff": 1}',
    "NUL": b'{"a": "x\\u0000y"}',
    "too deep": b'{"a": ' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}",
    "far too deep": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_a_body_that_is_not_strict_is_refused(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        decode(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, true, null, "\xc2\xb5L"]} ', {"a": [1, True, None, "µL"]}),
        (b'{"a": 9007199254740991, "b": -9007199254740991}', {"a": 2**53 - 1, "b": 1 - 2**53}),
        (b'{"a": "\\ud83c\\udf3f", "b": "\\u001d"}', {"a": "🌿", "b": "\x1d"}),
    ],
)
def test_strict_json_is_read(body: bytes, value: object) -> None:
    assert decode(body) == value
