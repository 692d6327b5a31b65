"""What a set gives to other programs and takes from them, as one library does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlclap.db.connection import expand_home

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.exchange.hoplite_export import HopliteExport
    from sqlclap.own_vectors.giving import VectorExport, VectorExportReport
    from sqlclap.own_vectors.qdrant import QdrantExport, QdrantReport
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.hoplite import SetHopliteReport
    from sqlclap.shards.opened import ShardSet


class SetExchanges:
    """Files and databases of other programs, of a set."""

    @property
    def _set(self) -> ShardSet:
        return cast("ShardSet", self)  # it is a part of that class

    def export_vectors(
        self, export: VectorExport, listener: ProgressListener | None = None
    ) -> VectorExportReport:
        """Write all shards' own vectors, in turn, to one file; see `Library.export_vectors`.

        Ids are the set's. A shard that can't be read is an error, and then there is no file.
        """
        from sqlclap.own_vectors.giving import check_file, write_file
        from sqlclap.shards.giving import given_by_set

        check_file(export.file)
        with given_by_set(self._set, export.only) as given:
            return write_file(given, export.file, listener)

    def export_to_qdrant(
        self, export: QdrantExport, listener: ProgressListener | None = None
    ) -> QdrantReport:
        """Write all shards' own vectors to a Qdrant server; see `Library.export_to_qdrant`.

        Ids are the set's. A shard that can't be read is an error, before anything is written.
        """
        from sqlclap.own_vectors.qdrant import Collection
        from sqlclap.shards.giving import given_by_set

        with Collection.opened(export) as collection, given_by_set(self._set, export.only) as given:
            return collection.write(given, listener)

    def take_hoplite(
        self,
        folder: str | Path,
        audio: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> SetHopliteReport:
        """Take in a database of perch-hoplite; see `Library.take_hoplite`.

        Raises
        ------
        SetError
            Its vectors are not of the set's model.
        HopliteError, NotInstalledError
        """
        from sqlclap.shards.hoplite import import_into_set

        place = None if audio is None else expand_home(audio)
        return import_into_set(self._set.session, expand_home(folder), place, listener)

    def write_hoplite(
        self, folder: str | Path, listener: ProgressListener | None = None
    ) -> HopliteExport:
        """Write all shards as one database of perch-hoplite; see `Library.write_hoplite`."""
        from sqlclap.shards.hoplite import export_set

        return export_set(self._set.session, expand_home(folder), listener)
