"""The doctor: what is wrong with a library, and how to put it right."""

from sqlclap.doctor.examine import Finding, examine
from sqlclap.doctor.repair import repair

__all__ = ["Finding", "examine", "repair"]
