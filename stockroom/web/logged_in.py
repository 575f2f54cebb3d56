"""Where is somebody logged in now, and what is that browser called?"""

from __future__ import annotations

from dataclasses import asdict

from flask_babel import gettext

from stockroom.access.acting import installation
from stockroom.access.log_ins import holding_since
from stockroom.queries.log_ins import LogInRow, log_ins_of

_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = ("iPad", "iPhone", "Android", "Windows", "Macintosh", "Linux")


def logged_in(user_uid: str) -> tuple[LogInRow, ...]:
    """Give the log-ins of a user that hold now, the newest first."""
    since = holding_since()
    with installation().reading() as connection:
        return log_ins_of(connection, user_uid, **asdict(since))


def named_device(device: str) -> str:
    """A browser as people call it, such as Firefox on Windows; shortened where it is none that we know."""
    browser = next((name for sign, name in _BROWSERS if sign in device), None)
    system = next((name for name in _SYSTEMS if name in device), None)
    if browser is None or system is None:
        return device[:60] or gettext("unknown browser")
    return gettext("%(browser)s on %(system)s", browser=browser, system=system)
