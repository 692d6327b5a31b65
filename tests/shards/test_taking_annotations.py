"""Annotation files are taken into a set as into one library of all its sounds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.db.span_vectors import spans_lacking
from sqlclap.errors import PartialAnswerError, QueryError, SetError, UnknownSoundError
from sqlclap.exchange.library_annotations import AnnotationReport, ExportRequest, ImportRequest
from sqlclap.exchange.store import Kind
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.annotation_jobs import FindNearest
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from tests.cli.running import fail, rows_of, run
from tests.shards.conftest import TWICE
from tests.shards.test_nodes import TOKEN, Nodes, node_process, url_of
from tests.support.heard_twins import HeardTwins
from tests.support.twin_libraries import Twins

HEADING = "recording,start_s,end_s,label,verdict,confidence,low_hz,high_hz,notes\n"
SAID = f"""site2/20240501_050000.wav,0.5,1.5,owl,,0.9,300,900,far
site2/20240501_070000.wav,0.25,1.25,fox,,,,,
loose/tone.wav,,,owl,reject,,,,
loose/noise.wav,0.25,0.75,hum,unsure,,,,
/mnt/elsewhere/other/{TWICE},0.1,0.3,hum,,,,,from another machine
{TWICE},0,1,hum,,,,,which of the two?
elsewhere/20240503_050000.flac,0,0.5,owl,,,,,
none.wav,0,1,owl,,,,,
loose/tone.wav,0.1,0.2,,,,,,
"""
FOUND = (
    "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
    "0.0,1.0,Strix aluco,Tawny Owl,0.9123,/mnt/site2/20240501_050000.wav\n"
    "1.0,3.0,Strix aluco,Tawny Owl,0.5,/mnt/site1/20240501_060000.wav\n"
    "0.0,1.0,Vulpes vulpes,Fox,0.7,/mnt/loose/noise.wav\n"
)
KINDS: tuple[Kind, ...] = ("votes", "anchors", "tags")
TABLES = ("labels", "samples", "votes", "anchors", "tags", "tag_runs", "embeddings")
ROWS = [f"SELECT * FROM {one} ORDER BY 1" for one in TABLES]  # noqa: S608


class Files:
    """Annotation files beside twins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = self.wrote("said.csv", HEADING + SAID)
        self.found = self.wrote("found.BirdNET.results.csv", FOUND)
        self.track = self.wrote("loose/noise.Table.1.txt", "0.1\t0.4\thiss\n0.5\t0.5\tclick\n")

    def wrote(self, name: str, text: str) -> Path:
        file = self.folder / "said" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def every(self) -> list[Path]:
        return [self.said, self.found, self.track]


SPAN_VECTORS = """
SELECT s.path, v.start_s, v.end_s, v.vector
FROM span_vectors AS v JOIN samples AS s USING (sample_id)
ORDER BY 1, 2, 3
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


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
    both: tuple[sqlclap.Library, ShardSet], files: Files, kind: Kind | None
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
    both: tuple[sqlclap.Library, ShardSet], files: Files
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
    both: tuple[sqlclap.Library, ShardSet], heard_twins: HeardTwins, files: Files
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

    def __init__(self, twins: HeardTwins, files: Files) -> None:
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
def one_away(heard_twins: HeardTwins, files: Files) -> OneAway:
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
    heard_twins: HeardTwins, one_away: OneAway, files: Files
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
    both: tuple[sqlclap.Library, ShardSet], files: Files, monkeypatch: pytest.MonkeyPatch
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
    both: tuple[sqlclap.Library, ShardSet], files: Files
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


def test_recordings_at_nodes_are_found_and_copied(
    tmp_path: Path, fake_bundle: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = Twins(tmp_path, fake_bundle)
    twins.add(30, seed=3)
    nodes = Nodes(twins, tmp_path / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    paths = [one.path for one in twins.sounds[:9]]
    table = files.wrote(
        "nodes.csv",
        "recording,start_s,end_s,label,verdict\n"
        + "".join(f"{path},,,owl,\n" for path in paths[:6])
        + f"/archive/{paths[6]},,,owl,reject\n"
        + f"/mnt/{paths[7]},0.1,0.5,owl,\nelsewhere/00008.wav,,,owl,\nnone.wav,,,owl,\n",
    )
    with nodes.open() as opened:
        found, _ = opened.session.ask(FindNearest((paths[0], f"/archive/{paths[6]}")))
        assert str(found.answers).count("/archive") == 1  # the folder that was named
        for kind in ("anchors", "votes"):
            reports = [
                one.annotations.take_in([table], ImportRequest(kind))
                for one in (twins.library, opened)
            ]
            assert asdict(reports[1]) == asdict(reports[0])
            assert (reports[1].added, len(reports[1].without_vector)) == (8, 1)
        told = [
            [(one.path, one.polarity, one.start_s) for one in each.labels.anchors("owl")]
            for each in (twins.library, opened)
        ]
        assert told[1] == told[0]
        matches = [
            [(one.path, one.score) for one in each.labels.matches("owl", 20)]
            for each in (twins.library, opened)
        ]
        assert [path for path, _ in matches[1]] == [path for path, _ in matches[0]]
    nodes.close()
    twins.close()


@pytest.fixture
def afar(heard_twins: HeardTwins, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The twins' set, whose shards all lie at a node."""
    content = read_set(heard_twins.set)
    shards = tuple(replace(one, node="left") for one in content.shards)
    write_set(heard_twins.set, replace(content, shards=shards))
    process = node_process(heard_twins.set, "left", Path(content.model))
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    opener = heard_twins.folder / "elsewhere"
    opener.mkdir()
    shutil.copy(heard_twins.folder / content.catalog, opener)
    nodes = (("left", url_of(process)),)
    write_set(opener / "set.toml", replace(content, shards=shards, nodes=nodes))
    yield opener / "set.toml"
    process.terminate()
    process.wait(30)
    assert process.stdout is not None
    process.stdout.close()


def test_spans_at_nodes_get_vectors_of_exactly_that_audio(
    heard_twins: HeardTwins, afar: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node reads the files; this process can't."""

    def refuse(*_: Any) -> None:
        raise QueryError("the file is elsewhere")

    with sqlclap.open(heard_twins.one) as library, open_set(afar) as opened:
        given, request = [files.said, files.found], ImportRequest("anchors")
        wanted = library.annotations.take_in(given, request)
        monkeypatch.setattr("sqlclap.search.spans._embed", refuse)
        report = opened.annotations.take_in(given, request)
        assert asdict(report) == asdict(wanted)
        assert report.without_vector == []
        databases = (library.connection, opened.session.catalog.database)
        rows: list[list[Any]] = [one.execute(SPAN_VECTORS).fetchall() for one in databases]
    assert [row[:3] for row in rows[1]] == [row[:3] for row in rows[0]]
    vectors = [np.stack([np.frombuffer(row[3], np.float32) for row in some]) for some in rows]
    assert len(vectors[0]) > 4
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-4)  # of another process
