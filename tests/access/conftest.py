"""A served house for these tests."""

from tests.serving import passwords_at_full_cost, served

__all__ = ["passwords_at_full_cost", "served"]
