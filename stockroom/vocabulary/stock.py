"""What moves, is opened, held, counted and thrown away, and why."""

from __future__ import annotations

from enum import StrEnum


class MovementKind(StrEnum):
    RECEIVE = "receive"
    BRING_FORWARD = "bring_forward"
    OPEN = "open"
    PREPARE = "prepare"
    ABANDON = "abandon"
    USE = "use"
    DISPOSE = "dispose"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    ARRIVE = "arrive"
    RETURN_TO_SUPPLIER = "return_to_supplier"
    COUNT = "count"
    OVERFILL = "overfill"
    REVERSE = "reverse"
    CORRECT = "correct"


class LotKind(StrEnum):
    MANUFACTURED = "manufactured"
    PREPARED = "prepared"


class ContainerState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    DISCARDED = "discarded"


class HoldReason(StrEnum):
    NOT_RELEASED = "not_released"
    RECALL = "recall"
    TEMPERATURE = "temperature"
    SUSPICION = "suspicion"


class DisposalReason(StrEnum):
    EXPIRED = "expired"
    BEYOND_USE = "beyond_use"
    REMAINDER = "remainder"
    BROKEN = "broken"
    SPILLED = "spilled"
    CONTAMINATED = "contaminated"
    RECALLED = "recalled"
    RESIDUAL = "residual"
    ESTIMATED = "estimated"
    """Of a tube that is empty although by the usual amounts something should be left: it went onto skin."""
    TEMPERATURE = "temperature"


class CountReason(StrEnum):
    MISCOUNTED = "miscounted"
    FOUND = "found"
    LOST = "lost"
    UNBOOKED_USE = "unbooked_use"
    SUSPECTED_THEFT = "suspected_theft"


class CountState(StrEnum):
    """Where a count in work stands."""

    OPEN = "open"
    BOOKED = "booked"
    GIVEN_UP = "given_up"


class CostState(StrEnum):
    PRICED = "priced"
    FREE_SAMPLE = "free_sample"
    UNKNOWN = "unknown"


class IdentifiedBy(StrEnum):
    """How a thing was recognised when it was used."""

    SCAN = "scan"
    CAMERA = "camera"
    OUR_LABEL = "our_label"
    BY_HAND = "by_hand"
    IMPORT = "import"
    API = "api"


class AllocationState(StrEnum):
    ACTIVE = "active"
    USED = "used"
    RELEASED = "released"
    LOST = "lost"


class TransferState(StrEnum):
    DISPATCHED = "dispatched"
    ARRIVED = "arrived"


class LabelledKind(StrEnum):
    """What a printed label stands on."""

    CONTAINER = "container"
    PREPARATION = "preparation"
    LOT = "lot"
    LOCATION = "location"
    SHARPS_BOX = "sharps_box"
    """Of a room: each printing is a new box."""
    DEVICE = "device"
