"""``sqlclap find``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import finding_options, print_found
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.finding.query import Query, Term, TermKind

Command = TypeVar("Command", bound=Callable[..., Any])

EPILOG = """\b
Examples:
    sqlclap find sounds.db "kick" --like 17 --unlike snare.wav:0.5 --less "reverb"
    sqlclap find sounds.db "rain" "thunder:0.5" --less "wind" --explain
    sqlclap find sounds.db --like 17 --like 23 --unlike 42@1.5-2.0 --moments
    sqlclap find sounds.db "bass" --like-label deep --unlike-label distorted --json
    sqlclap find sounds.db "pad" --like ~/new/found.flac:0.5 --folder synths --sql
    sqlclap find sounds.db --like 17 --or-text "glass OR bottle"
    sqlclap find sounds.db "rain" --less "wind" --plain-sql > rain.sql
    sqlclap find sounds.db --between kick.wav 42 -n 5
    sqlclap find sounds.db "metallic" --like 17 --aspect pitch
    sqlclap find sounds.db --facet folder,format --min-length 2
    sqlclap find sounds.db --vector freesound.npy --space laion-630k-audioset-fusion-best
    sqlclap find sounds.db --query '[{"words": "kick"}, {"sound": 17, "weight": -0.5}]'
"""
_WEIGHTED = re.compile(r"(.*):([0-9]+\.?[0-9]*|\.[0-9]+)", re.DOTALL | re.ASCII)

# Option, kind of term, sign, help.
_TERMS: tuple[tuple[str, TermKind, int, str], ...] = (
    ("--more", "words", 1, "Words that are wanted, as WORDS."),
    ("--less", "words", -1, "Words that are not wanted."),
    ("--like", "sound", 1, "A sound to be like, as `sqlclap similar` takes it; - for stdin."),
    ("--unlike", "sound", -1, "A sound not to be like."),
    ("--like-label", "label", 1, "A label whose examples to be like."),
    ("--unlike-label", "label", -1, "A label whose examples not to be like."),
)


def term_options(command: Command) -> Command:
    """Add the options of terms; each can be given several times."""
    for flag, kind, _, help_text in reversed(_TERMS):
        metavar = f"{kind.upper()}[:WEIGHT]"
        command = click.option(flag, multiple=True, metavar=metavar, help=help_text)(command)
    vector = "A vector from elsewhere to be like, in a .npy file; needs --space."
    space = "The model that made it, which has to be the library's: its name, version or source."
    command = click.option("--space", metavar="MODEL", help=space)(command)
    metavar = "FILE[:WEIGHT]"
    return click.option("--vector", multiple=True, metavar=metavar, help=vector)(command)


@click.command(name="find", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.argument("words", nargs=-1)
@term_options
@click.option(
    "--between",
    nargs=2,
    metavar="SOUND SOUND",
    help="Steps of a path from one sound to another, evenly spaced, no sound twice.",
)
@click.option("--query", metavar="JSON", help="More terms, as SQL's clap_query takes them.")
@click.option("--sql", is_flag=True, help="Print the SQL statement that gives the same rows.")
@click.option(
    "--plain-sql",
    is_flag=True,
    help="The same for any client that has sqlite-vec, without sqlclap's functions.",
)
@finding_options
@one_line_errors
def command(
    library: str,
    words: tuple[str, ...],
    between: tuple[str, str] | None,
    sql: bool,
    plain_sql: bool,
    **settings: Any,
) -> None:
    """Find by several terms: more of some, less of others.

    WORDS and options are terms, each with a weight behind a colon, 1 without one: "kick:0.5".
    Words that end like a weight take one: "ratio 4:3:1". Terms are measured against the library's
    own sounds, so that words and sounds count alike; what is not wanted pushes away what is like
    it. Scores are cosine similarities less what was pushed away, not probabilities.
    """
    terms = take_terms(words, settings)
    if settings["facet"] is not None and (between or sql or plain_sql):
        raise QueryError(
            "--facet counts what passes the filters, whatever is asked for: drop --between, --sql "
            "and --plain-sql"
        )
    if between and plain_sql:
        raise QueryError("a path takes functions of sqlclap: --sql prints the statement with them")
    if between:
        _find_between(library, between, terms, sql=sql, settings=settings)
    elif sql or plain_sql:
        _print_sql(library, terms.checked(), settings, "plain" if plain_sql else "query")
    else:
        query = terms if settings["facet"] is not None else terms.checked()
        print_found(library, settings, lambda opened, **how: opened.find(query, **how))


def _find_between(
    library: str, between: tuple[str, str], terms: Query, sql: bool, settings: dict[str, Any]
) -> None:
    from sqlclap.finding.query import ends_of

    if terms.terms:
        raise QueryError(
            f"--between is asked alone, without {', '.join(map(str, terms.terms))}; filters such "
            "as --folder go with it"
        )
    if sql:
        _print_sql(library, ends_of(*between), settings, "path")
    else:
        print_found(library, settings, lambda opened, **how: opened.between(*between, **how))


def _take_vectors(files: tuple[str, ...], space: str | None) -> list[Term]:
    from sqlclap.finding.vector_files import read_vector_term

    if space is not None and not files:
        raise QueryError("--space says which model made a vector: expected --vector FILE with it")
    return [read_vector_term(file, space, weight) for file, weight in map(weighted, files)]


def take_terms(words: tuple[str, ...], settings: dict[str, Any]) -> Query:
    """Take the terms out of a command's keywords."""
    from sqlclap.finding.query import Query, Term, read_query

    terms = [Term("words", *weighted(text)) for text in words]
    for flag, kind, sign, _ in _TERMS:
        for text in settings.pop(flag.strip("-").replace("-", "_")):
            value, weight = weighted(text)
            if kind == "sound" and value == "-":
                terms.append(Term(kind, sys.stdin.buffer.read(), sign * weight))
            else:
                terms.append(Term(kind, value, sign * weight))
    terms += _take_vectors(settings.pop("vector"), settings.pop("space"))
    given = settings.pop("query")
    if given is not None:
        terms += read_query(given).terms
    return Query(tuple(terms))


def weighted(text: str) -> tuple[str, float]:
    """Return a term and its weight.

    >>> weighted("kick"), weighted("kick:0.5"), weighted("ratio 4:3:1")
    (('kick', 1.0), ('kick', 0.5), ('ratio 4:3', 1.0))
    """
    found = _WEIGHTED.fullmatch(text)
    if found is None:
        return text, 1.0
    weight = float(found[2])
    if weight == 0:
        raise QueryError(f"{text!r}: expected a weight above 0 behind the colon")
    return found[1], weight


def _print_sql(library: str, query: Query, settings: dict[str, Any], kind: str) -> None:
    import sqlclap
    from sqlclap.cli.options import take_options

    write = _writer(library, kind)
    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    with sqlclap.open(library, mode="read", **chosen) as opened:
        click.echo(write(opened.session, query, settings["limit"], options))


def _writer(library: str, kind: str) -> Callable[..., str]:
    """Return what writes a query as SQL of a kind.

    Raises
    ------
    QueryError
        SQL over a set has none of that kind.
    """
    from sqlclap.finding.plain_statement import plain_statement
    from sqlclap.finding.statement import as_statement, path_as_statement
    from sqlclap.opening import is_set

    if not is_set(library):
        ways: dict[str, Callable[..., str]] = {
            "query": as_statement, "path": path_as_statement, "plain": plain_statement
        }  # fmt: skip
        return ways[kind]
    from sqlclap.shards.statement import set_statement

    if kind == "query":
        return set_statement
    asked = "path" if kind == "path" else "statement without sqlclap's functions"
    raise QueryError(
        f"{library} is a set, whose SQL is that of `sqlclap query`: there is no {asked} in it; "
        "leave --sql and --plain-sql out, or name one of its shards"
    )
