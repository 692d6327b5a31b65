"""Words errors for pages and programs: a code, no command of a terminal, no path of the server.

What sqlclap raises is worded for who sits at a terminal: it names the command that helps, and
where files lie. Neither is of use behind a browser, and paths are nobody's business there. So the
clauses that name commands are left out, paths are cut down to names, and what helps on a page is
said instead, by the error's code.
"""

from __future__ import annotations

import re

from sqlclap.errors import (
    MissingExtraError,
    ModelError,
    NoAnchorsError,
    NoMapError,
    NotEnoughVotesError,
    NotInstalledError,
    NoVectorsError,
    PrecisionTooLowError,
    SettingsChangedError,
    SidecarError,
    SqlclapError,
    UnknownLabelError,
)
from sqlclap.records import error_code

BY_STATUS = {
    400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found",
    405: "method_not_allowed", 409: "conflict", 413: "too_large", 415: "unreadable_sound",
    416: "bad_range", 421: "unknown_host", 500: "damaged", 501: "not_possible_here", 503: "busy",
}  # fmt: skip
"""Codes of what has none of its own."""

_KEEPER = "whoever keeps this library can mend that"
_ON_THE_PAGE: tuple[tuple[type[SqlclapError], str], ...] = (
    (NoAnchorsError, "give it examples under Labels"),
    (UnknownLabelError, "the list of labels has those that there are"),
    (NotEnoughVotesError, "answer more questions of its review"),
    (PrecisionTooLowError, ""),
    (SettingsChangedError, ""),
    (NoMapError, "it is drawn when sounds have been taken in"),
    (MissingExtraError, "what draws maps is not installed on the server"),
    (NotInstalledError, "it is not installed on the server"),
    (NoVectorsError, "sounds have to be taken in first"),
    (SidecarError, _KEEPER),
    (ModelError, _KEEPER),
)

_COMMAND = re.compile(
    r"`sqlclap\b|`pip\b|\bpip (?:un)?install\b|(?<![\w-])--[a-z][a-z-]+"
    r"|\bsqlclap (?:serve|ingest|map)\b"
)
_QUOTED = re.compile(r"`((?:sqlclap|pip)\b)[^`]*`")
_GROUP = re.compile(r" ?\([^()]*\)")
_CLAUSES = re.compile(r"(: |; |\. )")
_UNIX_PATH = re.compile(r"(?<![\w.:/~-])~?/(?:[^\s/'\"`,;:()]+/)+([^\s/'\"`,;:()]*)")
_WINDOWS_PATH = re.compile(r"\b[A-Za-z]:\\(?:[^\\'\"`,;:()]+\\)*([^\s\\'\"`,;:()]*)")
_NODE_ADDRESS = re.compile(r"(\bnode '[^']*') at https?://\S*?(?=:? |[:;,]?$)")
_NODE_REASON = re.compile(r"(\bnode '[^']*': it can't be asked) \([^;]*\)")


def code_of(error: Exception, status: int | None = None) -> str:
    """Return the code of an error, which programs go by: ``unknown_label``, say.

    Errors of sqlclap have that of their class; all others one of `BY_STATUS`.
    """
    own = getattr(error, "code", None)
    if own:
        return str(own)
    if isinstance(error, SqlclapError):
        return error_code(type(error))
    return BY_STATUS.get(status or 500, "failed")


def code_table() -> list[tuple[str, str]]:
    """Return the codes of sqlclap's errors, with what their classes say of themselves."""
    told: dict[str, str] = {}
    waiting = [SqlclapError]
    while waiting:
        kind = waiting.pop()
        told[error_code(kind)] = (kind.__doc__ or "").splitlines()[0]
        waiting += kind.__subclasses__()
    return sorted(told.items())


def names_command(text: str) -> bool:
    """Return whether a text names a command, or an option of one."""
    return _COMMAND.search(text) is not None


def worded(error: Exception, text: str) -> str:
    """Return an error's message as people on a page, and programs, are told it."""
    without = without_paths(text)
    if not names_command(without):
        return without
    said = without_commands(without) or _summary(type(error))
    helps = next((words for kind, words in _ON_THE_PAGE if isinstance(error, kind)), "")
    return f"{said}: {helps}" if helps else said


def without_commands(text: str) -> str:
    """Return a text without the clauses that name commands; empty where none is left."""
    text = _QUOTED.sub(r"`\1`", text)  # what separates clauses may stand in a command, too
    text = _GROUP.sub(lambda group: "" if names_command(group[0]) else group[0], text)
    pieces = _CLAUSES.split(text)
    kept = ""
    for number, clause in enumerate(pieces[::2]):
        left = _without_parts(clause)
        if not left and number == 0:
            return ""
        if left:
            kept += (pieces[2 * number - 1] if kept else "") + left
    return kept


def _without_parts(clause: str) -> str:
    if not names_command(clause):
        return clause
    parts = clause.split(", ")
    left = ", ".join(part for part in parts if not names_command(part))
    return re.sub(r"^(?:or|and) ", "", left) if names_command(parts[0]) else left


def _summary(kind: type[Exception]) -> str:
    """Return what a class of errors says of itself."""
    line = (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")
    return line[:1].lower() + line[1:]


def without_paths(text: str) -> str:
    """Return a text in which absolute paths are cut down to the names that they end in.

    Of a set's nodes it tells the names, and no addresses.
    """
    text = _NODE_REASON.sub(r"\1", _NODE_ADDRESS.sub(r"\1", text))
    return _WINDOWS_PATH.sub(_last, _UNIX_PATH.sub(_last, text))


def _last(path: re.Match[str]) -> str:
    return path[1] or re.split(r"[/\\]", path[0].rstrip("/\\"))[-1]
