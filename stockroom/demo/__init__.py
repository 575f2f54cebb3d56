"""The demo clinic: invented people and products, eighteen months of work, made by the operations themselves."""

from stockroom.demo.loading import DatabaseNotEmpty, load_demo
from stockroom.demo.people import LogIn

__all__ = ["DatabaseNotEmpty", "LogIn", "load_demo"]
