"""The models floor: one noun a file, constraints in `__table_args__`, no behaviour."""

from stockroom.models.access import ApiToken, LogIn, LogInAttempt, Membership, RoleHeld, User
from stockroom.models.alert import Alert, Deviation
from stockroom.models.allocation import Allocation
from stockroom.models.backup_made import BackupMade
from stockroom.models.catalogue import (
    Ingredient,
    Manufacturer,
    Product,
    ProductGroup,
    ProductIngredient,
    ProductRule,
    RuleIncompatibility,
    RuleIngredient,
    TradeItem,
)
from stockroom.models.caution_answer import CautionAnswer
from stockroom.models.clinic import Clinic, ClosedPeriod
from stockroom.models.container import Container, OpeningRedated, Placing
from stockroom.models.count import Stocktake, StocktakeLine
from stockroom.models.course import Course, CourseSession, IntervalAnswer
from stockroom.models.day import BoxCheck, DayClosing
from stockroom.models.delivery import BenchMatch, Delivery, DeliveryLine
from stockroom.models.device import Device, DeviceAct
from stockroom.models.evidence_pack import EvidencePack
from stockroom.models.hold import ClinicHold, HoldPlace, ProductHold
from stockroom.models.job_run import JobRun
from stockroom.models.journal import (
    DisclosedPatient,
    JournalEntry,
    JournalHead,
    OrganisationEntry,
    OrganisationHead,
)
from stockroom.models.journal_review import JournalReview
from stockroom.models.label_print import LabelPrint
from stockroom.models.location import Location
from stockroom.models.lot import Lot, LotAlias
from stockroom.models.movement import Balance, Line, Movement
from stockroom.models.outbox import OutboxMessage
from stockroom.models.patient import (
    Patient,
    PatientAllergy,
    PatientClassAllergy,
    PatientFlag,
    PatientIndex,
)
from stockroom.models.person import Authorisation, Person
from stockroom.models.preparation import (
    PassedOverLot,
    Preparation,
    PreparationIngredient,
    PreparationSession,
)
from stockroom.models.protocol import Protocol, ProtocolNeed, ProtocolVersion
from stockroom.models.purchase_order import OrderArrival, PurchaseOrder, PurchaseOrderLine, SupplierAnswer
from stockroom.models.ratio_answer import RatioAnswer
from stockroom.models.reaction import Reaction
from stockroom.models.recall_case import (
    RecallCase,
    RecallFile,
    RecallFinding,
    RecallLot,
    RecallNotice,
    RecallScope,
    RecallSession,
    RecallStep,
)
from stockroom.models.recall_contact import (
    RecallAttempt,
    RecallCheck,
    RecallLetter,
    RecallMockResult,
    RecallReply,
    RecallReplyLine,
)
from stockroom.models.receipt import Receipt, ReceiptLine, ReceiptLineBefore
from stockroom.models.recipe import Recipe, RecipeComponent, RecipeSubstitute, RecipeVersion
from stockroom.models.reference import ReferenceItem
from stockroom.models.session_tick import SessionTick
from stockroom.models.setting import ClinicSetting
from stockroom.models.sharps_box import SharpsBox
from stockroom.models.signature import Signature
from stockroom.models.stated_purpose import StatedPurpose
from stockroom.models.stock_count import CountFind, StockCount
from stockroom.models.stock_level import ParLevel, StockLevel
from stockroom.models.suitability import ClinicSuitabilityRule, SuitabilityRule
from stockroom.models.supplier import Supplier, SupplierItem
from stockroom.models.supplier_return import SupplierReturn
from stockroom.models.table_import import TableImport
from stockroom.models.tablet import Badge, Pin, SignOn, SignOnAttempt, Tablet
from stockroom.models.temperature import PlaceWatch, TemperatureExcursion, TemperatureReading
from stockroom.models.transfer import Transfer, TransferLine
from stockroom.models.treatment_session import Need, TreatmentSession
from stockroom.models.usage import Usage, UsageArea

__all__ = [
    "Alert",
    "Allocation",
    "ApiToken",
    "Authorisation",
    "BackupMade",
    "Badge",
    "Balance",
    "BenchMatch",
    "BoxCheck",
    "CautionAnswer",
    "Clinic",
    "ClinicHold",
    "ClinicSetting",
    "ClinicSuitabilityRule",
    "ClosedPeriod",
    "Container",
    "CountFind",
    "Course",
    "CourseSession",
    "DayClosing",
    "Delivery",
    "DeliveryLine",
    "Deviation",
    "Device",
    "DeviceAct",
    "DisclosedPatient",
    "EvidencePack",
    "HoldPlace",
    "Ingredient",
    "IntervalAnswer",
    "JobRun",
    "JournalEntry",
    "JournalHead",
    "JournalReview",
    "LabelPrint",
    "Line",
    "Location",
    "LogIn",
    "LogInAttempt",
    "Lot",
    "LotAlias",
    "Manufacturer",
    "Membership",
    "Movement",
    "Need",
    "OpeningRedated",
    "OrderArrival",
    "OrganisationEntry",
    "OrganisationHead",
    "OutboxMessage",
    "ParLevel",
    "PassedOverLot",
    "Patient",
    "PatientAllergy",
    "PatientClassAllergy",
    "PatientFlag",
    "PatientIndex",
    "Person",
    "Pin",
    "PlaceWatch",
    "Placing",
    "Preparation",
    "PreparationIngredient",
    "PreparationSession",
    "Product",
    "ProductGroup",
    "ProductHold",
    "ProductIngredient",
    "ProductRule",
    "Protocol",
    "ProtocolNeed",
    "ProtocolVersion",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "RatioAnswer",
    "Reaction",
    "RecallAttempt",
    "RecallCase",
    "RecallCheck",
    "RecallFile",
    "RecallFinding",
    "RecallLetter",
    "RecallLot",
    "RecallMockResult",
    "RecallNotice",
    "RecallReply",
    "RecallReplyLine",
    "RecallScope",
    "RecallSession",
    "RecallStep",
    "Receipt",
    "ReceiptLine",
    "ReceiptLineBefore",
    "Recipe",
    "RecipeComponent",
    "RecipeSubstitute",
    "RecipeVersion",
    "ReferenceItem",
    "RoleHeld",
    "RuleIncompatibility",
    "RuleIngredient",
    "SessionTick",
    "SharpsBox",
    "SignOn",
    "SignOnAttempt",
    "Signature",
    "StatedPurpose",
    "StockCount",
    "StockLevel",
    "Stocktake",
    "StocktakeLine",
    "SuitabilityRule",
    "Supplier",
    "SupplierAnswer",
    "SupplierItem",
    "SupplierReturn",
    "TableImport",
    "Tablet",
    "TemperatureExcursion",
    "TemperatureReading",
    "TradeItem",
    "Transfer",
    "TransferLine",
    "TreatmentSession",
    "Usage",
    "UsageArea",
    "User",
]
