"""Databases of perch-hoplite become libraries, and libraries such databases.

`data/hoplite` was written by perch-hoplite's own code; see `data/make_hoplite.py`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import HopliteError, ModelError, NotInstalledError, NoVectorsError
from sqlclap.exchange.hoplite import HopliteDatabase
from sqlclap.exchange.library_annotations import ExportRequest
from tests.cli.running import fail, rows_of, succeed
from tests.exchange.conftest import Write, long_sound
from tests.support.sounds import write_sound

DATA = Path(__file__).with_name("data") / "hoplite"
FILES = ("site1/20240601_053000.wav", "site1/20240601_060000.wav", "site2/20240601_053000.wav")
VOTES = """
SELECT s.path, l.name, v.start_s, v.end_s, v.verdict, json_extract(v.more, '$.provenance')
FROM votes AS v JOIN labels AS l USING (label_id) JOIN samples AS s USING (sample_id)
ORDER BY v.vote_id
"""


@pytest.fixture
def hoplite(tmp_path: Path) -> Path:
    """A copy of the database."""
    return Path(shutil.copytree(DATA, tmp_path / "hoplite"))


def ask(library: sqlclap.Library, query: str) -> list[Any]:
    return library.connection.execute(query).fetchall()


def alter(hoplite: Path, statement: str, *bindings: object) -> Path:
    with sqlite3.connect(hoplite / "hoplite.sqlite") as tables:
        tables.execute(statement, bindings)
    tables.close()
    return hoplite


def pond(folder: Path) -> Path:
    """Write the recordings that the database is of."""
    for number, name in enumerate(FILES):
        write_sound(folder / name, long_sound(number, 19.0))
    return folder


def test_a_library_made_of_it_answers_at_once(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        report = library.take_hoplite(DATA)
        assert (report.model, report.recordings, report.windows) == ("perch_v2", 3, 12)
        assert (report.present, report.votes, report.labels, report.deployments) == (0, 7, 2, 2)
        assert sorted(str(one.path) for one in library.similar(1)) == [FILES[1], FILES[2]]
        (model,) = library.info().models
        assert (model["name"], model["dim"], model["samples"]) == ("perch_v2", 16, 3)


def test_its_vectors_are_those_of_the_database(tmp_path: Path) -> None:
    with HopliteDatabase(DATA) as held, sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        for recording in held.recordings():
            windows = held.windows(recording.recording_id)
            vectors = held.vectors(windows)
            wanted = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            query = (
                "SELECT e.start_s, e.end_s, v.vector FROM embeddings AS e JOIN vec_1 AS v "
                "USING (embedding_id) JOIN samples AS s USING (sample_id) "
                "WHERE s.path = ? AND e.window_index IS NOT NULL ORDER BY e.window_index"
            )
            rows: list[Any] = library.connection.execute(query, (recording.filename,)).fetchall()
            assert [row[:2] for row in rows] == [(0, 5), (5, 10), (10, 15), (15, 20)]
            stored = np.stack([np.frombuffer(row[2], "<f4") for row in rows])
            assert np.allclose(stored, wanted, atol=1e-6)


def test_its_moments_are_found_by_vector(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        direction = np.eye(16, dtype=np.float32)[1]
        found: Any = library.similar(direction, options=sqlclap.SearchOptions(moments=True))
        assert {one.start_s % 10 for one in found[:2]} in ({0.0}, {5.0}, {0.0, 5.0})
        assert found[0].score > 0.7


def test_its_annotations_are_votes(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        assert ask(library, VOTES) == [
            (FILES[0], "owl", 0.0, 5.0, "accept", "alice"),
            (FILES[0], "owl", 5.0, 10.0, "reject", "alice"),
            (FILES[1], "owl", 0.0, 5.0, "accept", "alice"),
            (FILES[1], "owl", 5.0, 10.0, "reject", "alice"),
            (FILES[2], "owl", 0.0, 5.0, "accept", "alice"),
            (FILES[2], "owl", 5.0, 10.0, "reject", "alice"),
            (FILES[2], "fox", 1.5, 2.5, "unsure", "bob"),
        ]


def test_its_deployments_and_times_are_kept(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        site1, site2 = library.deployments.list()
        assert (site1.name, site1.latitude, site1.longitude) == ("site1", 52.5, 13.25)
        assert (site1.folder, site1.habitat, site1.more) == (
            "/mnt/pond/site1", "reeds", {"project": "pond"},
        )  # fmt: skip
        assert (site1.recordings, site2.recordings) == (2, 1)
        starts = "SELECT path, started_at FROM recordings ORDER BY path"
        assert ask(library, starts) == [
            (FILES[0], "2024-06-01T05:30:00"),
            (FILES[1], "2024-06-01T06:00:00"),
            (FILES[2], "2024-06-01T05:30:00"),
        ]


def test_doing_it_twice_changes_nothing(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        everything = "SELECT * FROM embeddings", "SELECT * FROM votes", "SELECT * FROM samples"
        held = [ask(library, query) for query in everything]
        again = library.take_hoplite(DATA)
        assert (again.votes, again.known, again.labels) == (0, 7, 0)
        assert held == [ask(library, query) for query in everything]


def test_words_need_a_model_with_words(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        with pytest.raises(ModelError, match=r"perch_v2, whose .* is not installed") as raised:
            library.search("owl")
        assert "\n" not in str(raised.value)


def test_recordings_that_are_there_are_known_by_their_files(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        report = library.take_hoplite(DATA, audio=pond(tmp_path / "audio"))
        assert report.present == 3
        rows = ask(library, "SELECT path, status, duration_s, length(content_hash) FROM samples")
        assert rows == [(name, "ok", 19.0, 64) for name in FILES]
        ends = "SELECT max(end_s) FROM embeddings"  # the last window was filled up
        assert ask(library, ends) == [(19.0,)]


@pytest.mark.parametrize("known", [True, False])
def test_an_ingest_by_another_model_keeps_its_vectors(
    known: bool, tmp_path: Path, fake_bundle: Path
) -> None:
    audio = tmp_path / "audio"
    if known:
        pond(audio)
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA, audio=audio)
    pond(audio)
    with sqlclap.open(tmp_path / "pond.db", model=str(fake_bundle)) as library:
        library.ingest([audio])
        rows = ask(
            library,
            "SELECT m.name, count(*) FROM embeddings AS e JOIN models AS m USING (model_id) "
            "WHERE e.window_index IS NULL GROUP BY m.name",
        )
        assert dict(rows) == {"perch_v2": 3, "fake": 3}
        assert ask(library, "SELECT DISTINCT status FROM samples") == [("ok",)]
        changed = "SELECT count(*) FROM votes JOIN samples USING (sample_id, content_hash)"
        assert ask(library, changed) == [(7,)]


def test_a_library_goes_there_and_back(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path, fake_bundle: Path
) -> None:
    rows = "site1/dawn.wav,1,2,owl,\nsite2/dawn.wav,,,fox,reject\n"
    file = wrote("a.csv", f"recording,start_s,end_s,label,verdict\n{rows}")
    birds.annotations.take_in([file])
    wrote("d.csv", "name,folder,lat,lon\npond,site1,52.5,13.25\n")
    birds.deployments.import_csv(tmp_path / "d.csv")
    report = birds.write_hoplite(tmp_path / "out")
    windows = ask(birds, "SELECT count(*) FROM embeddings WHERE window_index IS NOT NULL")[0][0]
    assert (report.recordings, report.windows, report.annotations) == (3, windows, 2)
    with sqlclap.open(tmp_path / "back.db", model=str(fake_bundle)) as back:
        taken = back.take_hoplite(tmp_path / "out")
        assert (taken.present, taken.votes, taken.model_version) == (
            3, 2, birds.session.model.model_version,
        )  # fmt: skip
        ids, mine = birds.vectors()
        _, theirs = back.vectors()
        assert np.einsum("ij,ij->i", mine, theirs).min() > 0.9999
        assert [one.path for one in back.similar(ids[0].item())] == [
            one.path for one in birds.similar(ids[0].item())
        ]
        assert len(back.search("birds singing")) == 3  # the model is here: words, too
        said = [one.said for one in back.annotations.find(ExportRequest(all_verdicts=True))]
        assert [(one.label, one.start_s, one.end_s, one.verdict) for one in said] == [
            ("owl", 1.0, 2.0, "accept"),
            ("fox", 0.0, 4.0, "reject"),
        ]
        assert [one.name for one in back.deployments.list()] == ["pond", "site2"]
        assert back.ingest().unchanged == 3


def test_an_export_of_an_import_is_of_the_same_model(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(DATA)
        library.write_hoplite(tmp_path / "out")
    with HopliteDatabase(DATA) as first, HopliteDatabase(tmp_path / "out") as second:
        assert first.metadata["model_config"] == second.metadata["model_config"]
        one, two = first.windows(1), second.windows(1)
        assert np.array_equal(one.starts, two.starts)
        lengths = np.linalg.norm(first.vectors(one), axis=1, keepdims=True)
        assert np.allclose(first.vectors(one) / lengths, second.vectors(two), atol=1e-3)
        provenances = [said.more["provenance"] for said in second.annotations(1)]
        assert provenances == ["alice", "alice"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE windows SET offsets = x'00' WHERE id = 7", "window 7 has no start and end"),
        ("UPDATE annotations SET label_type = 9 WHERE id = 3", "annotation 3 is of the unknown"),
        ("UPDATE annotations SET label = ' ' WHERE id = 3", "expected a name for a label"),
        ("UPDATE recordings SET filename = '../x.wav' WHERE id = 3", "doesn't lie below /mnt/pond"),
        ("UPDATE recordings SET filename = '/etc/passwd' WHERE id = 3", "doesn't lie below"),
        ("DELETE FROM hoplite_metadata WHERE key = 'model_config'", "names no model"),
        ("DELETE FROM hoplite_metadata WHERE key = 'audio_sources'", "with --audio"),
        ("UPDATE hoplite_metadata SET value = '{'", "metadata that is no JSON"),
        ("ALTER TABLE windows RENAME TO embeddings", "has no table windows"),
    ],
)
def test_what_is_damaged_is_told_and_nothing_written(
    statement: str, message: str, hoplite: Path, tmp_path: Path
) -> None:
    alter(hoplite, statement)
    with sqlclap.open(tmp_path / "pond.db") as library:
        with pytest.raises(HopliteError, match=message) as raised:
            library.take_hoplite(hoplite)
        assert "\n" not in str(raised.value)
        assert ask(library, "SELECT count(*) FROM samples, models, labels") == [(0,)]


def test_files_that_are_no_database_are_told_so(hoplite: Path, tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "pond.db") as library:
        with pytest.raises(HopliteError, match="is no database of perch-hoplite"):
            library.take_hoplite(tmp_path)
        vectors = hoplite / "usearch.index"
        vectors.write_bytes(vectors.read_bytes()[:1000])
        with pytest.raises(HopliteError, match=r"usearch\.index is damaged"):
            library.take_hoplite(hoplite)
        vectors.write_bytes((DATA / "usearch.index").read_bytes())
        (hoplite / "hoplite.sqlite").write_bytes(b"no database" * 100)
        with pytest.raises(HopliteError, match=r"hoplite\.sqlite can't be read"):
            library.take_hoplite(hoplite)


def test_windows_without_a_vector_are_counted(hoplite: Path, tmp_path: Path) -> None:
    offsets = np.array([20.0, 25.0]).tobytes()
    alter(hoplite, "INSERT INTO windows (recording_id, offsets) VALUES (1, ?)", offsets)
    with sqlclap.open(tmp_path / "pond.db") as library:
        report = library.take_hoplite(hoplite)
        assert (report.windows, report.without_vector) == (13, 1)


def test_nothing_is_left_beside_it(hoplite: Path, tmp_path: Path) -> None:
    before = sorted(hoplite.iterdir())
    with sqlclap.open(tmp_path / "pond.db") as library:
        library.take_hoplite(hoplite)
    assert sorted(hoplite.iterdir()) == before


def test_an_empty_library_has_nothing_to_give(library: sqlclap.Library, tmp_path: Path) -> None:
    with pytest.raises(NoVectorsError):
        library.write_hoplite(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_line_goes_both_ways(tmp_path: Path) -> None:
    library, out = tmp_path / "pond.db", tmp_path / "out"
    shown = succeed("hoplite", "import", library, DATA)
    assert shown.startswith("3 recordings (0 there now), 12 windows of perch_v2 (")
    assert shown.endswith("7 new votes, 0 there already; 2 deployments\n")
    told = rows_of("hoplite", "export", library, out)
    assert (told["recordings"], told["windows"], told["annotations"]) == (3, 12, 7)
    assert "holds something already" in fail("hoplite", "export", library, out)
    (nearest,) = rows_of("similar", library, "1", "-n", "1")
    assert nearest["path"] in FILES[1:]
    assert "perch_v2" in fail("search", library, "owl")


def test_without_usearch_the_error_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['usearch'] = None\n"
        "import sqlclap\n"
        "from sqlclap.errors import NotInstalledError\n"
        "try:\n    sqlclap.open(sys.argv[1]).take_hoplite(sys.argv[2])\n"
        "except NotInstalledError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pond.db"), str(DATA)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "pip install 'sqlclap[hoplite]'" in said.stdout
    assert issubclass(NotInstalledError, ImportError)


def test_the_metadata_is_what_perch_hoplite_reads(birds: sqlclap.Library, tmp_path: Path) -> None:
    birds.write_hoplite(tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / "hoplite.sqlite") as tables:
        held = dict(tables.execute("SELECT key, value FROM hoplite_metadata"))
    tables.close()
    config = json.loads(held["usearch_config"])
    assert (config["embedding_dim"], config["dtype"], config["metric_name"]) == (
        16,
        "float16",
        "IP",
    )
    (glob,) = json.loads(held["audio_sources"])["audio_globs"]
    assert glob["base_path"] == str(tmp_path / "field")


def test_a_process_of_its_own_hears_the_spans_of_what_it_imports(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path, fake_bundle: Path
) -> None:
    """Loading ONNX Runtime after usearch ends the process by a segmentation fault."""
    file = wrote("a.csv", "recording,start_s,end_s,label\nsite1/dawn.wav,1,2,owl\n")
    birds.annotations.take_in([file])
    birds.write_hoplite(tmp_path / "out")
    code = (
        "import sys, sqlclap\n"
        "sqlclap.open(sys.argv[1], model=sys.argv[2]).take_hoplite(sys.argv[3])\n"
    )
    places = [str(one) for one in (tmp_path / "back.db", fake_bundle, tmp_path / "out")]
    subprocess.run([sys.executable, "-c", code, *places], check=True)
    with sqlclap.open(tmp_path / "back.db", model=str(fake_bundle)) as back:
        assert ask(back, "SELECT count(*) FROM span_vectors") == [(1,)]
