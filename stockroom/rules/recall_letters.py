"""What may a letter about a recall leave open, and what stands there when it is printed?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stockroom.errors import InvalidValue

PLACEHOLDERS = ("name", "reference", "clinic", "products", "sessions", "case", "issuer", "today")
"""What a letter may say in braces; each is filled in for each patient when the letters are printed."""
SUBJECT_MAX, BODY_MAX = 200, 4_000
_BRACES = re.compile(r"\{([^{}]*)\}")


def check_letter(subject: str, body: str) -> None:
    """Raise InvalidValue unless the text can be printed: neither part empty, too long, or with an open brace
    that nothing is known for."""
    for field, text, longest in (("subject", subject, SUBJECT_MAX), ("body", body, BODY_MAX)):
        if not text.strip() or len(text) > longest or "\0" in text:
            raise InvalidValue(field=field, problem=f"readable words, at most {longest} characters")
        unknown = [word for word in _BRACES.findall(text) if word not in PLACEHOLDERS]
        if unknown:
            raise InvalidValue(
                field=field, problem=f"{{{unknown[0][:40]}}} is none of {', '.join(PLACEHOLDERS)}"
            )
        if set(_BRACES.sub("", text)) & set("{}"):
            raise InvalidValue(field=field, problem="a brace opens and closes around one word")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Give a text with every placeholder filled in; what a value says is never filled in again."""
    return _BRACES.sub(lambda found: values[found[1]], text)
