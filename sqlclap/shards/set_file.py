"""``set.toml``: which libraries make a set, and which sounds belong into which of them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlclap.durable import lock_file, write_whole
from sqlclap.errors import SetError, SetTooNewError
from sqlclap.quantities import typed
from sqlclap.shards.ids import MOST_SHARDS, IdMap, TakenIds
from sqlclap.shards.slots import (
    HASHING,
    SLOTS,
    FolderMove,
    SlotRange,
    count_slots,
    file_name,
    holds_slot,
    joined_ranges,
    slot_of,
)

FORMAT = 2
WITHOUT_MOVES = 1
"""The format of sets whose folders stayed where they were: older programs read it."""
SUFFIX = ".toml"
HEADING = """\
# A set of sqlclap libraries (docs/shards.md). `sqlclap shards` writes this file; each shard is an
# ordinary library. Paths are relative to this file.
"""
_KEYS = {
    *("format", "hashing", "slots", "generation", "next_shard", "catalog", "retired"),
    *("model", "shards", "nodes", "moved"),
}
_MOVE_KEYS = {"from", "to", "pending"}
_SHARD_KEYS = {"number", "path", "slots", "taken", "node"}


@dataclass(frozen=True)
class ShardEntry:
    """A shard, as the set's file has it.

    Attributes
    ----------
    number : int
        Permanent; no other shard of the set ever gets it.
    path : str
        The library's file, relative to the set's.
    slots : tuple of (int, int)
        First and last slots of its ranges.
    taken : tuple of TakenIds
        Numbers whose sounds other shards took in first.
    node : str
        The machine that serves it, by a name of one's own; empty: none is named.
    spares : tuple of str
        Machines that hold copies of it, in the order in which they are asked.
    """

    number: int
    path: str
    slots: tuple[SlotRange, ...]
    taken: tuple[TakenIds, ...] = ()
    node: str = ""
    spares: tuple[str, ...] = ()

    @property
    def holders(self) -> tuple[str, ...]:
        """The machines that serve it, the first one first."""
        return (self.node, *self.spares) if self.node else ()

    @property
    def ids(self) -> IdMap:
        """Where its sounds come from."""
        return IdMap(self.number, self.taken)

    @property
    def share(self) -> float:
        """Share of the set's sounds that belong into it, on average."""
        return count_slots(self.slots) / SLOTS

    def holds(self, slot: int) -> bool:
        """Whether a slot's sounds belong into it."""
        return holds_slot(self.slots, slot)


@dataclass(frozen=True)
class SetFile:
    """What a set's file holds.

    Attributes
    ----------
    model, model_version : str
        Name of the model, and its version: all shards hold vectors of it.
    shards : tuple of ShardEntry
    catalog : str
        The library that holds labels, anchors, votes and calibrations, relative to the set's file.
    next_shard : int
        The number that the next shard gets.
    generation : int
        Counts the changes of this file.
    retired : tuple of str
        Libraries that a change has replaced, to be removed: readers may have them open still.
    nodes : tuple of (str, str)
        Names of nodes that are asked over HTTP, each with its address.
    moved : tuple of FolderMove
        Folders that have moved, in the order of time: their sounds keep their shards.
    """

    model: str
    model_version: str
    shards: tuple[ShardEntry, ...]
    catalog: str
    next_shard: int
    generation: int = 1
    retired: tuple[str, ...] = ()
    nodes: tuple[tuple[str, str], ...] = ()
    moved: tuple[FolderMove, ...] = ()

    def __post_init__(self) -> None:
        _check_shards(self)

    def shard_of_slot(self, slot: int) -> ShardEntry:
        """Return the shard that a slot's sounds belong into."""
        return next(one for one in self.shards if one.holds(slot))

    def shard_of(self, source: str, path: str) -> ShardEntry:
        """Return the shard that a sound belongs into, by its source's root and its path."""
        return self.shard_of_slot(slot_of(source, path, self.moved))

    def other_names(self, source: str, path: str) -> list[str]:
        """Return names that a sound may still have, or have already: a move has not ended."""
        own, pending = file_name(source, path), [one for one in self.moved if one.pending]
        names, before, after = dict[str, None](), own, own
        for one in pending:
            after = one.done(after)
            names[after] = None
        for one in reversed(pending):
            before = one.undone(before)
            names[before] = None
        return [name for name in names if name != own]


def read_set(path: Path) -> SetFile:
    """Read a set's file.

    Raises
    ------
    SetError
        It is not there, or is no set's file; the message says what is wrong.
    SetTooNewError
        A newer sqlclap wrote it.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetError(
            f"there is no set at {path}: make one with `sqlclap shards init {typed(path)}`"
        ) from None
    except (OSError, ValueError) as error:
        raise SetError(f"{path} can't be read as a set: {error}") from error
    try:
        return _parse(found)
    except SetTooNewError as error:
        raise SetTooNewError(f"{path}: {error}") from error
    except (SetError, KeyError, TypeError, ValueError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise SetError(f"{path} is no set that can be used: {what}") from error


def write_set(path: Path, content: SetFile) -> None:
    """Replace a set's file, atomically.

    Raises
    ------
    SetError
        It can't be written; what was there is as it was.
    """
    try:
        write_whole(path, HEADING + as_toml(content))
    except (OSError, UnicodeEncodeError) as error:
        raise SetError(f"{path} can't be written: {error}") from error


def change_set(path: Path, change: Callable[[SetFile], SetFile]) -> SetFile:
    """Change a set's file, alone among all processes; its generation grows by one.

    Raises
    ------
    SetError
    """
    with set_lock(path):
        before = read_set(path)
        after = replace(change(before), generation=before.generation + 1)
        write_set(path, after)
    return after


@contextmanager
def set_lock(path: Path) -> Iterator[None]:
    """Wait for the lock that who changes a set's file holds.

    Raises
    ------
    SetError
        The folder can't be written.
    """
    try:
        with lock_file(path.with_name(f".{path.name}.lock")):
            yield
    except OSError as error:
        raise SetError(f"{path} can't be locked for a change: {error}") from error


def shard_file(set_file: Path, number: int) -> str:
    """Return what a new shard's library is called, beside the set's file."""
    return f"{set_file.stem}-{number:04}.db"


def is_set_file(path: Path) -> bool:
    """Whether a path names a set, by its suffix; there may be none."""
    return path.suffix.lower() == SUFFIX


def as_toml(content: SetFile) -> str:
    """Write a set as its file holds it."""
    lines = [
        f"format = {FORMAT if content.moved else WITHOUT_MOVES}",
        f"hashing = {_text(HASHING)}",
        f"slots = {SLOTS}",
        f"generation = {content.generation}",
        f"next_shard = {content.next_shard}",
        f"catalog = {_text(content.catalog)}",
        *([f"retired = {_texts(content.retired)}"] if content.retired else []),
        "",
        "[model]",
        f"name = {_text(content.model)}",
        f"version = {_text(content.model_version)}",
    ]
    if content.nodes:
        lines += ["", "[nodes]", *(f"{_text(name)} = {_text(url)}" for name, url in content.nodes)]
    for move in content.moved:
        lines += ["", "[[moved]]", f"from = {_text(move.old)}", f"to = {_text(move.new)}"]
        lines += ["pending = true"] if move.pending else []
    for one in content.shards:
        lines += ["", "[[shards]]", f"number = {one.number}", f"path = {_text(one.path)}"]
        lines.append(f"slots = {[list(ends) for ends in one.slots]}")
        if one.taken:
            lines.append(f"taken = {[list(ids) for ids in one.taken]}")
        if one.node:
            lines.append(f"node = {_texts(one.holders) if one.spares else _text(one.node)}")
    return "\n".join(lines) + "\n"


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    # A JSON string is a TOML string, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _parse(found: dict[str, Any]) -> SetFile:
    if "format" not in found or "shards" not in found:
        raise SetError("expected format and shards")
    if _number(found, "format") > FORMAT:
        raise SetTooNewError(
            f"it has format {found['format']}, and this sqlclap knows {FORMAT}: update sqlclap"
        )
    _refuse_unknown(found, _KEYS)
    if found["hashing"] != HASHING or found["slots"] != SLOTS:
        raise SetError(
            f"expected hashing {HASHING!r} and {SLOTS} slots, got {found['hashing']!r} and "
            f"{found['slots']}"
        )
    return SetFile(
        model=_name(found["model"], "name"),
        model_version=_name(found["model"], "version"),
        shards=tuple(_entry(one) for one in found["shards"]),
        catalog=_name(found, "catalog"),
        next_shard=_number(found, "next_shard"),
        generation=_number(found, "generation"),
        retired=tuple(map(str, found.get("retired", ()))),
        nodes=tuple((name, _url(name, url)) for name, url in found.get("nodes", {}).items()),
        moved=tuple(_move(one) for one in found.get("moved", ())),
    )


def _move(found: dict[str, Any]) -> FolderMove:
    _refuse_unknown(found, _MOVE_KEYS)
    pending = found.get("pending", False)
    return FolderMove(_name(found, "from"), _name(found, "to"), pending is True)


def _entry(found: dict[str, Any]) -> ShardEntry:
    _refuse_unknown(found, _SHARD_KEYS)
    node, *spares = _holders(found["node"]) if "node" in found else ("",)
    slots = tuple((int(first), int(last)) for first, last in found["slots"])
    taken = tuple(TakenIds(*map(int, ids)) for ids in found.get("taken", ()))
    number, path = _number(found, "number"), _name(found, "path")
    return ShardEntry(number, path, slots, taken, node, tuple(spares))


def _holders(found: Any) -> list[str]:
    """Read the machine that serves a shard, or several that hold copies of it."""
    names = found if isinstance(found, list) else [found]
    holders = [_name({"node": one}, "node") for one in names]
    if not holders or len(set(holders)) < len(holders):
        raise SetError(f"expected one node, or several that differ, got {found!r}")
    return holders


def _url(name: str, url: Any) -> str:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise SetError(f"expected an address such as http://10.0.0.5:8451 of node {name}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SetError(
            f"expected an address without a name, a password or a query of node {name}: the token "
            "comes from the environment"
        )
    _ = parts.port  # a ValueError says what is wrong with it
    return str(url).rstrip("/")


def _refuse_unknown(found: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(found.keys() - known)
    if unknown:  # writing it again would lose them
        raise SetError(f"expected {', '.join(sorted(known))}; got {', '.join(unknown)}")


def _number(found: dict[str, Any], name: str) -> int:
    value = found[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SetError(f"expected a whole number as {name}, got {value!r}")
    return value


def _name(found: dict[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str) or not value.strip():
        raise SetError(f"expected a text as {name}, got {value!r}")
    return value


def _check_shards(content: SetFile) -> None:
    numbers = [one.number for one in content.shards]
    if not re.fullmatch(r"[0-9a-f]{16}", content.model_version):
        raise SetError(
            f"expected 16 hexadecimal digits as the model's version, got {content.model_version!r}"
        )
    if not numbers or len(set(numbers)) < len(numbers) or min(numbers) < 1:
        raise SetError(f"expected shards with numbers of their own from 1, got {numbers}")
    if max(numbers) >= content.next_shard or content.next_shard > MOST_SHARDS + 1:
        raise SetError(
            f"expected a next_shard above {max(numbers)} and up to {MOST_SHARDS + 1}, got "
            f"{content.next_shard}"
        )
    paths = [content.catalog, *(one.path for one in content.shards)]
    if len(set(paths)) < len(paths):
        raise SetError("expected a file of its own for each shard and the catalog")
    _check_slots([ends for one in content.shards for ends in one.slots])


def _check_slots(ranges: list[SlotRange]) -> None:
    wrong = [ends for ends in ranges if not 0 <= ends[0] <= ends[1] < SLOTS]
    if wrong:
        raise SetError(f"expected ranges of slots from 0 to {SLOTS - 1}, got {wrong[0]}")
    if joined_ranges(ranges) != ((0, SLOTS - 1),) or count_slots(ranges) != SLOTS:
        raise SetError(f"expected each of {SLOTS} slots in one shard, got {sorted(ranges)}")
