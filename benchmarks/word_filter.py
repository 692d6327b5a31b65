"""Times searches by sound that words narrow: ``python -m benchmarks.word_filter FILE``."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import sqlclap
from benchmarks.vector_library import held_out, make_vector_library
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import statement, write_transaction

WORDS = ("glass", "kick", "rain", "loop", "wood", "metal", "hit", "pad")
"""Words of made-up names: each of a name's four is one of these, or one of `RARE`."""

RARE = tuple(f"take{number}" for number in range(400))
QUERIES = ("{0}", "{0} {1}", "{0} OR {1}", "{0:.2}*")


@dataclass(frozen=True)
class WordFilterFigures:
    """Times of searches whose filter is new each time, and of searches without one.

    Attributes
    ----------
    sounds : int
    allowed : list of int
        How many sounds the filters let through: fewest, median, most.
    p50_ms, p99_ms : float
        Words and sound together, nothing of the filter kept from before.
    kept_p50_ms : float
        The same filter again, with another sound.
    bare_p50_ms : float
        By sound alone.
    """

    sounds: int
    allowed: list[int]
    p50_ms: float
    p99_ms: float
    kept_p50_ms: float
    bare_p50_ms: float


def bench_word_filter(path: Path, sounds: int = 100_000) -> WordFilterFigures:
    """Time searches in a library of made-up vectors; made where it isn't there, and kept."""
    if not path.exists():
        make_vector_library(path, sounds)
        with sqlclap.open(path) as library:
            library.index.build()
    _name_all(path)
    sounded = held_out(sounds, 400)
    with sqlclap.open(path, mode="read") as library:
        for vector in sounded[:20]:
            library.similar(vector)  # what opens the index is not timed
        first, kept, bare, allowed = [], [], [], []
        for number, text in enumerate(_texts()):
            options = sqlclap.SearchOptions(text=text)
            one, two, three = sounded[3 * number : 3 * number + 3]
            seconds, found = _timed(library, one, options)
            first.append(seconds)
            allowed.append(found)
            kept.append(_timed(library, two, options)[0])
            bare.append(_timed(library, three, sqlclap.SearchOptions())[0])
    low, middle, high = min(allowed), int(median(allowed)), max(allowed)
    p99 = float(np.quantile(first, 0.99))
    times = (median(first), p99, median(kept), median(bare))
    return WordFilterFigures(sounds, [low, middle, high], *(round(1000 * one, 2) for one in times))


def _texts() -> list[str]:
    """Return filters, each of which is asked once."""
    pairs = [(one, other) for one in WORDS for other in WORDS if one < other]
    found = [shape.format(*pair) for shape in QUERIES for pair in pairs]
    return list(dict.fromkeys(found))


def _timed(library: sqlclap.Library, vector: Any, options: Any) -> tuple[float, int]:
    begun = time.perf_counter()
    matches = library.similar(vector, options=options)
    return time.perf_counter() - begun, matches.plan.allowed or 0


def _name_all(path: Path) -> None:
    """Give each sound without a description a made-up name."""
    with LibraryFile(path) as file, write_transaction(file.connection) as connection:
        bare = "SELECT sample_id FROM samples EXCEPT SELECT sample_id FROM sound_descriptions"
        ids = [row[0] for row in connection.execute(bare)]
        chosen = np.random.default_rng(0).choice([*WORDS, *RARE[:32]], (len(ids), 4))
        nothing = dict.fromkeys(("category", "subcategory", "tempo", "musical_key", "note"))
        rows = (
            nothing | {"sample_id": one, "name": " ".join(words), "folder": "", "said": ""}
            for one, words in zip(ids, chosen, strict=True)
        )
        connection.executemany(statement("metadata/description_insert"), rows)


if __name__ == "__main__":
    print(json.dumps(asdict(bench_word_filter(Path(sys.argv[1]))), indent=1))
