"""Hashes of the first pull: kept whole, by several pulls at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sqlclap.errors import DownloadError
from sqlclap.models.hub import HubSnapshot
from sqlclap.models.pull import check_first_use, remember
from sqlclap.models.registry import KnownModel
from tests.support.killed_steps import each_kill
from tests.support.patience import PATIENCE_S


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def model(name: str) -> KnownModel:
    return KnownModel(name, "onnx", "a model")


def fetched(digest: str) -> HubSnapshot:
    return HubSnapshot("owner/name", "main", {}, {"audio.onnx": digest * 64})


REMEMBER = """
import sys
from tests.models.test_first_use import fetched, model
from sqlclap.models.pull import remember
for number in range(10):
    remember(model(f"{sys.argv[1]}-{number}"), fetched("a"), False)
"""


def test_pulls_at_the_same_time_forget_nothing(home: Path) -> None:
    repository = Path(__file__).parents[2]
    commands = [[sys.executable, "-c", REMEMBER, name] for name in ("one", "two", "three")]
    processes = [subprocess.Popen(command, cwd=repository) for command in commands]
    assert [one.wait(PATIENCE_S) for one in processes] == [0, 0, 0]
    assert len(json.loads((home / "pulled.json").read_text())) == 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_step_leaves_hashes_that_can_be_read(home: Path) -> None:
    def again() -> None:
        (home / "pulled.json").unlink(missing_ok=True)
        remember(model("one"), fetched("a"), False)

    work = each_kill(home, again, lambda: remember(model("two"), fetched("b"), False))
    counts = [len(json.loads((home / "pulled.json").read_text())) for _ in work]
    assert counts == sorted(counts)
    assert set(counts) == {1, 2}
    assert {entry.name for entry in home.iterdir()} == {"pulled.json", "pulled.lock"}


def test_of_two_first_pulls_the_later_one_is_held_to_the_earlier(home: Path) -> None:
    check_first_use(model("one"), fetched("b"), False)  # nothing is known yet
    remember(model("one"), fetched("a"), False)  # another pull was quicker
    with pytest.raises(DownloadError, match="is not the file of the first pull"):
        remember(model("one"), fetched("b"), False)
    remember(model("one"), fetched("b"), True)
    check_first_use(model("one"), fetched("b"), False)


DAMAGED = ["{", "[]", '{"one": 3}', "[" * 100_000, '{"one": {"audio.onnx": 3}}']


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_hashes_that_cannot_be_read_are_one_line(home: Path, content: str) -> None:
    home.mkdir()
    (home / "pulled.json").write_text(content)
    with pytest.raises(DownloadError, match=r"delete it|is not the file of the first pull"):
        check_first_use(model("one"), fetched("a"), False)
