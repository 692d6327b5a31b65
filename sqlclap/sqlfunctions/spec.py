"""The description of one SQL function, for drivers and for the reference page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.errors import QueryError
from sqlclap.sqlfunctions.arguments import LEFT_OUT

if TYPE_CHECKING:
    from sqlclap.session import Session


@dataclass(frozen=True)
class Spec:
    """One SQL function.

    Attributes
    ----------
    name : str
    arguments : tuple of str
        Their names; those in square brackets can be left out.
    kind : {"scalar", "aggregate", "table"}
    gives : str
        What comes back, in a few words.
    about : str
        One or two sentences.
    example : str
        A statement that runs against the demo library.
    run : callable
        scalar: called with the session and the arguments; aggregate: makes an object with
        ``step`` and ``finalize``; table: called like a scalar, gives rows.
    columns : tuple of str
        Of a table's rows.
    deterministic : bool
        The same arguments always give the same answer, whatever is in the library: SQLite may call
        it once for a statement instead of once for a row.
    needs_files : bool
        Reads files of the host, or may tell where they lie: only registered where that is allowed.
    innocuous : bool
        Works out numbers from its arguments alone: safe in views of a database that isn't trusted.
    """

    name: str
    arguments: tuple[str, ...]
    kind: Literal["scalar", "aggregate", "table"]
    gives: str
    about: str
    example: str
    run: Callable[..., Any]
    columns: tuple[str, ...] = ()
    deterministic: bool = False
    needs_files: bool = False
    innocuous: bool = False

    @property
    def arities(self) -> range:
        """Return the allowed numbers of arguments."""
        optional = sum(name.startswith("[") for name in self.arguments)
        return range(len(self.arguments) - optional, len(self.arguments) + 1)

    @property
    def signature(self) -> str:
        """The call's signature: ``clap_neighbors(vector, k [, options])``."""
        required = [name for name in self.arguments if not name.startswith("[")]
        optional = [name.strip("[]") for name in self.arguments if name.startswith("[")]
        tail = "".join(f" [, {name}]" for name in optional)
        return f"{self.name}({', '.join(required)}{tail})"

    def scalar(self, session: Session) -> Callable[..., Any]:
        """Return the function as a driver takes it: NULL for an argument gives NULL.

        NULL for the options, which can be left out, is none.
        """
        has_options = self.arguments[-1:] == ("[options]",)
        values, run = len(self.arguments) - has_options, self.run

        def answer(*arguments: Any) -> Any:
            return None if None in arguments[:values] else run(session, *arguments)

        return answer

    def rows(self, session: Session) -> Callable[..., Iterator[tuple[Any, ...]]]:
        """Return a table's rows as a driver takes them: NULL for an argument gives none.

        `LEFT_OUT` stands for arguments that were left out; NULL for the options is no options.
        """

        def answer(*arguments: Any) -> Iterator[tuple[Any, ...]]:
            given = dict(zip(self.arguments, arguments, strict=True))
            required = self.arguments[: self.arities.start]
            missing = [name for name in required if given[name] is LEFT_OUT]
            if missing:
                raise QueryError(f"{self.name}: expected {missing[0]}; call {self.signature}")
            if any(value is None for name, value in given.items() if name != "[options]"):
                return iter(())
            values = (None if value is LEFT_OUT else value for value in arguments)
            rows: Iterator[tuple[Any, ...]] = self.run(session, *values)
            return rows

        return answer
