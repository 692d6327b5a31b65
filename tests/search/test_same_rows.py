"""Whatever is in the index, in the tail, gone or broken: every path gives the exact path's rows."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqlclap.finding.query import Query
from sqlclap.search.request import SearchOptions
from sqlclap.sqlfunctions.adapters import register_functions
from tests.support.indexed_library import walk_everywhere
from tests.support.mixed_library import BROKEN, LABELS, MixedLibrary

OPERATIONS: dict[str, Callable[[MixedLibrary], object]] = {
    "add": lambda mixed: mixed.add(9),
    "delete": lambda mixed: mixed.delete(4),
    "replace": lambda mixed: mixed.replace(3, lambda vector: vector),
    "of another length": lambda mixed: mixed.replace(3, lambda vector: 7 * vector),
    "promise": lambda mixed: mixed.promise(3),
    "keep promises": lambda mixed: mixed.keep_promises(),
    "lose": lambda mixed: mixed.lose(3),
    "make anew": lambda mixed: mixed.make_anew(),
    "stray": lambda mixed: mixed.stray(),
    "build": lambda mixed: mixed.library.index.build(),
    **{
        name: partial(MixedLibrary.replace, count=2, change=change)
        for name, change in BROKEN.items()
    },
}


@pytest.fixture(autouse=True)
def exact_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk so widely that a graph finds all: a difference is a fault."""
    from sqlclap.finding import ranking
    from sqlclap.search import index_search, planner

    walk_everywhere(monkeypatch)
    monkeypatch.setattr(ranking, "FIRST_CANDIDATES", 16)
    monkeypatch.setattr(planner, "FEW", 3)  # so that filters take the index, too
    monkeypatch.setattr(index_search, "POOL_MARGIN", 4)
    monkeypatch.setattr(index_search, "POOL", 16)  # fewer than there are


def answers(mixed: MixedLibrary, exact: bool) -> dict[str, Any]:
    """Ask by every way that can take the index; return rows with ids and scores."""
    library, asked = mixed.library, mixed.library.connection
    sample = mixed.some_usable()
    found: dict[str, Any] = {}
    plan = library.similar(sample, 12, SearchOptions(exact=exact)).plan
    assert (plan.path == "exact") == exact, str(plan)

    def rows(matches: Any) -> list[tuple[int, float]]:
        return [(one.sample_id, one.score) for one in matches]

    def places(moments: Any) -> list[tuple[int, float | None, float]]:
        return [(one.sample_id, one.start_s, one.score) for one in moments]

    options = {
        "plain": SearchOptions(exact=exact),
        "filter": SearchOptions(where="sample_id % 2", exact=exact),
        "page": SearchOptions(offset=7, exact=exact),
        "floor": SearchOptions(min_score=0.2, exact=exact),
        "label": SearchOptions(label="one", exact=exact),
    }
    for name, option in options.items():
        found[f"similar {name}"] = rows(library.similar(sample, 12, option))
        found[f"search {name}"] = rows(library.search("kick", 12, option))
        by_moment = replace(option, moments=True)
        found[f"moments {name}"] = places(library.similar(sample, 12, by_moment))
        found[f"find {name}"] = rows(library.find(composed(mixed), 12, option))
        found[f"find moments {name}"] = places(library.find(composed(mixed), 12, by_moment))
    register_functions(asked)
    text = json.dumps({"exact": exact, "where": "sample_id % 3"})
    for given_text in (text, json.dumps({"exact": exact, "offset": 3, "without": sample})):
        query = "SELECT clap_neighbors(clap_vector(?), 15, ?)"
        found[f"neighbors {given_text}"] = asked.execute(query, (sample, given_text)).get
        query = "SELECT * FROM clap_search(clap_vector(?), 9, ?)"
        found[f"clap_search {given_text}"] = asked.execute(query, (sample, given_text)).fetchall()
    for label in LABELS:
        matches = library.labels.matches(label, 15, exact=exact)
        found[f"matches {label}"] = [
            (one.sample_id, one.score, one.rival, one.gap, one.confidence) for one in matches
        ]
        query = "SELECT clap_matches(?, 15, ?)"
        found[f"clap_matches {label}"] = asked.execute(
            query, (label, json.dumps({"exact": exact}))
        ).get
        query = "SELECT * FROM clap_label_matches(?, 15, ?)"
        given_text = json.dumps({"exact": exact, "with_anchors": True})
        found[f"clap_label_matches {label}"] = asked.execute(query, (label, given_text)).fetchall()
    return found


def composed(mixed: MixedLibrary) -> Query:
    """Return a query of several terms, some of them of what is there."""
    one, *_, other = sorted(mixed.usable())
    query = Query().more("kick", 0.7).like(one).unlike(other, 1.5).less("snare", 0.5)
    return query.like_label("one", 0.5)


def without_flags(found: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("true", "false"): rows for name, rows in found.items()}


def check(mixed: MixedLibrary) -> None:
    by_index, exactly = answers(mixed, exact=False), answers(mixed, exact=True)
    assert without_flags(by_index) == without_flags(exactly)
    everything = mixed.usable()
    text = json.dumps(exactly)
    assert "NaN" not in text
    assert "Infinity" not in text
    # The oracle's oracle: numpy, on what was stored.
    sample = mixed.some_usable()
    scores = {i: float(v @ everything[sample]) for i, v in everything.items() if i != sample}
    best = sorted(scores.values(), reverse=True)[:12]
    told = [score for _, score in exactly["similar plain"]]
    assert told == pytest.approx(best, abs=1e-5)
    for label in LABELS:
        run = mixed.library.labels.tag(tag_request(label))[0]
        matches = mixed.library.labels.matches(label, 10_000, confidence="high", with_anchors=True)
        assert run.tagged == len(matches)
        asked = mixed.library.connection.execute
        for match in matches:
            assert asked("SELECT clap_score(?, ?)", (label, match.sample_id)).get == match.score
    moments = mixed.library.similar(sample, 20, SearchOptions(moments=True))
    assert np.isfinite([one.score for one in moments]).all()
    for group in mixed.library.duplicates(0.999):
        assert np.isfinite([sound.score for sound in group.sounds]).all()
    assert set(mixed.copies()) <= {
        pair
        for group in mixed.library.duplicates(0.999)
        for pair in mixed.pairs_of([sound.sample_id for sound in group.sounds])
    }


def tag_request(label: str) -> Any:
    from sqlclap.labels.tagging import TagRequest

    return TagRequest((label,), "high", dry_run=True)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**16), st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=6))
def test_every_path_gives_the_exact_rows(
    fake_bundle: Path, seed: int, operations: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mixed = MixedLibrary(Path(folder) / "sounds.db", fake_bundle, seed)
        try:
            mixed.add(80)
            mixed.label()
            mixed.library.index.build()
            for operation in operations:
                OPERATIONS[operation](mixed)
            check(mixed)
        finally:
            mixed.close()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_kind_of_change_by_itself(fake_bundle: Path, tmp_path: Path, name: str) -> None:
    mixed = MixedLibrary(tmp_path / "sounds.db", fake_bundle, 7)
    mixed.add(60)
    mixed.label()
    mixed.library.index.build()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(mixed)
        OPERATIONS[name](mixed)
        check(mixed)
        mixed.library.index.build()
        check(mixed)
    mixed.close()
