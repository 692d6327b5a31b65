"""Answers that mean little say so, alike on every path and surface."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sqlclap
from sqlclap.db.stored_models import default_model
from sqlclap.models.vocabulary import taught_vocabulary
from sqlclap.search.background import Background, Backgrounds, refresh_background
from sqlclap.search.judgement import Doubt, in_words, judge_sound
from sqlclap.search.request import SearchOptions
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import run, succeed
from tests.support.sounds import noise, write_sound

DRUMS = Path(__file__).parents[2] / "demo" / "sounds" / "drums"
KNOWN = ["kick", "deep boomy kick", "tight snare hit", "closed hi-hat", "crash cymbal", "808"]
NONSENSE = {
    "xyzzy qwfp": "unknown_words",
    "кот": "unknown_words",
    "parliamentary budget debate": "unfamiliar",
    "rain": "below_background",
    "dog bark": "below_background",
    "violin": "below_background",
}


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """A library of drums alone, made by the embedded model."""
    with sqlclap.open(tmp_path_factory.mktemp("drums") / "drums.db") as library:
        library.ingest([DRUMS])
        yield library


@pytest.fixture
def copy(drums: sqlclap.Library, tmp_path: Path) -> Iterator[sqlclap.Library]:
    """A copy of it, to be written to."""
    drums.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with sqlclap.open(shutil.copyfile(drums.path, tmp_path / "copy.db")) as library:
        yield library


@pytest.mark.parametrize("words", KNOWN)
def test_what_the_library_holds_is_not_doubted(drums: sqlclap.Library, words: str) -> None:
    matches = drums.search(words, 3)
    assert matches.doubt is None
    assert not any(match.weak for match in matches)


@pytest.mark.parametrize("words", NONSENSE)
def test_nonsense_and_what_is_absent_are_doubted(drums: sqlclap.Library, words: str) -> None:
    matches = drums.search(words, 5)
    assert [doubt.code for doubt in matches.doubts] == [NONSENSE[words]]
    assert all(match.weak for match in matches)
    moments = drums.search(words, 5, SearchOptions(moments=True))
    assert moments.doubts == matches.doubts
    assert all(moment.weak for moment in moments)


@pytest.mark.parametrize("words", ["door slam", "crowd cheering"])
def test_what_is_hardly_above_chance_is_told(drums: sqlclap.Library, words: str) -> None:
    matches = drums.search(words, 5)
    assert matches.doubts[0].code in ("near_background", "below_background")


def test_unknown_words_are_named(drums: sqlclap.Library) -> None:
    (doubt,) = drums.search("xyzzy qwfp").doubts
    assert doubt.text.startswith("no word of this is known to sqlclap-mini; ")
    assert doubt.text.count("sqlclap models pull larger_clap_general") == 1
    assert doubt.words == ("xyzzy", "qwfp")
    partly = drums.search("snare plimfo")
    assert partly.doubt == "of these words sqlclap-mini doesn't know: plimfo"
    assert not partly[0].weak


def test_a_text_that_is_cut_says_so(drums: sqlclap.Library) -> None:
    matches = drums.search("kick " * 200)
    assert [doubt.code for doubt in matches.doubts] == ["cut"]
    assert not matches[0].weak


@given(
    words=st.sampled_from([*KNOWN, *NONSENSE]),
    offset=st.integers(0, 30),
    limit=st.integers(1, 20),
    exact=st.booleans(),
)
def test_every_path_and_page_judges_alike(
    indexed: sqlclap.Library, words: str, offset: int, limit: int, exact: bool
) -> None:
    whole = indexed.search(words, 60, SearchOptions(exact=True))
    page = indexed.search(words, limit, SearchOptions(offset=offset, exact=exact))
    assert page.plan.path == ("exact" if exact else "graph")
    assert page.doubts == whole.doubts
    weak = {match.sample_id: match.weak for match in whole}
    assert [match.weak for match in page if match.sample_id in weak] == [
        weak[match.sample_id] for match in page if match.sample_id in weak
    ]


@pytest.fixture(scope="module")
def indexed(
    drums: sqlclap.Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sqlclap.Library]:
    """The drums with an index, which newer sounds follow."""
    drums.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = tmp_path_factory.mktemp("indexed") / "drums.db"
    with sqlclap.open(shutil.copyfile(drums.path, file)) as library:
        library.index.build()
        library.ingest([DRUMS.parent / "percussion" / "elec_wood.ogg"])
        yield library


def test_a_sound_unlike_the_library_is_doubted(copy: sqlclap.Library, tmp_path: Path) -> None:
    rumble = np.cumsum(noise(1, seconds=2.0)).astype(np.float32)
    strange = write_sound(tmp_path / "rumble.wav", rumble / np.abs(rumble).max())
    matches = copy.similar(strange, 5)
    floor = _background(copy).neighbour_floor
    assert floor is not None
    codes = [doubt.code for doubt in matches.doubts]
    assert codes == (["unlike_library"] if matches[0].score < min(floor, 0.759) else [])
    own = [copy.similar(key, 1).doubts for key in range(1, 20)]
    assert sum(map(bool, own)) <= 2


def test_a_sound_is_judged_by_the_librarys_own_neighbours() -> None:
    near = {key: 0.8 + key / 1000 for key in range(100)}
    background = Background("", 100, 0, 100, near, None, None)
    (doubt,) = judge_sound(-1.0, background, 0.7).doubts
    assert doubt.code == "unlike_library"
    assert judge_sound(-1.0, background, 0.9).doubts == ()
    assert judge_sound(0.6, background, 0.7).doubts == ()  # the contract's limit is lower
    few = Background("", 3, 0, 3, {1: 0.9, 2: 0.9, 3: 0.9}, None, None)
    assert judge_sound(-1.0, few, 0.1).doubts == ()


def test_a_background_that_is_not_stored_judges_alike(copy: sqlclap.Library) -> None:
    said = {words: copy.search(words).doubts for words in [*KNOWN, *NONSENSE]}
    copy.connection.execute("DELETE FROM query_background")
    assert {words: copy.search(words).doubts for words in said} == said


def test_what_comes_is_added_and_equals_comparing_all_again(copy: sqlclap.Library) -> None:
    before = _background(copy)
    copy.ingest([DRUMS.parent / "percussion" / "elec_wood.ogg"])
    added = _background(copy)
    assert (added.sounds, added.added) == (before.sounds, 1)
    copy.connection.execute("DELETE FROM query_background")
    assert refresh_background(copy.connection, default_model(copy.connection), copy.encoder)
    again = _background(copy)
    assert added.tops is not None
    assert again.tops is not None
    assert added.tops == pytest.approx(again.tops, abs=1e-5)
    assert again.added == 0
    assert not refresh_background(copy.connection, default_model(copy.connection), copy.encoder)


def test_much_that_comes_is_heard_at_once(copy: sqlclap.Library) -> None:
    assert copy.search("choir aahs").doubt
    copy.ingest([DRUMS.parent / "ambient"])
    assert copy.search("choir aahs").doubt is None


def test_many_that_go_are_forgotten(copy: sqlclap.Library) -> None:
    copy.ingest([DRUMS.parent / "ambient"])
    copy.connection.execute("DELETE FROM samples WHERE path LIKE '%choir%' OR path LIKE '%ambi%'")
    copy.ingest()
    assert copy.search("choir aahs").doubts or _background(copy).added


def test_vectors_that_are_no_numbers_spoil_nothing(copy: sqlclap.Library) -> None:
    bad = np.full(256, np.nan, dtype="<f4").tobytes()
    copy.connection.execute("UPDATE vec_1 SET vector = ? WHERE embedding_id = 1", (bad,))
    copy.connection.execute("DELETE FROM query_background")
    background = copy.session.cache(Backgrounds).of(
        copy.connection, default_model(copy.connection), copy.encoder
    )
    chance = background.chance()
    assert chance is not None
    assert np.isfinite(chance).all()


def test_sql_tells_the_same(drums: sqlclap.Library) -> None:
    register_functions(drums.connection)
    for words in [*KNOWN, *NONSENSE, "snare plimfo"]:
        matches = drums.search(words, 3)
        said = drums.connection.execute("SELECT clap_doubt(?)", (words,)).get
        assert said == matches.doubt
        rows = drums.connection.execute(
            "SELECT sample_id, weak, doubt FROM clap_search(?, 3)", (words,)
        ).fetchall()
        assert rows == [(one.sample_id, int(one.weak), matches.doubt) for one in matches]
    vector = "SELECT weak, doubt FROM clap_search(clap_vector(1), 1)"
    assert drums.connection.execute(vector).fetchall() == [(None, None)]
    assert drums.connection.execute("SELECT clap_doubt(NULL)").fetchone() == (None,)


def test_other_drivers_tell_the_same(drums: sqlclap.Library) -> None:
    driver = pytest.importorskip("pysqlite3", reason="this driver can load extensions")
    connection: sqlite3.Connection = driver.connect(str(drums.path))
    register_functions(connection)
    for words in ("kick", *NONSENSE):
        (said,) = connection.execute("SELECT clap_doubt(?)", (words,)).fetchone()
        assert said == drums.search(words, 1).doubt


def test_the_command_line_says_it_beside_what_programs_read(drums: sqlclap.Library) -> None:
    table = succeed("search", drums.path, "xyzzy qwfp")
    assert table.startswith("Doubtful: no word of this is known to sqlclap-mini; ")
    ended = run("search", drums.path, "xyzzy qwfp", "--json")
    assert all(row["weak"] for row in json.loads(ended.stdout))
    assert "Doubtful: no word of this is known to sqlclap-mini" in ended.stderr
    assert "Doubtful" not in succeed("search", drums.path, "kick")


def test_no_anchors_come_of_words_that_mean_nothing(copy: sqlclap.Library) -> None:
    ended = run("label", "suggest", copy.path, "xyzzy qwfp", "--label", "x", "--anchor-first", "2")
    assert ended.exit_code == 1
    assert "no anchors were made: no word of this is known" in ended.stderr
    assert [label.name for label in copy.labels.overview()] == []
    suggested = copy.labels.suggest(["xyzzy qwfp"], 3)
    assert suggested.doubt
    assert suggested.doubt.startswith("no word of this is known to sqlclap-mini")
    assert all(one.weak for one in suggested)


def test_names_that_the_model_does_not_know_are_told_when_sorting(drums: sqlclap.Library) -> None:
    ended = run("classify", drums.path, "--labels", "kick,snare,xyzzy", "--json")
    assert "Doubtful: xyzzy: no word of this is known to sqlclap-mini" in ended.stderr
    assert "kick" not in ended.stderr


def _background(library: sqlclap.Library) -> Background:
    from sqlclap.search.background import stored_background

    found = stored_background(library.connection, default_model(library.connection))
    assert found is not None
    return found


def test_another_model_is_named_once() -> None:
    hint = "; `sqlclap models pull larger_clap_general` installs a model that may know it"
    one = Doubt("unknown_words", f"kick: unknown{hint}")
    other = Doubt("unfamiliar", f"snare: unfamiliar{hint}")
    told = in_words([one, other])
    assert told == f"{one.text}; snare: unfamiliar"


def test_what_was_read_otherwise_is_told(drums: sqlclap.Library) -> None:
    matches = drums.search("eine große Trommel", 3)
    assert [(doubt.code, doubt.words) for doubt in matches.doubts] == [
        ("read_as", ("große Trommel",))
    ]
    assert matches.doubt == "read große Trommel as kick"
    assert [match.sample_id for match in matches] == [
        match.sample_id for match in drums.search("kick", 3)
    ]
    assert not any(match.weak for match in matches)


def test_what_the_model_hardly_tells_from_others_is_weak(drums: sqlclap.Library) -> None:
    weak = sorted(taught_vocabulary(drums.encoder.bundle).weak)
    assert weak
    matches = drums.search(f"long {weak[0]}", 3)
    assert matches.doubts[0].code == "weakly_taught"
    assert all(match.weak for match in matches)
