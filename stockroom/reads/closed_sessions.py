"""Is a visit over, so that nothing more is used in it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Conflict, extracted


@dataclass(eq=False, kw_only=True)
class SessionClosed(Conflict):
    """The visit is over, cancelled, or did not take place."""

    code: ClassVar[str] = "session_closed"
    title: ClassVar[str] = extracted("The session has changed")
    message: ClassVar[str] = extracted(
        "This session is {state}: nothing more is used in it. Choose today's session, or record late what "
        "has already happened."
    )
    session: str
    state: str
