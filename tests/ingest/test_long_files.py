"""Long recordings: the same vectors however they are read, in memory that doesn't grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.models.encoder import Encoder
from tests.support.fake_bundle import WINDOW_S
from tests.support.long_sound import ingest_apart, write_long_sound
from tests.support.sounds import RATE


def test_a_streamed_recording_has_the_vectors_of_one_decoded_at_once(
    library: sqlclap.Library, fake_encoder: Encoder, tmp_path: Path
) -> None:
    path = write_long_sound(tmp_path / "long" / "five-minutes.wav", 5, RATE)
    library.ingest([path.parent])
    samples, _ = soundfile.read(path, dtype="float32")
    length = round(WINDOW_S * RATE)
    windows = samples[: len(samples) // length * length].reshape(-1, length)
    features = np.stack([fake_encoder.front_end.features(window) for window in windows])
    expected = fake_encoder.embed_windows(features)
    sql = """
        SELECT v.vector, e.start_s, e.end_s
        FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)
        WHERE e.window_index IS NOT NULL ORDER BY e.window_index
    """
    rows: list[Any] = library.connection.execute(sql).fetchall()
    assert len(rows) == len(expected) == 600
    stored = np.stack([np.frombuffer(row[0], dtype=np.float32) for row in rows])
    np.testing.assert_allclose(stored, expected, atol=1e-6)
    assert [row[1] for row in rows] == [number * WINDOW_S for number in range(600)]
    assert rows[-1][2] == 300.0


@pytest.mark.slow
def test_a_longer_recording_takes_no_more_memory(fake_bundle: Path, tmp_path: Path) -> None:
    peaks = []
    for minutes in (2, 20):
        folder = tmp_path / f"{minutes}"
        write_long_sound(folder / "recording.wav", minutes, RATE)
        figures = ingest_apart(tmp_path / f"{minutes}.db", fake_bundle, folder)
        assert figures["new"] == 1
        peaks.append(figures["peak_mb"])
    # Twenty minutes of this are 77 MB of float32; `tests.parity.memory` measures an hour.
    assert peaks[1] - peaks[0] < 30
