"""``sqlclap search`` and ``sqlclap similar``: every format, every kind of sound, every error."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound

ODD = ["[bold]x[/bold].wav", "<b>&amp;.wav", 'com,ma "quoted".wav', "tab\tnew\nline.wav", "☃.wav"]


@pytest.fixture
def ask(filled: sqlclap.Library, fake_bundle: Path) -> tuple[Path, str, Path]:
    """What goes around a query: the library's file and its model."""
    return filled.path, "--model", fake_bundle


@pytest.fixture
def odd(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library with names that mean something to terminals, HTML, CSV and rich."""
    for hz, name in enumerate([*ODD, "esc\x1b[31m.wav"], start=300):
        write_sound(sounds / name, tone(hz))
    filled.ingest([sounds])
    return filled


def test_a_table_shows_rank_score_length_id_and_path(ask: tuple[Path, str, Path]) -> None:
    printed = succeed("search", *ask[:1], "deep kick", *ask[1:], "-n", "3")
    header, _, *lines = printed.splitlines()
    assert header.split() == ["#", "score", "length", "id", "path"]
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert all(line.split()[-1].endswith((".wav", ".flac")) for line in lines)
    assert "0.40 s" in lines[0]


def as_field(value: object) -> str:
    """A value as SQLite's tools write it in CSV; what a terminal would obey is escaped."""
    if value is None:
        return ""
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return text.replace("\x1b", "\\x1b").replace("\t", "\\t").replace("\n", "\\n")


def test_all_formats_hold_the_same_rows(
    odd: sqlclap.Library, fake_bundle: Path, sounds: Path
) -> None:
    query = ("search", odd.path, "deep kick", "--model", fake_bundle, "-n", "50")
    rows = json.loads(succeed(*query, "--json"))
    assert [row["rank"] for row in rows] == list(range(1, 13))
    assert {row["path"] for row in rows} > set(ODD)
    assert {row["file"] for row in rows} > {str(sounds / name) for name in ODD}

    assert [json.loads(line) for line in succeed(*query, "--nl").splitlines()] == rows
    for flag, delimiter in (("--csv", ","), ("--tsv", "\t")):
        read = csv.DictReader(io.StringIO(succeed(*query, flag), newline=""), delimiter=delimiter)
        assert list(read) == [{key: as_field(value) for key, value in row.items()} for row in rows]


def test_names_are_shown_as_they_are_but_never_steer_the_terminal(
    odd: sqlclap.Library, fake_bundle: Path
) -> None:
    printed = succeed("search", odd.path, "deep kick", "--model", fake_bundle, "-n", "50")
    for name in ("[bold]x[/bold].wav", "<b>&amp;.wav", "☃.wav"):
        assert name in printed
    assert "\x1b" not in printed
    assert "esc\\x1b[31m.wav" in printed
    assert "tab\\tnew\\nline.wav" in printed


def test_csv_without_matches_still_has_its_header(ask: tuple[Path, str, Path]) -> None:
    with sqlclap.open(ask[0]) as library:
        library.connection.execute("DELETE FROM samples WHERE sample_id > 1")
    printed = succeed("similar", ask[0], "1", *ask[1:], "--csv")
    header = "rank,score,weak,sample_id,path,file,duration_s,status,heard_share"
    assert printed.startswith(f"{header},")
    assert printed.count("\n") == 1
    assert succeed("similar", ask[0], "1", *ask[1:], "--nl") == ""


def test_a_sound_is_named_by_id_path_or_file(
    ask: tuple[Path, str, Path], sounds: Path, tmp_path: Path
) -> None:
    by_path = rows_of("similar", ask[0], "tones/tone-110.wav", *ask[1:])
    (sample,) = rows_of("search", ask[0], "kick", *ask[1:], "-n", "1")
    assert len(by_path) == 5
    assert rows_of("similar", ask[0], sounds / "tones/tone-110.wav", *ask[1:]) == by_path
    assert rows_of("similar", ask[0], sample["sample_id"], *ask[1:])[0]["rank"] == 1

    outside = shutil.copy(sounds / "tones/tone-110.wav", tmp_path / "copy.wav")
    best, *others = rows_of("similar", ask[0], outside, *ask[1:])
    assert (best["path"], best["score"]) == ("tones/tone-110.wav", pytest.approx(1, abs=1e-5))
    assert [row["path"] for row in others] == [row["path"] for row in by_path]


def test_a_sound_on_standard_input(ask: tuple[Path, str, Path], sounds: Path) -> None:
    content = (sounds / "noises/noise-1.flac").read_bytes()
    best, *_ = rows_of("similar", ask[0], "-", *ask[1:], stdin=content)
    assert (best["path"], best["score"]) == ("noises/noise-1.flac", pytest.approx(1, abs=1e-5))


def test_missing_sounds_are_marked(
    filled: sqlclap.Library, ask: tuple[Path, str, Path], sounds: Path
) -> None:
    (sounds / "tones/tone-110.wav").unlink()
    filled.ingest([sounds])
    printed = succeed("search", ask[0], "kick", *ask[1:])
    assert "tones/tone-110.wav  (missing)" in printed


def test_errors_are_one_line(ask: tuple[Path, str, Path], tmp_path: Path) -> None:
    library, *model = ask
    (tmp_path / "text.txt").write_text("no sound")
    silent = write_sound(tmp_path / "silent.wav", np.zeros(8000, np.float32))
    expected = {
        ("search", library, ""): "expected words to search for",
        ("search", library, "kick", "-n", "0"): "at least 1, got 0",
        ("similar", library, "999"): "no sample 999 in",
        ("similar", library, "nowhere.wav"): "is neither a sample id, nor a path in",
        ("similar", library, "x" * 300): "is neither a sample id, nor a path in",
        ("similar", library, tmp_path): "is neither a sample id",
        ("similar", library, tmp_path / "text.txt"): "Can't decode",
        ("similar", library, silent): "is silent: there is nothing to compare",
    }
    for command, message in expected.items():
        assert message in fail(*command, *model), command
    assert "empty" in fail("similar", library, "-", *model, stdin=b"")
    assert "no library at" in fail("search", tmp_path / "none.db", "kick")
    assert "is not a SQLite file" in fail("search", tmp_path / "text.txt", "kick")
    assert "no model 'nonsense'" in fail("search", library, "kick", "--model", "nonsense")
    assert not (tmp_path / "none.db").exists()


def test_a_name_without_its_folder_or_ending_names_the_paths(ask: tuple[Path, str, Path]) -> None:
    library, *model = ask
    for named in ("tone-110.wav", "tone-110", "elsewhere/tone-110.wav"):
        told = fail("similar", library, named, *model)
        assert told.endswith("nor an audio file; did you mean 'tones/tone-110.wav'?"), named
        assert "'tones/tone-110.wav'?" in fail("find", library, "--like", named, *model), named
    assert "noise-2.flac'?" in fail("similar", library, "noise-*", *model)
    assert fail("similar", library, "nowhere", *model).endswith("nor an audio file")
    assert "matches 'tone-*'; '*tone-*' matches 4" in fail("rate", library, "5", "tone-*")
    assert fail("rate", library, "5", "*nowhere*").endswith("matches '*nowhere*'")


def test_an_empty_library_says_what_to_do(tmp_path: Path, fake_bundle: Path) -> None:
    library = tmp_path / "empty.db"
    sqlclap.open(library).close()
    for command in ("search", "similar"):
        assert "is empty: add sounds with `sqlclap ingest" in fail(command, library, "1")
    (tmp_path / "nothing").mkdir()
    with sqlclap.open(library, model=str(fake_bundle)) as opened:
        opened.ingest([tmp_path / "nothing"])
    for command in ("search", "similar"):
        message = fail(command, library, "kick", "--model", fake_bundle)
        assert "sqlclap ingest" in message or "neither a sample id" in message


def test_a_damaged_library_is_told_in_one_line(ask: tuple[Path, str, Path]) -> None:
    library, *model = ask
    with sqlclap.open(library) as opened:
        page = opened.connection.pragma("page_size")
        root = "SELECT rootpage FROM sqlite_schema WHERE name = 'embeddings'"
        start = (opened.connection.execute(root).get - 1) * page
        opened.connection.pragma("wal_checkpoint", "truncate")
    content = bytearray(library.read_bytes())
    content[start : start + page] = b"\xff" * page
    library.write_bytes(content)
    assert "malformed" in fail("search", library, "kick", *model)


def test_wrong_usage_exits_with_2(tmp_path: Path) -> None:
    for command in (["search"], ["search", "x.db"], ["similar", "x.db"], ["nonsense"]):
        assert run(*command).exit_code == 2


def test_a_misspelt_variable_is_named(
    filled: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLCLAP_MODLE", "other")
    ended = run("similar", filled.path, "1", "--json")
    assert ended.exit_code == 0
    said = "nothing looks at the variable SQLCLAP_MODLE; there are SQLCLAP_HOME, SQLCLAP_LIBRARY, "
    assert said in ended.stderr
    assert "MODLE" not in ended.stdout
