"""The SQL functions: one table of specs, one adapter a driver."""

from sqlclap.functions.register import register_functions
from sqlclap.functions.specs import SPECS, Spec

__all__ = ["SPECS", "Spec", "register_functions"]
