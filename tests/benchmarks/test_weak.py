"""The measure of doubts, on the demo's drums."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from benchmarks.weak import area_under_roc, bench_weak
from sqlclap.errors import QueryError
from tests.cli.running import rows_of, succeed
from tests.support.sounds import tone, write_sound

DRUMS = Path(__file__).parents[2] / "demo" / "sounds" / "drums"


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "drums.db"
    with sqlclap.open(file) as library:
        library.ingest([DRUMS])
    return file


def test_the_area_under_the_curve_counts_pairs() -> None:
    assert area_under_roc([2, 3], [1, 2]) == 0.875
    assert area_under_roc([0], [1]) == 0


def test_drums_are_found_and_the_rest_is_marked(drums: Path) -> None:
    figures = bench_weak([drums], "judge")
    assert figures.marked["known"] <= 0.1
    assert figures.marked["strange"] > 0.8
    assert figures.balanced > figures.balanced_before
    assert figures.auc_above_chance["absent"] > figures.auc_of_cosine["absent"] - 0.05


def test_sounds_of_its_own_are_left_alone_and_foreign_ones_are_marked(
    drums: Path, tmp_path: Path
) -> None:
    with sqlclap.open(tmp_path / "rest.db") as library:
        library.ingest([DRUMS.parent / "guitars", DRUMS.parent / "effects", DRUMS / "bd_haus.ogg"])
    told = rows_of("bench", "weak", drums, tmp_path / "rest.db", "--sounds")
    assert told["marked"]["own"] <= 0.05
    assert told["marked"]["known"] <= told["marked"]["absent"]
    assert told["auc"] > 0.5


def test_what_no_name_fits_goes_to_unknown_more_often(drums: Path) -> None:
    told = rows_of("bench", "weak", drums, "--names")
    assert told["marked"]["known"] < 0.1
    assert told["marked"]["known"] < told["marked"]["absent"]
    assert "AUC" in succeed("bench", "weak", drums, "--names")


def test_the_command_prints_the_same_figures(drums: Path) -> None:
    told = rows_of("bench", "weak", drums, "--part", "choose")
    assert told["marked"] == bench_weak([drums], "choose").marked
    assert "balanced accuracy" in succeed("bench", "weak", drums)


def test_a_library_that_holds_nothing_known_is_refused(tmp_path: Path) -> None:
    for number in range(24):
        write_sound(tmp_path / "sounds" / f"x{number}.wav", tone(100 + 20 * number))
    with sqlclap.open(tmp_path / "x.db") as library:
        library.ingest([tmp_path / "sounds"])
    with pytest.raises(QueryError, match="named samples"):
        bench_weak([tmp_path / "x.db"], "judge")
