"""Which label does a thing of this page's clinic have, and how is it shown in a page?"""

from __future__ import annotations

from markupsafe import Markup

from stockroom.access.acting import acting, installation, present
from stockroom.http.label_files import as_spoken_svg
from stockroom.http.labelled import LabelAsker, Labelled
from stockroom.http.labelled import labelled as labelled_for
from stockroom.outside.labels.drawing import Drawing
from stockroom.queries.frame import frame_of
from stockroom.vocabulary import LabelledKind
from stockroom.web.formats import zone_of_page
from stockroom.web.patients_named import named_patients


def asker_here() -> LabelAsker:
    """Whoever looks at this page."""
    return LabelAsker(
        store=installation(),
        clinic_id=acting().clinic_id,
        zone=zone_of_page(),
        now=present(),
        named=lambda uids: named_patients(uids, page="label"),
    )


def labelled(kind: LabelledKind, uid: str) -> Labelled:
    """Give a thing of the page's clinic with its label.

    Raises ThingNotFound, and a ScanUnreadable for a lot number that no barcode can carry.
    """
    return labelled_for(kind, uid, asker_here())


def acting_name() -> str:
    """The name of whoever looks at this page."""
    with installation().reading() as connection:
        actor = acting()
        frame = frame_of(
            connection, actor.clinic_id, person_id=actor.person_id, roles=actor.roles, now=present()
        )
    return frame.person_name


def picture_of(drawing: Drawing, name: str) -> Markup:
    """A label as a picture in a page, with its words for who cannot see it."""
    return Markup(as_spoken_svg(drawing, name))  # noqa: S704 - every text in it is escaped there
