"""Perch 2.0 by its interface: pulled from a hub, and a library of its vectors, which has no words.

The graph is a seeded one behind the same interface: nothing in it was trained.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlclap.models.bundle import open_bundle
from sqlclap.models.registry import known_models
from tests.models.conftest import Machine
from tests.support.hub_server import COMMIT, Hub, serve_hub
from tests.support.seeded_perch import DIM, FILE, SAMPLES, write_seeded_perch
from tests.support.sounds import noise, tone, write_sound

NAME = "perch-2"
SOUNDS = Path(__file__).parents[2] / "demo" / "sounds"


@pytest.fixture
def perch_hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub that serves the seeded graph under the registry's name."""
    known = known_models()[NAME]
    write_seeded_perch(tmp_path / "served" / known.file)
    with serve_hub(Hub({known.repository: tmp_path / "served"})) as served:
        yield served


@pytest.fixture
def perch_machine(tmp_path: Path, perch_hub: Hub) -> Machine:
    return Machine(tmp_path / "machine", perch_hub)


def test_it_is_pulled_probed_and_installed(perch_machine: Machine) -> None:
    assert known_models()[NAME].file == FILE
    ended = perch_machine.run("models", "pull", NAME)
    assert ended.returncode == 0, ended.stderr
    assert "sqlclap's tests have not run this file" in ended.stderr
    bundle = open_bundle(perch_machine.models / NAME)
    contract, front_end = bundle.contract, bundle.contract.front_end
    assert (contract.dim, contract.text, contract.licence) == (DIM, None, "Apache-2.0")
    assert (front_end.sample_rate, front_end.window_samples) == (32_000, SAMPLES)
    assert (front_end.offset, front_end.padding) == ("removed", "zero-around")
    origin = json.loads((bundle.folder / "origin.json").read_text())
    assert origin["revision"] == COMMIT
    assert set(origin["sha256"]) == {FILE}
    assert "is installed already" in perch_machine.succeed("models", "pull", NAME)


def test_the_file_by_hand_makes_the_same_version(perch_machine: Machine, tmp_path: Path) -> None:
    perch_machine.succeed("models", "pull", NAME)
    file = tmp_path / "served" / FILE
    told = perch_machine.succeed("models", "add", str(file), "--like", NAME, "--json")
    assert json.loads(told)["was_there"]


def test_a_file_of_another_interface_is_refused(perch_machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "served" / FILE).write_bytes(b"something else")
    ended = perch_machine.run("models", "pull", NAME)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "can't be loaded by ONNX Runtime" in ended.stderr.splitlines()[-1]
    assert perch_machine.holds_nothing()


def test_a_file_that_changed_since_the_first_pull_is_refused(
    perch_machine: Machine, tmp_path: Path
) -> None:
    perch_machine.succeed("models", "pull", NAME)
    write_seeded_perch(tmp_path / "served" / FILE, seed=1)
    perch_machine.hub.commit = COMMIT[::-1]
    ended = perch_machine.run("models", "pull", NAME, "--force")
    assert ended.returncode == 1
    assert "is not the file of the first pull" in ended.stderr


def test_a_precision_is_refused(perch_machine: Machine) -> None:
    told = perch_machine.run("models", "pull", NAME, "--precision", "int8").stderr
    assert "comes in one precision" in told


@pytest.mark.slow
def test_a_library_of_it_is_searched_by_sound_labelled_mapped_and_indexed(
    perch_machine: Machine, tmp_path: Path
) -> None:
    run, library = perch_machine.succeed, str(tmp_path / "sounds.db")
    run("models", "pull", NAME)
    assert "118 new" in run("ingest", library, str(SOUNDS), "--model", NAME)
    near = json.loads(run("similar", library, str(SOUNDS / "drums/bd_808.ogg"), "--json"))
    assert near[0]["path"] == "drums/bd_pure.ogg" or near[0]["score"] > 0.99
    run("label", "add", library, "kick")
    run("anchor", "add", library, "kick", "drums/bd_808.ogg", "drums/bd_boom.ogg")
    run("label", "add", library, "hat")
    run("anchor", "add", library, "hat", "drums/closed_hat_room.ogg")
    assert json.loads(run("matches", library, "kick", "--json"))
    run("tag", library, "kick", "--confidence", "medium")
    assert "recall@10 1.000" in run("index", "build", library)
    assert json.loads(run("map", library, "--json"))["points"] == 118
    clusters = json.loads(run("cluster", library, "--min-size", "5", "--json"))
    assert clusters["named_by"] is None
    assert "perch-2 has no words" in clusters["note"]
    names = {row["name"] for row in clusters["clusters"] if row["cluster"] >= 0}
    assert all(name.startswith("unnamed ") for name in names)
    assert json.loads(run("duplicates", library, "--json"))
    run("doctor", library)
    told = perch_machine.fail("search", library, "kick")
    assert told == (
        f"{NAME} has no words: it compares sounds only; sqlclap-mini has words: make its vectors "
        f"with `sqlclap ingest {library} --model sqlclap-mini`, then search by it with --model "
        "sqlclap-mini, in Python with model='sqlclap-mini'"
    )
    run("ingest", library, "--model", "sqlclap-mini")
    assert json.loads(run("search", library, "kick drum", "--model", "sqlclap-mini", "--json"))
    again = json.loads(run("cluster", library, "--refit", "--min-size", "5", "--json"))
    assert again["named_by"] == "sqlclap-mini"
    assert not any(str(row["name"]).startswith("unnamed") for row in again["clusters"])


def test_words_are_refused_in_one_line_that_tells_what_to_do(
    perch_machine: Machine, tmp_path: Path
) -> None:
    library, sounds = str(tmp_path / "sounds.db"), tmp_path / "sounds"
    perch_machine.succeed("models", "pull", NAME)
    write_sound(sounds / "tone.wav", tone(440))
    write_sound(sounds / "noise.wav", noise(1))
    perch_machine.succeed("ingest", library, str(sounds), "--model", NAME)
    for command in (
        ("search", library, "kick"),
        ("label", "suggest", library, "kick"),
        ("classify", library, "--labels", "kick, snare"),
        ("query", library, "SELECT clap_text('kick')"),
        ("query", library, "SELECT clap_doubt('kick')"),
        ("query", library, "SELECT * FROM clap_search('kick', 3)"),
    ):
        told = perch_machine.fail(*command)
        assert f"{NAME} has no words" in told
        assert "sqlclap ingest" in told
        assert "--model sqlclap-mini" in told
