"""What a library takes in and gives out of vectors that others made: a part of `Library`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors

if TYPE_CHECKING:
    from sqlclap.own_vectors.giving import VectorExport, VectorExportReport
    from sqlclap.own_vectors.qdrant import QdrantExport, QdrantReport
    from sqlclap.own_vectors.taking import VectorImport, VectorImportReport
    from sqlclap.progress import ProgressListener
    from sqlclap.session import Session


class OwnVectorFiles(TranslatesErrors):
    """Files of vectors."""

    session: Session

    def import_vectors(
        self, request: VectorImport, listener: ProgressListener | None = None
    ) -> VectorImportReport:
        """Take in a file of vectors under a declared model.

        They are stored in lots; an import that was broken off can be done again, and doing it
        twice changes nothing. Rows that can't be taken in are kept as failures, and the rest is
        taken in.

        Parameters
        ----------
        request : VectorImport
        listener : ProgressListener, optional
            Is told of the stages ``vectors`` (rows) and ``index`` (vectors).

        Raises
        ------
        OwnVectorsError
            The file can't be read, or the model can't be what is declared.
        NotInstalledError
            For Parquet: pyarrow is not there.
        """
        from sqlclap.own_vectors.taking import import_vectors

        return import_vectors(self.session, request, listener)

    def export_vectors(
        self, export: VectorExport, listener: ProgressListener | None = None
    ) -> VectorExportReport:
        """Write sounds' own vectors, as they are stored, with what is known of the sounds.

        Parameters
        ----------
        export : VectorExport
        listener : ProgressListener, optional
            Is told of the stage ``vectors`` (sounds).

        Raises
        ------
        OwnVectorsError
            The file is there already, can't be written, or is of another form; or there is nothing
            to write.
        QueryError
            A filter can't be used.
        NoVectorsError
            The library holds no vectors of the model in use.
        NotInstalledError
            For Parquet: pyarrow is not there.
        """
        from sqlclap.own_vectors.giving import export_vectors

        return export_vectors(self.session, export, listener)

    def export_to_qdrant(
        self, export: QdrantExport, listener: ProgressListener | None = None
    ) -> QdrantReport:
        """Write sounds' own vectors to a collection of a Qdrant server.

        Lot by lot: what was written before an error stays there. Done again with
        `export.resume`, it writes the same points once more and the rest.

        Parameters
        ----------
        export : QdrantExport
        listener : ProgressListener, optional
            Is told of the stage ``vectors`` (sounds).

        Raises
        ------
        OwnVectorsError
            The server can't be used, the collection is there already or is another's, or there is
            nothing to write.
        QueryError
            A filter can't be used.
        NoVectorsError
            The library holds no vectors of the model in use.
        NotInstalledError
            qdrant-client is not there.
        """
        from sqlclap.own_vectors.giving import given_by
        from sqlclap.own_vectors.qdrant import Collection

        with Collection.opened(export) as collection, given_by(self.session, export.only) as given:
            return collection.write(given, listener)
