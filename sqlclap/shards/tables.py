"""Table-valued SQL functions over a set, on an apsw connection of its own: no library is behind it.

They take what they take in a library, and give its main columns; `sample_id` is the set's.
`clap_similar` is a set's own: a library has `clap_neighbors`, of vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import NoAnchorsError
from sqlclap.records import record
from sqlclap.shards.asking import Asked
from sqlclap.shards.between import find_between
from sqlclap.shards.composing import find
from sqlclap.shards.labels import SetLabels
from sqlclap.shards.searching import search_similar, search_words
from sqlclap.sqlfunctions.arguments import LEFT_OUT, want_text
from sqlclap.sqlfunctions.label_scalars import (
    EVENT_COLUMNS,
    RIVAL_COLUMNS,
    told_rivals,
    want_matches,
)
from sqlclap.sqlfunctions.query_specs import want_query
from sqlclap.sqlfunctions.search_options import want_request
from sqlclap.sqlfunctions.tables import TableFunction, as_apsw

if TYPE_CHECKING:
    import apsw

    from sqlclap.shards.answers import Reach
    from sqlclap.shards.opened import ShardSet

COLUMNS = ("rank", "score", "weak", "sample_id", "path", "duration_s", "status", "format", "file")
MATCH_COLUMNS = (
    *("rank", "score", "gap", "confidence", "sample_id", "path", "held_back_by", "rival_label"),
    *("rival_path", "status", "file"),
    *EVENT_COLUMNS,
)
MOMENT_COLUMNS = (
    *("rank", "score", "weak", "sample_id", "path", "start_s", "end_s", "status", "format", "file"),
    *("peak_s", "windows"),
)
ENDS = ("ends", "k", "options")
ASKED = ("query", "k", "options")

Rows = Iterator[tuple[Any, ...]]


class SetTables:
    """A set's functions, and which parts of it answered.

    Parameters
    ----------
    opened : ShardSet

    Attributes
    ----------
    reaches : list of Reach
        Of the answers since remarks were taken.
    """

    def __init__(self, opened: ShardSet) -> None:
        self._opened = opened
        self.reaches: list[Reach] = []

    @property
    def names(self) -> list[str]:
        """The functions' names."""
        return [*self._tables()]

    def register(self, connection: apsw.Connection) -> None:
        """Make the functions on a connection."""
        for name, table in self._tables().items():
            module: Any = as_apsw(table)
            connection.create_module(
                name, module, use_bestindex_object=True, eponymous=True, eponymous_only=True
            )

    def _tables(self) -> dict[str, TableFunction]:
        return {
            "clap_search": TableFunction(COLUMNS, ASKED, self._search),
            "clap_moments": TableFunction(MOMENT_COLUMNS, ASKED, self._moments),
            "clap_similar": TableFunction(COLUMNS, ("sound", "k", "options"), self._similar),
            "clap_query": TableFunction(COLUMNS, ASKED, self._query),
            "clap_query_moments": TableFunction(MOMENT_COLUMNS, ASKED, self._query_moments),
            "clap_between": TableFunction(COLUMNS, ENDS, self._between),
            "clap_label_matches": TableFunction(
                MATCH_COLUMNS, ("label", "k", "options"), self._matches
            ),
            "clap_label_rivals": TableFunction(RIVAL_COLUMNS, ("label",), self._rivals),
        }

    def take_remarks(self) -> list[str]:
        """Return what is to be remarked of the answers since the last call, each once."""
        told = [remark for reach in dict.fromkeys(self.reaches) for remark in reach.remarks()]
        self.reaches.clear()
        return told

    def _search(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        text = want_text("clap_search", "query", query)
        found = search_words(self._opened.session, text, self._asked("clap_search", k, options))
        return self._told(found, COLUMNS)

    def _similar(self, sound: Any, k: Any = None, options: Any = None) -> Rows:
        asked = self._asked("clap_similar", k, options)
        return self._told(search_similar(self._opened.session, sound, asked), COLUMNS)

    def _moments(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        text = want_text("clap_moments", "query", query)
        asked = self._asked("clap_moments", k, options, moments=True)
        return self._told(search_words(self._opened.session, text, asked), MOMENT_COLUMNS)

    def _query(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        terms = want_query("clap_query", "query", query)
        asked = self._asked("clap_query", k, options)
        return self._told(find(self._opened.session, terms, asked), COLUMNS)

    def _query_moments(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        terms = want_query("clap_query_moments", "query", query)
        asked = self._asked("clap_query_moments", k, options, moments=True)
        return self._told(find(self._opened.session, terms, asked), MOMENT_COLUMNS)

    def _between(self, ends: Any, k: Any = None, options: Any = None) -> Rows:
        terms = want_query("clap_between", "ends", ends)
        asked = self._asked("clap_between", k, options)
        return self._told(find_between(self._opened.session, terms, asked), COLUMNS)

    def _matches(self, label: Any, k: Any = None, options: Any = None) -> Rows:
        k, options = (None if one is LEFT_OUT else one for one in (k, options))
        limit = 20 if k is None else k
        name, count, given = want_matches("clap_label_matches", label, limit, options)
        return self._told(self._labels.matches(name, count, **given), MATCH_COLUMNS)

    def _rivals(self, label: Any) -> Rows:
        name = want_text("clap_label_rivals", "label", label)
        try:
            return told_rivals(self._labels.rivals(name))
        except NoAnchorsError:
            return iter(())

    @property
    def _labels(self) -> SetLabels:
        return SetLabels(self._opened.session, self._opened.options.require_all)

    def _asked(self, function: str, k: Any, options: Any, moments: bool = False) -> Asked:
        k, options = (None if one is LEFT_OUT else one for one in (k, options))
        request = want_request(function, 10 if k is None else k, options)
        if moments:
            request = replace(request, moments=True)
        return Asked(request, self._opened.options.require_all)

    def _told(self, found: Any, columns: Iterable[str]) -> Rows:
        self.reaches.append(found.reach)
        names = [*columns]
        for one in found:
            row = record(one)
            values = (getattr(one, name) if name == "score" else row.get(name) for name in names)
            yield tuple(int(one) if isinstance(one, bool) else one for one in values)
