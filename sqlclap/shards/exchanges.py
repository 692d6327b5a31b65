"""What a set gives to other programs and takes from them, as one library does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlclap.homes import expand_home

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.exchange.hoplite_export import HopliteExport
    from sqlclap.exchange.sound_export import SoundChoice, SoundExport
    from sqlclap.own_vectors.giving import VectorExport, VectorExportReport
    from sqlclap.own_vectors.qdrant import QdrantExport, QdrantReport
    from sqlclap.own_vectors.taking import VectorImport
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.annotations import SetAnnotations
    from sqlclap.shards.hoplite import SetHopliteReport
    from sqlclap.shards.opened import ShardSet
    from sqlclap.shards.sound_exports import SetExportReport
    from sqlclap.shards.stored_queries import SetStoredQueries
    from sqlclap.shards.vector_import import SetVectorImportReport


class SetExchanges:
    """Files and databases of other programs, of a set."""

    @property
    def _set(self) -> ShardSet:
        return cast("ShardSet", self)  # it is a part of that class

    @property
    def annotations(self) -> SetAnnotations:
        """Annotations for other programs: to give out, to cut clips by."""
        from sqlclap.shards.annotations import SetAnnotations

        return SetAnnotations(self._set.session, self._set.options.require_all)

    @property
    def stored_queries(self) -> SetStoredQueries:
        """Queries kept as vectors, in the catalog and in every shard: to make, list, remove."""
        from sqlclap.shards.stored_queries import SetStoredQueries

        return SetStoredQueries(self._set.session, self._set.options.require_all)

    def export(self, choice: SoundChoice, export: SoundExport) -> SetExportReport:
        """Give sounds of all shards out; see `Library.export`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are, or that of a sound that is named.
        """
        from sqlclap.shards.sound_exports import export_sounds_of_set

        opened = self._set
        return export_sounds_of_set(opened.session, choice, export, opened.options.require_all)

    def import_vectors(
        self, request: VectorImport, listener: ProgressListener | None = None
    ) -> SetVectorImportReport:
        """Take in a file of vectors; see `Library.import_vectors`.

        Each row goes into the shard of its sound. An empty set takes over the vectors' model.

        Raises
        ------
        OwnVectorsError
            The file can't be read, or the model can't be what is declared.
        SetError, NotInstalledError
        """
        from sqlclap.shards.vector_import import import_into_set

        opened = self._set
        try:
            return import_into_set(opened.session, request, listener)
        finally:
            if opened.session.file.model_version != opened.file.model_version:
                opened.follow_model()

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
