"""The ledger floor: the one door to stock, and the journals."""
