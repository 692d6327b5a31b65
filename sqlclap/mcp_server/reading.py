"""What assistants can ask of a library: each method is a tool, with its docstring as its help."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import named_rows
from sqlclap.db.samples import Sample
from sqlclap.db.statements import statement
from sqlclap.errors import NoVectorsError, QueryError, UnknownSoundError
from sqlclap.labels.scoring import Confidence  # the protocol's schema is made of annotations
from sqlclap.records import record, records
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.search.results import Matches

MOST_MATCHES = 200
"""Rows of one answer: an assistant pages on with `offset`."""

LIKE_IT = 5
_NARROWING = fields_of("python")
Sound = int | str
"""A sound of the library: its id, its path, or a span of it such as ``"12@3.0-4.5"``."""


class ReadingTools:
    """Questions to a library; nothing is written.

    Sounds are ids or paths of the library's own. Only with `files` may other sound files of this
    machine be named.

    Parameters
    ----------
    library : Library
    files : bool
    """

    def __init__(self, library: Library, files: bool = False) -> None:
        self._library = library
        self._files = files

    def overview(self) -> dict[str, Any]:
        """Tell what the library holds: how many sounds, models, labels, tables for SQL.

        Ask this first.
        """
        return {
            "library": str(self._library.path),
            "holds": record(self._library.info()),
            "labels": records(self._library.labels.overview()),
            "tables": _tables(self._library),
            "functions": _functions(),
            "narrow": {one.name: one.about for one in _NARROWING},
        }

    def search(
        self, words: str, limit: int = 10, narrow: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Find sounds by what they sound like, described in words: "deep kick", "rain on a roof".

        Scores are cosine similarities, no probabilities; what is `weak` is no better than chance,
        and `doubt` says why not to trust the whole answer. With `narrow` {"measures": true} words
        such as "short" or "128 bpm" count as what is measured.
        """
        self._check_limit(limit)
        return _told(self._library.search(words, limit, _options("search", narrow)))

    def similar(
        self, sound: Sound, limit: int = 10, narrow: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Find sounds like a sound: an id, a path in the library, or a span of one ("12@3.0-4.5").

        With `narrow` {"aspect": "pitch:2,length"} what is measured counts beside the timbre.
        """
        self._check_limit(limit)
        named = self._own(sound)
        return _told(self._library.similar(named, limit, _options("similar", narrow)))

    def find(
        self,
        terms: Sequence[Mapping[str, Any]],
        limit: int = 10,
        narrow: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Find sounds by several terms: more of some, less of others.

        Each term is one of {"words": "kick"}, {"sound": 17}, {"label": "deep"}, with a "weight"
        that is 1 if left out, and negative for what is not wanted:
        [{"words": "kick"}, {"sound": 17, "weight": -0.5}].
        """
        from sqlclap.finding.query import read_query

        self._check_limit(limit)
        query = read_query(json.dumps([dict(term) for term in terms])).checked()
        for term in query.terms:
            if term.kind == "sound":
                self._own(term.value)
        return _told(self._library.find(query, limit, _options("find", narrow)))

    def describe_sound(self, sound: Sound) -> dict[str, Any]:
        """Tell all that is known of a sound: what was measured, said, noted; what is like it."""
        from sqlclap.labels.sample_labels import (
            anchors_of_sample,
            tags_of_sample,
            votes_of_sample,
        )

        sample = self._sample(sound)
        number, database = sample.sample_id, self._library.connection
        return {
            "sound": record(sample),
            "metadata": records(self._library.metadata(number)),
            "tags": records(tags_of_sample(database, number)),
            "example_of": records(anchors_of_sample(database, number)),
            "votes": records(votes_of_sample(database, number)),
            "kept": record(self._library.curation.of(number)),
            "cluster": self._cluster(number),
            "like_it": records(self._like(number)),
        }

    def labels(self) -> list[dict[str, Any]]:
        """List the labels: names that a few examples define, with what they hold."""
        return records(self._library.labels.overview())

    def label_matches(
        self,
        label: str,
        limit: int = 20,
        confidence: Confidence | None = None,
        moments: bool = False,
        narrow: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Show what a label finds, high confidence first; with `moments` where in long sounds."""
        self._check_limit(limit)
        matches = self._library.labels.matches(
            label, limit, confidence=confidence, moments=moments, only=_filter(narrow)
        )
        note = matches.plan.note
        return {"matches": records(matches), "remarks": [] if note is None else [note]}

    def sql(
        self, select: str, parameters: Mapping[str, Any] | None = None, limit: int = 100
    ) -> dict[str, Any]:
        """Run one SQL statement that reads, with sqlclap's functions; `overview` lists the tables.

        SELECT s.path, f.score FROM clap_search('deep kick', 10) f JOIN samples s USING (sample_id)
        """
        from sqlclap.mcp_server.statements import Statement, run_statement

        asked = Statement(select, dict(parameters or {}), limit)
        return run_statement(self._library.path, asked)

    def _check_limit(self, limit: int) -> None:
        if not 1 <= limit <= MOST_MATCHES:
            raise QueryError(
                f"expected a limit of 1 to {MOST_MATCHES}, got {limit}; more come with "
                'narrow={"offset": ...}'
            )

    def _sample(self, sound: Sound) -> Sample:
        from sqlclap.search.targets import resolve_target, split_span

        found = resolve_target(
            self._library.connection, split_span(self._library.connection, sound)[0]
        )
        if isinstance(found, Sample):
            return found
        raise UnknownSoundError(f"{str(sound)!r} is no sound of this library")

    def _own(self, sound: Sound) -> Sound:
        """Return a sound that may be named; see the class."""
        if not self._files:
            self._sample(sound)
        return sound

    def _like(self, sample_id: int) -> Sequence[Any]:
        try:
            return self._library.similar(sample_id, LIKE_IT)
        except NoVectorsError:  # silent, or broken
            return ()

    def _cluster(self, sample_id: int) -> str | None:
        found = self._library.connection.execute(
            "SELECT cluster_name FROM map_points WHERE sample_id = ?", (sample_id,)
        ).get
        return None if found is None else str(found)


def _told(matches: Matches) -> dict[str, Any]:
    """Return an answer as HTTP's search routes tell it."""
    return {
        "matches": records(matches),
        "terms": records(matches.terms),
        "understood": records(matches.understood),
        "doubt": matches.doubt,
        "remarks": matches.remarks(),
    }


def _options(tool: str, narrow: Mapping[str, Any] | None) -> SearchOptions:
    """Read what narrows a search, as SQL's functions read their options.

    Raises
    ------
    QueryError
    """
    from sqlclap.search.request import SearchOptions
    from sqlclap.sqlfunctions.search_options import want_fields

    return SearchOptions(**want_fields(tool, json.dumps(dict(narrow or {})), _NARROWING))


def _filter(narrow: Mapping[str, Any] | None) -> Filter:
    from sqlclap.search.request import Filter
    from sqlclap.sqlfunctions.search_options import want_fields

    filters = tuple(one for one in _NARROWING if one.is_filter)
    return Filter(**want_fields("label_matches", json.dumps(dict(narrow or {})), filters))


def _tables(library: Library) -> dict[str, list[str]]:
    """Return the columns of each table and view that people may read."""
    found = named_rows(library.connection.execute(statement("mcp_server/tables")))
    return {row["name"]: row["columns"].split(", ") for row in found}


def _functions() -> dict[str, str]:
    from sqlclap.sqlfunctions.specs import SPECS

    return {one.signature: one.gives for one in SPECS if not one.needs_files}
