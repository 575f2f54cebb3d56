"""Revisions of the schema, upwards only."""
