"""Annotations of other programs become votes, anchors and tags, and leave again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import AnnotationError, UnknownLabelError, UnknownSoundError
from sqlclap.exchange.library_annotations import AnnotationReport, ExportRequest, ImportRequest
from sqlclap.exchange.placing import PlacingOptions
from sqlclap.exchange.reading import ReadOptions
from tests.cli.running import fail, rows_of, run, succeed
from tests.exchange.conftest import Write, long_sound
from tests.support.sounds import write_sound

OWLS = """recording,start_s,end_s,label,verdict,confidence,low_hz,high_hz,notes
site1/dawn.wav,1.5,4.25,owl,,0.9,300,900,=far
site1/dawn.wav,5,6,fox,,,,,
site1/dusk.wav,0.125,2,owl,reject,,,,
site2/dawn.wav,,,owl,unsure,,,,
"""
VOTES = """
SELECT s.path, l.name, v.start_s, v.end_s, v.verdict
FROM votes AS v JOIN labels AS l USING (label_id) JOIN samples AS s USING (sample_id)
ORDER BY v.vote_id
"""
PATHS = "SELECT sample_id, path FROM samples ORDER BY 1"
EVERYTHING = ("SELECT * FROM votes", "SELECT * FROM anchors", "SELECT * FROM tags")


def ask(library: sqlclap.Library, query: str) -> list[Any]:
    return library.connection.execute(query).fetchall()


def counts(report: AnnotationReport) -> tuple[int, int, int, int]:
    return report.annotations, report.added, report.known, report.labels


def test_annotations_become_votes(birds: sqlclap.Library, wrote: Write) -> None:
    report = birds.annotations.take_in([wrote("owls.csv", OWLS)])
    assert (report.kind, counts(report)) == ("votes", (4, 4, 0, 2))
    assert ask(birds, VOTES) == [
        ("site1/dawn.wav", "owl", 1.5, 4.25, "accept"),
        ("site1/dawn.wav", "fox", 5.0, 6.0, "accept"),
        ("site1/dusk.wav", "owl", 0.125, 2.0, "reject"),
        ("site2/dawn.wav", "owl", None, None, "unsure"),
    ]
    details = "SELECT found_score, low_hz, high_hz, notes, source FROM votes WHERE vote_id = 1"
    assert ask(birds, details) == [(0.9, 300.0, 900.0, "=far", "import")]


def test_taking_in_twice_changes_nothing(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("owls.csv", OWLS)
    for kind in ("votes", "anchors", "tags"):
        request = ImportRequest(kind=kind)
        first = birds.annotations.take_in([file], request)
        held = [ask(birds, query) for query in EVERYTHING]
        again = birds.annotations.take_in([file, file], request)
        assert (again.added, again.known, again.runs) == (0, 2 * first.added, [])
        assert held == [ask(birds, query) for query in EVERYTHING]


def test_what_was_said_since_stays(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("owls.csv", OWLS)
    birds.annotations.take_in([file])
    succeed("vote", str(birds.path), "owl", "reject", "site1/dawn.wav@1.5-4.25")
    birds.annotations.take_in([file])
    found = birds.annotations.find(ExportRequest(labels=["owl"], all_verdicts=True))
    assert [one.said.verdict for one in found] == ["reject", "reject", "unsure"]


def test_annotations_become_anchors_that_score(birds: sqlclap.Library, wrote: Write) -> None:
    report = birds.annotations.take_in([wrote("owls.csv", OWLS)], ImportRequest(kind="anchors"))
    assert (report.added, report.no_anchors, report.without_vector) == (3, 1, [])
    anchors = birds.labels.anchors("owl")
    assert [(one.path, one.start_s, one.polarity, one.state) for one in anchors] == [
        ("site1/dawn.wav", 1.5, "positive", "ok"),
        ("site1/dusk.wav", 0.125, "negative", "ok"),
    ]
    assert len(birds.labels.matches("owl")) > 0


def test_what_a_program_found_becomes_tags_that_can_be_undone(
    birds: sqlclap.Library, wrote: Write
) -> None:
    text = (
        "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
        "0.0,3.0,Strix aluco,Tawny Owl,0.9123,/mnt/site1/dusk.wav\n"
        "6.0,9.0,Strix aluco,Tawny Owl,0.5,/mnt/site1/dusk.wav\n"  # its program filled it up
    )
    report = birds.annotations.take_in([wrote("dusk.BirdNET.results.csv", text)])
    assert (report.kind, report.added) == ("tags", 2)
    tags = "SELECT start_s, end_s, found_score, more FROM tags ORDER BY start_s"
    more = '{"Scientific name": "Strix aluco"}'
    assert ask(birds, tags) == [(0.0, 3.0, 0.9123, more), (6.0, 6.5, 0.5, more)]
    found = birds.annotations.find(ExportRequest(kind="tags"))
    assert [(one.said.confidence, one.origin) for one in found] == [(0.9123, "tag"), (0.5, "tag")]
    assert birds.labels.untag(report.runs[0]) == 2
    assert birds.annotations.find(ExportRequest(kind="tags")) == []
    assert birds.annotations.take_in([wrote("dusk.BirdNET.results.csv", text)]).added == 2


def test_a_persons_tags_are_by_hand(birds: sqlclap.Library, wrote: Write) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)], ImportRequest(kind="tags"))
    assert ask(birds, "SELECT DISTINCT confidence FROM tags") == [("hand",)]
    assert {run.confidence for run in birds.labels.runs()} == {"hand"}


def test_files_of_people_and_programs_can_be_taken_in_together(
    birds: sqlclap.Library, wrote: Write
) -> None:
    heading = "INDIR,FOLDER,IN FILE,OFFSET,DURATION"
    found = wrote("id.csv", f"{heading},TOP1MATCH\n,site1,dawn.wav,1,2,owl-1\n")
    report = birds.annotations.take_in([wrote("owls.csv", OWLS), found])
    assert (report.kind, report.added, len(report.runs)) == ("votes, tags", 5, 1)


def test_a_dry_run_writes_nothing(birds: sqlclap.Library, wrote: Write) -> None:
    before = ask(birds, "SELECT * FROM labels"), ask(birds, "SELECT * FROM votes")
    report = birds.annotations.take_in([wrote("owls.csv", OWLS)], ImportRequest(dry_run=True))
    assert counts(report) == (4, 4, 0, 2)
    assert (ask(birds, "SELECT * FROM labels"), ask(birds, "SELECT * FROM votes")) == before


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("site1/dawn.wav,7,9,owl", r"bad\.csv, line 3: .* ends at 8 s, got 7 to 9 s; --clip"),
        ("site1/dawn.wav,9,10,owl", r"bad\.csv, line 3: .* ends at 8 s, got 9 to 10 s$"),
        ("site1/dawn.wav,3,2,owl", r"bad\.csv, line 3: expected an end after the start"),
        ("site1/dawn.wav,nan,2,owl", r"bad\.csv, line 3: expected a number for start_s"),
        ("site1/dawn.wav,1,1.0000001,owl", r"bad\.csv, line 3: expected a span of a microsecond"),
    ],
)
def test_after_one_bad_row_nothing_is_written(
    row: str, message: str, birds: sqlclap.Library, wrote: Write
) -> None:
    good = wrote("good.csv", OWLS)
    bad = wrote("bad.csv", f"recording,start_s,end_s,label\nsite1/dawn.wav,1,2,owl\n{row}\n")
    with pytest.raises(AnnotationError, match=message):
        birds.annotations.take_in([good, bad])
    assert ask(birds, "SELECT * FROM votes, labels") == []
    line = fail("annotations", "import", birds.path, good, bad)
    assert "bad.csv, line 3: " in line


def test_spans_are_cut_at_the_end_where_asked_for(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("a.csv", "recording,start_s,end_s,label\nsite1/dawn.wav,7,9,owl\n")
    request = ImportRequest(placing=PlacingOptions(clip=True))
    assert birds.annotations.take_in([file], request).added == 1
    assert ask(birds, "SELECT start_s, end_s FROM votes") == [(7.0, 8.0)]


def test_what_can_not_be_placed_is_told(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote(
        "a.csv",
        "recording,start_s,end_s,label\nnoon.wav,1,2,owl\ndawn.wav,1,2,owl\ndawn.wav,2,3,owl\n"
        "elsewhere/dusk.wav,1,2,owl\nsite1/dusk.wav,1,2,\nsite1/dusk.wav,3,4,fox\n",
    )
    report = birds.annotations.take_in([file])
    assert report.added == 1
    assert report.recordings == {
        "noon.wav": "1 annotation: not in the library",
        "dawn.wav": "2 annotations: 2 recordings could be meant; --recording says which",
        "elsewhere/dusk.wav": (
            "1 annotation: only site1/dusk.wav is called so; --by-name takes it for that"
        ),
    }
    assert report.unlabelled == ["a.csv, line 6"]
    again = birds.annotations.take_in([file], ImportRequest(by_name=True))
    assert (again.added, again.known, [*again.recordings]) == (1, 1, ["noon.wav", "dawn.wav"])
    chosen = birds.annotations.take_in([file], ImportRequest(recording="site2/dawn.wav"))
    assert (chosen.added, [*chosen.recordings]) == (2, ["noon.wav", "elsewhere/dusk.wav"])
    where = "SELECT DISTINCT path FROM votes JOIN samples USING (sample_id) WHERE end_s < 3.5"
    assert {path for (path,) in ask(birds, where)} >= {"site2/dawn.wav"}
    assert "site1/dawn.wav" not in {path for (path,) in ask(birds, where)}


def test_label_tracks_are_about_the_recording_called_like_them(
    birds: sqlclap.Library, wrote: Write
) -> None:
    dusk = wrote("tracks/dusk.Table.1.txt", "1.0\t2.0\towl\n2.5\t2.5\tclick\n")
    dawn = wrote("site2/dawn.txt", "0.5\t1.0\towl\n")
    unknown = wrote("noon.txt", "0.5\t1.0\towl\n")
    report = birds.annotations.take_in([dusk, dawn, unknown])
    assert [row[:4] for row in ask(birds, VOTES)] == [
        ("site1/dusk.wav", "owl", 1.0, 2.0),
        ("site2/dawn.wav", "owl", 0.5, 1.0),
    ]
    assert report.points == ["dusk.Table.1.txt, line 2"]
    assert [*report.recordings.values()] == ["1 annotation: not in the library"]


def test_points_get_a_length_where_asked_for(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("dusk.txt", "0.25\t0.25\tclick\n3.0\t3.0\tclick\n")
    request = ImportRequest(placing=PlacingOptions(point_s=1.0))
    assert birds.annotations.take_in([file], request).points == []
    assert ask(birds, "SELECT start_s, end_s FROM votes") == [(0.0, 0.75), (2.5, 3.5)]
    with pytest.raises(AnnotationError, match="expected a length for points"):
        PlacingOptions(point_s=0.0)


def test_a_recording_can_be_named(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("selections.txt", "1.0\t2.0\tanything\n")
    request = ImportRequest(recording="site2/dawn.wav", reading=ReadOptions(label="owl"))
    birds.annotations.take_in([file], request)
    assert ask(birds, VOTES) == [("site2/dawn.wav", "owl", 1.0, 2.0, "accept")]
    assert ask(birds, "SELECT notes FROM votes") == [("anything",)]
    with pytest.raises(UnknownSoundError):
        birds.annotations.take_in([file], ImportRequest(recording="noon.wav"))
    with pytest.raises(AnnotationError, match="names 2 recordings"):
        birds.annotations.take_in([file], ImportRequest(recording="*dawn.wav"))


@pytest.mark.parametrize("name", ["csv", "parquet", "raven"])
def test_a_library_is_given_out_and_taken_in_again(
    name: str, birds: sqlclap.Library, wrote: Write, tmp_path: Path, fake_bundle: Path
) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)])
    everything = ExportRequest(all_verdicts=True)
    file = tmp_path / f"out.{name}"
    assert birds.annotations.write(file, name, everything) == 4
    with sqlclap.open(tmp_path / "other.db", model=str(fake_bundle)) as other:
        other.ingest([tmp_path / "field"])
        report = other.annotations.take_in([file])
        assert (report.added, report.recordings) == (4, {})
        mine, theirs = birds.annotations.find(everything), other.annotations.find(everything)
        if name != "raven":  # it knows no sounds as a whole
            assert [one.said for one in mine] == [one.said for one in theirs]
        assert [one.said for one in mine[:3]] == [one.said for one in theirs[:3]]
        assert theirs[3].said.verdict == "unsure"


def test_each_recording_gets_a_file_in_a_folder(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path
) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)])
    assert birds.annotations.write(f"{tmp_path}/tracks/", "audacity") == 2
    (file,) = (tmp_path / "tracks").rglob("*.txt")
    assert file.relative_to(tmp_path).as_posix() == "tracks/site1/dawn.txt"
    assert file.read_text() == (
        "1.500000\t4.250000\towl\n\\\t300.000000\t900.000000\n5.000000\t6.000000\tfox\n"
    )


def test_what_to_give_out_can_be_chosen(birds: sqlclap.Library, wrote: Write) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)])
    find = birds.annotations.find
    assert [one.said.label for one in find()] == ["owl", "fox"]
    assert [one.said.label for one in find(ExportRequest(labels=["fox"]))] == ["fox"]
    assert find(ExportRequest(labels=["fox", "owl"])) == find()
    assert find(ExportRequest(recording="site2/dawn.wav")) == []
    assert len(find(ExportRequest(recording="site1/*", all_verdicts=True))) == 3
    with pytest.raises(UnknownLabelError):
        find(ExportRequest(labels=["wolf"]))
    with pytest.raises(AnnotationError, match="expected one of votes, anchors, tags"):
        ExportRequest(kind="matches")  # type: ignore[arg-type]


def test_paths_are_whole_where_a_program_opens_them(birds: sqlclap.Library, wrote: Write) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)])
    text = birds.annotations.text("raven")
    assert str(birds.path.parent / "field" / "site1" / "dawn.wav") in text
    assert str(birds.path.parent) not in birds.annotations.text("csv")
    assert str(birds.path.parent) not in birds.annotations.text(
        "raven", ExportRequest(absolute=False)
    )


def test_recordings_called_alike_are_told_apart_and_come_back(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path
) -> None:
    """Recorders call their files alike; here the folders of two are sources of their own."""
    write_sound(tmp_path / "AM1/0530.wav", long_sound(7, 4.0))
    write_sound(tmp_path / "AM2/0530.wav", long_sound(8, 4.0))
    birds.ingest([tmp_path / "AM1", tmp_path / "AM2"])
    birds.labels.add("owl")
    one, other = (key for key, path in ask(birds, PATHS) if path == "0530.wav")
    birds.labels.vote("owl", [f"{one}@1-2", f"{other}@2-3"], sqlclap.CastVote("accept"))
    with pytest.raises(AnnotationError, match="is of one recording, and these are of 2"):
        birds.annotations.text("audacity")
    birds.annotations.write(tmp_path / "all.csv")
    birds.annotations.write(f"{tmp_path}/tracks/", "audacity")
    tracks = sorted((tmp_path / "tracks").rglob("*.txt"))
    assert [file.parent.name for file in tracks] == ["AM1", "AM2"]
    for files in ([tmp_path / "all.csv"], tracks):
        report = birds.annotations.take_in(files)
        assert (report.annotations, report.recordings) == (2, {})
    said = ask(birds, "SELECT DISTINCT sample_id, start_s FROM votes ORDER BY 1")
    assert said == [(one, 1.0), (other, 2.0)]


def test_recordings_called_alike_in_folders_of_one_source_come_back(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path
) -> None:
    """A copy kept in a folder below: the path of the one ends the path of the other."""
    for place in ("0530.wav", "kept/0530.wav", "kept/more/0530.wav"):
        write_sound(tmp_path / "AM1" / place, long_sound(len(place), 4.0))
    birds.ingest([tmp_path / "AM1"])
    birds.labels.add("owl")
    ids = [key for key, path in ask(birds, PATHS) if path.endswith("0530.wav")]
    spans = [f"{key}@{number}-{number + 1}" for number, key in enumerate(ids)]
    birds.labels.vote("owl", spans, sqlclap.CastVote("accept"))
    said = ask(birds, "SELECT sample_id, start_s FROM votes ORDER BY 1")
    birds.annotations.write(tmp_path / "all.csv")
    birds.annotations.write(f"{tmp_path}/tracks/", "audacity")
    birds.annotations.write(f"{tmp_path}/tables/", "csv")
    for files in (
        [tmp_path / "all.csv"],
        sorted((tmp_path / "tracks").rglob("*.txt")),
        sorted((tmp_path / "tables").rglob("*.csv")),
    ):
        report = birds.annotations.take_in(files)
        assert (report.annotations, report.recordings) == (3, {})
    assert ask(birds, "SELECT DISTINCT sample_id, start_s FROM votes ORDER BY 1") == said


def test_cells_that_a_spreadsheet_would_calculate_are_guarded(
    birds: sqlclap.Library, wrote: Write
) -> None:
    birds.annotations.take_in([wrote("owls.csv", OWLS)])
    rows = [*csv.DictReader(birds.annotations.text("csv").splitlines())]
    assert [row["notes"] for row in rows] == ["'=far", ""]


def test_the_command_line_takes_in_and_gives_out(
    birds: sqlclap.Library, wrote: Write, tmp_path: Path
) -> None:
    library, file = birds.path, wrote("owls.csv", OWLS)
    shown = succeed("annotations", "import", library, file, "--dry-run")
    assert (
        shown
        == "4 annotations in 1 file: would become 4 new votes, 2 new labels; 0 there already\n"
    )
    report = rows_of("annotations", "import", library, file)
    assert (report["added"], report["labels"], report["recordings"]) == (4, 2, {})
    out = tmp_path / "out.csv"
    assert succeed("annotations", "export", library, out, "--all-verdicts") == (
        f"4 annotations written to {out}\n"
    )
    assert len(out.read_text().splitlines()) == 5
    told = rows_of(
        "annotations", "export", library, tmp_path / "x.selections.txt", "--label", "fox"
    )
    assert told == {"annotations": 1, "place": str(tmp_path / "x.selections.txt")}
    assert "--format" in fail("annotations", "export", library, tmp_path / "out.doc")
    formats = json.loads(succeed("annotations", "formats", "--json"))
    assert [one["format"] for one in formats] == [
        "audacity", "birdnet", "csv", "kaleidoscope", "parquet", "raven",
    ]  # fmt: skip


def test_the_command_line_names_what_is_left_out(birds: sqlclap.Library, wrote: Write) -> None:
    file = wrote("a.csv", "Sound,start_s,end_s,label\nnoon.wav,1,2,owl\n")
    said = run("annotations", "import", birds.path, file, "--column", "Sound=recording")
    assert said.exit_code == 0
    assert said.stderr == "left out: recording: noon.wav: 1 annotation: not in the library\n"
    assert "expected HEADING=FIELD" in fail(
        "annotations", "import", birds.path, file, "--column", "Sound"
    )
