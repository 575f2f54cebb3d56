"""What is in the picture of a code?  For a phone without a scanner, and for a code that no scanner reads."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from stockroom.barcodes.combining import combine
from stockroom.barcodes.scan import format_bracketed, format_scan
from stockroom.barcodes.scan_facts import Scan
from stockroom.errors import Unreadable
from stockroom.outside.photos import BYTES_MAX, NoCodeInPicture, PictureUnreadable, read_photo
from stockroom.web.formats import tell, today_here
from stockroom.web.forms import refused
from stockroom.web.scan_page import followed

blp = Blueprint("picture_page", __name__, url_prefix="/c/<clinic_uid>/scan/picture")


@blp.post("")
def read(clinic_uid: str) -> ResponseReturnValue:
    """Read the codes in a picture; nothing is written, and the picture is not kept.

    For a page's script the answer is JSON: `text` to be put into the scan field, or `choices`, or `problem`.
    """
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        scans = _scans()
    except Unreadable as error:
        refusal = refused(error)
        if wants_json:
            return jsonify(code=error.code, problem=tell(error)), refusal.status
        return render_template("scan.html", refusal=refusal, text=""), refusal.status
    texts = [{"scan": scan, "printed": format_bracketed(scan), "text": format_scan(scan)} for scan in scans]
    if wants_json:
        said = [{"text": each["text"], "printed": each["printed"]} for each in texts]
        return jsonify(said[0] if len(said) == 1 else {"choices": said})
    if len(scans) == 1 and not scans[0].doubts:
        return followed(scans[0], format_scan(scans[0]), clinic_uid)
    return render_template("scan.html", readings=texts, text="", in_picture=True)


def _scans() -> tuple[Scan, ...]:
    """The readings of the picture.  Raises what `read_photo` raises."""
    file = request.files.get("picture")
    if file is None:
        raise PictureUnreadable()
    with file.stream as stream:
        texts = read_photo(stream.read(BYTES_MAX + 1))
    scans = combine(texts, today=today_here())
    if not scans:
        raise NoCodeInPicture()
    return scans
