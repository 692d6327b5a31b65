"""Two models compared by votes: which ranks better is told, with bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import QueryError, UnknownLabelError, UnknownModelError
from sqlclap.labels.labelled_examples import Examples
from sqlclap.labels.model_comparison import _draws, _resampled
from sqlclap.labels.threshold_fitting import (
    FOLDS,
    TargetPrecision,
    average_precision,
    cross_fitted_passes,
)
from sqlclap.labels.votes import CastVote
from tests.cli.running import fail, rows_of, succeed
from tests.support.fake_bundle import build_fake_bundle
from tests.support.sounds import noise, tone, write_sound

EACH = 16
MODELS = ("good", "bad")


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose tones were accepted and whose noises rejected, under two models.

    The vectors of `bad` are those of `good` in another order: it knows nothing of the sounds.
    """
    folder = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQLCLAP_HOME", str(folder))
        for seed, name in enumerate(MODELS):
            build_fake_bundle(folder / "models" / name, name, seed)
        for number in range(EACH):
            write_sound(folder / "sounds" / f"tone-{number:02}.wav", tone(200 + 5 * number))
            write_sound(folder / "sounds" / f"noise-{number:02}.wav", noise(number))
        for name in MODELS:
            with sqlclap.open(folder / "library.db", model=name) as library:
                library.ingest([folder / "sounds"])
        with sqlclap.open(folder / "library.db") as library:
            _mix_up(library, "bad")
            library.labels.ensure("tone", ["tone-00.wav", "tone-05.wav", "noise-03.wav"])
            library.labels.vote("tone", ["tone-*.wav"], CastVote("accept"))
            library.labels.vote("tone", ["noise-*.wav"], CastVote("reject"))
            library.labels.add("nothing said")
            library.labels.add_anchors("nothing said", [1])
            library.labels.add("no examples")
    return folder


def _mix_up(library: sqlclap.Library, model: str) -> None:
    connection = library.connection
    number = connection.execute("SELECT model_id FROM models WHERE name = ?", (model,)).get
    rows = connection.execute(
        f"SELECT v.embedding_id, v.vector FROM vec_{number} v ORDER BY v.embedding_id"  # noqa: S608
    ).fetchall()
    order = np.random.default_rng(3).permutation(len(rows))
    for (embedding_id, _), place in zip(rows, order, strict=True):
        connection.execute(
            f"UPDATE vec_{number} SET vector = ? WHERE embedding_id = ?",  # noqa: S608
            (rows[place][1], embedding_id),
        )


@pytest.fixture
def library(voted: Path, monkeypatch: pytest.MonkeyPatch) -> sqlclap.Library:
    """The library, with its models at hand."""
    monkeypatch.setenv("SQLCLAP_HOME", str(voted))
    return sqlclap.open(voted / "library.db", mode="read")


def test_the_better_model_is_told(library: sqlclap.Library) -> None:
    """Both rows are about the same votes, and the difference is one, seen from both sides."""
    good: Any
    bad: Any
    good, bad = library.labels.compare_models(*MODELS, labels=["tone"])
    assert (good.model, bad.model) == MODELS
    assert (good.votes, good.accepted) == (bad.votes, bad.accepted)
    assert good.votes <= 2 * EACH
    assert good.average_precision > bad.average_precision
    assert good.better_by == pytest.approx(-bad.better_by)
    assert good.better_by_low == pytest.approx(-bad.better_by_high)
    assert good.better_by_low > 0
    assert good.average_precision_low <= good.average_precision <= good.average_precision_high


def test_nothing_is_said_without_votes(library: sqlclap.Library) -> None:
    """Labels without votes or without examples say why there are no figures."""
    found: Any = library.labels.compare_models(*MODELS)
    rows = {(row.label, row.model): row for row in found}
    assert {label for label, _ in rows} == {"tone", "nothing said", "no examples"}
    assert "at least 10 accepted" in rows["nothing said", "good"].problem
    assert rows["nothing said", "good"].average_precision is None
    assert "no examples" in rows["no examples", "bad"].problem


def test_what_cannot_be_compared(library: sqlclap.Library) -> None:
    """One model twice, unknown models and unknown labels are errors."""
    with pytest.raises(QueryError, match="twice"):
        library.labels.compare_models("good", "good")
    with pytest.raises(UnknownModelError, match="good"):
        library.labels.compare_models("good", "third")
    with pytest.raises(UnknownLabelError):
        library.labels.compare_models(*MODELS, labels=["other"])


def test_resamples_keep_both_kinds_and_centre_on_the_whole() -> None:
    """Every resample has as many of either kind; without doubt there are no bounds."""
    accepted = np.arange(40) % 4 == 0
    drawn = _draws(np.random.default_rng(0), accepted)
    assert (drawn[:, accepted].sum(axis=1) == accepted.sum()).all()
    assert (drawn[:, ~accepted].sum(axis=1) == (~accepted).sum()).all()
    score = np.random.default_rng(1).normal(size=40) + accepted
    examples = Examples(score, np.full(40, np.inf), accepted, np.ones(40))
    found = _resampled(examples)
    assert found[0] == average_precision(examples)
    assert abs(found[1:].mean() - found[0]) < 0.1
    apart = Examples(accepted * 1.0, np.full(40, np.inf), accepted, np.ones(40))
    assert (_resampled(apart) == 1.0).all()


def test_rules_are_fitted_to_other_votes() -> None:
    """A vote passes by a rule that never saw it; what passes is as precise as asked for."""
    accepted = np.arange(200) % 2 == 0
    score = np.where(accepted, 0.9, 0.1) + np.linspace(0, 0.05, 200)
    examples = Examples(score, np.full(200, np.inf), accepted, np.ones(200))
    passes = cross_fitted_passes(examples, TargetPrecision(0.9, 1.64))
    assert passes is not None
    assert (passes & accepted).sum() >= accepted.sum() - FOLDS
    assert (passes & accepted).sum() / passes.sum() > 0.85


def test_the_command(voted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints a table, and all numbers as JSON."""
    monkeypatch.setenv("SQLCLAP_HOME", str(voted))
    arguments = ("models", "compare", str(voted / "library.db"), *MODELS)
    shown = succeed(*arguments)
    assert "better by" in shown
    assert "at least 10 accepted" in shown
    good, bad = rows_of(*arguments, "--label", "tone")
    assert good["better_by"] > 0 > bad["better_by"]
    assert "twice" in fail("models", "compare", str(voted / "library.db"), "good", "good")
