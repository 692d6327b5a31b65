"""Stages skip what is done, run what changed and all that builds on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from training.stages import Stage, run_stages


def chain(folder: Path) -> list[Stage]:
    def writer(name: str, text: str) -> Callable[[], object]:
        return lambda: (folder / name).write_text(text)

    return [
        Stage("first", writer("a", "1"), (folder / "a",), (), {"version": 1}),
        Stage("second", writer("b", "2"), (folder / "b",), ("first",)),
        Stage("aside", writer("c", "3"), (folder / "c",)),
    ]


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    stamps = tmp_path / "stamps"
    assert set(run_stages(chain(tmp_path), stamps).values()) == {"ran"}
    assert set(run_stages(chain(tmp_path), stamps).values()) == {"skipped"}


def test_a_missing_output_is_made_again_with_what_builds_on_it(tmp_path: Path) -> None:
    stamps = tmp_path / "stamps"
    run_stages(chain(tmp_path), stamps)
    (tmp_path / "a").unlink()
    outcome = run_stages(chain(tmp_path), stamps)
    assert outcome == {"first": "ran", "second": "ran", "aside": "skipped"}


def test_a_changed_config_runs_the_stage_and_what_builds_on_it(tmp_path: Path) -> None:
    stamps = tmp_path / "stamps"
    stages = chain(tmp_path)
    run_stages(stages, stamps)
    stages[0] = replace(stages[0], config={"version": 2})
    outcome = run_stages(stages, stamps)
    assert outcome == {"first": "ran", "second": "ran", "aside": "skipped"}


def test_a_failed_stage_stops_the_build_and_is_tried_again(tmp_path: Path) -> None:
    stamps = tmp_path / "stamps"
    stages = chain(tmp_path)

    def fail() -> None:
        raise RuntimeError("no network")

    broken = [replace(stages[0], run=fail), *stages[1:]]
    with pytest.raises(RuntimeError, match="no network"):
        run_stages(broken, stamps)
    assert not (tmp_path / "b").exists()
    assert run_stages(stages, stamps)["second"] == "ran"


def test_stages_run_side_by_side_in_order(tmp_path: Path) -> None:
    outcome = run_stages(chain(tmp_path), tmp_path / "stamps", jobs=2)
    assert list(outcome) != []
    assert (tmp_path / "b").read_text() == "2"
