"""How is the address of a page written?  By a writer that werkzeug compiles for each route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class Route(Rule):
    """A rule that compiles what writes its addresses when the first one is asked for.

    Werkzeug does so when the rule is added, twice for each, which was a fifth of what making the
    application took; most routes of most processes never have an address written.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        def write(rule: Route, **values: Any) -> tuple[str, str]:
            writer = compile_now(append_unknown).__get__(rule, None)
            if append_unknown:
                rule._build_unknown = writer
            else:
                rule._build = writer
            written: tuple[str, str] = writer(**values)
            return written

        return write
