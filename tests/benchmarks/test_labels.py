"""The label benches run, on a small scale, and say what they should."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from benchmarks.kits import CLASSES, RuleFigures, as_markdown, bench_kits, read_kits
from benchmarks.labels import LabelSizes, bench_labels
from sqlclap.errors import LibraryError, QueryError
from tests.support.sounds import noise, tone, write_sound


def test_labels_at_a_small_scale(tmp_path: Path) -> None:
    path = tmp_path / "bench.db"
    figures = bench_labels(path, LabelSizes(vectors=2000, labels=3, anchors=3, runs=1))
    assert figures.overlap == 1.0
    assert figures.tagged > 0
    for timing in (figures.matches, figures.functions, figures.view, figures.calibrate):
        assert timing is not None
        assert timing.median_s > 0


def make_kit(folder: Path, number: int) -> None:
    """Write a kit of tones called kicks and noises called snares."""
    blocks = []
    for layer in range(6):
        write_sound(folder / f"kick-{layer}.wav", tone(60 + 3 * layer + number))
        write_sound(folder / f"snare-{layer}.wav", noise(10 * number + layer))
        blocks += [
            f"<instrument><name>{name}</name><filename>{file}-{layer}.wav</filename></instrument>"
            for name, file in (("Kick", "kick"), ("Snare Rock", "snare"))
        ]
    (folder / "drumkit.xml").write_text(f"<kit>{''.join(blocks)}</kit>", encoding="utf-8")


def test_kits_that_are_easy_to_tell_apart(tmp_path: Path, fake_bundle: Path) -> None:
    for number in range(5):
        make_kit(tmp_path / "kits" / f"kit-{number}", number)
    truth = read_kits(tmp_path / "kits")
    assert len(truth) == 60
    figures = bench_kits(tmp_path / "kits", str(fake_bundle), splits=1)
    assert figures.file.splits["kick"] == figures.file.splits["snare"] == 1
    for name in ("kick", "snare"):
        held_out = figures.file.classes[name]
        assert held_out.true == 12
        assert held_out.precision == pytest.approx(1.0)
    assert "no positive anchor" in figures.file.problems["tom"][0]
    table = as_markdown(figures)
    assert table.count("\n") == len(CLASSES) + 2
    assert RuleFigures().coverage == 0.0


def test_a_folder_without_kits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="expected hydrogen drum kits"):
        read_kits(tmp_path)


def test_labels_of_somebodys_own_are_never_replaced(filled: sqlclap.Library) -> None:
    filled.labels.add("kick")
    filled.close()
    with pytest.raises(LibraryError, match="replaces all labels"):
        bench_labels(filled.path, LabelSizes(vectors=10, labels=1, anchors=1))
    with sqlclap.open(filled.path, mode="read") as library:
        assert [label.name for label in library.labels.list()] == ["kick"]
