"""Which words have exactly one meaning, and which values may they take?

The names are those of the design's glossary.  Values are stored in the database as written here,
so that a value is never renamed without a migration.  Whoever needs a word asks this package for it.
"""

from __future__ import annotations

from stockroom.vocabulary.auditing import (
    AuditPurpose,
)
from stockroom.vocabulary.breaking import (
    Rule,
    Unauthorised,
)
from stockroom.vocabulary.buying import (
    ArrivalState,
    BenchDecision,
    DeliveryState,
    Fault,
    OrderChoice,
    ReturnExpects,
)
from stockroom.vocabulary.contacting import (
    CheckLevel,
    ContactChannel,
    ContactOutcome,
    ContactState,
    NextStep,
    ReplyChannel,
)
from stockroom.vocabulary.devices import (
    OTHER_EFFECT,
    DeviceActKind,
    RatioKind,
    ReactionOutcome,
    ReactionSeverity,
    SharpsReason,
    WasteStream,
)
from stockroom.vocabulary.people import (
    Action,
    Role,
    SignatureMeaning,
    SignatureWay,
    SignOnWay,
)
from stockroom.vocabulary.places import (
    PHYSICAL_KINDS,
    SHELF_KINDS,
    UNUSABLE_KINDS,
    VIRTUAL_KINDS,
    LocationKind,
)
from stockroom.vocabulary.planning import (
    CourseState,
    NeedUse,
    SpanUnit,
)
from stockroom.vocabulary.preparing import (
    Basis,
    PassingOver,
)
from stockroom.vocabulary.products import (
    PRESCRIBED_CLASSES,
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    ProductKind,
    RegulatoryClass,
    StorageClass,
)
from stockroom.vocabulary.recalling import (
    Joined,
    RecallClass,
    RecallFileKind,
    RecallState,
    RecallStepKind,
    ReceivedHow,
    ScopeKind,
    ScopeSource,
)
from stockroom.vocabulary.stock import (
    AllocationState,
    ContainerState,
    CostState,
    CountReason,
    CountState,
    DisposalReason,
    HoldReason,
    IdentifiedBy,
    LabelledKind,
    LotKind,
    MovementKind,
    TransferState,
)
from stockroom.vocabulary.suiting import (
    Effect,
    Fit,
    SubjectKind,
)
from stockroom.vocabulary.treating import (
    CLOSED_SESSION_STATES,
    PreparationState,
    RecipeState,
    SessionState,
)

__all__ = [
    "Action",
    "AllocationState",
    "ArrivalState",
    "AuditPurpose",
    "BaseUnit",
    "Basis",
    "BenchDecision",
    "CLOSED_SESSION_STATES",
    "Carry",
    "CheckLevel",
    "CodeScheme",
    "ContactChannel",
    "ContactOutcome",
    "ContactState",
    "ContainerState",
    "ContainerType",
    "CostState",
    "CountReason",
    "CountState",
    "CourseState",
    "DeliveryState",
    "DeviceActKind",
    "DisposalReason",
    "Effect",
    "Fault",
    "Fit",
    "HoldReason",
    "IdentifiedBy",
    "Joined",
    "LabelledKind",
    "LocationKind",
    "LotKind",
    "MovementKind",
    "NeedUse",
    "NextStep",
    "OTHER_EFFECT",
    "OrderChoice",
    "PHYSICAL_KINDS",
    "PRESCRIBED_CLASSES",
    "PassingOver",
    "PreparationState",
    "ProductKind",
    "RatioKind",
    "ReactionOutcome",
    "ReactionSeverity",
    "RecallClass",
    "RecallFileKind",
    "RecallState",
    "RecallStepKind",
    "ReceivedHow",
    "RecipeState",
    "RegulatoryClass",
    "ReplyChannel",
    "ReturnExpects",
    "Role",
    "Rule",
    "SHELF_KINDS",
    "ScopeKind",
    "ScopeSource",
    "SessionState",
    "SharpsReason",
    "SignOnWay",
    "SignatureMeaning",
    "SignatureWay",
    "SpanUnit",
    "StorageClass",
    "SubjectKind",
    "TransferState",
    "Unauthorised",
    "UNUSABLE_KINDS",
    "VIRTUAL_KINDS",
    "WasteStream",
]
