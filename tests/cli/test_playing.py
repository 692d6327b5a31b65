"""Sounds are played, opened and shown by other programs, which get the library's own paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.running import fail, rows_of, run, succeed


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is looked into for programs; each writes what it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("ffplay", "xdg-open"):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\nfor last; do :; done\necho "{name} $last" >> {tmp_path}/calls\n'
            f'[ -e "$last" ]\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    return folder


def calls(folder: Path) -> list[str]:
    return (folder.parent / "calls").read_text().splitlines()


def test_they_get_files_of_the_library(programs: Path, scene: Mapping[str, Path]) -> None:
    library, sounds = scene["library"], scene["a folder"]
    first = rows_of("query", library, "SELECT path FROM samples WHERE sample_id = 1")[0]["path"]
    assert succeed("play", library, "1", "tone-440.wav").splitlines()[0] == f"1  {first}"
    assert "@0.1-0.3" in succeed("play", library, "1@0.1-0.3")
    if (programs / "xdg-open").exists():
        succeed("open", library, "1")
        succeed("reveal", library, "1")
    played = calls(programs)
    assert played[:2] == [f"ffplay {sounds / first}", f"ffplay {sounds / 'tone-440.wav'}"]
    assert played[2].endswith("moment.wav")
    assert played[3:] == [f"xdg-open {sounds / first}", f"xdg-open {sounds}"]
    recent = rows_of("recent", library)
    assert (recent[0]["sample_id"], recent[0]["last_action"]) == (1, "reveal")


def test_what_is_no_sound_of_the_library_is_given_to_no_program(
    programs: Path, scene: Mapping[str, Path]
) -> None:
    library = scene["library"]
    assert "is not in" in fail("play", library, scene["a file"])
    assert "no sample 99" in fail("open", library, "99")
    assert not (programs.parent / "calls").exists()


def test_without_a_player_it_says_what_to_do(programs: Path, scene: Mapping[str, Path]) -> None:
    library = scene["library"]
    (programs / "ffplay").rename(programs / "mine")
    assert "no player found: install one of afplay, ffplay" in fail("play", library, "1")
    succeed("config", "player", "mine --quiet")
    succeed("play", library, "1")
    assert calls(programs)[-1].startswith("mine") or "ffplay" in calls(programs)[-1]
    succeed("config", "player", "gone")
    assert "not installed" in fail("play", library, "1")
    (programs / "xdg-open").unlink()
    assert "no xdg-open found" in fail("open", library, "1")
    succeed("config", "player", "false")
    (programs / "false").write_text("#!/bin/sh\nexit 3\n")
    (programs / "false").chmod(0o755)
    ended = run("play", library, "1")
    assert (ended.exit_code, "false ended with 3" in ended.stderr) == (1, True)
