"""When does a vial that is for several patients come to serve one only?

In the immediate treatment area a multi-dose vial is dedicated to one patient, whatever its label says, and it
stays hers when it is taken out again (CDC, injection safety: multi-dose vials; domain fact C4).
"""

from __future__ import annotations

from stockroom.vocabulary import ContainerType, LocationKind

FOR_SEVERAL = frozenset({ContainerType.MULTI_DOSE, ContainerType.PHARMACY_BULK})


def serves_one_there(
    place: LocationKind | str, container_type: ContainerType | str | None, *, room_means_one: bool
) -> bool:
    """True when a vial of this type that stands there serves one patient from then on.

    `room_means_one` is what the clinic has decided (`treatment_room_one_patient`).
    """
    return room_means_one and is_asked_of(place, container_type)


def is_asked_of(place: LocationKind | str, container_type: ContainerType | str | None) -> bool:
    """True where the clinic's decision matters: a vial for several in a room where patients are treated."""
    return place == LocationKind.ROOM and container_type in FOR_SEVERAL
