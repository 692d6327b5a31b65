"""Recorded packs: what is taken from a repository, and how a hit's microphones become a clip."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from training import paths
from training.corpus import repositories
from training.corpus.recordings import (
    Pack,
    Piece,
    choose,
    packs,
    packs_by_commit,
    recorded_clips,
    wanted_files,
)
from training.taxonomy.classes import CLASSES

_KIT = Pack(
    name="kit",
    repository="someone/kit",
    commit="",
    file=r"(?P<piece>\w+)/(?P<hit>\d+)-(?P<mic>\w+)\.wav",
    pieces={"sn": Piece("snare", "snare drum", ("top",)), "hat": Piece("closed hat", "hat")},
    mixes=(("over", "near"), ("near",)),
    each=9,
)


def _write(folder: Path, names: list[str]) -> None:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = np.random.default_rng(number).normal(size=8000) * np.exp(-np.arange(8000) / 900)
        soundfile.write(path, sound * 0.02 * (1 + number), 48_000, subtype="FLOAT")


def _names(hits: int) -> list[str]:
    return [f"sn/{hit}-{mic}.wav" for hit in range(1, hits + 1) for mic in ("over", "top")]


def test_every_pack_names_a_commit_and_classes_there_are() -> None:
    for pack in packs():
        assert re.fullmatch("[0-9a-f]{40}", pack.commit)
        assert pack.split in {"train", "validation"}
        assert {piece.label for piece in pack.pieces.values()} <= CLASSES.keys()


def test_packs_of_one_repository_are_fetched_together() -> None:
    shared = packs_by_commit()
    assert sorted(pack.name for sharing in shared.values() for pack in sharing) == sorted(
        pack.name for pack in packs()
    )
    assert len({repository for repository, _ in shared}) == len(shared)
    beside = replace(_KIT, name="gongs", pieces={"gong": Piece("ride", "gong")})
    names = [*_names(1), "gong/1-over.wav", "bell/1-over.wav"]
    assert wanted_files([_KIT, beside], names) == {*_names(1), "gong/1-over.wav"}


def test_hits_are_spread_and_microphones_taken_in_turn() -> None:
    chosen = choose(_KIT, _names(30))["sn"]
    assert len(chosen) == 9
    assert chosen[0] == ("sn/1-over.wav", "sn/1-top.wav")
    assert chosen[1] == ("sn/5-top.wav",)
    assert chosen[-1][0].startswith("sn/30-")


def test_few_hits_are_taken_with_several_mixes_none_twice() -> None:
    chosen = choose(_KIT, _names(2))["sn"]
    assert len(chosen) == len(set(chosen)) == 4


def test_only_named_pieces_are_wanted() -> None:
    assert wanted_files([_KIT], [*_names(1), "gong/1-over.wav", "readme.txt"]) == set(_names(1))


def test_clips_say_what_they_are_and_the_soft_from_the_hard(tmp_path: Path) -> None:
    _write(tmp_path, _names(9))
    clips = list(recorded_clips(_KIT, tmp_path))
    assert len(clips) == 9
    assert {clip.info.source for clip in clips} == {"recorded/kit"}
    assert clips[0].info.traits == ("acoustic", "soft")
    assert clips[8].info.traits == ("acoustic", "hard")
    assert np.abs(clips[0].audio).max() == pytest.approx(0.9, abs=1e-3)


def test_a_take_that_is_but_a_click_is_left_out(tmp_path: Path) -> None:
    _write(tmp_path, _names(1))
    click = np.zeros(4000)
    click[-2:] = 1
    soundfile.write(tmp_path / "sn/1-over.wav", click, 48_000)
    soundfile.write(tmp_path / "sn/1-top.wav", click, 48_000)
    assert not list(recorded_clips(_KIT, tmp_path))


def test_only_wanted_files_of_the_pinned_commit_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = tmp_path / "host/someone/kit"
    _write(origin, [*_names(2), "gong/1-over.wav"])

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(origin), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("config", "uploadpack.allowFilter", "true")
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    git("add", ".")
    git("commit", "--quiet", "-m", "kit")
    commit = git("rev-parse", "HEAD")
    (origin / "sn/1-top.wav").write_bytes(b"changed since")
    git("commit", "--quiet", "-a", "-m", "later")
    monkeypatch.setattr(repositories, "_HOST", f"file://{tmp_path}/host")
    monkeypatch.setattr(paths, "PACKAGES", tmp_path / "packages")
    repositories.fetch_files("someone/kit", commit, lambda names: wanted_files([_KIT], names))
    folder = repositories.repository_folder("someone/kit")
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.wav")}
    assert there == set(_names(2))
    assert (folder / "sn/1-top.wav").stat().st_size > 1000
