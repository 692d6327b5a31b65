"""The same files in one library and in a set, of which the same is said; files get other names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlclap
from sqlclap import IngestOptions
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.making import init_set
from tests.support.sounds import noise, tone, write_sound
from tests.support.spread_sounds import spread_folders

NAMES = [f"kit/tone-{number}.wav" for number in range(9)]
NOISE = "loose/noise.wav"
OUTCOMES = ("new", "changed", "moved", "restored", "unchanged", "missing", "merged", "pruned")


class RenameScene:
    """A library `one.db` and a set `set.toml` of three shards in a folder, of the same sounds.

    Parameters
    ----------
    folder, model : Path
    names : iterable of str, optional
        Of sounds, all of which differ.
    """

    def __init__(self, folder: Path, model: Path, names: Iterable[str] = (*NAMES, NOISE)) -> None:
        self.folder, self.model = folder, str(model)
        folder.mkdir(exist_ok=True)
        self.set, self.one = folder / "set.toml", folder / "one.db"
        names = [*names]
        with init_set(self.set, 3, self.model) as made:
            self.sounds = next(spread_folders(made, names))
        for number, name in enumerate(names):
            write_sound(self.sounds / name, noise(3) if name == NOISE else tone(90 + 37 * number))
            os.utime(self.sounds / name, ns=(0, (10**9 + number) * 10**9))  # no two at once

    @contextmanager
    def opened_set(self) -> Any:
        """Yield the set."""
        with open_set(self.set, SetOptions(model=self.model)) as opened:
            yield opened

    @contextmanager
    def both(self) -> Any:
        """Yield the library and the set."""
        with sqlclap.open(self.one, model=self.model) as library, self.opened_set() as opened:
            yield library, opened

    def ingest(self, *paths: Path, prune: bool = False) -> list[dict[str, int]]:
        """Let both take in the same; return what became of how many files."""
        with self.both() as both:
            options = IngestOptions(prune=prune)
            reports = [one.ingest(paths or [self.sounds], options) for one in both]
        return [counts(report) for report in reports]

    def shard_of(self, name: str) -> int:
        """Return the shard that a name below the sounds' folder belongs to."""
        with self.opened_set() as opened:
            return int(opened.shard_of(str(self.sounds), name).number)

    def name_in(self, shards: Callable[[int], bool], form: str = "new-{}.wav") -> str:
        """Return a name of a form whose shard is one that is wanted."""
        names = (form.format(number) for number in range(1_000))
        return next(one for one in names if shards(self.shard_of(one)))

    def rename(self, name: str, new: str) -> None:
        """Give a file another name."""
        (self.sounds / new).parent.mkdir(parents=True, exist_ok=True)
        (self.sounds / name).rename(self.sounds / new)

    def swap(self, one: str, other: str) -> None:
        """Let two files swap their names."""
        self.rename(one, "aside.wav")
        self.rename(other, one)
        self.rename("aside.wav", other)

    def rename_across(self, names: Iterable[str] = NAMES) -> dict[str, str]:
        """Give files names of other shards; return the new names by the old ones."""
        found = {}
        for name in names:
            form = f"renamed/{{}}-{Path(name).name}"
            found[name] = self.name_in(self.shard_of(name).__ne__, form)
            self.rename(name, found[name])
        return found

    def check_settled(self) -> None:
        """Check that no sound of the set's shards is missing, and nothing is left to follow."""
        with self.opened_set() as opened:
            for shard in opened.shards:
                with shard.open("read") as library:
                    found = library.connection.execute("SELECT DISTINCT status FROM samples")
                    assert {*found} <= {("ok",)}  # a shard may hold none by now
                    assert library.connection.execute("SELECT count(*) FROM set_renamed").get == 0

    def say(self) -> None:
        """Say something of most sounds, in every way, in both."""
        with self.both() as both:
            for one in both:
                say(one)

    def said(self) -> list[dict[str, Any]]:
        """Return what is said in the library and in the set, by the sounds' names."""
        with self.both() as both:
            return [said(one) for one in both]

    def check_alike(self) -> dict[str, Any]:
        """Check that the same is said in both, and all is well; return what is said."""
        library, made = self.said()
        for what, rows in library.items():
            assert made[what] == rows, what
        with self.opened_set() as opened:
            report = verify_set(opened)
            assert report.is_well, report.problems
        return library


def counts(report: Any) -> dict[str, int]:
    """Return what became of how many files, as far as it did of any."""
    found = {name: getattr(report, name) for name in OUTCOMES}
    return {name: count for name, count in found.items() if count}


def say(opened: sqlclap.Library | ShardSet) -> None:
    """Say something of sounds, in every way that there is."""
    labels, curation = opened.labels, opened.curation
    labels.ensure("low", NAMES[:3])
    labels.ensure("hiss", [NOISE])
    labels.add_anchors("low", [f"{NAMES[3]}@0.1-0.3"])
    labels.add_anchors("hiss", [NAMES[8]], "negative")
    labels.vote("low", [NAMES[4]], CastVote("accept"))
    labels.vote("low", [NAMES[5]], CastVote("reject"))
    labels.vote("low", [NAMES[4]], CastVote("reject"))
    labels.tag_by_hand("hiss", [NAMES[6]])
    labels.change("low", threshold=0.05)
    labels.tag(TagRequest(labels=("low",), confidence="low", force=True))
    curation.add_favourites([NAMES[0], NAMES[5], NOISE])
    curation.rate([NAMES[1]], 4)
    curation.note([NAMES[2]], "dusty")
    curation.record_use([NAMES[7]], "play")
    opened.collections.add("Track 7", [NAMES[3], NAMES[8], NOISE])


def said(opened: sqlclap.Library | ShardSet) -> dict[str, Any]:
    """Return all that is said of sounds, by their paths."""
    labels, curation = opened.labels, opened.curation
    names = [one.name for one in labels.list()]
    lists = (curation.favourites(), curation.rated(), curation.noted(), curation.recent(99))
    kept = {one.sample_id: one for some in lists for one in some}
    return {
        "anchors": sorted(
            (name, one.path, one.polarity, one.start_s or 0)
            for name in names
            for one in labels.anchors(name)
        ),
        "votes": [(name, one.path, one.verdict) for name in names for one in labels.votes(name)],
        "tags": sorted((one.label, one.path, one.run_id is None) for one in labels.tags()),
        "kept": sorted(
            (one.path, one.favourite, one.rating or 0, one.note or "", one.last_action or "")
            for one in kept.values()
        ),
        "collections": sorted(
            (one.path, one.status)
            for group in opened.collections.list()
            for one in opened.collections.sounds(group.name)
        ),
        "matches": sorted(
            (one.path, round(one.score, 4)) for name in names for one in labels.matches(name, 50)
        ),
        "found": sorted(one.path for one in opened.search("tone", 100)),
    }
