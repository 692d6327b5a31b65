"""Models that fuse views of a long sound: its own vector is of the whole, windows are plain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap import SearchOptions
from sqlclap.audio.fusion import chunk_starts
from sqlclap.audio.mel import MelFrontEnd
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from tests.support.fake_bundle import WINDOW_S
from tests.support.fused_bundle import build_fused_bundle
from tests.support.sounds import RATE, noise, tone, write_sound

ROWS = """
    SELECT s.path, e.window_index, e.start_s, e.end_s, vec_to_json(v.vector) AS vector
    FROM embeddings AS e JOIN samples AS s USING (sample_id) JOIN vec_1 AS v USING (embedding_id)
    ORDER BY s.path, e.window_index IS NOT NULL, e.window_index
"""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(open_bundle(build_fused_bundle(tmp_path_factory.mktemp("models") / "fused")))


@pytest.fixture
def sounds() -> dict[str, np.ndarray]:
    """At the model's rate; windows are half a second."""
    return {
        "a-little-longer.wav": noise(5, 0.6, RATE),
        "long.wav": np.concatenate(
            [tone(440, 1.1, RATE), noise(2, 0.6, RATE), tone(90, 1.4, RATE)]
        ),
        "short.wav": tone(220, 0.3, RATE),
    }


@pytest.fixture
def library(encoder: Encoder, sounds: dict[str, np.ndarray], tmp_path: Path) -> sqlclap.Library:
    for name, samples in sounds.items():
        write_sound(tmp_path / "sounds" / name, samples, RATE, subtype="FLOAT")
    opened = sqlclap.open(tmp_path / "fused.db", model=str(encoder.bundle.folder), mode="create")
    opened.ingest([tmp_path / "sounds"])
    return opened


def rows_of(library: sqlclap.Library) -> list[dict]:
    cursor = library.connection.execute(ROWS)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def plain_views(encoder: Encoder, samples: np.ndarray) -> np.ndarray:
    """The views by their definition, with the whole spectrogram in memory."""
    spec = encoder.front_end.spec
    assert spec.mel is not None
    mel = MelFrontEnd(spec.mel, spec.sample_rate).compute(samples)
    chunk = encoder.front_end.feature_shape[0]
    places = np.clip((np.arange(chunk) + 0.5) * len(mel) / chunk - 0.5, 0, len(mel) - 1)
    bands = range(spec.mel.n_mels)
    shrunk = np.stack([np.interp(places, np.arange(len(mel)), mel[:, one]) for one in bands], 1)
    starts = chunk_starts(len(mel), chunk)
    return np.stack([shrunk, *(mel[start : start + chunk] for start in starts)]).astype(np.float32)


def test_a_long_sounds_own_vector_is_of_its_views(
    library: sqlclap.Library, encoder: Encoder, sounds: dict[str, np.ndarray]
) -> None:
    rows = [row for row in rows_of(library) if row["path"] == "long.wav"]
    assert [row["window_index"] for row in rows] == [None, 0, 1, 2, 3, 4, 5]
    own, *windows = (np.array(json.loads(row["vector"])) for row in rows)
    views = plain_views(encoder, sounds["long.wav"])
    np.testing.assert_allclose(own, encoder.embed_windows(views[None])[0], atol=1e-4)
    length = round(WINDOW_S * RATE)
    for number, window in enumerate(windows):
        part = sounds["long.wav"][number * length : (number + 1) * length]
        plain = encoder.embed_windows(encoder.front_end.features(part)[None, None])[0]
        np.testing.assert_allclose(window, plain, atol=1e-4)


def test_a_sound_of_one_window_and_more_has_both(library: sqlclap.Library) -> None:
    rows = [row for row in rows_of(library) if row["path"] == "a-little-longer.wav"]
    assert [row["window_index"] for row in rows] == [None, 0]
    assert rows[0]["vector"] != rows[1]["vector"]


def test_a_sound_of_a_window_or_less_is_that_window(library: sqlclap.Library) -> None:
    rows = [row for row in rows_of(library) if row["path"] == "short.wav"]
    assert [row["window_index"] for row in rows] == [None]


def test_files_are_heard_as_they_were_taken_in(
    library: sqlclap.Library, sounds: dict[str, np.ndarray], tmp_path: Path
) -> None:
    for name, samples in sounds.items():
        again = write_sound(tmp_path / "again" / name, samples, RATE, subtype="FLOAT")
        best = library.similar(again)[0]
        assert (best.path, best.score) == (name, pytest.approx(1.0, abs=1e-4))


def test_moments_are_windows(library: sqlclap.Library, tmp_path: Path) -> None:
    write_sound(tmp_path / "part.wav", noise(2, 0.6, RATE)[: round(0.5 * RATE)], RATE)
    found: Any = library.similar(tmp_path / "part.wav", options=SearchOptions(moments=True))
    lengths = {round(one.end_s - one.start_s, 2) for one in found if one.path == "long.wav"}
    assert lengths
    assert lengths <= {0.5, 0.6}


def test_a_span_is_heard_as_a_file_of_its_own_would_be(
    library: sqlclap.Library, encoder: Encoder, sounds: dict[str, np.ndarray], tmp_path: Path
) -> None:
    from sqlclap.db.spans import Span
    from sqlclap.search.query_audio import embed_with_notes

    part = sounds["long.wav"][: 2 * RATE]
    ours, _ = embed_with_notes(encoder, tmp_path / "sounds" / "long.wav", Span(0.0, 2.0))
    np.testing.assert_allclose(
        ours, encoder.embed_windows(plain_views(encoder, part)[None])[0], atol=1e-4
    )


def test_the_spectrogram_of_a_very_long_sound_goes_to_the_disk(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.audio import fusion

    sound = noise(3, 40.0, RATE)
    kept = encoder.front_end.whole(sound)
    monkeypatch.setattr(fusion, "_KEPT_BYTES", 1_000)
    monkeypatch.setattr(fusion, "_SAMPLES_AT_ONCE", 10_000)
    views = encoder.front_end.long_sound_views()
    assert views is not None
    for start in range(0, len(sound), 7_919):
        views.add(sound[start : start + 7_919])
    spilled = views.finish()
    assert kept is not None
    assert spilled is not None
    assert kept.shape == (4, *encoder.front_end.feature_shape)
    np.testing.assert_allclose(spilled, kept, atol=1e-3)
    np.testing.assert_allclose(kept, plain_views(encoder, sound), atol=1e-3)


@pytest.mark.parametrize("frames", [10, 11, 12, 13, 100])
def test_chunks_lie_within_the_sound_and_in_order(frames: int) -> None:
    starts = chunk_starts(frames, 10)
    assert all(0 <= start <= frames - 10 for start in starts)
    if frames >= 12:
        assert list(starts) == sorted(starts)
