"""What the ingest tests look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sqlclap
import sqlclap.audio
from sqlclap.ingest import reading
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote, Verdict
from sqlclap.sqlite_files import content_hash

LOOK = "SELECT path, sample_id, status FROM samples ORDER BY path"
VECTORS = """
SELECT s.path, s.content_hash, s.status, e.window_index, e.start_s, e.end_s, hex(v.vector)
FROM samples AS s
LEFT JOIN embeddings AS e USING (sample_id)
LEFT JOIN vec_1 AS v USING (embedding_id)
ORDER BY s.path, e.window_index
"""


def rows(library: sqlclap.Library) -> dict[str, tuple[int, str]]:
    """Return each sample's id and status by its path."""
    found = library.connection.execute(LOOK)
    return {path: (sample_id, status) for path, sample_id, status in found}


def statuses(library: sqlclap.Library) -> dict[str, str]:
    """Return each sample's status by its path."""
    return {path: status for path, (_, status) in rows(library).items()}


def contents(library: sqlclap.Library) -> list[tuple[object, ...]]:
    """Return all that is stored of sounds, ids and times left out."""
    return library.connection.execute(VECTORS).fetchall()


def check_same_contents(
    found: list[tuple[object, ...]], expected: list[tuple[object, ...]]
) -> None:
    """Compare what libraries hold; which windows shared a batch shows in a vector's last bit."""
    assert [row[:-1] for row in found] == [row[:-1] for row in expected]
    ours, theirs = [
        np.frombuffer(bytes.fromhex("".join(str(row[-1]) for row in rows)), dtype="<f4")
        for rows in (found, expected)
    ]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


class Opened(list[str]):
    """The names of the files that ingest decoded, in any order."""


def watch_decoding(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Note which files are decoded from now on; they are decoded as ever."""
    opened = Opened()

    def open_and_note(path: Path) -> object:
        opened.append(path.name)
        return sqlclap.audio.decode.open_audio(path)

    monkeypatch.setattr(reading, "open_audio", open_and_note)
    return opened


def watch_hashing(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Note which files are read at all from now on."""
    opened = Opened()

    def hash_and_note(path: Path) -> str:
        opened.append(path.name)
        return content_hash(path)

    monkeypatch.setattr(reading, "content_hash", hash_and_note)
    return opened


def roots(library: sqlclap.Library) -> list[str]:
    """Return the sources' folders."""
    return [source.root for source in library.sources.list()]


def said(library: sqlclap.Library) -> dict[str, list[tuple[object, ...]]]:
    """Return what people said, and runs tagged, with the files it is said of."""
    where = "LEFT JOIN samples USING (sample_id)"
    queries = {
        "anchors": "SELECT label_id, path, polarity, weight FROM anchors {} ORDER BY 1, 2",
        "votes": "SELECT label_id, path, verdict FROM votes {} ORDER BY vote_id",
        "tags": "SELECT label_id, path, run_id, confidence FROM tags {} ORDER BY 1, 2",
    }
    return {
        name: library.connection.execute(query.format(where)).fetchall()
        for name, query in queries.items()
    }


def say_something(library: sqlclap.Library) -> None:
    """Make a label with anchors, votes and tags."""
    library.labels.add("tone")
    library.labels.add_anchors("tone", ["tones/tone-110.wav", "tones/tone-220.wav"])
    library.labels.add_anchors("tone", ["noises/noise-1.flac"], "negative")
    verdicts: tuple[Verdict, ...] = ("reject", "accept")
    for verdict in verdicts:
        library.labels.vote("tone", ["tones/tone-440.wav"], CastVote(verdict))
    library.labels.tag(TagRequest(("tone",), "low"))
