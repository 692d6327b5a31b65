"""Tags of a set: those by hand, which its catalog has, and those of runs, which its shards have."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import PartialAnswerError
from sqlclap.labels.file_tags import FilesReport
from sqlclap.labels.labels import Labels
from sqlclap.labels.sample_labels import SampleTag
from sqlclap.labels.store import LabelOverview, find_label
from sqlclap.labels.tag_conflicts import tags_held
from sqlclap.labels.tagging import BY_HAND, check_written_tags
from sqlclap.labels.tags import PastRun, Tag, undo_run
from sqlclap.notebook.results import Results
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import held_copies, ids_of_copies
from sqlclap.shards.lacking_tags import checked_reach, reach_of_tags
from sqlclap.shards.tag_files import write_tags_of_set
from sqlclap.shards.tag_jobs import CountTagged, PartsOfRuns, ReadTags, TagsOfSound
from sqlclap.shards.tag_runs import named_runs, runs_of_set
from sqlclap.shards.tag_writing import SetTagger, SetTagRuns
from sqlclap.shards.targets import shard_of, sound_by_id
from sqlclap.shards.walking import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.labels.tagging import TagRequest
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.jobs import SetSound
    from sqlclap.shards.session import SetSession


class SetTags(Results[Tag]):
    """Tags of a set, by path; ids are the set's.

    Attributes
    ----------
    reach : Reach or None
        None where no shard had to be asked: no run is in force.
    """

    def __init__(self, tags: Iterable[Tag], reach: Reach | None) -> None:
        super().__init__(tags, Tag)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return [] if self.reach is None else self.reach.remarks()


class SetRuns(Results[PastRun]):
    """The tag runs of a set, oldest first.

    Attributes
    ----------
    unwritten : dict of int to tuple of int
        Runs in force that shards have no part of, with these shards' numbers.
    reach : Reach or None
        Who told; None where no shard had to be asked.
    """

    def __init__(
        self, runs: Iterable[PastRun], unwritten: dict[int, tuple[int, ...]], reach: Reach | None
    ) -> None:
        super().__init__(runs, PastRun)
        self.unwritten = unwritten
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        told = [] if self.reach is None else self.reach.remarks()
        return told + [
            f"run {run} is not in shard {', '.join(map(str, shards))} yet: resume it"
            for run, shards in self.unwritten.items()
        ]


class SetOverview(Results[LabelOverview]):
    """The labels of a set with what they hold.

    Attributes
    ----------
    reach : Reach or None
        Who counted sounds that are tagged; None where no shard had to be asked.
    """

    def __init__(self, rows: Iterable[LabelOverview], reach: Reach | None) -> None:
        super().__init__(rows, LabelOverview)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return [] if self.reach is None else self.reach.remarks()


class TagsOfSet(Labels):
    """The part of a set's labels that is about tags."""

    _set: SetSession
    _require_all: bool

    def tag(self, request: TagRequest, listener: ProgressListener | None = None) -> SetTagRuns:
        """Tag sounds of all shards that match with enough confidence; see `Labels.tag`.

        The runs are the catalog's; shards get their parts one after the other, each in one
        transaction. What could not be written, `SetTagRuns.reach` tells, and `resume_tags` writes.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are; nothing is tagged.
        SetError
            Another program tags, or shards are being split or joined.
        """
        return SetTagger(self._set, listener).tag(request, self._require_all)

    def resume_tags(self, listener: ProgressListener | None = None) -> SetTagRuns:
        """Write what shards lack of runs that are in force; nothing is done where they lack none.

        Raises
        ------
        QueryError
            Labels, anchors or settings have changed since: the parts would not be alike.
        SetError
            Another program tags, or shards are being split or joined.
        """
        return SetTagger(self._set, listener).resume()

    def untag(self, run_id: int) -> int:
        """Undo a run, and return how many tags went, as far as shards can be asked.

        It is undone everywhere at once: tags count as long as the catalog has their run in force.
        """
        database = self._session.database
        if run_id not in runs_of_set(database):
            return super().untag(run_id)
        found, _ = self._set.ask(PartsOfRuns((run_id,)))
        with write_transaction(database):
            undo_run(database, run_id)
        return sum(one.get(run_id, 0) for one in found.answers)

    def tags(self, name: str | None = None) -> SetTags:
        """Return the tags in force, of one label or of all; see `Labels.tags`.

        Of a tag by hand whose sound's shard is missing, the id is 0.
        """
        ids, told = held_copies(self._set)
        by_hand = [replace(one, sample_id=ids.get(one.sample_id, 0)) for one in super().tags(name)]
        runs = named_runs(self._session.database)
        if name is not None:
            label = find_label(self._session.database, name).name
            runs = {run: one for run, one in runs.items() if one == label}
        if not runs:
            return SetTags(by_hand, None if all(one.sample_id for one in by_hand) else told)
        found = walk(self._set, lambda begins: ReadTags(runs, begins))
        names = None if name is None else [name]
        reach = checked_reach(self._set, found.reach, names, self._require_all)
        every = [*by_hand, *(one for page in found.pages for one in page)]
        return SetTags(_in_force(every), reach)

    def tags_of_sound(self, set_id: int) -> Sequence[SampleTag]:
        """Return the tags in force on a sound: those by hand first, then the best.

        Raises
        ------
        UnknownSoundError
        PartialAnswerError
            Its shard can't be asked.
        """
        runs, sound = named_runs(self._session.database), sound_by_id(self._set, set_id)
        found = self._set.fleet.ask([shard_of(self._set, sound)], TagsOfSound(runs, set_id))
        if found.missing:
            raise PartialAnswerError(f"its tags can't be read{found.told_missing}")
        tags = [one for part in found.answers for one in part]
        of_runs = [
            (one.label, one.run_id, one.score, one.confidence, one.start_s, one.end_s)
            for one in tags
        ]
        last: dict[tuple[object, ...], tuple[Any, ...]] = {}
        for row in (*self._by_hand(sound), *of_runs):
            pair = (row[0], *row[4:])
            if pair not in last or last[pair][1] < row[1]:
                last[pair] = row
        told = (SampleTag(label, *rest) for label, _, *rest in last.values())
        return sorted(told, key=_best_first)

    def overview(self) -> SetOverview:
        """Return each label with what it holds, over all shards; see `Labels.overview`."""
        rows, database = super().overview(), self._session.database
        runs = named_runs(database)
        if not runs:
            return SetOverview(rows, None)
        held = (*tags_held(database, moments=False), *tags_held(database, moments=True))
        by_hand = {(name, copy) for copy, name, _ in held}
        copies = {copy for _, copy in by_hand}
        every = catalog_sounds(database, self._set.file)
        sounds = tuple(one for one in every if one.sample_id in copies)
        found, reach = self._set.ask(CountTagged(runs, tuple(sorted(by_hand)), sounds))
        counts: Counter[str] = Counter()
        for part in found.answers:
            counts.update(part)
        for row in rows:
            row["tagged"] += counts[row["name"]]
        return SetOverview(rows, reach_of_tags(self._set, reach))

    def runs(self) -> SetRuns:
        """Return all tag runs, undone ones as well, oldest first; see `Labels.runs`."""
        rows, of_set = super().runs(), runs_of_set(self._session.database)
        if not of_set:
            return SetRuns(rows, {}, None)
        found, reach = self._set.ask(PartsOfRuns(tuple(of_set)))
        lacking = {
            run: tuple(number for number, parts in found.parts if run not in parts)
            for run in of_set
        }
        for row in rows:
            there = sum(parts.get(row["run_id"], 0) for parts in found.answers)
            row["tagged"] = max(row["tagged"], there)
        return SetRuns(rows, {run: some for run, some in lacking.items() if some}, reach)

    def write_files(self, tags: Iterable[Tag], force: bool = False) -> FilesReport:
        """Write labels into sound files' own metadata; see `Labels.write_files`.

        Each shard is told that its files have changed, and so is the catalog. A file at a node is
        left as it is, and so is one of a shard that can't be written.
        """
        chosen = [*tags]
        if not force and any(tag.confidence != BY_HAND for tag in chosen):
            check_written_tags(self._session.database, self._set.scorer, chosen)
        return write_tags_of_set(self._set, chosen)

    def _by_hand(self, sound: SetSound) -> Sequence[tuple[Any, ...]]:
        """Return the tags by hand of a sound: label, run, score, confidence and span."""
        database = self._session.database
        every = catalog_sounds(database, self._set.file)
        alike = [one for one in every if one.name.endswith(f"/{sound.path}")]
        ids = ids_of_copies(self._set, alike)
        copies = [copy for copy, whole in ids.items() if whole == sound.whole]
        query = statement("shards/copy_tags")
        return [row for copy in copies for row in database.execute(query, (copy,))]


def _in_force(tags: Iterable[Tag]) -> list[Tag]:
    """Return each pair's last tag, by path."""
    last: dict[tuple[object, ...], Tag] = {}
    for at, one in enumerate(tags):
        pair = (one.sample_id or -at, one.label, one.start_s, one.end_s)
        if pair not in last or last[pair].run_id < one.run_id:
            last[pair] = one
    return sorted(last.values(), key=_by_path)


def _by_path(tag: Tag) -> tuple[object, ...]:
    start_s, end_s = (-1.0 if one is None else one for one in (tag.start_s, tag.end_s))
    return tag.path.encode(), tag.sample_id, start_s, end_s, tag.label.lower()


def _best_first(tag: SampleTag) -> tuple[bool, float, str]:
    return tag.confidence != BY_HAND, math.inf if tag.score is None else -tag.score, tag.label
