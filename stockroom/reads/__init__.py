"""The reads floor: look-ups that operations and queries share; no decision, no write."""
