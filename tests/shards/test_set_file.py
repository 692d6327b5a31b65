"""``set.toml``: what is written is read again, and what can't be used is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.errors import SetError, SetTooNewError
from sqlclap.shards.ids import TakenIds
from sqlclap.shards.set_file import (
    SetFile,
    ShardEntry,
    as_toml,
    change_set,
    read_set,
    write_set,
)
from sqlclap.shards.slots import even_ranges

VERSION = "0123456789abcdef"


def make(count: int = 2) -> SetFile:
    entries = tuple(
        ShardEntry(number, f"set-{number:04}.db", (ends,))
        for number, ends in enumerate(even_ranges(count), start=1)
    )
    return SetFile("mini", VERSION, entries, "set-catalog.db", count + 1)


@given(st.integers(1, 40), st.text(min_size=1).filter(lambda name: name.strip()))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, count: int, name: str
) -> None:
    path = tmp_path_factory.mktemp("set") / "set.toml"
    content = make(count)
    first = replace(
        content.shards[0],
        path=f"/x/{name}".encode("utf-8", "replace").decode(),
        taken=(TakenIds(1, 9, 7, 3),),
        node="node a",
    )
    content = replace(content, shards=(first, *content.shards[1:]), next_shard=count + 9)
    write_set(path, content)
    assert read_set(path) == content


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("format = 1", "format = 3", "update sqlclap"),
        ("slots = 4096", "slots = 1024", "4096 slots"),
        ("blake2b-1", "md5", "hashing"),
        ("[[2048, 4095]]", "[[2049, 4095]]", "each of 4096 slots in one shard"),
        ("[[2048, 4095]]", "[[2047, 4095]]", "each of 4096 slots in one shard"),
        ("[[2048, 4095]]", "[[2048, 4096]]", "from 0 to 4095"),
        ("number = 2", "number = 1", "numbers of their own"),
        ("number = 2", "number = -2", "whole number"),
        ("next_shard = 3", "next_shard = 2", "next_shard above 2"),
        ("set-0002.db", "set-0001.db", "file of its own"),
        ('catalog = "set-catalog.db"', "", "'catalog'"),
        ("generation = 1", "generation = 1\ncolour = 3", "colour"),
        (VERSION, "short", "16 hexadecimal digits"),
        ("[model]", "[model", "can't be read"),
    ],
)
def test_what_cant_be_used_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "set.toml"
    text = as_toml(make())
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SetError, match=told) as caught:
        read_set(path)
    assert "set.toml" in str(caught.value)
    assert isinstance(caught.value, SetTooNewError) == (new == "format = 3")


def test_a_set_that_is_not_there_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="sqlclap shards init"):
        read_set(tmp_path / "set.toml")


def test_changes_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    write_set(path, make())

    def grow() -> None:
        for _ in range(20):
            change_set(path, lambda before: replace(before, next_shard=before.next_shard + 1))

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    after = read_set(path)
    assert (after.generation, after.next_shard) == (81, 83)


def test_a_change_that_makes_no_set_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    write_set(path, make())
    with pytest.raises(SetError):
        change_set(path, lambda before: replace(before, shards=before.shards[:1]))
    assert read_set(path) == make()
