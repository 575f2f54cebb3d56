"""A served house for these tests, in which the first journal entry of every act fails."""

from tests.failing_entries import entries_fail_first
from tests.serving import served

__all__ = ["entries_fail_first", "served"]
