"""How are journal heads kept beyond one plain file?  Signed, and in a second file, where the installation wants it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # dear to load: nobody signs by default
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, kw_only=True)
class AnchorKeeping:
    """The key that signs heads, and the second file that holds them; None of either by default."""

    key: Ed25519PrivateKey | None = None
    copy: Path | None = None


PLAIN = AnchorKeeping()
