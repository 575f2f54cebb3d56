"""The database floor: engine, column types, the one transaction, triggers."""
