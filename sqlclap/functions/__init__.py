"""The SQL functions: one table of specs, one adapter a driver."""

from sqlclap.functions.failures import function_errors
from sqlclap.functions.register import register_functions, register_where_possible
from sqlclap.functions.spec import Spec
from sqlclap.functions.specs import SPECS

__all__ = ["SPECS", "Spec", "function_errors", "register_functions", "register_where_possible"]
