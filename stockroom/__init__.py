"""Stockroom: stock control for mesotherapy clinics, from the supplier's box to the patient and back."""

__version__ = "0.1.0"
