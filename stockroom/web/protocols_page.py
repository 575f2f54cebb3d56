"""Which protocols are courses planned from, and what did each say when?"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.operations.write_protocol import ProtocolWritten, RetireProtocol, retire_protocol
from stockroom.queries.protocols import ProtocolShown, protocol, protocols_by_name
from stockroom.queries.reference import words_of
from stockroom.web.course_words import USE_WORDS, show_sessions, show_spacing
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("protocols_page", __name__, url_prefix="/c/<clinic_uid>/protocols")


class RetireForm(KeyedForm):
    """Whether courses are planned from it."""

    version = IntegerField(validators=[InputRequired()])
    is_retired = HiddenField(validators=[Regexp(r"^(yes|no)$")])


@blp.get("", endpoint="protocols")
def protocols_shown(clinic_uid: str) -> ResponseReturnValue:
    """The protocols by name; those out of use last."""
    with installation().reading() as connection:
        rows = protocols_by_name(connection, with_retired=True)
    return render_template(
        "protocols/protocols.html", rows=rows, show_sessions=show_sessions, show_spacing=show_spacing
    )


@blp.get("/<protocol_uid>", endpoint="protocol")
def protocol_shown(clinic_uid: str, protocol_uid: str) -> ResponseReturnValue:
    """One protocol with all that it ever said."""
    return _page(protocol_uid)


@blp.post("/<protocol_uid>/retirement")
def retire(clinic_uid: str, protocol_uid: str) -> ResponseReturnValue:
    """Take it out of use, or bring it back."""
    form = RetireForm()
    done = send(form, lambda: _retired(form, protocol_uid))
    if isinstance(done, Refusal):
        return _page(protocol_uid, refusal=done), done.status
    gone = form.is_retired.data == "yes"
    say(
        gettext("No course is planned from it any more.")
        if gone
        else gettext("Courses are planned from it again.")
    )
    there = url_for("protocols_page.protocol", clinic_uid=clinic_uid, protocol_uid=protocol_uid)
    return redirect(there, code=303)


def _retired(form: RetireForm, protocol_uid: str) -> ProtocolWritten:
    command = RetireProtocol(
        protocol_uid=protocol_uid, version=form.version.data or 0, is_retired=form.is_retired.data == "yes"
    )
    return retire_protocol(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(protocol_uid: str, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        shown = protocol(connection, uid=protocol_uid)
        words = words_of(connection, kinds=("areas", "techniques"))
    return render_template(
        "protocols/protocol.html",
        protocol=shown,
        areas=_areas(shown, dict(words["areas"])),
        techniques=dict(words["techniques"]),
        use_words=USE_WORDS,
        show_sessions=show_sessions,
        show_spacing=show_spacing,
        form=RetireForm(formdata=None),
        refusal=refusal,
    )


def _areas(shown: ProtocolShown, words: Mapping[str, str]) -> dict[int, str]:
    """The areas of each version in words, by its number."""
    return {
        version.number: ", ".join(words.get(slug, slug) for slug in version.areas)
        for version in shown.versions
    }
