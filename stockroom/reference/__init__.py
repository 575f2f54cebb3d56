"""What do the source texts of mesotherapy say: ingredients, protocols, cautions, cocktail patterns?

`load()` reads the CSV files beside this module.  It is material for templates and screens, never a
rule: a clinic sets its own protocols and recipes.
"""

from stockroom.reference.faults import ReferenceDataFault
from stockroom.reference.records import (
    Area,
    CocktailPattern,
    Contraindication,
    Device,
    FlagMeaning,
    Indication,
    Ingredient,
    Instruction,
    Protocol,
    Range,
    SideEffect,
    Source,
    Span,
    Technique,
)
from stockroom.reference.tables import Reference, load

__all__ = [
    "Area",
    "CocktailPattern",
    "Contraindication",
    "Device",
    "FlagMeaning",
    "Indication",
    "Ingredient",
    "Instruction",
    "Protocol",
    "Range",
    "Reference",
    "ReferenceDataFault",
    "SideEffect",
    "Source",
    "Span",
    "Technique",
    "load",
]
