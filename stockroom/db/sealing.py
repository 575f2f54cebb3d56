"""How are patient values kept unreadable without their keys?

Each patient has a data key of their own, wrapped by the installation's key; a value is sealed with
AES-256-GCM (NIST SP 800-38D) and bound to where it stands, so that it cannot be moved to another row.
What must be found again without being read has a blind index (HMAC-SHA256, RFC 2104).
Erasing a patient deletes the wrapped key: what was sealed with it is then nobody's.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stockroom.db.identifiers import random_bytes
from stockroom.errors import StockroomError, extracted

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class SealBroken(StockroomError):
    """A sealed value was altered, moved to another row, or sealed with another key."""

    code: ClassVar[str] = "seal_broken"
    message: ClassVar[str] = extracted(
        "A protected value cannot be read. Tell the administrator: run verify."
    )


@dataclass(frozen=True)
class KeyRing:
    """The installation's key (32 bytes), from which the keys for each purpose are derived."""

    installation_key: bytes

    def __post_init__(self) -> None:
        if len(self.installation_key) != KEY_BYTES:
            raise ValueError("the installation key has 32 bytes")

    def __repr__(self) -> str:
        return "KeyRing(...)"

    def _derived(self, purpose: str) -> bytes:
        return _derived(self.installation_key, purpose)

    @cached_property
    def _wrapping(self) -> AESGCM:
        return AESGCM(self._derived("wrap"))

    def new_data_key(self, bound_to: str) -> bytes:
        """Make a patient's data key and give it wrapped; `bound_to` is the patient's uid."""
        return _seal(self._wrapping, random_bytes(KEY_BYTES), bound_to)

    def open_data_key(self, wrapped: bytes, bound_to: str) -> bytes:
        """Give the data key.  Raises SealBroken."""
        return _unseal(self._wrapping, wrapped, bound_to)

    def blind_index(self, field: str, text: str) -> str:
        """Give the token under which `text` is found again: equal for equal normalised text.

        Normalisation: Unicode NFKC, case folded, runs of white space as one.
        """
        normalised = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        return hmac.new(self._derived("index:" + field), normalised.encode(), hashlib.sha256).hexdigest()[:32]

    def digest(self, purpose: str, data: bytes) -> str:
        """Give a keyed digest of data that may hold personal values (requests, salted field hashes)."""
        return hmac.digest(self._derived("digest:" + purpose), data, "sha256").hex()


@lru_cache(maxsize=64)
def _derived(installation_key: bytes, purpose: str) -> bytes:
    return hmac.digest(installation_key, purpose.encode(), "sha256")


def seal(data_key: bytes, text: str, *, bound_to: str) -> bytes:
    """Seal `text` so that it can be read only with `data_key` and only where it is `bound_to`."""
    return _seal(AESGCM(data_key), text.encode(), bound_to)


def unseal(data_key: bytes, sealed: bytes, *, bound_to: str) -> str:
    """Give the text that was sealed.  Raises SealBroken."""
    return _unseal(AESGCM(data_key), sealed, bound_to).decode()


def _seal(key: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = random_bytes(_NONCE_BYTES)
    return _VERSION + nonce + key.encrypt(nonce, plain, bound_to.encode())


def _unseal(key: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    if sealed[:1] != _VERSION:
        raise SealBroken()
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return key.decrypt(nonce, body, bound_to.encode())
    except InvalidTag:
        raise SealBroken() from None
