"""How is it written down that a file leaves the house?  One entry in the clinic's journal, before its first byte.

Every list, sheet and document that a screen or the API hands out as a file passes here; when the entry cannot be
written the error passes through and nothing is sent (503).  Whose data a file holds stands in the journal of
disclosures as well, as for a page.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request

from stockroom.access.acting import acting, installation, present
from stockroom.access.guards import actions_of, guard_of
from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import StockroomError
from stockroom.ledger.acts import Act, perform
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action

_SHEET = "application/pdf"
"""Shown beside the page and not saved, and leaves on paper all the same."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """Which file; never what somebody typed to find its rows."""

    file: str
    """The route, without its clinic."""
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Exported:
    file: str


def note_exports(app: Flask) -> None:
    """Let every file that this application hands out be written down."""
    app.after_request(_note)


def _note(answer: Response) -> Response:
    if g.get("actor") is None or request.method != "GET" or answer.status_code != 200 or not _leaves(answer):
        return answer
    assert request.url_rule is not None
    export = Export(
        file=request.url_rule.rule.partition("<clinic_uid>/")[2] or request.url_rule.rule,
        media_type=answer.mimetype or "",
    )
    try:
        _perform(export, acting())
    except StockroomError as error:
        return current_app.make_response(current_app.handle_user_exception(error))
    return answer


def _perform(export: Export, actor: Actor) -> None:
    at = present()
    perform(
        installation(),
        Act(kind="export", action=_action_of(actor)),
        command=export,
        body=lambda work: _write_down(work, export),
        answer=Exported,
        actor=actor,
        key=f"export-{new_uid(at)}",
        now=at,
    )


def _leaves(answer: Response) -> bool:
    return answer.mimetype == _SHEET or answer.headers.get("Content-Disposition", "").startswith("attachment")


def _action_of(actor: Actor) -> Action:
    """What let the actor, or the token, through the door: the first of the route's actions that it covers."""
    assert request.url_rule is not None
    asked = guard_of(request.url_rule, "GET")
    assert asked is not None
    covered: frozenset[Action] | None = g.get("token_actions")
    return next(
        action
        for action in sorted(actions_of(asked))
        if may(actor.roles, action) and (covered is None or action in covered)
    )


def _write_down(work: Work, export: Export) -> Exported:
    work.payload.update(file=export.file, media_type=export.media_type)
    return Exported(file=export.file)
