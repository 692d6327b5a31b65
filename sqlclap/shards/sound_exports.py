"""Sounds of a set given out as files, links, an archive or a list, as of one library."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.errors import ExportFilesError
from sqlclap.exchange.sound_export import SoundExportReport, give_out
from sqlclap.labels.store import find_label, list_labels
from sqlclap.search.request import Filter
from sqlclap.several import several
from sqlclap.shards.far_files import SetFiles
from sqlclap.shards.passing import passing_sounds
from sqlclap.shards.selection import select_sounds
from sqlclap.shards.sounds import samples_of

if TYPE_CHECKING:
    from sqlclap.exchange.sound_export import SoundChoice, SoundExport
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


class SetExportReport(SoundExportReport):
    """What became of an export of a set's sounds.

    Attributes
    ----------
    reach : Reach or None
        Whose sounds were looked for: others may lie in a shard that is missing. None where all
        sounds were named, and found.
    """

    reach: Reach | None

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return [] if self.reach is None else self.reach.remarks()


def export_sounds_of_set(
    session: SetSession, choice: SoundChoice, export: SoundExport, require_all: bool = False
) -> SetExportReport:
    """Give sounds of all shards out; see `sqlclap.exchange.sound_export.export_sounds`.

    Sounds that lie at nodes are copied from there, into folders and archives; they have no path
    here, so that they are left out of links and playlists.

    Raises
    ------
    ExportFilesError, UnknownSoundError, UnknownLabelError, QueryError, NotInstalledError
    PartialAnswerError
        A shard is missing that is required, or all are, or that of a sound that is named; nothing
        is written.
    """
    ids, reach = _chosen(session, choice)
    labels: dict[int, list[str]] = {}
    if export.by_label:
        labels, reach = _labels(session, choice, reach)
    if reach is not None:
        reach.check(require_all)
    if not ids and reach is not None and not reach.is_whole:
        raise ExportFilesError(f"there is nothing to export in the shards that answered: {reach}")
    samples = samples_of(session, ids)
    report = SetExportReport(**vars(give_out(samples, labels, export, SetFiles(samples))))
    report.reach = reach
    return report


def _chosen(session: SetSession, choice: SoundChoice) -> tuple[list[int], Reach | None]:
    """Return the sounds that are chosen, in the order of one library."""
    several(choice.labels, "labels")
    named = several(choice.sounds, "sounds")
    ids = select_sounds(session, named)
    if named and not choice.labels and choice.only.is_empty:
        return ids, None
    filters = [replace(choice.only, label=label) for label in choice.labels] or [choice.only]
    passing, reach = passing_sounds(session, filters)
    every = np.unique(np.concatenate(passing)).tolist()
    if not named:
        return every, reach
    among = set(every)
    return [one for one in ids if one in among], reach


def _labels(
    session: SetSession, choice: SoundChoice, reach: Reach | None
) -> tuple[dict[int, list[str]], Reach | None]:
    """Return the labels of sounds that are told by folders: all, or those that were asked for."""
    catalog = session.catalog.database
    names = [one.name for one in list_labels(catalog)]
    if choice.labels:
        names = [find_label(catalog, one).name for one in choice.labels]
    names = sorted(set(names), key=str.lower)
    if not names:
        return {}, reach
    held, told = passing_sounds(session, [Filter(label=one) for one in names])
    labels: dict[int, list[str]] = {}
    for name, ids in zip(names, held, strict=True):
        for one in ids.tolist():
            labels.setdefault(one, []).append(name)
    return labels, told if reach is None or not told.is_whole else reach
