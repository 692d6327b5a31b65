"""Channels that cancel, constant levels and unheard sounds, through the real model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.errors import NoVectorsError
from sqlclap.models.bundle import find_bundle
from tests.cli.running import rows_of as cli_rows
from tests.cli.running import succeed
from tests.support.sounds import noise, tone, write_sound

RATE = 8_000


def wav(folder: Path, name: str, samples: np.ndarray, rate: int = RATE, coding: str = "") -> Path:
    return write_sound(folder / name, samples, rate, **({"subtype": coding} if coding else {}))


def plucked() -> np.ndarray:
    """A decaying rich tone of 1.25 s, as in the cases that users reported."""
    parts = [tone(220 * k, 1.25, RATE) / (k * k) for k in range(1, 7)]
    return np.sum(parts, axis=0).astype(np.float32) * 0.5


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of each kind."""
    folder, sound = tmp_path_factory.mktemp("cases"), plucked()
    wav(folder, "mono.wav", sound)
    wav(folder, "opposite.wav", np.column_stack([sound, -sound]))
    wav(folder, "opposite.flac", np.column_stack([sound, -sound]))
    wav(folder, "opposite-quieter.wav", np.column_stack([-0.8 * sound, sound]))
    wav(folder, "behind.wav", np.column_stack([sound, -sound, 0 * sound, 0 * sound]))
    wav(folder, "with-dc.wav", 0.02 * sound + 0.6, coding="FLOAT")
    wav(folder, "stereo.wav", np.column_stack([sound, np.roll(sound, 7)]))
    wav(folder, "dc.wav", np.full(RATE, 0.5))
    wav(folder, "dc-8-bit.wav", np.full(RATE, -1 / 128), coding="PCM_U8")
    wav(folder, "dc-stereo.wav", np.full((RATE, 2), [0.5, -0.5]))
    wav(folder, "drift.wav", np.linspace(-0.5, 0.5, 3 * RATE))
    time = np.arange(384_000) / 384_000
    bat = 0.5 * np.sin(2 * np.pi * (40_000 + 5_000 * time) * time)
    rustle = 0.01 * noise(1, 1.0, 384_000)
    wav(folder, "bat.wav", bat + rustle, 384_000)
    wav(folder, "bat-alone.wav", bat, 384_000, "FLOAT")
    wav(folder, "slow.wav", tone(300, 1.0, 2_000), 2_000)
    return folder


@pytest.fixture(scope="module")
def heard(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """A library of them, by the model that comes with sqlclap."""
    with sqlclap.open(tmp_path_factory.mktemp("heard") / "heard.db") as library:
        library.ingest([cases])
        yield library


@pytest.fixture
def heard_before(cases: Path, tmp_path: Path) -> Iterator[sqlclap.Library]:
    """The same library by the first edition, whose vectors those of 0.1.0 are."""
    first = find_bundle("sqlclap-mini-1").folder
    with sqlclap.open(tmp_path / "heard-before.db", model=str(first)) as library:
        library.ingest([cases])
        yield library


def row(library: sqlclap.Library, path: str, *columns: str) -> tuple[object, ...]:
    query = f"SELECT {', '.join(columns)} FROM samples WHERE path = ?"  # noqa: S608
    (found,) = library.connection.execute(query, (path,)).fetchall()
    return tuple(found)


def vector(library: sqlclap.Library, path: str) -> np.ndarray:
    query = (
        "SELECT vector FROM vec_1 JOIN embeddings USING (embedding_id) JOIN samples "
        "USING (sample_id) WHERE path = ? AND window_index IS NULL"
    )
    return np.frombuffer(library.connection.execute(query, (path,)).get, "<f4")


@pytest.mark.parametrize(
    "name", ["opposite.wav", "opposite.flac", "opposite-quieter.wav", "behind.wav", "with-dc.wav"]
)
def test_it_is_found_like_its_mono_copy(heard: sqlclap.Library, name: str) -> None:
    assert vector(heard, name) @ vector(heard, "mono.wav") >= 0.99
    assert name in [match.path for match in heard.similar("mono.wav", n=6)]
    query = heard.similar(Path(heard.info().sources[0]["root"]) / name, n=1)
    assert query[0].score >= 0.99


def test_notes_and_levels_are_of_the_channels(heard: sqlclap.Library) -> None:
    peak_db, rms_db, pitch_hz = row(heard, "mono.wav", "peak_db", "rms_db", "pitch_hz")
    for name in ("opposite.wav", "opposite.flac"):
        assert row(heard, name, "peak_db", "rms_db", "pitch_hz") == pytest.approx(
            (peak_db, rms_db, pitch_hz), abs=0.01
        )
        assert row(heard, name, "note", "status") == (
            "its channels cancel each other out: the louder one is heard",
            "ok",
        )
    assert row(heard, "stereo.wav", "note", "status") == (None, "ok")
    assert "constant level (DC) larger than the sound" in str(row(heard, "with-dc.wav", "note"))


@pytest.mark.parametrize("name", ["dc.wav", "dc-8-bit.wav", "dc-stereo.wav", "drift.wav"])
def test_dc_without_sound_is_silent(heard: sqlclap.Library, name: str) -> None:
    status, share, pitch_hz, note = row(heard, name, "status", "heard_share", "pitch_hz", "note")
    assert (status, share, pitch_hz) == ("silent", None, None)
    assert "counts as silence" in str(note)


def test_the_heard_share_is_stored_and_can_be_asked_for(heard: sqlclap.Library) -> None:
    share, status, note = row(heard, "bat.wav", "heard_share", "status", "note")
    assert isinstance(share, float)
    assert 0.0 < share < 0.01
    assert (status, note) == ("ok", "the model hears 0% of its energy (30 to 20,000 Hz)")
    assert row(heard, "bat-alone.wav", "heard_share")[0] == pytest.approx(0.0, abs=0.001)
    for name in ("slow.wav", "mono.wav", "opposite.wav", "with-dc.wav"):
        assert row(heard, name, "heard_share")[0] == pytest.approx(1.0, abs=0.01)
    options = sqlclap.SearchOptions(where="heard_share < 0.5")
    asked = "SELECT path, heard_share FROM clap_search('bat', 20) WHERE heard_share < 0.5"
    told = cli_rows("query", str(heard.path), asked)
    assert {one["path"] for one in told} == {"bat-alone.wav", "bat.wav"}
    found = {match.path: match for match in heard.similar("mono.wav", n=10, options=options)}
    assert sorted(found) == ["bat-alone.wav", "bat.wav"]
    assert (found["bat.wav"].hardly_heard, found["bat.wav"].heard_share) == (True, share)


def test_ingest_and_results_say_what_is_hardly_heard(
    heard: sqlclap.Library, cases: Path, tmp_path: Path
) -> None:
    shutil.copy(cases / "bat.wav", tmp_path / "bat.wav")
    told = succeed("ingest", str(tmp_path / "one.db"), str(tmp_path / "bat.wav"))
    assert "1 sound mostly outside of what the model hears" in told
    shown = succeed("similar", str(heard.path), "mono.wav", "-n", "20")
    assert "bat.wav  (hardly heard)" in shown
    assert "mono.wav  (hardly heard)" not in shown
    rows = cli_rows("similar", str(heard.path), "mono.wav", "-n", "20")
    assert [one["path"] for one in rows if one["heard_share"] < 0.5] == ["bat.wav", "bat-alone.wav"]


def test_samples_no_format_should_hold_are_survived(tmp_path: Path) -> None:
    sound = plucked()
    broken = np.column_stack([sound, -sound])
    broken[[5, 6, 7], 1] = [np.nan, np.inf, 3e38]
    wav(tmp_path, "a/broken.wav", broken, coding="FLOAT")
    wav(tmp_path, "a/loud.wav", 40 * np.column_stack([sound, -sound]), coding="FLOAT")
    late = np.concatenate([np.zeros(3 * RATE), sound])
    wav(tmp_path, "a/late.wav", np.column_stack([late, -late]))
    wav(tmp_path, "a/mono.wav", sound)
    with sqlclap.open(tmp_path / "library.db") as library:
        library.ingest([tmp_path / "a"])
        for name in ("broken.wav", "loud.wav"):
            assert vector(library, name) @ vector(library, "mono.wav") >= 0.99
        assert "3 samples were no numbers" in str(row(library, "broken.wav", "note"))
        assert row(library, "late.wav", "status")[0] == "ok"


# A library of 0.1.0, whose bundle had the same weights and an earlier rule.


@pytest.fixture
def earlier_bundle(tmp_path: Path) -> Path:
    """The model as 0.1.0 had it."""
    folder = Path(shutil.copytree(find_bundle("sqlclap-mini-1").folder, tmp_path / "earlier"))
    document = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    document["front_end"]["mono"] = "mean"
    del document["front_end"]["offset"]
    for lists in ("taught.txt", "words.txt"):  # which came later
        del document["files"][lists]
    (folder / "contract.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


CHANGES = "SELECT max(seq) FROM embedding_changes"


def rows_of(library: sqlclap.Library) -> dict[str, tuple[int, bytes]]:
    query = (
        "SELECT path, embedding_id, vector FROM samples JOIN embeddings USING (sample_id) "
        "JOIN vec_1 USING (embedding_id) WHERE window_index IS NULL"
    )
    return {path: rest for path, *rest in library.connection.execute(query)}


def write_vector_of_mono(library: sqlclap.Library, path: str) -> None:
    sample_id, mono = row(library, path, "sample_id")[0], vector(library, "mono.wav").tobytes()
    one = "INSERT INTO embeddings (sample_id, model_id, start_s, end_s) VALUES (?, 1, 0, 1)"
    library.connection.execute(one, (sample_id,))
    library.connection.execute(
        "INSERT INTO vec_1 (embedding_id, is_window, vector) VALUES (last_insert_rowid(), 0, ?)",
        (mono,),
    )
    library.connection.execute(
        "UPDATE samples SET status = 'ok', spectral_centroid_hz = 4 WHERE sample_id = ?",
        (sample_id,),
    )


@pytest.fixture
def earlier(cases: Path, earlier_bundle: Path, tmp_path: Path) -> Path:
    """A library as 0.1.0 left it."""
    path = tmp_path / "earlier.db"
    with sqlclap.open(path, model=str(earlier_bundle)) as library:
        library.ingest([cases])
        library.labels.add("plucked")
        library.labels.add_anchors("plucked", ["mono.wav"])
        # What 0.1.0 did otherwise, whatever the contract: DC had a vector.
        write_vector_of_mono(library, "dc.wav")
        library.connection.execute("UPDATE samples SET reading_revision = 0, heard_share = NULL")
    return path


def test_the_bundle_of_0_1_0_has_the_version_it_had(earlier_bundle: Path) -> None:
    assert find_bundle(str(earlier_bundle)).model_version == "657ed53d35fba688"


def test_an_earlier_library_answers_the_same_at_once(earlier: Path, earlier_bundle: Path) -> None:
    with sqlclap.open(earlier, model=str(earlier_bundle)) as before:
        words = [(match.path, match.score) for match in before.search("plucked string", n=20)]
        sounds = [(match.path, match.score) for match in before.similar("mono.wav", n=20)]
    for model in (None, "sqlclap-mini"):
        with sqlclap.open(earlier, model=model) as now:
            assert [(one.path, one.score) for one in now.search("plucked string", n=20)] == words
            assert [(one.path, one.score) for one in now.similar("mono.wav", n=20)] == sounds
            assert now.info().models[0]["model_version"] == "657ed53d35fba688"


def test_an_ingest_reads_only_what_is_heard_otherwise_now(
    earlier: Path, cases: Path, heard_before: sqlclap.Library
) -> None:
    with sqlclap.open(earlier) as library:
        before = rows_of(library)
        assert "opposite.wav" not in before
        library.ingest([cases])
        after, (model,) = rows_of(library), library.info().models
        read = "SELECT path FROM samples WHERE reading_revision = 0 ORDER BY path"
        assert [path for (path,) in library.connection.execute(read)] == [
            "dc-8-bit.wav",  # silent already
            "drift.wav",
            "mono.wav",
            "slow.wav",
        ]
        assert "dc.wav" in before
        assert "dc.wav" not in after
        assert model["model_version"] == find_bundle("sqlclap-mini-1").model_version
        for name in ("mono.wav", "slow.wav", "stereo.wav", "bat.wav"):
            assert after[name] == before[name]  # not even written again
        assert not {"dc.wav", "drift.wav"} & after.keys()
        assert set(after) == set(rows_of(heard_before))
        for name, (_, blob) in rows_of(heard_before).items():
            assert np.allclose(
                np.frombuffer(after[name][1], "<f4"), np.frombuffer(blob, "<f4"), atol=1e-5
            )
        assert [label.name for label in library.labels.list()] == ["plucked"]
        changes = library.connection.execute(CHANGES).get
        assert library.ingest([cases]).unchanged == 14
        assert library.connection.execute(CHANGES).get == changes


def test_an_index_of_before_goes_on_answering(earlier: Path, earlier_bundle: Path) -> None:
    with sqlclap.open(earlier, model=str(earlier_bundle)) as before:
        before.index.build()
    with sqlclap.open(earlier) as now:
        now.ingest([])
        assert now.index.status().problem is None
        assert now.similar("mono.wav", n=3)[0].score > 0.9


def test_a_truly_different_model_is_still_never_compared(
    earlier: Path, earlier_bundle: Path, tmp_path: Path
) -> None:
    for number, (field, value) in enumerate(
        {"loudness": "none", "padding": "repeat", "resampler": "VHQ"}.items()
    ):
        folder = Path(shutil.copytree(earlier_bundle, tmp_path / f"other-{number}"))
        document = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
        document["front_end"] |= {"mono": "mean-unless-cancelled", field: value}
        (folder / "contract.json").write_text(json.dumps(document), encoding="utf-8")
        with (
            sqlclap.open(earlier, model=str(folder)) as other,
            pytest.raises(NoVectorsError, match="holds no vectors of sqlclap-mini"),
        ):
            other.search("plucked string")


def test_a_stored_contract_that_is_not_what_its_version_says_is_not_believed(
    earlier: Path,
) -> None:
    with sqlclap.open(earlier, model="sqlclap-mini") as library:
        library.connection.execute("UPDATE models SET model_version = '0123456789abcdef'")
        with pytest.raises(NoVectorsError):
            library.search("plucked string")


def test_a_refined_model_does_not_go_back(earlier: Path, earlier_bundle: Path) -> None:
    with sqlclap.open(earlier) as library:
        library.ingest([])
    with (
        sqlclap.open(earlier, model=str(earlier_bundle)) as before,
        pytest.raises(NoVectorsError),
    ):
        before.search("plucked string")


def test_the_case_that_was_reported_is_found(tmp_path: Path) -> None:
    samples = np.column_stack([plucked(), -plucked()])
    soundfile.write(tmp_path / "opposite_polarity.wav", samples, RATE, subtype="PCM_16")
    with sqlclap.open(tmp_path / "library.db") as library:
        library.ingest([tmp_path])
        encoded = (tmp_path / "opposite_polarity.wav").read_bytes()
        assert library.similar(encoded, n=1)[0].score > 0.99
