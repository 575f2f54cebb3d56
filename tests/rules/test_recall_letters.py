"""May a letter leave open only what is known when it is printed, and is every brace filled then?"""

from __future__ import annotations

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.recall_letters import BODY_MAX, PLACEHOLDERS, check_letter, filled


def test_every_placeholder_is_filled_once() -> None:
    text = " ".join(f"{{{word}}}" for word in PLACEHOLDERS)
    values = {word: f"<{word}> {{name}}" for word in PLACEHOLDERS}

    said = filled(text, values)

    assert said == " ".join(f"<{word}> {{name}}" for word in PLACEHOLDERS)


@pytest.mark.parametrize("body", ["Dear {name}", "No braces at all."])
def test_a_text_that_can_be_printed_is_kept(body: str) -> None:
    check_letter("About {products}", body)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("", "text"),
        ("subject", "  "),
        ("subject", "x" * (BODY_MAX + 1)),
        ("subject", "Dear {nmae}"),
        ("subject", "Dear {name"),
        ("subject", "Dear name}"),
        ("subject", "Dear {{name}}"),
        ("{phone}", "text"),
        ("subject", "a\0b"),
    ],
)
def test_a_text_that_could_not_be_printed_is_refused(subject: str, body: str) -> None:
    with pytest.raises(InvalidValue):
        check_letter(subject, body)
