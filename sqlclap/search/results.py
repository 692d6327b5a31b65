"""Results of searches: matches, and how they were found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from sqlclap.attach.row_keys import NO_ROW, RowNames, row_names
from sqlclap.attach.seen import remark_on_rows
from sqlclap.db.database import named_rows
from sqlclap.db.exact import Scored
from sqlclap.db.samples import Audible, RowKey
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement
from sqlclap.db.vectors import to_blob
from sqlclap.deprecated import former_attribute
from sqlclap.notebook.results import Results
from sqlclap.search.judgement import Doubt, Judgement, in_words

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

FoundBy = Literal["text", "sound", "both"]
WEAK_NOTE = "~ weak: words without meaning, or an unlike sound, would score as much"


@dataclass(frozen=True)
class Match(Audible):
    """A sound that answers a query.

    Attributes
    ----------
    rank : int
        From 1, best first.
    score : float
        Cosine similarity to the query (-1 to 1). It is no probability, and scores of queries in
        words and of queries by sound lie on different scales.
    weak : bool
        No better than the best match of a query that means nothing, or the answer as a whole means
        little (`Matches.doubt`).
    sample_id : int
    path : str
        Below its source's folder.
    file : Path
        Path of the sound file on disk.
    duration_s : float
        In seconds.
    status : {"ok", "missing"}
        "missing": the file was gone when its folder was last looked at.
    heard_share : float or None
        Energy that lies in what the model hears over all energy, from 0 to 1; None where it was
        not measured yet.
    format : str or None
        Container and encoding, such as ``WAV/PCM_24``.
    found_by : {"text", "sound", "both"} or None
        Of a search with ``or_text``: whether it has the words, is like the query, or both.
    transposed : float or None
        Of a search with ``transpose``: how many semitones the sound that is asked for was shifted
        to be most like this one; 0 at its own pitch.
    row_key : int, float, str or None
        Of the row of an attached table that names it; None where none does.
    more_rows : int
        Further rows that name the same sound; view ``attached_sounds`` has all keys.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("rank", "score", "duration_s", "sample_id", "path")
    NOUN: ClassVar[str] = "match"
    rank: int
    score: float
    weak: bool
    sample_id: int
    path: str
    file: Path
    duration_s: float
    status: str
    heard_share: float | None = field(default=None, kw_only=True)
    format: str | None = field(default=None, kw_only=True)
    found_by: FoundBy | None = field(default=None, kw_only=True)
    transposed: float | None = field(default=None, kw_only=True)
    row_key: RowKey = field(default=None, kw_only=True)
    more_rows: int = field(default=0, kw_only=True)


def sample_fields(database: Database, scored: Iterable[Scored]) -> dict[int, dict[str, Any]]:
    """Read the fields of matches' samples, by embedding id; deleted samples are left out.

    The query's columns are the fields of `Match`, but for where the file lies and its rows' keys.
    """
    wanted = json.dumps([one.embedding_id for one in scored])
    rows = [*named_rows(database.execute(statement("search/matches_samples"), (wanted,)))]
    names = row_names(database, (row["sample_id"] for row in rows))
    return {row.pop("embedding_id"): _fields_of(row, names) for row in rows}


def scored_fields(
    database: Database, model: StoredModel, vector: Float32Array, samples: Mapping[int, int]
) -> tuple[list[Scored], dict[int, dict[str, Any]]]:
    """Score embeddings as `score_known` does, and read their samples' fields in one statement.

    Returns
    -------
    scored : list of Scored
        Best first.
    fields : dict of int to dict
        See `sample_fields`.
    """
    query = statement("search/matches_scored", model_id=model.model_id)
    wanted = f"[{','.join(map(str, samples))}]"
    rows = [*named_rows(database.execute(query, (to_blob(vector), wanted)))]
    scores = {row.pop("embedding_id"): row.pop("score") for row in rows}
    best_first = sorted((-score, number) for number, score in scores.items() if score is not None)
    scored = [Scored(number, samples[number], -score) for score, number in best_first]
    has_rows = {row.pop("has_rows") for row in rows} - {0}
    there = {
        number: row
        for number, row in zip(scores, rows, strict=True)
        if row["sample_id"] is not None
    }
    ids = (row["sample_id"] for row in there.values())
    names = row_names(database, ids) if has_rows else {}
    return scored, {number: _fields_of(row, names) for number, row in there.items()}


def _fields_of(row: dict[str, Any], names: Mapping[int, RowNames]) -> dict[str, Any]:
    """Return the columns of a sample as the fields of a match."""
    file = file_path(row.pop("root"), row["path"], row.pop("path_bytes"))
    return row | names.get(row["sample_id"], NO_ROW)._asdict() | {"file": file}


def make_match(
    rank: int,
    scored: Scored,
    fields: Mapping[str, Any],
    judgement: Judgement,
    kind: type[Match] | None = None,
) -> Match:
    """Make a match of a score and the fields of its sample.

    Parameters
    ----------
    rank : int
    scored : Scored
    fields : mapping
        See `sample_fields`; for a moment also `start_s` and `end_s`.
    judgement : Judgement
    kind : type, optional
        A kind of match with further fields, such as `sqlclap.Moment`.
    """
    weak = judgement.is_weak(scored.score)
    return (kind or Match)(rank=rank, score=scored.score, weak=weak, **fields)


class Matches(Results[Match]):
    """Matches, best first; see `sqlclap.notebook.results.Tabular` for data frames.

    Attributes
    ----------
    plan : Plan
        How they were found; as text, it tells the path taken and why.
    notes : tuple of str
        Remarks on irregularities in reading the query sound, such as truncation.
    doubts : tuple of Doubt
        Reasons not to trust them: words that the model doesn't know, a best score
        that is no better than chance.
    model : str or None
        Name of the model whose vectors were compared.
    terms : tuple of TermShare
        How the terms of a composed query counted; see `sqlclap.finding.find`.
    understood : tuple of Understood
        Words that were taken to mean something measured; see `sqlclap.finding.measure_words`.
    """

    def __init__(
        self,
        matches: Iterable[Match],
        plan: Plan,
        doubts: Iterable[Doubt] = (),
        kind: type[Match] | None = None,
    ) -> None:
        super().__init__(matches, kind or Match)
        self.plan = plan
        self.notes: tuple[str, ...] = ()
        self.terms: tuple[Any, ...] = ()
        self.understood: tuple[Any, ...] = ()
        self.doubts = tuple(doubts)

    @property
    def doubt(self) -> str | None:
        """The doubts in words; None where there are none."""
        return in_words(self.doubts)

    def remarks(self) -> list[str]:
        """Return the doubts as lines, as the command line prints them."""
        told = [*self.notes, *([f"Doubtful: {self.doubt}"] if self.doubt else [])]
        told += [WEAK_NOTE] if any(match.weak for match in self) else []
        told += [self.plan.note] if self.plan.note else []
        return told


@dataclass(frozen=True)
class Plan:
    """How an answer was found.

    Attributes
    ----------
    path : {"graph", "scan", "exact"}
        A walk through the graph; a scan of the allowed vectors in the index; a comparison with
        stored vectors, without the index.
    reason : str
        Why this path was chosen.
    generation : int or None
        Generation of the index.
    indexed, tail, removed : int
        Vectors in the index; newer ones, compared directly; vectors of the index no longer valid.
    allowed : int or None
        Samples that the filter lets through.
    ef_search : int
        Candidates that the walk through the graph kept; 0 if there was no walk.
    ranked : int
        Candidates that were ranked exactly on stored vectors.
    seconds : float
    remark : str or None
        What of the answer was cut off, if anything, and whether attached tables may have changed.
    """

    path: str
    reason: str
    generation: int | None = None
    indexed: int = 0
    tail: int = 0
    removed: int = 0
    allowed: int | None = None
    ef_search: int = 0
    ranked: int = 0
    seconds: float = 0.0
    remark: str | None = None

    width = former_attribute("width", "ef_search")

    def of_rows(self, database: Database) -> Plan:
        """Return the plan with a remark where rows of attached tables may have changed since."""
        remark = remark_on_rows(database)
        if remark is None:
            return self
        return replace(self, remark="; ".join(filter(None, (self.remark, remark))))

    @property
    def note(self) -> str | None:
        """A remark if the filter lets no sound through, or there is one on the answer."""
        return "the filter lets no sound through" if self.allowed == 0 else self.remark

    def __str__(self) -> str:
        parts = [f"{self.path}: {self.reason}"]
        if self.generation is not None:
            parts.append(
                f"generation {self.generation} with {self.indexed:,} vectors, "
                f"{self.tail:,} newer, {self.removed:,} removed"
            )
        if self.ef_search:
            parts.append(f"ef_search {self.ef_search:,}")
        if self.allowed is not None:
            parts.append(f"the filter lets {self.allowed:,} through")
        parts.append(f"{self.ranked:,} ranked exactly, {self.seconds * 1000:.2f} ms")
        return "; ".join(parts)


class Answer(NamedTuple):
    """The nearest samples, best first, and how they were found.

    Attributes
    ----------
    nearest : list of Scored
        Those that were asked for.
    plan : Plan
    best : float or None
        The highest score of all that the filter lets through, whatever page was asked for.
    found_by : mapping of int to str
        By embedding: what found it, where several orders were joined.
    """

    nearest: list[Scored]
    plan: Plan
    best: float | None = None
    found_by: Mapping[int, FoundBy] = MappingProxyType({})

    def match_fields(self, database: Database) -> dict[int, dict[str, Any]]:
        """Return the fields of the matched samples beside their scores; see `sample_fields`."""
        rows = sample_fields(database, self.nearest)
        for number, found_by in self.found_by.items():
            if number in rows:
                rows[number]["found_by"] = found_by
        return rows
