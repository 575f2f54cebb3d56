"""What may a clinic be called, and where and in which currency may it be?"""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stockroom.errors import InvalidValue


def check_details(*, name: str, time_zone: str, country: str, currency: str) -> None:
    """Raise InvalidValue for what no clinic has: IANA zones, ISO 3166-1 alpha-2 and ISO 4217 in capitals."""
    if not name.strip():
        raise InvalidValue(field="name", problem="a clinic has a name")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidValue(
            field="time_zone", problem="no such time zone; write it like Europe/Sofia"
        ) from None
    for field, text, length in (("country", country, 2), ("currency", currency, 3)):
        if len(text) != length or not text.isascii() or not text.isupper() or not text.isalpha():
            raise InvalidValue(field=field, problem=f"{length} capital letters, by the ISO standard")
