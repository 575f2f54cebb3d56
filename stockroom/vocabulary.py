"""Which words have exactly one meaning, and which values may they take?

The names are those of the design's glossary.  Values are stored in the database as written here,
so that a value is never renamed without a migration.
"""

from __future__ import annotations

from enum import StrEnum


class BaseUnit(StrEnum):
    """The smallest useful unit of a product, fixed once stock exists."""

    MICROLITRE = "uL"
    MICROGRAM = "ug"
    MILLI_INTERNATIONAL_UNIT = "mIU"
    PIECE = "piece"


class ProductKind(StrEnum):
    MANUFACTURED = "manufactured"
    PREPARED = "prepared"
    AD_HOC = "ad_hoc"
    """The one reserved product under which mixtures without a recipe are made."""


class ContainerType(StrEnum):
    """How a presentation may be drawn from once it is opened (domain facts C1, C2, C6)."""

    SINGLE_DOSE = "single_dose"
    MULTI_DOSE = "multi_dose"
    PHARMACY_BULK = "pharmacy_bulk"
    MULTI_USE_TOPICAL = "multi_use_topical"
    COUNTED_USE = "counted_use"
    NONE = "none"


class StorageClass(StrEnum):
    ROOM = "room"
    REFRIGERATED = "refrigerated"
    FROZEN = "frozen"


class RegulatoryClass(StrEnum):
    MEDICINE = "medicine"
    DEVICE = "device"
    ANNEX_XVI_DEVICE = "annex_xvi_device"
    COSMETIC = "cosmetic"
    COMPOUNDED = "compounded"
    CONSUMABLE = "consumable"


PRESCRIBED_CLASSES = frozenset({RegulatoryClass.MEDICINE, RegulatoryClass.COMPOUNDED})
"""Regulatory classes whose use names a prescriber."""


class Carry(StrEnum):
    """Whether goods of a product must carry a lot number, an expiry or a serial."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class CodeScheme(StrEnum):
    GTIN = "gtin"
    HIBC = "hibc"
    PPN = "ppn"
    OWN = "own"


class LocationKind(StrEnum):
    """What an account of the ledger stands for."""

    FRIDGE = "fridge"
    FREEZER = "freezer"
    CUPBOARD = "cupboard"
    ROOM = "room"
    CONTAINER = "container"
    QUARANTINE = "quarantine"
    RETURNS = "returns"
    SUPPLIER = "supplier"
    PATIENT = "patient"
    DISPOSAL = "disposal"
    COMPOUNDING = "compounding"
    IN_TRANSIT = "in_transit"
    ADJUSTMENT = "adjustment"


VIRTUAL_KINDS = frozenset(
    {
        LocationKind.SUPPLIER,
        LocationKind.PATIENT,
        LocationKind.DISPOSAL,
        LocationKind.COMPOUNDING,
        LocationKind.IN_TRANSIT,
        LocationKind.ADJUSTMENT,
    }
)
"""Kinds of location of which a clinic has exactly one, and which hold no balance."""

PHYSICAL_KINDS = frozenset(LocationKind) - VIRTUAL_KINDS
UNUSABLE_KINDS = frozenset({LocationKind.QUARANTINE, LocationKind.RETURNS})
"""Physical kinds in which nothing is usable."""
SHELF_KINDS = PHYSICAL_KINDS - {LocationKind.CONTAINER}
"""Physical kinds in which only whole presentations lie (L13)."""


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


class ArrivalState(StrEnum):
    """How a delivery looked when it arrived."""

    GOOD = "good"
    DAMAGED = "damaged"
    WARM = "warm"
    DOUBTFUL = "doubtful"


class DeliveryState(StrEnum):
    """Where a delivery in work stands."""

    OPEN = "open"
    POSTED = "posted"
    DISCARDED = "discarded"


class BenchDecision(StrEnum):
    """What somebody decided about goods of the same lot that the bench had received before."""

    UNDECIDED = "undecided"
    TAKE_OFF = "take_off"
    """They came with this delivery: the line books so much less."""
    KEEP = "keep"
    """They came another way: the line is booked whole."""


class OrderChoice(StrEnum):
    """What somebody decided about goods that come beyond what was ordered, or were not ordered."""

    UNDECIDED = "undecided"
    """They are for what is owed of their product; what is beyond it asks somebody."""
    KEEP = "keep"
    """What was not ordered is kept too."""
    APART = "apart"
    """They count on no order: what was ordered stays owed."""


class Fault(StrEnum):
    """What is wrong with goods that are put aside or sent away at the door."""

    DAMAGED = "damaged"
    WRONG = "wrong"
    SHORT_DATED = "short_dated"
    TOO_MANY = "too_many"
    DOUBTFUL = "doubtful"


class ReturnExpects(StrEnum):
    """What a supplier owes for goods that went back."""

    REPLACEMENT = "replacement"
    CREDIT = "credit"
    NOTHING = "nothing"


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


class SessionState(StrEnum):
    PLANNED = "planned"
    ARRIVED = "arrived"
    PREPARING = "preparing"
    IN_TREATMENT = "in_treatment"
    FINISHED = "finished"
    SIGNED = "signed"
    CANCELLED = "cancelled"
    DID_NOT_COME = "did_not_come"


CLOSED_SESSION_STATES = frozenset(
    {SessionState.FINISHED, SessionState.SIGNED, SessionState.CANCELLED, SessionState.DID_NOT_COME}
)


class PreparationState(StrEnum):
    DRAFT = "draft"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class RecipeState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


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


class Role(StrEnum):
    PRACTITIONER = "practitioner"
    NURSE = "nurse"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What a person may be permitted to do; `rules/permissions.py` says which role may."""

    READ_STOCK = "read_stock"
    READ_CATALOGUE = "read_catalogue"
    READ_PATIENTS = "read_patients"
    READ_TRACE = "read_trace"
    READ_JOURNAL = "read_journal"
    READ_WORTH = "read_worth"
    MAINTAIN_CATALOGUE = "maintain_catalogue"
    CONFIRM_PRODUCT = "confirm_product"
    MAINTAIN_CLINIC = "maintain_clinic"
    MAINTAIN_USERS = "maintain_users"
    MAINTAIN_PATIENTS = "maintain_patients"
    ERASE_PATIENT = "erase_patient"
    APPROVE_RECIPE = "approve_recipe"
    WRITE_RECIPE = "write_recipe"
    RECEIVE = "receive"
    BENCH_RECEIVE = "bench_receive"
    COMPLETE_COST = "complete_cost"
    OPEN = "open"
    PREPARE = "prepare"
    USE = "use"
    PLAN_SESSION = "plan_session"
    FINISH_SESSION = "finish_session"
    SIGN_SESSION = "sign_session"
    ALLOCATE = "allocate"
    DISPOSE = "dispose"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    RECALL = "recall"
    REVERSE = "reverse"
    CORRECT = "correct"
    CORRECT_LOT = "correct_lot"
    COUNT = "count"
    ORDER = "order"
    BRING_FORWARD = "bring_forward"
    CLOSE_PERIOD = "close_period"
    RECORD_LATE = "record_late"
    SIGN_DEVIATION = "sign_deviation"
    OVERRIDE_CLINICAL = "override_clinical"
    OVERRIDE_STOCK = "override_stock"
    MINT_TOKEN = "mint_token"  # noqa: S105 - the name of an action, not a secret
    RUN_JOB = "run_job"
    ANSWER_ALERT = "answer_alert"
    PRINT_LABEL = "print_label"
    RECORD_READING = "record_reading"
    KEEP_DAY = "keep_day"
    DECIDE_EXCURSION = "decide_excursion"


class SignOnWay(StrEnum):
    """How somebody proved who it is."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret
    PIN = "pin"
    BADGE = "badge"


class SignatureMeaning(StrEnum):
    """What a signature says that its signer did."""

    CHECKED = "checked"
    INJECTED = "injected"


class Rule(StrEnum):
    """A rule that can stop a thing from being used; a recorded break of one is a deviation."""

    EXPIRED = "expired"
    BEYOND_USE = "beyond_use"
    PUNCTURES_SPENT = "punctures_spent"
    HELD = "held"
    RECALLED = "recalled"
    NOT_USABLE_PLACE = "not_usable_place"
    PRODUCT_INCOMPLETE = "product_incomplete"
    ALLERGY = "allergy"
    ALLERGY_NOT_ASKED = "allergy_not_asked"
    OTHER_PATIENT = "other_patient"
    NOT_AUTHORISED = "not_authorised"
    NO_PRESCRIBER = "no_prescriber"
    EARLIER_LOT = "earlier_lot"
    PERIOD_CLOSED = "period_closed"
    SESSION_CLOSED = "session_closed"
    BEYOND_WINDOW = "beyond_window"
    """It was written down later than the clinic lets things wait."""
