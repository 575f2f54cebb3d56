"""A served house for these tests."""

from tests.failing_entries import entries_fail_first
from tests.serving import passwords_at_full_cost, served

__all__ = ["entries_fail_first", "passwords_at_full_cost", "served"]
