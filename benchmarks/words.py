"""What the index finds when it is asked in words: they lie far from all sounds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.timing import ask_each, spread
from benchmarks.truth import recall_of
from sqlclap.db.library_file import LibraryFile
from sqlclap.map.vocabulary import read_vocabulary
from sqlclap.sqlfunctions.adapters import register_functions

FORMS = ("{}", "a loud {}", "the sound of {} in a room")
EXACT = json.dumps({"exact": True})


@dataclass(frozen=True)
class WordsFigures:
    """What `bench_words` measured; times in the unit that a name ends with.

    Attributes
    ----------
    sounds, queries : int
    recall, recall_p5 : float
        Share of the exact ten that a search finds: mean, and of the worst twentieth.
    incomplete : int
        Queries that miss any.
    p50_ms, p99_ms, exact_p50_ms : float
        Of ``clap_neighbors``, without embedding the words.
    against_exact : float
        How many times faster than the exact search.
    """

    sounds: int
    queries: int
    p50_ms: float
    p99_ms: float
    recall: float
    recall_p5: float
    incomplete: int
    exact_p50_ms: float
    against_exact: float


def bench_words(path: Path, model: str | None = None) -> WordsFigures:
    """Search a library in words, through its index and exactly.

    The words are the names that clusters can be given, each in three forms.
    """

    words = [
        form.format(prompt)
        for form in FORMS
        for name in read_vocabulary().names
        for prompt in name.prompts
    ]
    with LibraryFile(path, "read") as file:
        connection = file.connection
        register_functions(connection, model)
        rows = (connection.execute("SELECT clap_text(?)", (word,)).get for word in words)
        vectors = [row for row in rows if isinstance(row, bytes)]
        times, found = ask_each(connection, vectors)
        exact_times, true = ask_each(connection, vectors, EXACT)
        sounds = int(connection.execute("SELECT count(*) FROM samples").get)
    recalls = [recall_of(*pair) for pair in zip(found, true, strict=True)]
    exact_p50_ms = float(np.median(exact_times))
    return WordsFigures(
        sounds=sounds,
        queries=len(vectors),
        incomplete=sum(recall < 1 for recall in recalls),
        exact_p50_ms=exact_p50_ms,
        against_exact=exact_p50_ms / float(np.median(times)),
        **spread(times, recalls),
    )
