"""Table-valued SQL functions over a set, on an apsw connection of its own: no library is behind it.

`clap_search`, `clap_similar`, `clap_query` and `clap_label_matches` take what they take in a
library, and give its main columns; `sample_id` is the set's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlclap.finding.query import read_query
from sqlclap.labels.match_request import MatchRequest
from sqlclap.records import record
from sqlclap.shards.composing import find
from sqlclap.shards.labels import SetLabels
from sqlclap.shards.searching import Asked, search_similar, search_words
from sqlclap.sqlfunctions.arguments import LEFT_OUT, want_count, want_text
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
)

Rows = Iterator[tuple[Any, ...]]


class SetTables:
    """A set's functions, and which parts of it answered.

    Parameters
    ----------
    opened : ShardSet

    Attributes
    ----------
    reaches : list of Reach
        Of all answers so far.
    """

    def __init__(self, opened: ShardSet) -> None:
        self._opened = opened
        self.reaches: list[Reach] = []

    def register(self, connection: apsw.Connection) -> None:
        """Make the functions on a connection."""
        tables: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[..., Rows]]] = {
            "clap_search": (COLUMNS, ("query", "k", "options"), self._search),
            "clap_similar": (COLUMNS, ("sound", "k", "options"), self._similar),
            "clap_query": (COLUMNS, ("query", "k", "options"), self._query),
            "clap_label_matches": (MATCH_COLUMNS, ("label", "k"), self._matches),
        }
        for name, (columns, parameters, rows) in tables.items():
            module: Any = as_apsw(TableFunction(columns, parameters, rows))
            connection.create_module(
                name, module, use_bestindex_object=True, eponymous=True, eponymous_only=True
            )

    def _search(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        text = want_text("clap_search", "query", query)
        found = search_words(self._opened.session, text, self._asked("clap_search", k, options))
        return self._told(found, COLUMNS)

    def _similar(self, sound: Any, k: Any = None, options: Any = None) -> Rows:
        asked = self._asked("clap_similar", k, options)
        return self._told(search_similar(self._opened.session, sound, asked), COLUMNS)

    def _query(self, query: Any, k: Any = None, options: Any = None) -> Rows:
        terms = read_query(want_text("clap_query", "query", query))
        asked = self._asked("clap_query", k, options)
        return self._told(find(self._opened.session, terms, asked), COLUMNS)

    def _matches(self, label: Any, k: Any = None) -> Rows:
        name = want_text("clap_label_matches", "label", label)
        labels = SetLabels(self._opened.session, self._opened.options.require_all)
        limit = MatchRequest(name).limit if k in (None, LEFT_OUT) else k
        found = labels.matches(name, want_count("clap_label_matches", "k", limit))
        return self._told(found, MATCH_COLUMNS)

    def _asked(self, function: str, k: Any, options: Any) -> Asked:
        k, options = (None if one is LEFT_OUT else one for one in (k, options))
        request = want_request(function, 10 if k is None else k, options)
        return Asked(request, self._opened.options.require_all)

    def _told(self, found: Any, columns: Iterable[str]) -> Rows:
        self.reaches.append(found.reach)
        names = [*columns]
        for one in found:
            row = record(one)
            values = (getattr(one, name) if name == "score" else row[name] for name in names)
            yield tuple(int(one) if isinstance(one, bool) else one for one in values)
