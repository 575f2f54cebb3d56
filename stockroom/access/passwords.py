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
GUESS_SCORE_MIN = 3
"""Of zxcvbn: safe from 10^8 guesses against a stolen hash that is slow to compute, as ours is."""
JUDGED_MAX = 72
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Without letters that are taken for another sign (Crockford's base 32)."""
TIME_COST = 3
MEMORY_COST_KIB = 32_768
PARALLELISM = 1
"""Above the floor of OWASP's password storage cheat sheet (19 MiB, 2, 1); about 60 ms."""


def hash_password(password: str, *, salt: str) -> str:
    """Give the argon2id hash of `password`, mixed with the installation's `salt`."""
    mixed = hmac.new(salt.encode(), unicodedata.normalize("NFKD", password).encode(), hashlib.sha512)
    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_COST_KIB, parallelism=PARALLELISM)
    return hasher.hash(base64.b64encode(mixed.digest()))


def drawn_password(key: str, *, secret: str) -> str:
    """Give the password that is handed over under a one-time key: 80 bits, easily read aloud and typed.

    Drawn from the key with the installation's `secret`, so that a form that was sent twice shows the
    password that counts.
    """
    drawn = hmac.new(secret.encode(), f"first-password {key}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(drawn[:10], "big")
    signs = "".join(_SIGNS[number >> 5 * place & 31] for place in range(16))
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def _guess_score(password: str, known: tuple[str, ...]) -> int:
    """From 0 (among the first thousand guesses) to 4; only the beginning is looked at, which costs milliseconds."""
    from zxcvbn import zxcvbn  # its word lists are read only when a password is set

    score: int = zxcvbn(password[:JUDGED_MAX], user_inputs=list(known))["score"]
    return score


def refuse_weak(password: str, *, known: tuple[str, ...]) -> None:
    """Raise InvalidValue for a password that is short, absurdly long, holds a `known` name, or is guessed early.

    How early is judged by zxcvbn, whose lists of leaked and common words come with it, so that it needs no
    network.  No rule asks for digits or symbols (NIST SP 800-63B section 5.1.1.2).
    """
    problem = None
    if len(password) < LENGTH_MIN:
        problem = f"at least {LENGTH_MIN} characters; a short sentence is good"
    elif len(password) > LENGTH_MAX:
        problem = f"at most {LENGTH_MAX} characters"
    elif any(len(name) > 3 and name.casefold() in password.casefold() for name in known):
        problem = "it contains a name that everybody here knows"
    elif len(set(password)) < LENGTH_MIN // 2 or _guess_score(password, known) < GUESS_SCORE_MIN:
        problem = "it is one of those that are guessed first; take a few words that have nothing to do with each other"
    if problem is not None:
        raise InvalidValue(field="password", problem=problem)
