"""Searches of real libraries: by words, by sample, by audio; the same answer by every way in."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import sample_vector
from sqlclap.errors import NoVectorsError, QueryError, SoundWarning, UnknownSoundError
from sqlclap.search import query_audio
from sqlclap.search.query_audio import embed_sound
from tests.support.sounds import RATE, noise, tone, write_sound

BY_SQL = """
SELECT e.sample_id, 1 - vec_distance_cosine(v.vector, ?) AS score
FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)
WHERE e.window_index IS NULL
ORDER BY score DESC, e.embedding_id
"""


@pytest.fixture
def long(library: sqlclap.Library, tmp_path: Path) -> sqlclap.Library:
    """A library of sounds of several windows."""
    for seed in range(4):
        sound = np.concatenate([tone(100 + 90 * seed, 0.9), noise(seed, 0.3 * seed + 0.3)])
        write_sound(tmp_path / "long" / f"{seed}.wav", sound)
    library.ingest([tmp_path / "long"])
    return library


def scores(matches: sqlclap.Matches) -> dict[int, float]:
    return {match.sample_id: match.score for match in matches}


def test_words_give_ranked_matches(filled: sqlclap.Library, sounds: Path) -> None:
    matches = filled.search("deep kick", n=4)
    assert [match.rank for match in matches] == [1, 2, 3, 4]
    assert [match.score for match in matches] == sorted((m.score for m in matches), reverse=True)
    for match in matches:
        assert match.file == sounds / match.path
        assert match.file.is_file()
        assert match.duration_s == pytest.approx(0.4)
        assert match.status == "ok"


def test_a_score_is_the_cosine_that_sql_gives(filled: sqlclap.Library) -> None:
    vector = filled.encoder.embed_texts(["deep kick"])[0]
    by_sql = filled.connection.execute(BY_SQL, (vector.tobytes(),)).fetchall()
    matches = filled.search("deep kick", n=10)
    assert [match.sample_id for match in matches] == [sample_id for sample_id, _ in by_sql]
    assert [m.score for m in matches] == pytest.approx([score for _, score in by_sql], abs=1e-6)


def test_a_sample_its_file_and_its_bytes_give_the_same_answer(long: sqlclap.Library) -> None:
    first = long.search("kick")[0]
    by_id = scores(long.similar(first.sample_id))
    assert scores(long.similar(first.file)) == by_id
    from_bytes = scores(long.similar(first.file.read_bytes()))
    assert from_bytes.pop(first.sample_id) == pytest.approx(1.0, abs=1e-5)
    assert from_bytes == pytest.approx(by_id, abs=1e-5)


def test_a_query_sound_takes_the_path_of_the_librarys_sounds(
    long: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_audio, "WINDOWS_AT_ONCE", 2)
    model = default_model(long.connection)
    for match in long.search("kick"):
        stored = sample_vector(long.connection, model, match.sample_id)
        asked = embed_sound(long.encoder, match.file)
        np.testing.assert_allclose(asked, stored, atol=1e-6)


def test_a_sample_is_not_among_its_own_matches(filled: sqlclap.Library) -> None:
    for sample_id in range(1, 7):
        for n in (1, 3, 50):
            matches = filled.similar(sample_id, n=n)
            assert len(matches) == min(n, 5)
            assert sample_id not in scores(matches)
            assert [match.rank for match in matches] == list(range(1, len(matches) + 1))


def test_equal_sounds_tie_in_the_order_of_their_ids(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    for number in range(12):
        write_sound(tmp_path / "same" / f"{number}.wav", tone(220))
    library.ingest([tmp_path / "same"], sqlclap.IngestOptions(threads=4, windows_under_way=1))
    for n in (1, 5, 11):
        assert list(scores(library.similar(6, n=n))) == [i for i in range(1, 13) if i != 6][:n]
        assert list(scores(library.search("kick", n=n))) == list(range(1, n + 1))


def test_weak_matches_are_marked(filled: sqlclap.Library) -> None:
    assert not any(match.weak for match in filled.search("kick"))  # weak below -1: never
    contract = filled.encoder.bundle.contract
    background = contract.scoring.background.text
    object.__setattr__(background, "weak_below", filled.search("kick")[2].score)
    try:
        assert [match.weak for match in filled.search("kick")] == [False] * 3 + [True] * 3
    finally:
        object.__setattr__(background, "weak_below", -1.0)


@pytest.mark.parametrize("n", [0, -5])
def test_a_number_below_one_is_told(filled: sqlclap.Library, n: int) -> None:
    for ask in (lambda: filled.search("kick", n=n), lambda: filled.similar(1, n=n)):
        with pytest.raises(QueryError, match="at least 1"):
            ask()


def test_a_huge_number_gives_all(filled: sqlclap.Library) -> None:
    assert len(filled.search("kick", n=10**12)) == 6


def test_what_is_no_sound_is_told(filled: sqlclap.Library, tmp_path: Path) -> None:
    for target in (0, 77, "77", "nowhere.wav", Path("77"), "nul\0.wav", tmp_path):
        with pytest.raises(UnknownSoundError):
            filled.similar(target)


def test_a_path_of_digits_is_a_path(filled: sqlclap.Library, tmp_path: Path) -> None:
    write_sound(tmp_path / "1.wav", tone(220)).rename(tmp_path / "1")
    best = filled.similar(tmp_path / "1")[0]
    assert (best.path, round(best.score, 4)) == ("tones/tone-220.wav", 1.0)


def test_one_name_in_two_folders_asks_for_an_id(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    write_sound(tmp_path / "more" / "tones" / "tone-110.wav", tone(115))
    filled.ingest([tmp_path / "more"])
    with pytest.raises(QueryError, match=r"several samples; give the id of one: \d \(.*\), 7 \("):
        filled.similar("tones/tone-110.wav")
    assert filled.similar(sounds / "tones" / "tone-110.wav")


def test_a_silent_sound_has_nothing_to_compare(library: sqlclap.Library, tmp_path: Path) -> None:
    write_sound(tmp_path / "s" / "loud.wav", tone(100))
    silent = write_sound(tmp_path / "s" / "silent.wav", 0 * tone(100))
    library.ingest([tmp_path / "s"])
    with pytest.raises(NoVectorsError, match="it is silent, so there is nothing to compare"):
        library.similar("silent.wav")
    with pytest.raises(QueryError, match="is silent: there is nothing to compare"):
        library.similar(silent.read_bytes())


def test_an_empty_library_is_told_before_a_model_is_loaded(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "empty.db", model="no such model") as library:
        for ask in (lambda: library.search("kick"), lambda: library.similar(1)):
            with pytest.raises(NoVectorsError, match="is empty: add sounds with"):
                ask()


def test_a_library_whose_sounds_are_all_gone_is_told(filled: sqlclap.Library) -> None:
    filled.connection.execute("DELETE FROM samples")
    with pytest.raises(NoVectorsError, match="holds no vectors of fake"):
        filled.search("kick")


def keep_replacing(library: sqlclap.Library, folder: Path, stop: threading.Event) -> None:
    seed = 0
    while not stop.is_set():
        seed += 1
        for name in ("noise-1.flac", "noise-2.flac"):
            write_sound(folder / name, noise(seed, 0.4 + seed % 7 / 100))
        library.ingest([folder])


def test_searches_while_vectors_are_replaced_always_answer(
    filled: sqlclap.Library, sounds: Path, fake_bundle: Path
) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def search_all_the_time() -> None:
        try:
            for _ in range(150):
                assert len(filled.search("kick", n=6)) == 6
        except BaseException as error:
            errors.append(error)

    writer = threading.Thread(target=keep_replacing, args=(filled, sounds / "noises", stop))
    readers = [threading.Thread(target=search_all_the_time) for _ in range(2)]
    writer.start()
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    stop.set()
    writer.join()
    assert errors == []


def test_a_query_sound_that_was_cut_off_says_so(filled: sqlclap.Library) -> None:
    file = io.BytesIO()
    soundfile.write(file, tone(220, 2.0), RATE, format="WAV")
    whole = file.getvalue()
    assert filled.similar(whole).notes == ()
    found = filled.similar(whole[: len(whole) // 2])
    assert found.notes == ("truncated: 1.00 s could be decoded",)
    with pytest.warns(SoundWarning, match=r"the sound given: truncated: 1\.00 s"):
        embed_sound(filled.encoder, whole[: len(whole) // 2])
