"""Clips survive their shard; features have the shape that the contract states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training import paths
from training.corpus.clip import Clip, ClipInfo, make_clip, read_shard, write_shard
from training.corpus.shards import TEST_KITS, Shard, all_shards
from training.features import FRONT_END, build_features, load_features
from training.procedural.catalogue import make_sound


def test_a_shard_gives_back_what_was_written(tmp_path: Path) -> None:
    info = ClipInfo("here", "Kick", "k1", "kick", ("soft",), "train")
    clip = Clip(np.linspace(-0.9, 0.9, 1000, dtype=np.float32), info)
    assert write_shard(tmp_path / "s.npz", [clip]) == 1
    (again,) = read_shard(tmp_path / "s.npz")
    assert again.info == info
    assert np.abs(again.audio - clip.audio).max() < 1e-4


def test_leading_silence_is_cut_except_where_sounds_are_measured_on() -> None:
    sound = np.concatenate([np.zeros(44_100), make_sound("snare", 0)])
    train = make_clip(sound, ClipInfo("a", "b", "c", "snare"))
    test = make_clip(sound, ClipInfo("a", "b", "c", "snare", (), "test"))
    assert train is not None
    assert test is not None
    assert len(train.audio) < len(test.audio) == len(sound)


def test_a_silent_sound_is_no_clip() -> None:
    assert make_clip(np.zeros(1000), ClipInfo("a", "b", "c", None)) is None


def test_features_of_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "CLIPS", tmp_path / "clips")
    monkeypatch.setattr(paths, "FEATURES", tmp_path / "features")
    clip = make_clip(make_sound("kick", 0), ClipInfo("p", "kick", "k", "kick"))
    assert clip is not None
    write_shard(paths.CLIPS / "tiny.npz", [clip])
    assert build_features(Shard("tiny", list, variants=2)) >= 3
    table = load_features(["tiny"])
    assert table.mels.shape[1:] == (106, 96)
    assert len(table.infos) == 3
    assert table.mels.min() >= -60.0
    assert table.seconds.max() <= FRONT_END.window_s


def test_no_shard_mixes_training_with_held_out_packs() -> None:
    names = [shard.name for shard in all_shards()]
    assert len(names) == len(set(names))
    assert {f"test-{kit}" for kit in TEST_KITS} <= set(names)
    assert all(shard.variants == 0 for shard in all_shards() if shard.name.startswith("test-"))
