"""Annotation files are taken into a set as into one library of all its sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db.span_vectors import spans_lacking
from sqlclap.errors import PartialAnswerError, QueryError, SetError, UnknownSoundError
from sqlclap.exchange.library_annotations import AnnotationReport, ExportRequest, ImportRequest
from sqlclap.exchange.store import Kind
from sqlclap.shards import SetOptions, ShardSet, open_set
from tests.cli.running import fail, rows_of, run
from tests.support.annotation_files import TWICE, AnnotationFiles
from tests.support.heard_twins import HeardTwins

KINDS: tuple[Kind, ...] = ("votes", "anchors", "tags")
TABLES = ("labels", "samples", "votes", "anchors", "tags", "tag_runs", "embeddings")
ROWS = [f"SELECT * FROM {one} ORDER BY 1" for one in TABLES]  # noqa: S608


@pytest.fixture
def both(heard_twins: HeardTwins) -> Iterator[tuple[sqlclap.Library, ShardSet]]:
    with sqlclap.open(heard_twins.one) as library, open_set(heard_twins.set) as opened:
        yield library, opened


def taken(
    both: tuple[sqlclap.Library, ShardSet], files: list[Path], request: ImportRequest
) -> list[AnnotationReport]:
    return [one.annotations.take_in(files, request) for one in both]


def held(opened: sqlclap.Library | ShardSet) -> list[Any]:
    """All that is said, without ids."""
    return [
        (one.file, one.said, one.origin)
        for kind in KINDS
        for one in opened.annotations.find(ExportRequest(kind, all_verdicts=True))
    ]


def rows_in(opened: ShardSet) -> list[Any]:
    """All rows of the catalog that a second import could change."""
    catalog = opened.session.catalog.database
    return [catalog.execute(one).fetchall() for one in ROWS]


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_a_set_takes_in_what_one_library_does(
    both: tuple[sqlclap.Library, ShardSet], files: AnnotationFiles, kind: Kind | None
) -> None:
    library, opened = both
    before = rows_in(opened)
    told = taken(both, files.every, ImportRequest(kind, dry_run=True))
    assert asdict(told[1]) == asdict(told[0])
    assert rows_in(opened) == before
    reports = taken(both, files.every, ImportRequest(kind))
    assert asdict(reports[1]) == asdict(reports[0])
    assert reports[0].added > 4
    assert len(reports[0].recordings) == 3
    assert reports[0].without_vector == []
    assert held(opened) == held(library)
    found = [[(one.path, one.score) for one in each.labels.matches("hum", 9)] for each in both]
    assert [path for path, _ in found[1]] == [path for path, _ in found[0]]
    assert [score for _, score in found[1]] == pytest.approx([score for _, score in found[0]])
    after = rows_in(opened)
    again = taken(both, files.every, ImportRequest(kind))
    assert asdict(again[1]) == asdict(again[0])
    assert (again[1].added, again[1].known) == (0, reports[1].added + reports[1].known)
    assert rows_in(opened) == after


def test_runs_of_tags_are_told_and_undone(
    both: tuple[sqlclap.Library, ShardSet], files: AnnotationFiles
) -> None:
    library, opened = both
    before = held(opened)
    (_, report) = taken(both, [files.found], ImportRequest())
    assert (report.kind, report.added, len(report.runs)) == ("tags", 3, 2)
    assert sorted((one.path, one.label, one.confidence) for one in opened.labels.tags()) == sorted(
        (one.path, one.label, one.confidence) for one in library.labels.tags()
    )
    counts = [{row["name"]: row["tagged"] for row in one.labels.overview()} for one in both]
    assert counts[1] == counts[0]
    assert [one.labels.untag(run) for run in report.runs for one in both] == [2, 2, 1, 1]
    assert held(opened) == before == held(library)


TRACK = "loose/noise.Table.1.txt"
ASKED: tuple[tuple[str, str], ...] = (
    ("said.csv", "--dry-run"),
    ("said.csv found.BirdNET.results.csv", "--json"),
    ("said.csv", "--by-name --as anchors --json"),
    ("said.csv", "--label one --as tags --json"),
    ("said.csv", "--label-column notes --json"),  # then no field has the column of labels
    ("heard.csv", "--label-column notes --json"),
    ("named.csv", ""),  # a column is no field
    ("named.csv", "--column Sound=recording --keep-extra"),
    (TRACK, "--point 0.2 --json"),
    (TRACK, "--recording loose/tone.wav --json"),
    ("late.csv", ""),  # a row is behind its recording's end
    ("late.csv", "--clip --json"),
    ("said.csv late.csv", ""),
    ("none.csv", ""),
    ("said.csv", "--format raven"),
    (f"said.csv {TRACK}", "--json"),
)


def test_the_command_line_says_the_same(
    both: tuple[sqlclap.Library, ShardSet], heard_twins: HeardTwins, files: AnnotationFiles
) -> None:
    files.wrote("named.csv", "Sound,start_s,end_s,label,Observer\nloose/tone.wav,0,1,owl,me\n")
    files.wrote("heard.csv", "recording,notes\nloose/tone.wav,wood\nloose/noise.wav,rain\n")
    files.wrote("late.csv", "recording,start_s,end_s,label\nloose/tone.wav,0.5,1.5,late\n")
    exits = []
    for names, options in ASKED:
        given = [files.folder / "said" / one for one in names.split()]
        told = []
        for library in (heard_twins.one, heard_twins.set):
            result = run("annotations", "import", library, *given, *options.split())
            told.append((result.exit_code, result.stdout, result.stderr))
        assert told[1] == told[0], (names, options)
        exits.append(told[1][0])
    assert exits.count(1) == 6
    assert held(both[1]) == held(both[0])
    for library in (heard_twins.one, heard_twins.set):
        asked = (library, files.track, "--recording", "none.wav")
        assert "none.wav" in fail("annotations", "import", *asked)
    assert held(both[1]) == held(both[0])


class OneAway:
    """Twins of which the shard of a sound is away."""

    def __init__(self, twins: HeardTwins, files: AnnotationFiles) -> None:
        self.file = next(Path(one) for one in twins.whole if one.endswith("loose/tone.wav"))
        number = twins.whole[str(self.file)] >> 40
        others = (Path(one) for one, whole in twins.whole.items() if whole >> 40 != number)
        self.here = next(one for one in others if not str(one).endswith(TWICE))
        self.here_id = twins.whole[str(self.here)]
        with open_set(twins.set) as opened:
            self.shard = opened.shard(number)
        self.away = twins.folder / "away"
        self.shard.path.rename(self.away)
        names = (
            "loose/tone.wav",
            str(self.file),
            "/".join(self.here.parts[-2:]),
            str(self.here),
            "none.wav",
        )
        rows = "".join(f"{name},0.1,0.{at + 2},owl\n" for at, name in enumerate(names))
        self.table = files.wrote("some.csv", f"recording,start_s,end_s,label\n{rows}")
        self.left_out = [names[0], names[1], names[2], names[4]]

    def come_back(self) -> None:
        self.away.rename(self.shard.path)


@pytest.fixture
def one_away(heard_twins: HeardTwins, files: AnnotationFiles) -> OneAway:
    return OneAway(heard_twins, files)


def test_what_may_be_in_a_missing_shard_is_left_out_and_told(
    heard_twins: HeardTwins, one_away: OneAway
) -> None:
    """Only a whole path can't mean a sound that nobody can look at now."""
    number = one_away.shard.number
    result = run("annotations", "import", heard_twins.set, one_away.table)
    assert result.exit_code == 0
    assert f"missing shard {number}" in result.stderr
    assert "not in the library" not in result.stderr
    for name in one_away.left_out:
        told = f"{name}: 1 annotation: it may be in shard {number}, which is missing"
        assert f"left out: recording: {told}" in result.stderr
    with open_set(heard_twins.set) as opened:
        (vote,) = opened.labels.votes("owl")
        assert (vote.sample_id, vote.end_s) == (one_away.here_id, 0.5)
    one_away.come_back()
    whole = rows_of("annotations", "import", heard_twins.set, one_away.table)
    one = rows_of("annotations", "import", heard_twins.one, one_away.table)
    assert whole["recordings"] == one["recordings"]
    assert (whole["added"] + 1, whole["known"]) == (one["added"], 1)


def test_all_shards_can_be_required(heard_twins: HeardTwins, one_away: OneAway) -> None:
    with open_set(heard_twins.set) as opened:
        before = rows_in(opened)
    for more in ((), ("--dry-run",), ("--recording", str(one_away.here_id))):
        told = fail(
            "annotations", "import", heard_twins.set, one_away.table, "--require-all", *more
        )
        assert f"missing shard {one_away.shard.number}" in told
    with open_set(heard_twins.set, SetOptions(require_all=True)) as opened:
        with pytest.raises(PartialAnswerError):
            opened.annotations.take_in([one_away.table])
        assert rows_in(opened) == before
    with open_set(heard_twins.set) as opened:
        for shard in opened.shards:
            shard.path.unlink(missing_ok=True)
        with pytest.raises(PartialAnswerError):
            opened.annotations.take_in([one_away.table])


def test_a_recording_is_named_by_its_id_while_a_shard_is_missing(
    heard_twins: HeardTwins, one_away: OneAway, files: AnnotationFiles
) -> None:
    with open_set(heard_twins.set) as opened:
        take = opened.annotations.take_in
        report = take([files.track])
        assert report.added == 0
        assert "which is missing" in report.recordings[str(files.track)]
        path = "/".join(one_away.here.parts[-2:])
        for named in (path, "loose/tone.wav", str(one_away.file)):
            with pytest.raises(UnknownSoundError, match=f"shard {one_away.shard.number}"):
                take([files.track], ImportRequest(recording=named))
        for named in (str(one_away.here_id), str(one_away.here)):
            report = take([files.track], ImportRequest(recording=named))
            assert report.added + report.known == 1
        assert [one.sample_id for one in opened.labels.votes("hiss") if one.start_s == 0.1] == [
            one_away.here_id
        ]


def test_nothing_is_written_after_an_error(
    both: tuple[sqlclap.Library, ShardSet], files: AnnotationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even copies: whatever happens to the last sound."""
    from sqlclap.shards import catalog

    opened, written = both[1], list[int]()
    before, store = rows_in(opened), catalog.store_sound

    def break_off(*given: Any) -> int:
        if len(written) == 2:
            raise OSError("no room")
        written.append(store(*given))
        return written[-1]

    monkeypatch.setattr("sqlclap.shards.copies.store_sound", break_off)
    with pytest.raises(OSError, match="no room"):
        opened.annotations.take_in([files.said])
    assert rows_in(opened) == before
    with (
        open_set(opened.path, SetOptions(mode="read")) as reading,
        pytest.raises(SetError, match="for reading only"),
    ):
        reading.annotations.take_in([files.said])


def test_the_next_ingest_makes_vectors_that_an_import_could_not(
    both: tuple[sqlclap.Library, ShardSet], files: AnnotationFiles
) -> None:
    def refuse(*_: Any) -> None:
        raise QueryError("can't be read now")

    opened = both[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.search.spans._embed", refuse)
        report = opened.annotations.take_in([files.said])
        assert "site2/20240501_050000.wav@0.5-1.5" in report.without_vector
    catalog = opened.session.catalog.database
    assert spans_lacking(catalog, opened.session.model)
    opened.ingest()
    assert spans_lacking(catalog, opened.session.model) == []
