"""Annotation files of other programs are read, and what is written is read back the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sqlclap.errors import AnnotationError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.formats import (
    FORMATS,
    find_format,
    format_of_name,
    read_annotations,
    write_annotations,
)
from sqlclap.exchange.reading import ReadOptions

DAWN = Recording("site1/dawn.wav", 60.0, 32_000)
DUSK = Recording("site1/dusk.wav", 30.5, 32_000)
OWLS = [
    Annotation("owl", DAWN, 1.5, 4.25, confidence=0.9, low_hz=300.0, high_hz=900.0),
    Annotation("fox, red", DAWN, 10.0, 12.0, notes="far = away"),
    Annotation("owl", DUSK, 0.125, 2.0, verdict="reject"),
]


def wrote(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8", newline="")
    return file


def spans(found: list[Annotation]) -> list[tuple[str, float | None, float | None, str | None]]:
    return [(one.label, one.start_s, one.end_s, one.path) for one in found]


@pytest.mark.parametrize("name", ["csv", "parquet", "raven"])
def test_what_is_written_is_read_back(name: str, tmp_path: Path) -> None:
    file = tmp_path / "owls"
    write_annotations(OWLS, file, FORMATS[name])
    chosen, found = read_annotations(file, format_name=name)
    assert chosen.name == name
    assert spans(found) == spans(OWLS)
    assert [one.verdict for one in found] == [one.verdict for one in OWLS]
    assert [one.confidence for one in found] == [0.9, None, None]
    assert [one.notes for one in found] == [None, "far = away", None]
    assert (found[0].low_hz, found[0].high_hz) == (300.0, 900.0)


@pytest.mark.parametrize("name", ["birdnet", "kaleidoscope"])
def test_accepted_spans_of_several_recordings_are_read_back(name: str, tmp_path: Path) -> None:
    file = tmp_path / "owls.csv"
    accepted = [one for one in OWLS if one.verdict == "accept"]
    write_annotations(accepted, file, FORMATS[name])
    chosen, found = read_annotations(file)
    assert chosen.name == name
    assert spans(found) == spans(accepted)


def test_a_label_track_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "dawn.txt"
    write_annotations(OWLS[:2], file, FORMATS["audacity"])
    chosen, found = read_annotations(file)
    assert chosen.name == "audacity"
    assert spans(found) == [("owl", 1.5, 4.25, None), ("fox, red", 10.0, 12.0, None)]
    assert (found[0].low_hz, found[0].high_hz, found[1].low_hz) == (300.0, 900.0, None)


def test_a_format_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="is of one recording, and these are of 2"):
        write_annotations(OWLS, tmp_path / "owls.txt", FORMATS["audacity"])
    with pytest.raises(AnnotationError, match="can't say that something was rejected"):
        write_annotations(OWLS, tmp_path / "owls.csv", FORMATS["birdnet"])
    assert list(tmp_path.iterdir()) == []


AUDACITY = (
    "2.150000\t2.150000\tpoint label at 2.15 seconds\n"
    "3.400000\t6.100000\tregion label from 3.4 to 6.1 seconds\n"
    "\\\t-1.000000\t6334.588867\n"
)
BIRDNET_TRACK = "0.0\t3.0\tStrix aluco, Tawny Owl\t0.9123\n3.0\t6.0\tStrix aluco, Tawny Owl\t0.5\n"


def test_a_label_track_of_the_audacity_manual(tmp_path: Path) -> None:
    _, found = read_annotations(wrote(tmp_path, "calls.txt", AUDACITY))
    assert spans(found) == [
        ("point label at 2.15 seconds", 2.15, 2.15, None),
        ("region label from 3.4 to 6.1 seconds", 3.4, 6.1, None),
    ]
    assert found[0].is_point
    assert (found[1].low_hz, found[1].high_hz) == (None, 6334.588867)


def test_label_tracks_of_birdnet(tmp_path: Path) -> None:
    chosen, found = read_annotations(wrote(tmp_path, "a.BirdNET.results.txt", BIRDNET_TRACK))
    assert chosen.name == "birdnet"
    assert [one.confidence for one in found] == [0.9123, 0.5]
    assert found[0].label == "Strix aluco, Tawny Owl"


RAVEN = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
    "Begin File\tFile Offset (s)\tSpecies\tQuality\n"
    '1\tWaveform 1\t1\t1.5\t2.5\t0.0\t16000.0\tdawn.wav\t1.5\towl "juv."\tgood\n'
    '1\tSpectrogram 1\t1\t1.5\t2.5\t300.0\t900.0\tdawn.wav\t1.5\towl "juv."\tgood\n'
    "2\tSpectrogram 1\t1\t61.0\t62.0\t300.0\t900.0\tdusk.wav\t1.0\tfox\t\n"
)


def test_a_raven_table_of_several_recordings(tmp_path: Path) -> None:
    _, found = read_annotations(wrote(tmp_path, "t.txt", RAVEN))
    assert spans(found) == [
        ('owl "juv."', 1.5, 2.5, "dawn.wav"),
        ("fox", 1.0, 2.0, "dusk.wav"),
    ]
    assert (found[0].low_hz, found[0].more) == (300.0, {"Quality": "good"})


def test_a_raven_table_of_several_recordings_needs_their_offsets(tmp_path: Path) -> None:
    without = RAVEN.replace("File Offset (s)", "Offset")
    with pytest.raises(AnnotationError, match=r"t\.txt, line 1: .* File Offset \(s\)"):
        read_annotations(wrote(tmp_path, "t.txt", without))


def test_the_heading_of_labels_is_named_where_none_is_known(tmp_path: Path) -> None:
    file = wrote(tmp_path, "t.txt", RAVEN.replace("Species", "Was ist es"))
    with pytest.raises(AnnotationError, match="--label-column"):
        read_annotations(file)
    assert [one.label for one in read_annotations(file, ReadOptions(label="owl"))[1]] == ["owl"] * 2
    _, found = read_annotations(file, ReadOptions(label_column="was ist es"))
    assert [one.label for one in found] == ['owl "juv."', "fox"]


BIRDNET_RAVEN = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
    "Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n"
    "1\tSpectrogram 1\t1\t63.0\t66.0\t0\t15000\tTawny Owl\ttawowl1\t0.9\t/data/dawn.wav\t3.0\n"
    "2\tSpectrogram 1\t1\t0\t3\t0\t15000\tnocall\tnocall\t1.0\t/data/dusk.wav\t0\n"
)
BIRDNET_CSV = (
    "Start (s),End (s),Scientific name,Common name,Confidence,File,lat\n"
    "0.0,3.0,Strix aluco,Tawny Owl,0.9123,/data/dawn.wav,52.5\n"
)
BIRDNET_KALEIDOSCOPE = (
    "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence,lat,lon,week,"
    "overlap,sensitivity\n"
    "/data,site1,dawn.wav,3.0,3.0,Strix aluco,Tawny Owl,0.9123,-1.0,-1.0,-1,0.0,1.0\n"
)


def test_birdnets_results_of_all_kinds(tmp_path: Path) -> None:
    texts = {"t.txt": BIRDNET_RAVEN, "c.csv": BIRDNET_CSV, "k.csv": BIRDNET_KALEIDOSCOPE}
    read = {name: read_annotations(wrote(tmp_path, name, text)) for name, text in texts.items()}
    assert {name: spans(found) for name, (_, found) in read.items()} == {
        "t.txt": [("Tawny Owl", 3.0, 6.0, "/data/dawn.wav")],
        "c.csv": [("Tawny Owl", 0.0, 3.0, "/data/dawn.wav")],
        "k.csv": [("Tawny Owl", 3.0, 6.0, "/data/site1/dawn.wav")],
    }
    assert {chosen.name for chosen, _ in read.values()} == {"birdnet"}
    assert read["c.csv"][1][0].more == {"Scientific name": "Strix aluco", "lat": "52.5"}


KALEIDOSCOPE = (
    "INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmax,DATE,TOP1MATCH,TOP1DIST,MANUAL ID\n"
    "C:\\rec,site1\\,dawn.wav,0,3.25,1.5,300,900,2024-06-01,owl-1,0.4,owl\n"
    "C:\\rec,site1\\,dawn.wav,0,9.25,1.5,300,900,2024-06-01,owl-1,0.6,\n"
)


def test_kaleidoscope_gives_identifications_by_hand(tmp_path: Path) -> None:
    file = wrote(tmp_path, "cluster.csv", KALEIDOSCOPE)
    chosen, found = read_annotations(file)
    assert chosen.name == "kaleidoscope"
    assert spans(found) == [
        ("owl", 3.25, 4.75, "C:/rec/site1/dawn.wav"),
        ("", 9.25, 10.75, "C:/rec/site1/dawn.wav"),
    ]
    _, found = read_annotations(file, ReadOptions(label_column="TOP1MATCH"))
    assert [one.label for one in found] == ["owl-1", "owl-1"]


def test_what_kaleidoscope_found_itself_is_told_from_what_a_person_said(tmp_path: Path) -> None:
    file = wrote(tmp_path, "cluster.csv", KALEIDOSCOPE)
    assert not any(one.is_found for one in read_annotations(file)[1])
    own = read_annotations(file, ReadOptions(label_column="TOP1MATCH"))[1]
    assert all(one.is_found for one in own)
    without = wrote(tmp_path, "id.csv", KALEIDOSCOPE.replace("MANUAL ID", "PULSES"))
    assert [(one.label, one.is_found) for one in read_annotations(without)[1]] == [
        ("owl-1", True), ("owl-1", True),
    ]  # fmt: skip


DATA = Path(__file__).with_name("data")
OWL, FOX = ("Tawny Owl", 0.0, 3.0), ("Red Fox", 0.0, 3.0)


@pytest.mark.parametrize("file", sorted((DATA / "birdnet").iterdir()), ids=lambda one: one.name)
def test_files_written_by_birdnets_own_code(file: Path) -> None:
    if file.name.endswith(".list.txt"):
        with pytest.raises(AnnotationError, match="nothing says which format"):
            read_annotations(file)
        return
    chosen, found = read_annotations(file)
    assert chosen.name == "birdnet"
    labels = [one.label.rpartition(", ")[2] for one in found]
    said = [(label, one.start_s, one.end_s) for label, one in zip(labels, found, strict=True)]
    dawn, dusk = [OWL, FOX, ("Tawny Owl", 3.0, 6.0)], [("Tawny Owl", 3.0, 6.0)]
    one_of = {"dawn": dawn, "dusk": dusk, "BirdNET_": [*dawn, *dusk]}
    assert said == next(rows for name, rows in one_of.items() if file.name.startswith(name))
    assert found[0].confidence in (0.9123, 0.5)


def test_files_written_by_opensoundscapes_own_code() -> None:
    boxes = [
        ("owl", 1.5, 4.25, "site1/dawn.wav"),
        ("fox", 10.0, 12.0, "site1/dawn.wav"),
        ("owl", 0.125, 2.0, "site1/dusk.wav"),
    ]
    folder = DATA / "opensoundscape"
    assert spans(read_annotations(folder / "boxes.csv")[1]) == boxes
    dawn = read_annotations(folder / "dawn.selections.txt")[1]
    assert spans(dawn) == boxes[:2]
    assert [(one.low_hz, one.high_hz) for one in dawn] == [(300.0, 900.0), (None, None)]
    assert spans(read_annotations(folder / "dusk.selections.txt")[1]) == boxes[2:]


@given(st.binary(max_size=200), st.sampled_from([None, *FORMATS]))
@example(b"\x01\x0b\x01", None)
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes, name: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.csv"
        file.write_bytes(content)
        refused = ""
        try:
            read_annotations(file, format_name=name)
        except AnnotationError as error:
            refused = str(error)
        assert len(refused.splitlines()) <= 1


def test_csv_of_opensoundscape(tmp_path: Path) -> None:
    text = (
        "annotation_file,audio_file,annotation,start_time,end_time,low_f,high_f\n"
        ",dawn.wav,owl,1.5,2.5,300,900\n"
    )
    _, found = read_annotations(wrote(tmp_path, "boxes.csv", text))
    assert spans(found) == [("owl", 1.5, 2.5, "dawn.wav")]
    assert (found[0].low_hz, found[0].high_hz) == (300, 900)


HEADING = "recording,start_s,end_s,label\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADING}a.wav,1,2,owl\na.wav,3,2,owl\n", r"line 3: expected an end after the start"),
        (f"{HEADING}a.wav,-1,2,owl\n", r"line 2: expected a span from 0 s on"),
        (f"{HEADING}a.wav,1,nan,owl\n", r"line 2: expected a number for end_s, got 'nan'"),
        (f"{HEADING}a.wav,1,inf,owl\n", r"line 2: expected a number for end_s, got 'inf'"),
        (f"{HEADING}a.wav,1,,owl\n", r"line 2: expected a start and an end, or neither"),
        (f"{HEADING}a.wav,soon,2,owl\n", r"line 2: expected a number for start_s, got 'soon'"),
        (f"{HEADING}a.wav,1,2,owl,fox\n", r"line 2: 5 cells below 4 headings"),
        ("recording,strat_s,end_s,label\n", r"line 1: expected a column start_s, too"),
        ("recording,label,mood\na.wav,owl,fine\n", r"line 1: unknown column mood"),
        ("recording,label,label\n", r"line 1: expected each column once, got twice: label"),
        ("recording,start_s,end_s\na.wav,1,2\n", r"line 1: expected a column of labels"),
        ("label,verdict\nowl,perhaps\n", r"line 2: expected accept, reject or unsure in verdict"),
        ("label,low_hz,high_hz\nowl,900,300\n", r"line 2: expected frequencies in order"),
        ('label\n"owl\n', r"unexpected end of data"),
        ("", r"which format"),
    ],
)
def test_what_can_not_be_right_is_told_with_its_row(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(AnnotationError, match=message) as raised:
        read_annotations(wrote(tmp_path, "bad.txt", text))
    assert "\n" not in str(raised.value)


def test_other_columns_are_kept_when_asked_to(tmp_path: Path) -> None:
    file = wrote(tmp_path, "a.csv", "Sound,label,mood\na.wav,owl,fine\n")
    options = ReadOptions(columns={"Sound": "recording"}, keep_extra=True)
    _, (one,) = read_annotations(file, options)
    assert (one.path, one.more) == ("a.wav", {"mood": "fine"})
    with pytest.raises(AnnotationError, match="no field 'place'"):
        read_annotations(file, ReadOptions(columns={"Sound": "place"}))


def test_files_that_are_no_text_are_told_so(tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    file.write_bytes(b"0.0\t1.0\t\xff\xfe\n")
    with pytest.raises(AnnotationError, match=r"t\.txt, line 1: expected text in UTF-8"):
        read_annotations(file)
    file.write_bytes(b"PAR1 and no more")
    with pytest.raises(AnnotationError, match="can't be read as Parquet"):
        read_annotations(file)
    with pytest.raises(AnnotationError, match="can't be read: No such file"):
        read_annotations(tmp_path / "none.csv")


def test_text_in_utf_16_is_read(tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    file.write_text("0.0\t1.0\tÜhu\n", encoding="utf-16")
    assert read_annotations(file)[1][0].label == "Ühu"


def test_formats_are_found_by_name_and_suffix() -> None:
    names = ["a.csv", "a.selections.txt", "a.txt", "a.parquet", "a.BirdNET.results.csv"]
    assert [format_of_name(Path(name)).name for name in names] == [
        "csv", "raven", "audacity", "parquet", "birdnet",
    ]  # fmt: skip
    with pytest.raises(AnnotationError, match="--format"):
        format_of_name(Path("a.doc"))
    with pytest.raises(AnnotationError, match="no format 'word'"):
        find_format("word")


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
numbers = st.integers(0, 10**9).map(lambda micros: micros / 1e6)


@given(st.lists(st.tuples(texts, numbers, st.integers(1, 10**8)), min_size=1, max_size=5))
def test_any_labels_and_times_come_back(rows: list[tuple[str, float, int]]) -> None:
    recording = Recording("a/b.wav", 2000.0, 48_000)
    made = [
        Annotation(label, recording, start, round(start + length / 1e6, 6))
        for label, start, length in rows
    ]
    for name in ("csv", "raven"):
        chosen = FORMATS[name]
        assert chosen.read is not None
        assert chosen.write is not None
        assert spans(chosen.read("t", chosen.write(made), ReadOptions())) == spans(made)
