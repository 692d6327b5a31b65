"""Runs SQL of an assistant: it reads, for a bounded time, and a bounded number of rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.sqlite_errors import no_utf8
from sqlclap.errors import QueryError
from sqlclap.search.where_expressions import says_nothing

if TYPE_CHECKING:
    import apsw

SECONDS = 5.0
MOST_ROWS = 1_000
MOST_CHARACTERS = 100_000
"""Of an answer's texts together: what an assistant reads has an end."""

LONGEST_VALUE = 32 << 20
"""Bytes of one text or BLOB that a statement may make, and characters of the statement itself."""

STEPS_BETWEEN = 10_000
"""Steps of SQLite's machine between two looks at the clock."""

READING_PRAGMAS = frozenset(
    (
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
        "foreign_key_list", "function_list", "module_list", "compile_options",
    )
)  # fmt: skip
REFUSED_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"))


@dataclass(frozen=True)
class Statement:
    """A statement, and how much of its answer is wanted.

    Attributes
    ----------
    sql : str
    parameters : mapping of str to (str, float, int or None)
        Values of its named parameters.
    limit : int
        Rows at most, 1 to `MOST_ROWS`.
    """

    sql: str
    parameters: dict[str, Any]
    limit: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_ROWS:
            raise QueryError(f"expected a limit of 1 to {MOST_ROWS:,} rows, got {self.limit}")
        for name, value in self.parameters.items():
            if not isinstance(value, str | int | float | None):
                raise QueryError(f"expected :{name} as a text, a number or null")


def run_statement(library: Path, statement: Statement, seconds: float = SECONDS) -> dict[str, Any]:
    """Run one statement on a connection of its own that can only read.

    Parameters
    ----------
    library : Path
    statement : Statement
    seconds : float
        After which it is interrupted; a function of sqlclap's at work then ends first.

    Returns
    -------
    dict
        `columns`, `rows`, and `is_cut`: whether there is more than `rows`.

    Raises
    ------
    QueryError
        It isn't one statement that reads, SQLite refuses it, or it took too long.
    """
    import apsw

    from sqlclap.db.library_file import LibraryFile
    from sqlclap.sqlfunctions.adapters import register_functions

    with LibraryFile(library, "read") as file:
        connection = file.connection
        register_functions(connection, files=False, reading=True)
        connection.limit(apsw.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        ends = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS_BETWEEN)
        try:
            columns = check_statement(connection, statement)
            rows, is_cut = _rows(connection, statement)
        except apsw.InterruptError as error:
            raise QueryError(
                f"the statement took longer than {seconds:g} s: narrow it down (WHERE, LIMIT), or "
                "ask clap_search, clap_query or clap_all_neighbors, which use the index"
            ) from error
        except apsw.Error as error:
            raise QueryError(f"SQLite says: {error}") from error
        except UnicodeDecodeError as error:
            raise no_utf8(error) from error
    return {"columns": columns, "rows": rows, "is_cut": is_cut}


def check_statement(connection: apsw.Connection, statement: Statement) -> list[str]:
    """Refuse what is not one statement that only reads this library; return its columns.

    Raises
    ------
    QueryError
    """
    import apsw.ext

    refused: list[str] = []

    def look(action: int, first: str | None, second: str | None, *_: object) -> int:
        name = str(apsw.mapping_authorizer_function[action]).removeprefix("SQLITE_")
        if _only_reads(name, first, second):
            return apsw.SQLITE_OK
        refused.append(name)
        return apsw.SQLITE_DENY

    connection.authorizer = look
    try:
        info = apsw.ext.query_info(connection, statement.sql)
    except apsw.AuthError as error:
        raise _reads_only(refused[0]) from error
    finally:
        connection.authorizer = None
    if not info.has_vdbe:
        raise QueryError("expected a statement, got none")
    if not info.is_readonly:  # VACUUM INTO asks for no leave
        raise _reads_only(statement.sql.split(maxsplit=1)[0])
    if not says_nothing(info.query_remaining):
        raise QueryError("expected one statement; ask for others one by one")
    _check_parameters(info, statement.parameters)
    return [name for name, _ in info.description]


def _reads_only(refused: str) -> QueryError:
    return QueryError(f"expected a statement that reads this library; {refused} is refused")


def _only_reads(action: str, first: str | None, second: str | None) -> bool:
    """Whether an action of SQLite's authorizer may be: it names what it is about in two texts."""
    if action == "FUNCTION":
        return str(second).lower() not in REFUSED_FUNCTIONS
    if action == "PRAGMA":
        return str(first).lower() in READING_PRAGMAS
    return action in ("SELECT", "READ", "RECURSIVE")


def _check_parameters(info: Any, given: dict[str, Any]) -> None:
    names = {name for name in info.bindings_names if name and not name.isdigit()}
    if len(names) < info.bindings_count:
        raise QueryError("expected parameters with names, such as :folder")
    if missing := sorted(names - set(given)):
        raise QueryError(f"no value for the parameter :{', :'.join(missing)}")


def _rows(connection: apsw.Connection, statement: Statement) -> tuple[list[list[Any]], bool]:
    """Return the rows, and whether there are more."""
    rows: list[list[Any]] = []
    left = MOST_CHARACTERS
    for row in connection.execute(statement.sql, statement.parameters):
        shown = [_shown(value) for value in row]
        left -= sum(len(str(value)) for value in shown)
        if len(rows) == statement.limit or (rows and left < 0):
            return rows, True
        rows.append(shown)
    return rows, False


def _shown(value: Any) -> Any:
    """Convert a value to what JSON holds; a BLOB becomes a text with its size."""
    if isinstance(value, bytes):
        return f"BLOB of {len(value):,} bytes"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return value[:MOST_CHARACTERS] + f"… ({len(value):,} characters)"
    return value
