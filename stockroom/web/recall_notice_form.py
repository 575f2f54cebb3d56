"""The form of a recall's notice: who recalls what, how it came, what is asked until when, and the letter itself."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.ledger.recall_notices import WORDS_MAX, FileGiven, NoticeGiven
from stockroom.queries.catalogue import suppliers
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.queries.people import colleagues
from stockroom.vocabulary import RecallClass, ReceivedHow
from stockroom.web.formats import show_word, zone_of_page
from stockroom.web.forms import KeyedForm

_ = lazy_gettext
_AT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class NoticeForm(KeyedForm):
    """A notice as it came."""

    issuer = StringField(_("Who recalls"), validators=[InputRequired(_("Say who recalls.")), Length(max=200)])
    reference = StringField(
        _("Their number of it"), validators=[InputRequired(_("As the notice prints it.")), Length(max=200)]
    )
    recall_class = SelectField(_("Class"))
    received_at = DateTimeLocalField(
        _("When it came"), format=_AT, validators=[InputRequired(_("Say when it came."))]
    )
    received_how = SelectField(_("How it came"))
    received_by = SelectField(_("Who received it"))
    answer_by = DateTimeLocalField(_("Answer until"), format=_AT, validators=[Optional()])
    supplier = SelectField(_("Reply goes to"))
    asked = TextAreaField(_("What is asked"), validators=[Length(max=WORDS_MAX)])
    note = TextAreaField(_("Note"), validators=[Length(max=WORDS_MAX)])
    file = FileField(_("The letter (PDF, picture or any file)"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.recall_class.choices = [
            (each.value, _CLASSES[each]) for each in (RecallClass.UNKNOWN, *list(RecallClass)[:-1])
        ]
        self.received_how.choices = [(each.value, show_word(each.value)) for each in ReceivedHow]
        actor = acting()
        with installation().reading() as connection:
            staff = colleagues(connection, actor.clinic_id)
            sellers = suppliers(connection, limit=PAGE_ROWS_MAX).items
        here = [(each.person.uid, each.person.name) for each in staff if each.works_here]
        self.received_by.choices = [("", _("I did")), *here]
        self.supplier.choices = [("", _("the issuer")), *((each.uid, each.name) for each in sellers)]
        if not self.is_submitted():
            self.received_at.data = present().astimezone(ZoneInfo(zone_of_page())).replace(tzinfo=None)

    def notice(self) -> NoticeGiven:
        """The notice as the form says."""
        received_at = _instant(self.received_at.data)
        assert received_at is not None
        return NoticeGiven(
            issuer=self.issuer.data or "",
            reference=self.reference.data or "",
            recall_class=RecallClass(self.recall_class.data),
            received_at=received_at,
            received_how=ReceivedHow(self.received_how.data),
            received_by_uid=self.received_by.data or None,
            answer_by=_instant(self.answer_by.data),
            supplier_uid=self.supplier.data or None,
            asked=self.asked.data or "",
            note=self.note.data or "",
        )

    def letter(self) -> FileGiven | None:
        """The file that came with it; None where none was chosen."""
        sent = self.file.data
        if not sent or not getattr(sent, "filename", ""):
            return None
        return FileGiven(file_name=sent.filename, content=b64encode(sent.read()).decode("ascii"))


_CLASSES = {
    RecallClass.I: _("I: may cause serious harm or death"),
    RecallClass.II: _("II: temporary harm, or serious harm only remotely"),
    RecallClass.III: _("III: harm is not likely"),
    RecallClass.UNKNOWN: _("the notice does not say"),
}


def _instant(wall: datetime | None) -> datetime | None:
    return None if wall is None else wall.replace(tzinfo=ZoneInfo(zone_of_page()))
