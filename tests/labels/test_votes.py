"""Votes: the last one counts, removing one undoes it, and none is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.errors import LabelValueError, UnknownRunError
from sqlclap.labels.votes import VERDICTS, CastVote, Verdict
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.patience import PATIENCE_S, be_patient

PROCESSES, VOTES_EACH = 4, 25


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    scene = make_scene(at_angles(0, 10, 20, 30, 80))
    scene.label("kick", [1], threshold=0.9)
    scene.label("snare", [5])
    return scene


def found(scene: LabelScene) -> list[int]:
    return [match.sample_id for match in scene.labels.matches("kick", 9)]


def test_a_vote_keeps_what_was_scored_when_it_was_cast(scene: LabelScene) -> None:
    scene.labels.vote("kick", [2], CastVote("accept", "cli"))
    scene.labels.add_anchors("kick", [5])
    (vote,) = scene.labels.votes("kick")
    assert (vote.verdict, vote.source) == ("accept", "cli")
    assert vote.score == pytest.approx(0.9848, abs=1e-4)  # cos 10 degrees
    assert vote.gap == pytest.approx(0.9848 - 0.3420, abs=1e-4)  # cos 70 degrees


def test_rejected_pairs_never_come_back(scene: LabelScene) -> None:
    assert found(scene) == [2, 3, 4, 5]
    scene.labels.vote("kick", [2, 4], CastVote("reject"))
    assert found(scene) == [3, 5]
    assert [m.sample_id for m in scene.labels.matches("kick", 9, with_anchors=True)] == [1, 3, 5]
    assert {2, 4} <= {match.sample_id for match in scene.labels.matches("snare", 9)}


def test_the_last_vote_is_in_force(scene: LabelScene) -> None:
    for verdict in ("reject", "accept", "unsure"):
        scene.labels.vote("kick", [2], CastVote(verdict))
    assert [vote.in_force for vote in scene.labels.votes("kick")] == [0, 0, 1]
    assert 2 in found(scene)


def test_removing_a_vote_undoes_its_effect(scene: LabelScene) -> None:
    before = scene.labels.matches("kick", 9)
    scene.labels.vote("kick", [2], CastVote("accept"))
    (vote,) = scene.labels.vote("kick", [2], CastVote("reject"))
    scene.labels.withdraw(vote)
    assert scene.labels.matches("kick", 9) == before
    assert [vote.verdict for vote in scene.labels.votes("kick")] == ["accept"]
    assert scene.labels.withdraw_pairs("kick", [2]) == 1
    assert scene.labels.votes("kick") == []
    with pytest.raises(UnknownRunError, match="no vote"):
        scene.labels.withdraw(vote)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([2, 3, 4]), st.sampled_from(VERDICTS), st.booleans()), max_size=8
    )
)
def test_votes_that_were_removed_might_never_have_been(
    tmp_path_factory: pytest.TempPathFactory, votes: list[tuple]
) -> None:
    def scene_with(cast: list[tuple]) -> tuple[LabelScene, list[int]]:
        path = tmp_path_factory.mktemp("votes") / "library.db"
        scene = LabelScene(path, at_angles(0, 10, 20, 30, 80))
        scene.label("kick", [1], threshold=0.9)
        ids = [scene.labels.vote("kick", [one[0]], CastVote(one[1]))[0] for one in cast]
        return scene, ids

    scene, ids = scene_with(votes)
    for vote_id, (_, _, kept) in zip(ids, votes, strict=True):
        if not kept:
            scene.labels.withdraw(vote_id)
    other, _ = scene_with([vote for vote in votes if vote[2]])
    assert found(scene) == found(other)
    verdicts = "SELECT sample_id, verdict FROM label_verdicts ORDER BY sample_id"
    assert scene.rows(verdicts) == other.rows(verdicts)
    scene.file.close()
    other.file.close()


def test_votes_make_no_anchors(scene: LabelScene) -> None:
    scene.labels.vote("kick", [2, 3], CastVote("accept"))
    assert len(scene.labels.anchors("kick")) == 1


def test_an_unknown_verdict_stores_nothing(scene: LabelScene) -> None:
    with pytest.raises(LabelValueError, match="expected one of accept"):
        scene.labels.vote("kick", [2], CastVote("maybe"))  # type: ignore[arg-type]  # there is none
    assert scene.labels.votes("kick") == []


def _vote_often(path: Path, sample_id: int) -> None:
    import sqlclap

    be_patient()
    with sqlclap.open(path, mode="write") as library:
        for number in range(VOTES_EACH):
            verdict: Verdict = "accept" if number % 2 else "reject"
            library.labels.vote("kick", [sample_id], CastVote(verdict, f"process {sample_id}"))


def test_votes_of_several_processes_at_once_lose_nothing(scene: LabelScene) -> None:
    scene.file.close()
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_vote_often, args=(scene.file.path, 1 + number))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=PATIENCE_S)
        assert process.exitcode == 0
    import sqlclap

    with sqlclap.open(scene.file.path, mode="read") as library:
        votes = library.labels.votes("kick")
    assert len(votes) == PROCESSES * VOTES_EACH
    for number in range(PROCESSES):
        own = [vote for vote in votes if vote.sample_id == 1 + number]
        assert [vote.verdict for vote in own] == ["reject", "accept"] * 12 + ["reject"]
        assert {vote.source for vote in own} == {f"process {1 + number}"}
