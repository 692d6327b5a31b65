"""``sqlclap sources``, ``sqlclap relocate``, and arguments in the wrong order."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap.errors import SqlclapError
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound


@pytest.fixture
def path(filled: sqlclap.Library) -> Path:
    """The library of six sounds."""
    return filled.path


def test_sources_are_listed_with_what_they_are(
    path: Path, sounds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    named = write_sound(tmp_path / "apart" / "one.wav", tone(300))
    write_sound(tmp_path / "apart" / "two.wav", tone(400))
    succeed("ingest", path, named, "--model", fake_bundle)
    shutil.rmtree(named.parent)

    apart, all_below = rows_of("sources", "list", path)

    assert (apart["root"], apart["kind"]) == (str(named.parent), "files")
    assert (apart["samples"], apart["is_there"]) == (1, False)
    assert (all_below["root"], all_below["kind"], all_below["samples"]) == (str(sounds), "tree", 6)
    printed = succeed("sources", "list", path)
    for text in ("named files", "all below", "not there"):
        assert text in printed
    assert "not there (see `sqlclap relocate`)" in succeed("info", path)
    header, *rows = succeed("sources", "list", path, "--csv").splitlines()
    assert header == "root,kind,exclude,samples,missing,is_there"
    assert len(rows) == 2
    assert "relocate" in fail("ingest", path, "--model", fake_bundle)
    ended = run("ingest", path, sounds, "--model", fake_bundle)
    assert ended.stderr.startswith(f"{named.parent} is not there; if it was moved: sqlclap reloc")
    assert rows_of("ingest", path, sounds, "--model", fake_bundle)["not_there"] == [
        str(apart["root"])
    ]
    asked = run("sources", "remove", path, named.parent, stdin=b"n\n")
    assert (asked.exit_code, "with 1 sound and their tags?" in asked.stderr) == (1, True)
    assert rows_of("sources", "remove", path, named.parent, "--yes") == {"removed": 1}
    assert succeed("ingest", path, "--model", fake_bundle).startswith("6 unchanged")


def test_patterns_are_set_shown_and_ended(
    path: Path, sounds: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ("--model", fake_bundle)
    write_sound(sounds / "$RECYCLE.BIN" / "old.wav", tone(70))
    printed = succeed("ingest", path, "--exclude", "*.flac", "--exclude", "x/*", *model)
    assert "passed over: 1 of recycle bins and the like, 2 excluded" in printed
    assert "2 sounds taken in before would be passed over now: --prune removes them" in printed
    assert rows_of("sources", "list", path)[0]["exclude"] == ["*.flac", "x/*"]
    assert succeed("ingest", path, "--prune", *model).startswith("4 unchanged, 2 pruned")
    monkeypatch.chdir(sounds.parent)
    assert "passes over: nothing" in succeed("sources", "exclude", path, "sounds")
    assert succeed("ingest", path, *model).startswith("2 new, 4 unchanged")
    assert "expected a pattern" in fail("sources", "exclude", path, sounds, "")
    assert "is no source" in fail("sources", "exclude", path, sounds / "tones")


def test_a_relocation_is_tried_refused_forced_and_reported(
    path: Path, sounds: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    sounds.rename(new)
    assert "would move 6 of 6 sounds to" in succeed("relocate", path, sounds, new, "--dry-run")
    (new / "tones/tone-110.wav").unlink()
    assert "1 of 6 sounds are not at" in fail("relocate", path, sounds, new)
    tried = run("relocate", path, sounds, new, "--dry-run")
    assert "would move nothing, and with --force 6 of 6 sounds to" in tried.stdout
    assert "1 not there, 0 with other content" in tried.stderr
    forced = run("relocate", path, sounds, new, "--dry-run", "--force")
    assert "would move 6 of 6 sounds to" in forced.stdout
    assert "tone-110.wav: not there" in tried.stderr
    report = rows_of("relocate", path, sounds, new, "--force", "--verify")
    assert (report["moved"], report["absent"], report["compared"]) == (6, 1, 5)
    assert "no sound of" in fail("relocate", path, sounds, new)


def test_the_wrong_order_is_recognised(
    path: Path, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    there = set(tmp_path.iterdir())
    for folder in (sounds, tmp_path / "misspelt"):
        for library in (path.name, "new.db"):
            said = fail("ingest", folder, library)
            assert f"did you mean `sqlclap ingest {library} {folder}`?" in said
    assert f"`sqlclap search {path.name} kick`" in fail("search", "kick", path.name)
    assert f"`sqlclap anchor add {path.name} kick`" in fail("anchor", "add", "kick", path.name, "3")
    assert f"`sqlclap info {path.name} " not in run("info", "nowhere.db").stderr
    assert set(tmp_path.iterdir()) == there


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "new.db", "nowhere"),
        ("ingest", "new.db", "sounds", "nowhere"),
        ("ingest", "new.db"),
        ("ingest", "new.db", "sounds", "--model", "no-such-model"),
        ("ingest", "new.db", "sounds", "--exclude", ""),
        ("search", "new.db", "kick"),
        ("label", "add", "new.db", "kick"),
        ("relocate", "new.db", "a", "b"),
        ("explore", "sounds", "--library", "nowhere/new.db"),
        ("map", "library.db", "--png", "nowhere/map.png"),
        ("map", "library.db", "--png", "map.nonsense"),
        ("map", "new.db", "--svg", "map.svg"),
        ("calibrate", "library.db", "kick", "--picture", "picture.svg"),
        ("models", "export", "nowhere", "--out", "bundle"),
        ("sources", "list", "new.db"),
        ("index", "build", "new.db"),
        ("serve", "new.db", "--no-browser"),
        ("label", "export", "new.db"),
    ],
)
def test_a_failed_command_leaves_nothing_behind(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def there() -> list[str]:
        return sorted(str(one) for one in tmp_path.iterdir() if "-wal" not in one.name)

    before = [one for one in there() if "-shm" not in one]
    ended = run(*arguments)
    assert ended.exit_code != 0, ended.output
    assert [one for one in there() if "-shm" not in one] == before


def test_a_library_is_kept_once_something_is_stored(
    tmp_path: Path, sounds: Path, fake_bundle: Path
) -> None:
    (sounds / "broken.wav").write_bytes(b"broken")

    def use(library: sqlclap.Library, act: str) -> None:
        if act == "sounds":
            library.ingest([sounds])
        elif act == "failure":
            library.ingest([sounds / "broken.wav"])
        elif act == "label":
            library.labels.add("kick")
        elif act == "table":
            library.connection.execute("CREATE TABLE notes (text)")
        elif act == "other":
            held.append(apsw.Connection(str(library.path)))
            held[0].execute("SELECT * FROM samples").fetchall()
        raise SqlclapError("on purpose")

    def is_kept(name: str, act: str) -> bool:
        model = str(fake_bundle)
        with suppress(SqlclapError), sqlclap.open(tmp_path / name, model=model) as library:
            use(library, act)
        return (tmp_path / name).exists()

    held: list[apsw.Connection] = []
    kept = {act: is_kept(f"{act}.db", act) for act in
            ("nothing", "sounds", "failure", "label", "table", "other")}  # fmt: skip
    assert kept == {act: act != "nothing" for act in kept}
    held[0].close()
    (tmp_path / "empty.db").touch()  # not made here
    with suppress(SqlclapError), sqlclap.open(tmp_path / "empty.db"):
        raise SqlclapError("on purpose")
    assert (tmp_path / "empty.db").exists()


def test_json_of_an_ingest_counts_what_was_passed_over(
    tmp_path: Path, sounds: Path, fake_bundle: Path
) -> None:
    (sounds / "tones/._tone-110.wav").write_bytes(b"\0\5\x16\7")
    printed = succeed("ingest", tmp_path / "n.db", sounds, "--json", "--model", fake_bundle)
    report = json.loads(printed)
    assert (report["new"], report["system"], report["excluded"], report["held_excluded"]) == (
        6, 1, 0, 0,
    )  # fmt: skip
