"""What files say of tempo, key and kind is compared with what is measured of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.descriptors import bench_descriptors, kind_of, relative_key
from sqlclap.descriptor_columns import KEYS
from tests.cli.running import succeed
from tests.support.sounds import loop, noise, write_sound


def test_a_relative_key_has_the_same_notes() -> None:
    assert {relative_key(relative_key(key)) for key in KEYS} == set(KEYS)
    assert relative_key("Eb major" if "Eb major" in KEYS else "D# major") == "C minor"


def test_a_path_tells_loops_from_one_shots_or_nothing() -> None:
    assert kind_of("pack/loops/amen.wav", has_tempo=False) == "loop"
    assert kind_of("pack/amen.wav", has_tempo=True) == "loop"
    assert kind_of("pack/one-shots/glass.wav", has_tempo=False) == "one-shot"
    assert kind_of("pack/glass.wav", has_tempo=False) is None
    assert kind_of("loops/kick.wav", has_tempo=False) is None  # says both


def test_octaves_are_counted_apart_from_right_tempos(tmp_path: Path) -> None:
    write_sound(tmp_path / "right_120bpm_Cmaj.wav", loop(120.0))
    write_sound(tmp_path / "half_60bpm.wav", loop(120.0))
    write_sound(tmp_path / "wrong_101bpm.wav", loop(120.0))
    write_sound(tmp_path / "Snare.wav", noise(1, 0.3))
    tempo, key, loops, one_shots = bench_descriptors(tmp_path)
    assert (tempo.sounds, tempo.told, tempo.right, tempo.near) == (3, 3, 1, 1)
    assert (key.sounds, key.told, key.right + key.near) == (1, 1, 1)
    assert (loops.sounds, loops.right) == (3, 3)
    assert (one_shots.sounds, one_shots.right) == (1, 1)


@pytest.mark.slow
def test_made_up_sounds_are_measured_as_they_were_made() -> None:
    rows = json.loads(succeed("bench", "descriptors", "--json"))
    found = {row["descriptor"]: row for row in rows}
    assert {row["folder"] for row in found.values()} == {"made up"}
    assert found["tempo"]["right"] + found["tempo"]["near"] >= 0.95 * found["tempo"]["sounds"]
    assert found["key"]["right"] + found["key"]["near"] >= 0.8 * found["key"]["sounds"]
    for kind in ("loop", "one-shot"):
        assert found[kind]["right"] >= 0.95 * found[kind]["sounds"]
