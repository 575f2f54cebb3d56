"""How do tables that people keep become rows, and rows tables?  Pure: bytes in, rows and faults out, and back."""
