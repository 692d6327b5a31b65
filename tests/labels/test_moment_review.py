"""Reviews of moments: what is drawn, how it is asked about, and what the answers stand for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.audio.decode import open_audio
from sqlclap.audio.excerpt import Excerpt, excerpt_wav
from sqlclap.cli import programs
from sqlclap.cli import review as review_command
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import read_transaction
from sqlclap.errors import AudioDecodeError, QueryError
from sqlclap.labels.labelled_examples import Origin, read_draws, read_votes, vote_weights
from sqlclap.labels.moment_review import MomentReviewRequest
from sqlclap.labels.review import Draw
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.recordings.deployment_file import Deployment
from tests.cli.running import fail, rows_of
from tests.support.sounds import RATE, noise, tone, write_sound

LONG_S = 12.0
MOMENTS = "SELECT count(*) FROM embeddings WHERE window_index IS NOT NULL"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """Long recordings at two sites, with a call at known seconds, and a short sound."""
    folder = tmp_path_factory.mktemp("moments")
    for number, site in enumerate(("pond", "oak")):
        sound = 0.05 * noise(number, LONG_S)
        sound[round(3.0 * RATE) : round(5.0 * RATE)] += tone(440.0, 2.0)
        write_sound(folder / "sounds" / site / f"2024050{number + 1}_053000.wav", sound)
    write_sound(folder / "sounds" / "short.wav", tone(445.0, 0.5))
    with sqlclap.open(folder / "birds.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.deployments.put([Deployment("pond", site="Pond"), Deployment("oak", site="Oak")])
        library.labels.add("call", threshold=0.5)
        library.labels.add_anchors("call", [("pond/20240501_053000.wav", Span(3.0, 5.0))])
    return folder / "birds.db"


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(made, tmp_path / "birds.db"))


@pytest.fixture
def library(path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(path, model=str(fake_bundle), mode="write") as opened:
        yield opened


def spans(review: sqlclap.labels.review.Review) -> list[tuple[int, Span]]:
    return [(one.sample_id, Span(one.start_s or 0.0, one.end_s or 0.0)) for one in review.items]


def test_windows_of_long_sounds_and_short_sounds_are_asked_about(library: sqlclap.Library) -> None:
    windows = library.connection.execute(MOMENTS).get
    review = library.labels.review_moments(MomentReviewRequest("call", 500, seed=1))
    asked = spans(review)
    assert len(asked) == len(set(asked))
    paths = {one.path for one in review.items}
    assert "short.wav" in paths
    assert {draw.unit for draw in review.draws} == {"moment"}
    places = {sample.path: sample.sample_id for sample in library.samples()}
    own = places["pond/20240501_053000.wav"]
    decided = [one for one in windows_of(library, own) if speaks_for(Span(3.0, 5.0), one)]
    assert decided
    assert not {(own, one) for one in decided} & set(asked)
    assert len(asked) == windows + 1 - len(decided)


def windows_of(library: sqlclap.Library, sample_id: int) -> list[Span]:
    query = "SELECT start_s, end_s FROM embeddings WHERE sample_id = ? AND window_index IS NOT NULL"
    return [Span(*row) for row in library.connection.execute(query, (sample_id,))]


def test_nobody_is_asked_about_a_moment_twice(library: sqlclap.Library) -> None:
    first = library.labels.review_moments(MomentReviewRequest("call", 4, seed=2))
    for item, place in zip(first.items, spans(first), strict=True):
        vote = sqlclap.CastVote("reject", "review", first.review_id, item.stratum)
        library.labels.vote("call", [place], vote)
    again = library.labels.review_moments(MomentReviewRequest("call", 500, seed=3))
    assert not set(spans(first)) & set(spans(again))


def test_a_share_of_what_is_detected_is_drawn_of_each_site(library: sqlclap.Library) -> None:
    library.labels.change("call", threshold=0.0)
    everything = library.labels.review_moments(MomentReviewRequest("call", 500))
    review = library.labels.review_moments(MomentReviewRequest("call", share=0.5, seed=1))
    by_stratum = {draw.stratum: draw for draw in review.draws}
    assert set(by_stratum) == {"site Oak", "site Pond", "site none"}
    for draw in review.draws:
        assert draw.drawn == -(-draw.population // 2)
    reaching = [item for item in everything.items if item.score >= 0.0]
    assert sum(draw.population for draw in review.draws) == len(reaching)
    sites = {"Oak": "oak/", "Pond": "pond/", "none": "short"}
    for item in review.items:
        assert item.path.startswith(sites[item.stratum.removeprefix("site ")])
    library.labels.change("call", threshold=0.999999)
    with pytest.raises(QueryError, match="every moment that reaches its threshold of 'call'"):
        library.labels.review_moments(MomentReviewRequest("call", share=1.0, only=only("Oak")))


def only(site: str) -> sqlclap.Filter:
    return sqlclap.Filter(site=site)


def test_filters_narrow_what_is_asked_about(library: sqlclap.Library) -> None:
    review = library.labels.review_moments(MomentReviewRequest("call", 500, only=only("oak")))
    assert {one.path for one in review.items} == {"oak/20240502_053000.wav"}


@pytest.mark.parametrize(
    ("given", "says"),
    [({"n": 0}, "at least 1"), ({"share": 0.0}, "share above 0"), ({"share": 1.5}, "up to 1")],
)
def test_what_can_not_be_drawn_is_refused(given: dict[str, float], says: str) -> None:
    with pytest.raises(QueryError, match=says):
        MomentReviewRequest("call", **given)  # type: ignore[arg-type]


def test_answers_stand_for_moments_and_not_for_sounds(library: sqlclap.Library) -> None:
    """Their weights add up to the moments there are; what is said of sounds stays apart."""
    library.labels.change("call", threshold=0.0)
    review = library.labels.review_moments(MomentReviewRequest("call", share=1.0))
    for item, place in zip(review.items, spans(review), strict=True):
        vote = sqlclap.CastVote("accept", "review", review.review_id, item.stratum)
        library.labels.vote("call", [place], vote)
    with read_transaction(library.connection) as database:
        scorer = scorer_of(library.session)
        label_id = scorer.labels[0].label_id
        on_spans = read_votes(database, scorer, label_id, on_spans=True)
        on_sounds = read_votes(database, scorer, label_id, on_spans=False)
    assert len(on_spans.sample_ids) == len(review.items)
    assert on_spans.weights == pytest.approx(1.0)
    assert on_sounds.sample_ids == []


def test_draws_of_moments_and_of_sounds_do_not_count_for_each_other() -> None:
    sounds = [Draw("random", 0.0, 1.0, 100, 10)]
    moments = [Draw("random", 0.0, 1.0, 1000, 10, "moment")]
    sites = [Draw("site a", 0.4, 1.0, 40, 4, "moment"), Draw("site b", 0.4, 1.0, 80, 8, "moment")]
    origins = [Origin(1, "random", 0.5)] * 10 + [Origin(2, "random", 0.1)] * 10
    weights = vote_weights(origins, {1: sounds, 2: moments})
    assert weights[:10] == pytest.approx(10.0)
    assert weights[10:] == pytest.approx(100.0)
    of_site = [Origin(3, "site a", 0.5)] * 4 + [Origin(3, "site b", 0.5)] * 8
    assert vote_weights(of_site, {3: sites}) == pytest.approx(10.0)
    stored = read_draws([(1, '[{"stratum":"top","low":0,"high":1,"population":3,"drawn":1}]')])
    assert stored[1][0].unit == "sound"  # as an older library has them


def test_the_terminal_tells_nothing_before_the_answer(
    library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = iter("pynbuq")
    seen: list[str] = []

    def press() -> str:
        seen.append(capsys.readouterr().out)
        return next(keys)

    heard: list[tuple[int, float]] = []

    def play(command: list[str]) -> None:
        sound, rate = soundfile.read(command[-1])
        heard.append((rate, len(sound) / rate))

    monkeypatch.setattr(click, "getchar", press)
    monkeypatch.setattr(programs, "run_program", play)
    review = library.labels.review_moments(MomentReviewRequest("call", 6, seed=4))
    assert review_command.ask_all(library, review, ("player",), pad_s=0.5) == 2
    first = seen[0].splitlines()[-1]
    assert first.startswith("1/6  a moment of ")
    assert not any(one.path in first or f"{one.score:.3f}" in first for one in review.items)
    item = review.items[0]
    assert f"accept: {item.path}@{item.start_s:g}-{item.end_s:g}  score" in seen[2]
    votes = library.labels.votes("call")
    assert [(vote.verdict, vote.start_s, vote.end_s) for vote in votes] == [
        ("accept", item.start_s, item.end_s),
        ("unsure", review.items[1].start_s, review.items[1].end_s),
    ]
    assert all(vote.score is not None for vote in votes)
    length = (item.end_s or 0) - (item.start_s or 0)
    assert heard[0] == heard[1]
    assert length - 0.01 <= heard[0][1] <= length + 1.01


def test_the_command_prints_its_queue(path: Path) -> None:
    asked = ("review", path, "call", "--moments", "--seed", "1")
    review = rows_of(*asked, "-n", "3", "--site", "pond")
    assert [item["path"] for item in review["items"]] == ["pond/20240501_053000.wav"] * 3
    assert {"start_s", "end_s"} <= set(review["items"][0])
    shared = rows_of(*asked, "--share", "1")
    assert {draw["stratum"].split()[0] for draw in shared["draws"]} == {"site"}
    assert "expected a share" in fail(*asked, "--share", "2", "--json")
    for option in (("--share", "0.1"), ("--pad", "2"), ("--site", "pond")):
        assert "add --moments" in fail("review", path, "call", *option, "--json")


def test_an_excerpt_is_the_span_with_what_lies_around_it(made: Path) -> None:
    file = made.parent / "sounds" / "pond" / "20240501_053000.wav"
    whole, rate = soundfile.read(file, dtype="float32")
    for start_s, end_s, pad_s in ((3.0, 5.0, 1.0), (0.2, 1.0, 1.0), (11.0, 12.0, 2.0)):
        with open_audio(file) as stream:
            content = excerpt_wav(stream, Excerpt(start_s, end_s, pad_s))
        (file.parent / "cut.wav.tmp").write_bytes(content)
        sound, own = soundfile.read(file.parent / "cut.wav.tmp", dtype="float32")
        first, last = max(start_s - pad_s, 0), min(end_s + pad_s, LONG_S)
        expected = whole[round(first * rate) : round(last * rate)]
        assert own == rate
        assert np.allclose(sound, expected, atol=2 / 32768)
    with open_audio(file) as stream, pytest.raises(AudioDecodeError, match="could only be decoded"):
        excerpt_wav(stream, Excerpt(13.0, 14.0))
