"""Vectors of other programs become a library, or a part of one."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sqlclap
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import OwnVectorsError
from sqlclap.ingest.pipeline import IngestOptions
from sqlclap.own_vectors.declared import DeclaredModel
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.own_vectors.taking import VectorImport
from tests.cli.running import fail, rows_of, run, succeed
from tests.own_vectors.conftest import made_up, write_array
from tests.support.sounds import tone, write_sound

DATA = Path(__file__).with_name("data")
STORED = """
SELECT s.path, v.vector FROM samples AS s JOIN embeddings AS e USING (sample_id)
JOIN vec_{model_id} AS v USING (embedding_id) ORDER BY e.embedding_id
"""


def stored(file: Path, model_id: int = 1) -> list[tuple[str, bytes]]:
    with sqlclap.open(file, mode="read") as library:
        rows = library.connection.execute(STORED.format(model_id=model_id))
        return [(str(path), bytes(vector)) for path, vector in rows]


def failures_of(file: Path) -> dict[str, str]:
    with sqlclap.open(file, mode="read") as library:
        return {str(one["path"]): str(one["reason"]) for one in library.failures()}


def test_a_library_made_of_vectors_answers_at_once(tmp_path: Path, array: Path) -> None:
    library = tmp_path / "new.db"
    report = rows_of("import-vectors", library, array, "--model", "mine")
    assert (report["added"], report["sounds"], report["failed"], report["is_default"]) == (
        40, 40, 0, True,
    )  # fmt: skip
    vectors = made_up(40)
    assert stored(library) == [(f"item {n}", vectors[n].tobytes()) for n in range(40)]
    found = rows_of("similar", library, "item 3", "-n", "5")
    cosines = vectors @ vectors[3]
    expected = [f"item {n}" for n in np.argsort(-cosines)[1:6]]
    assert [one["path"] for one in found] == expected
    assert found[0]["score"] == pytest.approx(np.sort(cosines)[-2], abs=1e-5)
    succeed("label", "add", library, "kick")
    succeed("anchor", "add", library, "kick", "item 3")
    assert rows_of("matches", library, "kick", "-n", "1")[0]["path"] == expected[0]
    asked = "SELECT value FROM json_each(clap_neighbors(clap_vector(4), 2))"
    assert len(rows_of("query", library, asked)) == 2


def test_doing_it_twice_changes_nothing_and_going_on_adds_the_rest(
    tmp_path: Path, array: Path
) -> None:
    library = tmp_path / "new.db"
    part = write_array(tmp_path / "part.npy", made_up(40)[:15], [f"item {n}" for n in range(15)])
    assert rows_of("import-vectors", library, part, "--model", "mine")["added"] == 15
    report = rows_of("import-vectors", library, array, "--model", "mine")
    assert (report["added"], report["unchanged"], report["sounds"]) == (25, 15, 25)
    before = stored(library)
    again = rows_of("import-vectors", library, array, "--model", "mine")
    assert (again["added"], again["replaced"], again["unchanged"]) == (0, 0, 40)
    assert stored(library) == before


def test_a_changed_vector_takes_the_place_of_the_former_one(tmp_path: Path, array: Path) -> None:
    library = tmp_path / "new.db"
    succeed("import-vectors", library, array, "--model", "mine")
    changed = made_up(40)
    changed[7] = made_up(1, seed=9)[0]
    write_array(array, changed, [f"item {n}" for n in range(40)])
    report = rows_of("import-vectors", library, array, "--model", "mine")
    assert (report["replaced"], report["unchanged"]) == (1, 39)
    assert dict(stored(library))["item 7"] == changed[7].tobytes()


def test_bad_rows_are_kept_as_failures_and_the_rest_comes_in(tmp_path: Path) -> None:
    library, lines = tmp_path / "new.db", []
    good = made_up(6)
    rows: list[dict[str, Any]] = [{"id": f"s{n}", "vector": good[n].tolist()} for n in range(6)]
    rows[1]["vector"] = rows[1]["vector"][:9]
    rows[2]["vector"] = [float("nan"), *rows[2]["vector"][1:]]
    rows[3]["id"] = "s0"
    rows[4] |= {"id": None}
    lines = [json.dumps(row) for row in rows]
    lines += [
        json.dumps({"id": "zero", "vector": [0] * 16}),
        "no json",
        '{"id": "text", "vector": "x"}',
    ]
    lines.append(json.dumps({"id": "none"}))
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(lines) + "\n")
    report = rows_of("import-vectors", library, file, "--model", "mine")
    assert (report["rows"], report["added"], report["failed"]) == (10, 2, 8)
    assert [path for path, _ in stored(library)] == ["s0", "s5"]
    failures = failures_of(library)
    assert "expected 16 numbers, got 9" in failures["s1"]
    assert "no finite number" in failures["s2"]
    assert "the id is that of row 1" in failures["s0 (row 4)"]
    assert "it has no id" in failures["row 5"]
    assert "no direction" in failures["zero"]
    assert "it has no id" in failures["row 8"]
    assert "expected a JSON array" in failures["text"]
    assert "got none" in failures["none"]
    rows[1] |= {"vector": good[1].tolist()}
    file.write_text("\n".join(json.dumps(row) for row in rows[:3]) + "\n")
    assert rows_of("import-vectors", library, file, "--model", "mine")["added"] == 1
    assert list(failures_of(library)) == ["s2"]


def test_a_dry_run_changes_nothing(tmp_path: Path, array: Path) -> None:
    library = tmp_path / "new.db"
    report = rows_of("import-vectors", library, array, "--model", "mine", "--dry-run")
    assert (report["added"], report["dry_run"]) == (40, True)
    assert not library.exists()
    part = write_array(tmp_path / "part.npy", made_up(40)[:15], [f"item {n}" for n in range(15)])
    succeed("import-vectors", library, part, "--model", "mine")
    before = stored(library)
    report = rows_of("import-vectors", library, array, "--model", "mine", "--dry-run")
    assert (report["added"], report["unchanged"]) == (25, 15)
    assert stored(library) == before


def test_sounds_of_the_library_get_vectors_by_path_or_id(
    tmp_path: Path, filled: sqlclap.Library
) -> None:
    samples = [*filled.samples()]
    ids = [samples[0].path, str(samples[1].file), "nothing.wav"]
    file = write_array(tmp_path / "more.npy", made_up(3, 24), ids)
    report = rows_of("import-vectors", filled.path, file, "--model", "more", "--match", "path")
    assert (report["added"], report["sounds"], report["failed"]) == (2, 0, 1)
    assert "no sound at that path" in failures_of(filled.path)["nothing.wav"]
    numbers = [str(sample.sample_id) for sample in samples[2:4]]
    file = write_array(tmp_path / "byid.npy", made_up(4, 24, 5), [*numbers, "999", "x"])
    report = rows_of("import-vectors", filled.path, file, "--model", "more", "--match", "sample")
    assert (report["added"], report["failed"], report["is_default"]) == (2, 2, False)
    found = rows_of("similar", filled.path, numbers[0], "--model", "more", "-n", "9")
    assert len(found) == 3
    assert run("similar", filled.path, numbers[0], "-n", "1").exit_code == 0
    succeed("models", "use", filled.path, "more")
    assert len(rows_of("similar", filled.path, numbers[0], "-n", "9")) == 3


def test_tables_of_csv_are_read_in_both_forms(tmp_path: Path) -> None:
    vectors = made_up(3, 4)
    wide = [
        "name,v0,v1,v2,v3",
        *(f"a{n}," + ",".join(map(repr, v.tolist())) for n, v in enumerate(vectors)),
    ]
    (tmp_path / "wide.csv").write_text("\n".join(wide) + "\n")
    succeed("import-vectors", tmp_path / "wide.db", tmp_path / "wide.csv", "--model", "mine")
    cells = ["id;embedding", *(f'a{n};"{json.dumps(v.tolist())}"' for n, v in enumerate(vectors))]
    (tmp_path / "cell.csv").write_text("\n".join(cells) + "\n")
    succeed("import-vectors", tmp_path / "cell.db", tmp_path / "cell.csv", "--model", "mine")
    expected = [(f"a{n}", vectors[n].tobytes()) for n in range(3)]
    assert stored(tmp_path / "wide.db") == stored(tmp_path / "cell.db") == expected


@pytest.mark.parametrize("kind", ["list", "fixed", "double", "binary"])
def test_parquet_is_read_in_every_form(tmp_path: Path, kind: str) -> None:
    vectors = made_up(5, 8)
    types = {
        "list": pa.list_(pa.float32()),
        "fixed": pa.list_(pa.float32(), 8),
        "double": pa.list_(pa.float64()),
        "binary": pa.binary(),
    }
    values = [v.tobytes() if kind == "binary" else v.tolist() for v in vectors]
    values[3] = None
    table = pa.table({"id": range(5), "embedding": pa.array(values, types[kind])})
    pq.write_table(table, tmp_path / "v.parquet")
    report = rows_of("import-vectors", tmp_path / "p.db", tmp_path / "v.parquet", "--model", "m")
    assert (report["added"], report["failed"]) == (4, 1)
    expected = [(str(n), vectors[n].tobytes()) for n in (0, 1, 2, 4)]
    assert stored(tmp_path / "p.db") == expected


def test_tables_of_sqlite_are_read_vec0_among_them(tmp_path: Path) -> None:
    vectors, other = made_up(4, 8), tmp_path / "other.db"
    connection = apsw.Connection(str(other))
    load_sqlite_vec(connection)
    connection.execute('CREATE TABLE "my items" (key TEXT, "the vector" BLOB, more)')
    connection.execute("CREATE VIRTUAL TABLE vecs USING vec0 (id INTEGER PRIMARY KEY, v FLOAT[8])")
    for number, vector in enumerate(vectors):
        connection.execute(
            'INSERT INTO "my items" VALUES (?, ?, 1)', (f"k{number}", vector.tobytes())
        )
        connection.execute(
            "INSERT INTO vecs VALUES (?, ?)", (number + 1, json.dumps(vector.tolist()))
        )
    connection.close()
    table = ("--table", "my items", "--id", "key", "--vector", "the vector", "--model", "m")
    succeed("import-vectors", tmp_path / "a.db", other, *table)
    assert stored(tmp_path / "a.db") == [(f"k{n}", vectors[n].tobytes()) for n in range(4)]
    succeed(
        "import-vectors",
        tmp_path / "b.db",
        other,
        "--table",
        "vecs",
        "--vector",
        "v",
        "--model",
        "m",
    )
    assert [path for path, _ in stored(tmp_path / "b.db")] == ["1", "2", "3", "4"]
    assert "name one of its tables with --table" in fail(
        "import-vectors", tmp_path / "c.db", other, "--model", "m"
    )
    wrong = fail(
        "import-vectors", tmp_path / "c.db", other, "--table", "vecs", "--id", 'a"b', "--model", "m"
    )
    assert "has no column" in wrong


def test_collections_of_llm_come_in_under_their_model(tmp_path: Path) -> None:
    library = tmp_path / "notes.db"
    assert "--collection (notes, other)" in fail("import-vectors", library, DATA / "llm.db")
    report = rows_of("import-vectors", library, DATA / "llm.db", "--collection", "notes")
    assert (report["model"], report["dim"], report["added"]) == ("demo-little", 12, 30)
    with sqlite3.connect(DATA / "llm.db") as llm:
        query = "SELECT id, embedding FROM embeddings WHERE id = 'note-3'"
        (key, blob) = llm.execute(query).fetchone()
    llm.close()
    given = np.frombuffer(blob, dtype="<f4")
    kept = np.frombuffer(dict(stored(library))[key], dtype="<f4")
    np.testing.assert_allclose(kept, given / np.linalg.norm(given), atol=1e-6)


def test_databases_of_perch_hoplite_come_in_as_with_their_own_command(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "exchange" / "data" / "hoplite"
    folder = shutil.copytree(source, tmp_path / "hoplite")
    report = rows_of("import-vectors", tmp_path / "a.db", folder)
    assert report["recordings"] == 3
    assert stored(tmp_path / "a.db")
    assert "names its own model" in fail(
        "import-vectors", tmp_path / "a.db", folder, "--model", "m"
    )


def test_words_of_an_installed_model_search_declared_vectors(
    tmp_path: Path, array: Path, wordy: str
) -> None:
    library = tmp_path / "new.db"
    succeed("import-vectors", library, array, "--model", "mine", "--words", wordy)
    with sqlclap.open(library, mode="read") as opened:
        best = opened.search("deep kick", 1)[0]
        vector = opened.encoder.embed_text("deep kick")
    scores = made_up(40) @ vector
    assert best.path == f"item {int(scores.argmax())}"
    assert best.score == pytest.approx(float(scores.max()), abs=1e-5)
    sound = write_sound(tmp_path / "tone.wav", tone(220))
    assert "made elsewhere" in fail("similar", library, sound)
    shutil.rmtree(tmp_path / "home")
    assert "takes its words from another model" in fail("search", library, "deep kick")
    assert rows_of("similar", library, "item 3", "-n", "1")


def test_vectors_of_an_installed_model_are_that_models(
    tmp_path: Path, array: Path, wordy: str
) -> None:
    library = tmp_path / "new.db"
    report = rows_of("import-vectors", library, array, "--model", wordy)
    with sqlclap.open(library, mode="read") as opened:
        assert opened.encoder.bundle.model_version == report["model_version"]
        assert len(opened.search("deep kick", 3)) == 3
    short = write_array(tmp_path / "short.npy", made_up(2, 4), ["a", "b"])
    assert "makes vectors of 16 numbers" in fail("import-vectors", library, short, "--model", wordy)


def test_lengths_are_kept_where_that_is_declared(tmp_path: Path) -> None:
    vectors = made_up(5) * np.float32(3)
    file = write_array(tmp_path / "long.npy", vectors, list("abcde"))
    succeed("import-vectors", tmp_path / "kept.db", file, "--model", "m", "--keep-length")
    assert stored(tmp_path / "kept.db") == [("abcde"[n], vectors[n].tobytes()) for n in range(5)]
    assert "can be compared" in succeed("doctor", tmp_path / "kept.db")
    succeed("import-vectors", tmp_path / "unit.db", file, "--model", "m")
    kept, unit = (rows_of("similar", tmp_path / f"{name}.db", "a") for name in ("kept", "unit"))
    assert [one["path"] for one in kept] == [one["path"] for one in unit]
    assert kept[0]["score"] == pytest.approx(unit[0]["score"], abs=1e-6)
    words = fail("import-vectors", tmp_path / "unit.db", file, "--model", "m", "--keep-length")
    assert "declared with lengths unit, this one with kept" in words
    short = write_array(tmp_path / "x.npy", made_up(1, 8), ["x"])
    assert "numbers 16, this one with 8" in fail(
        "import-vectors", tmp_path / "unit.db", short, "--model", "m"
    )


def test_what_cannot_be_taken_in_is_told_before_anything_is_written(
    tmp_path: Path, array: Path
) -> None:
    library = tmp_path / "new.db"
    assert "name it with --model" in fail("import-vectors", library, array)
    assert "is not there" in fail("import-vectors", library, tmp_path / "no.npy", "--model", "m")
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    assert "expected a file of vectors" in fail(
        "import-vectors", library, tmp_path / "x.wav", "--model", "m"
    )
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY not really")
    assert "can't be read" in fail("import-vectors", library, tmp_path / "bad.npy", "--model", "m")
    np.save(tmp_path / "objects.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    assert "can't be read" in fail(
        "import-vectors", library, tmp_path / "objects.npy", "--model", "m"
    )
    np.save(tmp_path / "alone.npy", made_up(2))
    assert "needs its ids" in fail(
        "import-vectors", library, tmp_path / "alone.npy", "--model", "m"
    )
    array.with_suffix(".txt").write_text("one\n")
    assert "40 vectors and forty.txt 1 ids" in fail(
        "import-vectors", library, array, "--model", "m"
    )


def test_sounds_without_audio_say_so(tmp_path: Path, array: Path) -> None:
    library = tmp_path / "new.db"
    succeed("import-vectors", library, array, "--model", "mine")
    assert "40 without audio" in succeed("info", library)
    assert "vectors alone" in succeed("sources", "list", library)
    assert "item 4  (no audio)" in succeed("similar", library, "item 3", "-n", "40")
    assert "has no audio: its vector was imported" in fail("play", library, "item 3")
    assert "has no audio" in fail("open", library, "item 3")


def test_ingesting_leaves_sounds_without_files_alone(
    tmp_path: Path, array: Path, filled: sqlclap.Library
) -> None:
    before = len(filled.samples())
    succeed("import-vectors", filled.path, array, "--model", "mine")
    report = filled.ingest()
    assert (report.missing, report.not_there) == (0, [])
    filled.ingest(options=IngestOptions(prune=True))
    assert len(filled.samples()) == before + 40
    assert filled.backlog() == 0
    assert "tree" not in str(filled.sources.list()[-1].root)
    assert filled.sources.remove("vectors:mine") == 40


def test_other_writers_get_their_turn_between_lots(tmp_path: Path) -> None:
    count = 22_000
    file = write_array(tmp_path / "many.npy", made_up(count), [f"s{n}" for n in range(count)])
    with sqlclap.open(tmp_path / "many.db") as library:
        seen: list[int] = []

        class Listener:
            def started(self, stage: str, total: int) -> None:
                if stage == "vectors":
                    assert total == count

            def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
                other = sqlite3.connect(tmp_path / "many.db", timeout=0)
                other.execute("CREATE TABLE IF NOT EXISTS theirs (x)")
                other.execute("INSERT INTO theirs VALUES (1)")
                other.commit()
                other.close()
                seen.append(steps)

            def failed(self, what: str, reason: str) -> None:
                raise AssertionError(reason)

        request = VectorImport(FileChoice(file), DeclaredModel("mine"))
        assert library.import_vectors(request, Listener()).added == count
        assert seen[:2] == [10_000, 10_000]
        assert library.info().counts["samples"] == count


@pytest.mark.parametrize("name", ["", " ", "a/b", "x\ny"])
def test_names_of_models_are_checked(tmp_path: Path, array: Path, name: str) -> None:
    with sqlclap.open(tmp_path / "new.db") as library, pytest.raises(OwnVectorsError):
        library.import_vectors(VectorImport(FileChoice(array), DeclaredModel(name)))
