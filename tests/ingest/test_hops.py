"""Windows that overlap, and windows of another length: each choice is a version of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import IngestError, ModelError
from sqlclap.models.bundle import open_bundle
from sqlclap.models.windowing import set_windows
from tests.cli.running import fail, rows_of, succeed
from tests.support.altered_bundle import copy_bundle, read_contract
from tests.support.fake_bundle import WINDOW_S, write_contract
from tests.support.sounds import RATE, noise, tone, write_sound

HOP_S = WINDOW_S / 2
SPANS = """
    SELECT e.start_s, e.end_s FROM embeddings AS e JOIN models AS m USING (model_id)
    WHERE m.is_default AND e.window_index IS NOT NULL ORDER BY e.sample_id, e.window_index
"""
POOLED = """
    WITH weighted AS (
        SELECT e.sample_id, n.key AS place, sum((e.end_s - e.start_s) * n.value) AS total
        FROM embeddings AS e JOIN vec_{model} AS v USING (embedding_id),
            json_each(vec_to_json(v.vector)) AS n
        WHERE e.model_id = {model} AND e.window_index IS NOT NULL GROUP BY e.sample_id, n.key
    )
    SELECT min(1 - vec_distance_cosine(v.vector, (
        SELECT vec_f32(json_group_array(w.total ORDER BY w.place)) FROM weighted AS w
        WHERE w.sample_id = e.sample_id
    )))
    FROM embeddings AS e JOIN vec_{model} AS v USING (embedding_id)
    WHERE e.window_index IS NULL AND e.sample_id IN (SELECT sample_id FROM weighted)
"""


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Two and a bit seconds with a noise that begins between two windows, and a short sound."""
    folder = tmp_path / "scenes"
    scene = np.concatenate([tone(440, 0.75), noise(2, WINDOW_S), tone(440, 0.9)])
    write_sound(folder / "scene.wav", scene)
    write_sound(folder / "short.wav", tone(220, 0.3))
    return folder


@pytest.fixture
def flexible(fake_bundle: Path, tmp_path: Path) -> Path:
    """A model that takes windows of several lengths."""
    folder = copy_bundle(fake_bundle, tmp_path / "flexible")
    document = read_contract(folder)
    document["name"] = "flexible"
    document["front_end"] |= {"window_range": {"shortest_s": 0.25, "longest_s": 1.0}}
    write_contract(folder, document)
    return folder


def default_version(library: sqlclap.Library) -> str:
    return next(row["model_version"] for row in library.info().models if row["is_default"])


def hop(seconds: float | None = HOP_S, window_s: float | None = None) -> sqlclap.IngestOptions:
    return sqlclap.IngestOptions(hop_s=seconds, window_s=window_s)


def test_windows_overlap_and_a_sound_is_still_the_mean_by_seconds(
    library: sqlclap.Library, scenes: Path
) -> None:
    report = library.ingest([scenes], hop())

    starts = [start for start, _ in library.connection.execute(SPANS)]
    assert starts == [number * HOP_S for number in range(8)]
    last = library.connection.execute(SPANS).fetchall()[-1]
    assert last == (1.75, pytest.approx(2.15))
    assert library.connection.execute(POOLED.format(model=1)).get == pytest.approx(1, abs=1e-6)
    assert (report.window_s, report.hop_s, report.is_default) == (WINDOW_S, HOP_S, True)


def test_a_moment_between_two_windows_is_found_where_it_is(
    library: sqlclap.Library, scenes: Path, tmp_path: Path
) -> None:
    asked = write_sound(tmp_path / "asked.wav", noise(3, WINDOW_S))
    library.ingest([scenes], hop())
    best = library.similar(asked, 1, sqlclap.SearchOptions(moments=True))[0]
    assert isinstance(best, sqlclap.Moment)
    assert (best.start_s, best.end_s) == (0.75, 1.25)


def test_a_library_keeps_its_hop(library: sqlclap.Library, scenes: Path, fake_bundle: Path) -> None:
    library.ingest([scenes], hop())
    version = default_version(library)
    assert version == library.encoder.bundle.model_version
    assert version != open_bundle(fake_bundle).model_version
    write_sound(scenes / "later.wav", noise(5, 1.2))
    with sqlclap.open(library.path, model=str(fake_bundle)) as later:
        report = later.ingest([scenes])
        assert (report.new, report.embedded, report.hop_s) == (1, 0, HOP_S)
        assert default_version(later) == version
        assert [row["model_version"] for row in later.info().models] == [version]
        assert later.backlog() == 0
        assert later.similar("later.wav", 5)


def test_another_hop_is_another_version_and_never_mixed(
    library: sqlclap.Library, scenes: Path, fake_bundle: Path
) -> None:
    library.ingest([scenes])
    plain = default_version(library)
    assert plain == open_bundle(fake_bundle).model_version

    report = library.ingest([scenes], hop())
    assert (report.embedded, report.is_default) == (2, True)
    assert default_version(library) == report.model_version != plain
    windows = {row["hop_s"]: row["windows"] for row in library.info().models}
    assert windows == {WINDOW_S: 4, HOP_S: 8}
    found = library.search("kick", 20, sqlclap.SearchOptions(moments=True))
    assert len(found) == 8 + 1  # of this version's windows only

    back = library.ingest([scenes], hop(WINDOW_S))  # nothing to do: those vectors are there
    assert (back.embedded, back.model_version, back.is_default) == (0, plain, True)
    with sqlclap.open(library.path, model=str(fake_bundle)) as later:
        assert later.ingest([scenes]).hop_s == WINDOW_S


def test_a_version_that_not_all_sounds_have_is_told_and_not_searched(
    library: sqlclap.Library, scenes: Path, tmp_path: Path
) -> None:
    library.ingest([scenes])
    write_sound(tmp_path / "more" / "a.wav", noise(1, 1.2))
    library.ingest([tmp_path / "more"])
    plain = default_version(library)
    report = library.ingest([tmp_path / "more"], hop())
    assert (report.embedded, report.is_default, report.waiting) == (1, False, 2)
    assert default_version(library) == plain
    assert library.ingest(options=hop()).is_default
    assert default_version(library) == report.model_version


def test_vectors_without_the_option_stay_what_they_were(
    library: sqlclap.Library, scenes: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    library.ingest([scenes])
    with sqlclap.open(tmp_path / "other.db", model=str(fake_bundle)) as other:
        other.ingest([scenes], hop(WINDOW_S, WINDOW_S))
        vectors = "SELECT vector FROM vec_1 ORDER BY embedding_id"
        expected = library.connection.execute(vectors).fetchall()
        assert other.connection.execute(vectors).fetchall() == expected
        assert default_version(other) == default_version(library)


def test_a_window_is_another_length_where_the_model_allows_it(
    tmp_path: Path, scenes: Path, flexible: Path
) -> None:
    with sqlclap.open(tmp_path / "flexible.db", model=str(flexible)) as library:
        library.ingest([scenes], hop(0.2, 0.4))
        spans = library.connection.execute(SPANS).fetchall()
        assert spans[:2] == [(0.0, pytest.approx(0.4)), (pytest.approx(0.2), pytest.approx(0.6))]
    with sqlclap.open(tmp_path / "flexible.db", model=str(flexible)) as library:
        report = library.ingest([scenes])
        assert (report.window_s, report.hop_s, report.unchanged) == (0.4, 0.2, 2)
        with pytest.raises(ModelError, match=r"window of 0.25 to 1 s for flexible, got 2 s"):
            library.ingest([scenes], hop(None, 2.0))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_no_such_hop(seconds: float) -> None:
    with pytest.raises(IngestError, match="expected a hop of more than 0 seconds"):
        hop(seconds)


def test_what_a_model_does_not_take_is_refused(library: sqlclap.Library, scenes: Path) -> None:
    with pytest.raises(ModelError, match=r"expected a hop of 0.01 to 0.5 s.*got 0.6 s"):
        library.ingest([scenes], hop(0.6))
    with pytest.raises(ModelError, match=r"fake takes windows of 0.5 s only, got 1 s: leave"):
        library.ingest([scenes], hop(None, 1.0))
    assert library.info().models == []


def test_a_choice_and_back_is_the_model_itself(fake_bundle: Path) -> None:
    shipped = open_bundle(fake_bundle)
    chosen = set_windows(shipped, hop_s=0.1)
    assert set_windows(chosen, hop_s=WINDOW_S).canonical == shipped.canonical
    assert set_windows(chosen, hop_s=0.1) is chosen
    assert set_windows(chosen, hop_s=0.2) == set_windows(shipped, hop_s=0.2)
    assert chosen.contract.front_end.hop_samples == RATE // 10


def test_the_command_line_sets_the_hop_and_tells_it(
    tmp_path: Path, scenes: Path, fake_bundle: Path
) -> None:
    file, model = str(tmp_path / "cli.db"), ["--model", str(fake_bundle)]
    told = succeed("ingest", file, str(scenes), "--hop", "0.25", *model)
    assert "windows of 0.5 s, one every 0.25 s" in told
    report = rows_of("ingest", file, *model)
    assert (report["hop_s"], report["unchanged"]) == (0.25, 2)
    info = rows_of("info", file)["models"][0]
    assert (info["window_s"], info["hop_s"]) == (WINDOW_S, 0.25)
    assert "0.25 s" in succeed("info", file)
    listed = {row["name"]: row for row in rows_of("models", "list")}
    assert listed["sqlclap-mini"]["window_s"] == listed["sqlclap-mini"]["hop_s"] == 2.5
    assert "takes windows of 0.5 s only" in fail("ingest", file, "--window", "0.3", *model)
