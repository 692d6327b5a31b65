"""Commands that name no library are about the default; one that is named always wins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.running import error_of, fail, rows_of, run, succeed


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for settings, in which nothing is set."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*arguments: str | Path) -> str:
    ran = run(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stderr


def test_without_any_it_says_how_to_name_one(home: Path) -> None:
    for arguments in (("info",), ("search", "kick"), ("label", "add", "kick"), ("similar", "-")):
        ran = run(*arguments)
        assert ran.exit_code == 2
        assert "no library is named, and none was used before" in ran.stderr
        assert "Usage" in succeed(*arguments, "--help")


def test_the_library_used_last_is_the_default_and_is_said(
    home: Path, scene: Mapping[str, Path]
) -> None:
    library = scene["library"]
    assert "library:" not in said("info", library)
    line = f"library: {library} (the last used)\n"
    assert said("info") == line
    assert said("search", "tone", "-n", "1", "--exact") == line
    assert said("label", "list") == line
    assert len(rows_of("search", "-n", "2", "tone")) == 2
    assert succeed("query", "SELECT 1 AS one", "--json") == succeed(
        "query", library, "SELECT 1 AS one", "--json"
    )
    assert "Usage" in succeed("search", "--help")
    assert said("vote", "kick", "list") == line


def test_what_is_chosen_goes_before_what_was_used(
    home: Path, scene: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = scene["library"]
    succeed("ingest", "other.db", scene["a folder"])
    assert f"library: {home / 'other.db'} (the last used)" in said("info")
    succeed("config", "library", library)
    assert f"library: {library} (by `sqlclap config`)" in said("info")
    assert rows_of("config")["default_library"]["path"] == str(library)
    monkeypatch.setenv("SQLCLAP_LIBRARY", str(home / "other.db"))
    assert f"library: {home / 'other.db'} (SQLCLAP_LIBRARY)" in said("info")
    monkeypatch.delenv("SQLCLAP_LIBRARY")
    succeed("config", "library", "--unset")
    assert "(the last used)" in said("info")


def test_a_library_that_is_named_is_never_taken_for_something_else(
    home: Path, scene: Mapping[str, Path]
) -> None:
    succeed("ingest", "other.db", scene["a folder"])
    missing = run("search", "other.db")  # words are missing: the library isn't searched for
    assert missing.exit_code == 2
    assert "Missing argument 'WORDS'" in missing.stderr
    assert "none.db" in fail("search", "none.db", "kick")
    succeed("ingest", "new", scene["a folder"])  # a library is made, of any name
    assert (home / "new").is_file()
    assert "(the last used)" in said("ingest", scene["a folder"])
    assert rows_of("anchor", "list", scene["library"], "kick")


def test_a_damaged_or_empty_file_called_like_a_library_is_not_taken_in(
    home: Path, scene: Mapping[str, Path]
) -> None:
    succeed("ingest", "other.db", scene["a folder"])
    before = (home / "other.db").read_bytes()
    (home / "damaged.db").write_bytes(b"no database" * 100)
    assert "damaged.db" in fail("ingest", "damaged.db", scene["a folder"])
    (home / "empty.db").touch()
    succeed("ingest", "empty.db", scene["a folder"])
    assert rows_of("info", "empty.db")["counts"]["samples"] > 0
    assert (home / "other.db").read_bytes() == before


def test_settings_that_are_none_are_refused(home: Path) -> None:
    assert "empty" in fail("config", "library", "")
    assert "--unset takes" in fail("config", "--unset")
    succeed("config", "player", 'mpv "--x"')
    assert rows_of("config", "player")["player"] == 'mpv "--x"'
    file = home / "home" / "sqlclap" / "config.toml"
    file.write_text("colour = 3\n")
    assert "expected texts called library, player; got colour = 3" in fail("info")
    file.write_text("library = ")
    assert "can't be read" in fail("info")


def test_words_without_quotes_are_answered_with_them(home: Path, scene: Mapping[str, Path]) -> None:
    library = scene["library"]
    told = run("search", library, "kick", "drum")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "expected LIBRARY WORDS, and drum is more than that: what has blanks goes in quotes" in (
        told.stderr
    )
    assert (
        "expected LIBRARY, and kick is more than that: see --help"
        in run("classify", library, "kick").stderr
    )
    assert "and two three is more" in run("label", "add", library, "one", "two", "three").stderr
    assert "if both are words: `sqlclap search 'deep kick'`" in fail("search", "deep", "kick")
    assert "both are words" not in fail("search", home, "kick")
    (home / "my sounds.db").write_bytes(b"")
    assert f"`sqlclap ingest '{home}/my sounds.db' FOLDER`" in fail("info", "my sounds.db")
    assert "did you mean `sqlclap search 'my other.db' kick`?" in fail(
        "search", "kick", "my other.db"
    )


def test_json_in_one_piece_is_answered_with_how_to_pipe_it(
    home: Path, scene: Mapping[str, Path]
) -> None:
    library = scene["library"]
    piped = succeed("search", library, "tone", "--json").encode()
    told = fail("favourite", "add", library, "-", stdin=piped)
    assert "one a line, as --nl prints them; got '{'" in told


def test_a_question_that_nobody_answers_names_the_option(
    home: Path, scene: Mapping[str, Path]
) -> None:
    succeed("ingest", "own.db", scene["a folder"])
    succeed("label", "add", "own.db", "hum")
    folder = rows_of("sources", "list", "own.db")[0]["root"]
    for asked in (("label", "remove", "own.db", "hum"), ("sources", "remove", "own.db", folder)):
        unanswered = run(*asked, stdin=b"")
        assert unanswered.exit_code == 1
        assert error_of(unanswered).endswith("nothing was changed: --yes says yes")
        assert "Aborted" in run(*asked, stdin=b"n\n").stderr
        assert run(*asked, stdin=b"y\n").exit_code == 0
