"""The operations floor: one verb a file; load, decide, post; one transaction and one journal entry each."""
