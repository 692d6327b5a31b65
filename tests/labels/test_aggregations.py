"""The table of aggregations is the one place that says how anchors make a score."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import apsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sqlclap.cli.label import OPTIONS
from sqlclap.errors import LabelValueError
from sqlclap.labels.aggregations import (
    AGGREGATIONS,
    NAMES,
    Aggregation,
    AggregationName,
    aggregation,
)
from sqlclap.sqlfunctions.adapters import register_functions
from tests.labels.conftest import MakeScene
from tests.support.vector_library import unit_vectors

REPOSITORY = Path(__file__).parents[2]
PRODUCT = ("sqlclap", "datasette_plugins/datasette_sqlclap", "sql")
TABLE = "sqlclap/labels/aggregations.py"
VIEWS = ("sql/views/label_settings.sql", "sql/views/label_scores.sql")
EVERY = pytest.mark.parametrize("one", AGGREGATIONS, ids=lambda one: one.name)

similarities = arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(-1, 1)
)


def test_names_are_those_of_the_database(make_scene: MakeScene) -> None:
    assert get_args(AggregationName) == NAMES == tuple(one.name for one in AGGREGATIONS)
    scene = make_scene(unit_vectors(3, 8))
    for name in NAMES:
        scene.rows("INSERT INTO labels (name, aggregation) VALUES (?, ?)", name, name)
    with pytest.raises(apsw.ConstraintError, match="CHECK"):
        scene.rows("INSERT INTO labels (name, aggregation) VALUES ('other', 'other')")
    scene.rows("INSERT INTO labels (name) VALUES ('unset')")
    assert scene.labels.get("unset").aggregation == NAMES[0]
    assert scene.labels.add("also unset").aggregation == NAMES[0]


@EVERY
@given(found=similarities, top_k=st.integers(1, 7), rise=st.floats(0, 1))
def test_a_score_is_between_its_similarities_and_rises_with_them(
    one: Aggregation, found: np.ndarray, top_k: int, rise: float
) -> None:
    score = one.score(found, top_k)
    assert score.shape == found.shape[:1]
    assert (score >= found.min(axis=1) - 1e-12).all()
    assert (score <= found.max(axis=1) + 1e-12).all()
    higher = found.copy()
    higher[:, 0] += rise
    assert (one.score(higher, top_k) >= score - 1e-12).all()


@EVERY
def test_anchors_that_are_left_out_do_not_count(one: Aggregation) -> None:
    found = np.array([[0.9, 0.5, -np.inf], [-np.inf, -np.inf, -np.inf]])
    score = one.score(found, 2)
    assert score[0] == pytest.approx(one.score(found[:1, :2], 2)[0])
    assert np.isnan(score[1])
    assert np.isnan(one.score(np.empty((2, 0)), 2)).all()


@EVERY
@pytest.mark.parametrize("top_k", [1, 3, 9])
def test_python_sql_functions_and_views_score_alike(
    one: Aggregation, top_k: int, make_scene: MakeScene
) -> None:
    scene = make_scene(unit_vectors(40, 8))
    scene.label("asked", [1, 2, 3, 4, 5], [6], aggregation=one.name, top_k=top_k)
    scene.label("other", [7, 8])
    register_functions(scene.file.connection)
    by_view = {sample: row[0] for sample, row in scene.view_scores("asked").items()}
    scored = scene.rows("SELECT sample_id, clap_score('asked', sample_id) FROM samples")
    assert len(scored) == 40
    assert dict(scored) == pytest.approx(by_view, abs=1e-6)
    matches = {m.sample_id: m.score for m in scene.labels.matches("asked", 99)}
    assert matches == pytest.approx({key: by_view[key] for key in matches}, abs=1e-6)
    assert scene.labels.settings("asked").aggregation == one.name
    ((stored,),) = scene.rows("SELECT aggregation FROM label_settings WHERE name = 'asked'")
    assert stored == one.name
    if not one.takes_top_k:
        wide = scene.labels.change("asked", top_k=2)
        assert wide.aggregation == one.name
        assert dict(scene.rows("SELECT sample_id, score FROM label_scores WHERE label = 'asked'"))[
            1
        ] == pytest.approx(by_view[1])


def test_the_command_line_and_errors_name_them_all(make_scene: MakeScene) -> None:
    (option,) = [one for one in map(_made, OPTIONS) if one.name == "aggregation"]
    assert tuple(option.type.choices) == NAMES
    scene = make_scene(unit_vectors(3, 8))
    told = f"aggregation: expected {' or '.join(map(repr, NAMES))}, got 'sum'"
    with pytest.raises(LabelValueError, match=told):
        scene.labels.add("kick", aggregation="sum")  # type: ignore[arg-type]  # there is none


def _made(option: Any) -> Any:
    return option(lambda: None).__click_params__[0]


def test_an_aggregation_that_nothing_here_knows_is_told(make_scene: MakeScene) -> None:
    scene = make_scene(unit_vectors(3, 8))
    scene.label("kick", [1])
    scene.rows("PRAGMA ignore_check_constraints = 1")
    scene.rows("UPDATE labels SET aggregation = 'sum'")
    with pytest.raises(LabelValueError, match=f"an aggregation of {', '.join(NAMES)}; got 'sum'"):
        scene.labels.matches("kick", 3)
    with pytest.raises(LabelValueError, match="got 'sum'"):
        aggregation("sum")  # type: ignore[arg-type]


def files_with(pattern: str) -> set[str]:
    """Find the product's files, but migrations, whose text a pattern matches."""
    found = set()
    for folder in PRODUCT:
        for path in (REPOSITORY / folder).rglob("*"):
            fits = path.suffix in (".py", ".sql") and "migrations" not in path.parts
            if fits and re.search(pattern, path.read_text(encoding="utf-8")):
                found.add(path.relative_to(REPOSITORY).as_posix())
    return found


def test_an_aggregation_is_named_in_the_table_and_the_views_alone() -> None:
    others = "|".join(NAMES[1:])
    assert files_with(rf"""["']({others})["']""") <= {TABLE, *VIEWS}


def test_top_k_has_one_name() -> None:
    """What is left of "depth" are the former names, which warn."""
    labels = {path for path in files_with(r"\bdepths?\b") if "label" in path or "calib" in path}
    assert labels == {
        "sql/queries/labels/overview.sql",  # views of libraries not opened for writing since
        "sql/queries/labels/settings.sql",
        "sql/views/label_settings.sql",
        "sqlclap/cli/calibrate.py",  # an option that is hidden, and says how it is called now
        "sqlclap/labels/calibration.py",
        "sqlclap/labels/scoring.py",
        "sqlclap/labels/store.py",
    }
