"""How is a password kept?  As argon2id over its HMAC with the installation's salt, as Flask-Security does.

Kept apart from Flask, so that the terminal and the demo clinic can hash without an application.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata

from argon2 import PasswordHasher

from stockroom.errors import InvalidValue

LENGTH_MIN = 12
LENGTH_MAX = 1024
TIME_COST = 3
MEMORY_COST_KIB = 32_768
PARALLELISM = 1
"""Above the floor of OWASP's password storage cheat sheet (19 MiB, 2, 1); about 60 ms."""


def hash_password(password: str, *, salt: str) -> str:
    """Give the argon2id hash of `password`, mixed with the installation's `salt`."""
    mixed = hmac.new(salt.encode(), unicodedata.normalize("NFKD", password).encode(), hashlib.sha512)
    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_COST_KIB, parallelism=PARALLELISM)
    return hasher.hash(base64.b64encode(mixed.digest()))


def refuse_weak(password: str, *, known: tuple[str, ...]) -> None:
    """Raise InvalidValue for a password that is short, absurdly long, of few letters, or holds a `known` name.

    No rule asks for digits or symbols (NIST SP 800-63B section 5.1.1.2).
    """
    problem = None
    if len(password) < LENGTH_MIN:
        problem = f"at least {LENGTH_MIN} characters; a short sentence is good"
    elif len(password) > LENGTH_MAX:
        problem = f"at most {LENGTH_MAX} characters"
    elif len(set(password)) < LENGTH_MIN // 2:
        problem = "too few different characters"
    elif any(len(name) > 3 and name.casefold() in password.casefold() for name in known):
        problem = "it contains a name that everybody here knows"
    if problem is not None:
        raise InvalidValue(field="password", problem=problem)
