"""What sqlclap writes, other programs' own code reads, and the other way round.

They live in an environment of their own (`make test-exchange` makes it); the variable
SQLCLAP_EXCHANGE_PYTHON names its Python.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.exchange.formats import read_annotations
from sqlclap.exchange.hoplite import HopliteDatabase
from sqlclap.exchange.library_annotations import ExportRequest
from tests.exchange.conftest import Write

HERE = Path(__file__).parent
PYTHON = os.environ.get("SQLCLAP_EXCHANGE_PYTHON")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PYTHON is None, reason="perch-hoplite, opensoundscape and crowsetta: `make test-exchange`"
    ),
]
SPANS = """recording,start_s,end_s,label,low_hz,high_hz,verdict
site1/dawn.wav,1.5,4.25,owl,300,900,
site1/dawn.wav,5,6,red fox,,,
site1/dusk.wav,0.125,2,owl,,,reject
"""


def run(script: Path, *arguments: Path) -> str:
    assert PYTHON is not None
    command = [PYTHON, str(script), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[-1] if ended.stdout else ""


@pytest.fixture
def owls(birds: sqlclap.Library, wrote: Write) -> sqlclap.Library:
    """The library with labelled spans."""
    birds.annotations.take_in([wrote("spans.csv", SPANS)])
    return birds


def test_raven_tables_and_label_tracks_are_read(owls: sqlclap.Library, tmp_path: Path) -> None:
    table, track = tmp_path / "t.selections.txt", tmp_path / "track.txt"
    owls.annotations.write(table)
    owls.annotations.write(track, request=ExportRequest(labels=["red fox"]))
    read: dict[str, Any] = json.loads(run(HERE / "oracles" / "read_annotations.py", table, track))
    boxes = [["owl", 1.5, 4.25, 300.0, 900.0], ["red fox", 5.0, 6.0, 0.0, 8000.0]]
    assert read == {
        "opensoundscape": boxes,
        "crowsetta": boxes,
        "crowsetta, track": [["red fox", 5.0, 6.0]],  # it knows no lines of frequencies
    }


def test_what_opensoundscape_writes_is_read(tmp_path: Path) -> None:
    run(HERE / "data" / "make_opensoundscape.py", tmp_path)
    for file in sorted((HERE / "data" / "opensoundscape").iterdir()):
        assert read_annotations(tmp_path / file.name) == read_annotations(file)


def test_databases_are_opened_and_searched_by_perch_hoplite(
    owls: sqlclap.Library, wrote: Write, tmp_path: Path
) -> None:
    owls.deployments.import_csv(wrote("d.csv", "name,folder,lat,lon\npond,site1,52.5,13.25\n"))
    owls.write_hoplite(tmp_path / "out")
    read: dict[str, Any] = json.loads(run(HERE / "oracles" / "read_hoplite.py", tmp_path / "out"))
    with HopliteDatabase(tmp_path / "out") as own:
        recordings = own.recordings()
        held = [own.windows(one.recording_id) for one in recordings]
        windows = [
            [recording.filename, float(start), float(end)]
            for recording, lot in zip(recordings, held, strict=True)
            for start, end in zip(lot.starts, lot.ends, strict=True)
        ]
        ids = np.concatenate([lot.window_ids for lot in held])
        vectors = np.concatenate([own.vectors(lot) for lot in held])
    assert sorted(read["windows"]) == sorted(windows)
    assert read["recordings"] == [one.filename for one in recordings]
    assert read["deployments"] == [
        ["pond", "field", 52.5, 13.25], ["site2", "field", None, None],
    ]  # fmt: skip
    assert sorted(read["annotations"]) == [
        ["site1/dawn.wav", 1.5, 4.25, "owl", 1, "import"],
        ["site1/dawn.wav", 5.0, 6.0, "red fox", 1, "import"],
        ["site1/dusk.wav", 0.125, 2.0, "owl", 0, "import"],
    ]
    assert np.allclose(read["norms"], 1.0, atol=1e-3)
    nearest = ids[np.argsort(-(vectors @ vectors[0]))[:5]].tolist()
    assert set(read["graph"]) == set(read["exact"]) == set(nearest)
    assert (read["model_key"], read["base_path"]) == ("fake", str(tmp_path / "field"))


def test_what_perch_hoplite_writes_is_read(tmp_path: Path) -> None:
    run(HERE / "data" / "make_hoplite.py", tmp_path / "new")
    with (
        HopliteDatabase(tmp_path / "new") as new,
        HopliteDatabase(HERE / "data" / "hoplite") as kept,
    ):
        assert new.metadata == kept.metadata
        assert new.deployments() == kept.deployments()
        assert new.recordings() == kept.recordings()
        for one in new.recordings():
            mine, theirs = new.windows(one.recording_id), kept.windows(one.recording_id)
            assert np.array_equal(new.vectors(mine), kept.vectors(theirs))
            assert new.annotations(one.recording_id) == kept.annotations(one.recording_id)
