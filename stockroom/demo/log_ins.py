"""With which log-ins is the demo entered?  Told at every start, so that nothing heavy is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.vocabulary import Role

PASSWORD = "plainly-invented-2026"  # noqa: S105 - the demo's own, printed when it is loaded
PIN = "271828"
"""Of nurse and practitioner, at whichever browser is registered as a tablet."""
MAIL_DOMAIN = "demo.stockroom.example"


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """A way into the demo."""

    role: Role
    email: str
    password: str


def log_in_of(role: Role) -> LogIn:
    """The log-in of a role."""
    return LogIn(role=role, email=f"{role.value}@{MAIL_DOMAIN}", password=PASSWORD)
