"""A served house for these tests."""

from tests.serving import served

__all__ = ["served"]
