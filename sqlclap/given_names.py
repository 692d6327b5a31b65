"""Names that people give to things, and ask for them by."""

from __future__ import annotations

from sqlclap.errors import SqlclapError
from sqlclap.quantities import brief


def given_name(name: object, noun: str, error: type[SqlclapError]) -> str:
    """Return a name without blanks around it.

    Parameters
    ----------
    name : str
    noun : str
        What it is called in the message, with its article: "a label's name".
    error : type

    Raises
    ------
    SqlclapError
        What `error` names: it is no text, such as a number of a column of numbers.
    """
    if not isinstance(name, str):
        raise error(f"expected {noun}, got {brief(name)}, which is no text")
    return name.strip()
