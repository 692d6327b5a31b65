"""Writes tags of a set's sounds into their files, and tells the shards and the catalog."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlclap.labels.file_tags import FilesReport, tell_library, write_tags
from sqlclap.labels.tags import Tag
from sqlclap.shards.catalog import copy_of
from sqlclap.shards.fleet import NOT_ANSWERING
from sqlclap.shards.targets import shard_of, sounds_by_ids, unknown_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


def write_tags_of_set(session: SetSession, tags: Sequence[Tag]) -> FilesReport:
    """Write labels into files; one that lies at a node, or whose shard is missing, stays as it is.

    Raises
    ------
    TransferError
        The ``tags`` extra is not installed.
    """
    report = FilesReport()
    by_shard: defaultdict[Shard, list[Tag]] = defaultdict(list)
    found, missing = sounds_by_ids(session, (tag.sample_id for tag in tags))
    for tag in tags:
        sound = found.get(tag.sample_id)
        if sound is None:
            report.failed.append((tag.file, unknown_id(session, tag.sample_id, missing)))
        else:
            shard = shard_of(session, sound)
            by_shard[shard].append(replace(tag, sample_id=sound.sample_id))
    for shard, some in by_shard.items():
        _write(session, shard, some, report)
    return report


def _write(session: SetSession, shard: Shard, tags: Sequence[Tag], report: FilesReport) -> None:
    try:
        with shard.open("write") as library:
            done = write_tags(library.connection, tags)
            failed = {file for file, _ in done.failed}
    except NOT_ANSWERING as error:
        report.failed += [(file, str(error)) for file in dict.fromkeys(one.file for one in tags)]
        return
    report.written += done.written
    report.failed += done.failed
    for tag in tags:
        if tag.file not in failed and tag.start_s is None:
            _tell_catalog(session, tag)


def _tell_catalog(session: SetSession, tag: Tag) -> None:
    catalog = session.catalog.database
    root = str(tag.file).removesuffix(tag.path).rstrip("/")
    copy = copy_of(catalog, session.file, root, tag.path)
    if copy is not None:
        tell_library(catalog, copy, tag.file)
