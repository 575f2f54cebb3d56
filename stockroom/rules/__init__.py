"""What is decided?  Pure rules over frozen facts: no clock, no database, no Flask."""
