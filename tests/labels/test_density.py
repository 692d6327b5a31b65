"""Call density of a library: from review answers, by site and time, on every surface of Python."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sqlclap.db.spans import SampleSpan, optional_span
from sqlclap.errors import LabelValueError, NoAnchorsError, NotEnoughVotesError
from sqlclap.labels.density import CallDensity, as_groups
from sqlclap.labels.moment_review import MomentReviewRequest
from sqlclap.labels.review import Review
from sqlclap.labels.votes import CastVote, Verdict, cast_votes
from sqlclap.records import field_names, record
from sqlclap.sqlfunctions.adapters import register_functions
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import add_samples, windows_of

SOUNDS = 1_000
SITES = ("pond", "oak", None)


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    """An anchor at 0 degrees and 1,000 sounds; every tenth holds the label, and lies nearer."""
    rng = np.random.default_rng(4)
    degrees = np.where(held(), rng.normal(35, 10, SOUNDS), rng.normal(65, 10, SOUNDS))
    scene = make_scene(at_angles(0, *degrees))
    scene.label("wren", [1], threshold=0.7)
    return scene


def held() -> np.ndarray:
    return np.arange(SOUNDS) % 10 == 0


def answer(scene: LabelScene, n: int, seed: int = 1) -> None:
    """Answer a review truly: sample 2 is the first of the 1,000."""
    review = scene.labels.review("wren", n, seed=seed)
    answers: dict[tuple[Verdict, str], list[int]] = {}
    for item in review.items:
        verdict: Verdict = "accept" if held()[item.sample_id - 2] else "reject"
        answers.setdefault((verdict, item.stratum), []).append(item.sample_id)
    for (verdict, stratum), sample_ids in answers.items():
        scene.labels.vote(
            "wren", sample_ids, CastVote(verdict, "review", review.review_id, stratum)
        )


def place(scene: LabelScene) -> None:
    """Put the sounds at two sites, in June and July; of the last hundred nothing is known."""
    connection = scene.file.connection
    for number, site in enumerate(SITES[:2], start=1):
        row = (number, site, site)
        connection.execute(
            "INSERT INTO deployments (deployment_id, name, site) VALUES (?, ?, ?)", row
        )
    for sample in range(2, SOUNDS - 100):
        started = f"2024-0{6 + sample % 2}-01T05:30:00"
        connection.execute(
            "INSERT INTO recording_times (sample_id, started_at, time_source, deployment_id) "
            "VALUES (?, ?, 'name', ?)",
            (sample, started, 1 + sample // 500),
        )


def test_the_share_is_found_though_most_answers_are_about_high_scores(scene: LabelScene) -> None:
    answer(scene, 100)
    (found,) = scene.labels.density("wren")
    assert found.low <= 0.1 <= found.high
    assert found.high - found.low < 0.1
    assert found.low < found.density < found.high
    assert (found.total, found.votes) == (SOUNDS + 1, 100)
    assert found.accepted / found.votes > 0.2  # which is no estimate
    assert (found.site, found.month, found.level) == (None, None, 0.9)


def test_more_answers_narrow_it_until_all_is_known(scene: LabelScene) -> None:
    widths = []
    for n in (30, 200, SOUNDS):
        answer(scene, n, seed=n)
        (found,) = scene.labels.density("wren")
        widths.append(found.high - found.low)
    assert widths[0] > widths[1] > widths[2]
    assert found.low == found.high == pytest.approx(101 / 1001)  # the anchor holds it, too


def test_a_wider_level_is_a_wider_interval_and_a_seed_repeats_it(scene: LabelScene) -> None:
    answer(scene, 60)
    ((narrow,), (wide,)) = (scene.labels.density("wren", level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert [*scene.labels.density("wren", seed=3)] == [*scene.labels.density("wren", seed=3)]


def test_votes_that_somebody_picked_say_nothing_of_others(scene: LabelScene) -> None:
    answer(scene, 100)
    (before,) = scene.labels.density("wren")
    open_ones = scene.rows("SELECT sample_id FROM samples EXCEPT SELECT sample_id FROM votes")
    holding = [key for (key,) in open_ones if key > 1 and held()[key - 2]]
    scene.labels.vote("wren", holding, CastVote("accept", "page"))
    (after,) = scene.labels.density("wren")
    assert after.votes == 100
    assert after.low >= 101 / 1001 - 1e-9  # all of them are known now
    assert after.density == pytest.approx(before.density, abs=0.02)


def test_by_site_and_month_with_what_is_not_known_last(scene: LabelScene) -> None:
    place(scene)
    answer(scene, 100)
    found = scene.labels.density("wren", by=["month", "site"])
    assert [(one.site, one.month) for one in found] == [
        ("oak", "2024-06"), ("oak", "2024-07"), ("pond", "2024-06"), ("pond", "2024-07"),
        (None, None),
    ]  # fmt: skip
    assert sum(one.total for one in found) == SOUNDS + 1
    assert sum(one.votes for one in found) == 100
    for one in found:
        assert 0 <= one.low <= one.density <= one.high <= 1
    assert [one.hour for one in scene.labels.density("wren", by="hour")] == [5, None]


def test_what_cannot_be_estimated_is_told_with_the_next_step(scene: LabelScene) -> None:
    with pytest.raises(NotEnoughVotesError, match=r"have 0, need at least 10.*sqlclap review"):
        scene.labels.density("wren")
    scene.labels.vote("wren", [*range(2, 40)], CastVote("accept"))
    with pytest.raises(NotEnoughVotesError, match="that somebody picked"):
        scene.labels.density("wren")
    with pytest.raises(LabelValueError, match="expected any of site, deployment"):
        scene.labels.density("wren", by="site,moon")
    with pytest.raises(LabelValueError, match="level"):
        scene.labels.density("wren", level=1.0)
    scene.labels.add("empty")
    with pytest.raises(NoAnchorsError):
        scene.labels.density("empty")


def test_sql_tells_the_same_and_null_where_there_is_nothing_to_tell(scene: LabelScene) -> None:
    place(scene)
    register_functions(scene.file.connection)
    asks = "SELECT clap_density('wren', ?)"
    assert scene.rows(asks, None) == [(None,)]
    answer(scene, 40)
    ((told,),) = scene.rows(asks, '{"by": "site", "level": 0.8}')
    found = scene.labels.density("wren", "site", 0.8)
    assert json.loads(told) == [record(one, remote=True) for one in found]
    scene.labels.add("empty")
    assert scene.rows("SELECT clap_density('empty')") == [(None,)]
    with pytest.raises(Exception, match="expected options among by, level, moments"):
        scene.rows(asks, '{"per": "site"}')


def test_groups_are_named_in_one_order() -> None:
    assert as_groups("hour, site") == ("site", "hour")
    assert as_groups("") == as_groups(()) == ()
    assert {"site", "month", "hour"} < {*field_names(CallDensity)}


@pytest.fixture
def recordings(make_scene: MakeScene) -> LabelScene:
    """An anchor of one window, and 30 recordings of 20 windows; every tenth holds the label."""
    scene = make_scene(at_angles(0))
    rng = np.random.default_rng(6)
    degrees = np.where(held()[:600], rng.normal(30, 8, 600), rng.normal(65, 8, 600))
    parts = at_angles(*degrees).reshape(30, 20, 2)
    add_samples(scene.file, scene.model, [windows_of(part) for part in parts])
    scene.file.connection.execute("UPDATE samples SET duration_s = 20.0 WHERE sample_id > 1")
    scene.label("wren", [1], threshold=0.7)
    return scene


def answer_moments(scene: LabelScene, n: int) -> Review:
    review = scene.labels.review_moments(MomentReviewRequest("wren", n, seed=2))
    for item in review.items:
        assert item.start_s is not None
        window = (item.sample_id - 2) * 20 + int(item.start_s)
        verdict: Verdict = "accept" if held()[window] else "reject"
        vote = CastVote(verdict, "review", review.review_id, item.stratum)
        place = SampleSpan(item.sample_id, optional_span(item.start_s, item.end_s))
        # These sounds have no files, and spans get no vectors.
        cast_votes(scene.file.connection, scene.labels.get("wren"), [place], vote, None)
    return review


def test_the_share_of_windows_is_found_from_answers_about_windows(recordings: LabelScene) -> None:
    review = answer_moments(recordings, 50)
    assert {draw.unit for draw in review.draws} == {"moment"}
    (found,) = recordings.labels.density("wren", moments=True)
    assert (found.unit, found.total, found.votes) == ("moment", 601, 50)
    assert found.low <= 61 / 601 <= found.high
    assert found.high - found.low < 0.1
    with pytest.raises(NotEnoughVotesError, match="ask about sounds: have 0"):
        recordings.labels.density("wren")


def test_moments_are_not_asked_about_twice(recordings: LabelScene) -> None:
    seen = {(item.sample_id, item.start_s) for item in answer_moments(recordings, 40).items}
    again = {
        (item.sample_id, item.start_s)
        for item in recordings.labels.review_moments(MomentReviewRequest("wren", 40)).items
    }
    assert len(seen) == len(again) == 40
    assert not seen & again


@pytest.mark.parametrize("length", [1, 3])
def test_a_sound_that_does_not_hold_it_holds_it_nowhere(
    recordings: LabelScene, length: int
) -> None:
    """But where an answer says so: of a window alone, not of those that overlap it."""
    stretch = "UPDATE embeddings SET end_s = min(start_s + ?, 20) WHERE window_index IS NOT NULL"
    recordings.file.connection.execute(stretch, (length,))
    answer_moments(recordings, 50)
    recordings.labels.vote("wren", [*range(2, 32)], CastVote("reject"))
    (found,) = recordings.labels.density("wren", moments=True)
    yes = found.accepted + 1  # and the anchor
    assert found.low == found.high == pytest.approx(yes / 601)
