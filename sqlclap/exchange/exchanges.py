"""What a library exchanges with other programs: a part of `Library`, which loads it when asked."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors
from sqlclap.homes import expand_home

if TYPE_CHECKING:
    from sqlclap.attach.handle import Attachments
    from sqlclap.exchange.hoplite_export import HopliteExport
    from sqlclap.exchange.hoplite_import import HopliteReport
    from sqlclap.exchange.library_annotations import Annotations
    from sqlclap.exchange.sound_export import SoundChoice, SoundExport, SoundExportReport
    from sqlclap.progress import ProgressListener
    from sqlclap.session import Session


class Exchanges(TranslatesErrors):
    """Annotations and databases of other programs."""

    session: Session

    @cached_property
    def annotations(self) -> Annotations:
        """Annotations of other programs: to take in, to give out, to cut clips by."""
        from sqlclap.exchange.library_annotations import Annotations

        return Annotations(self.session)

    @cached_property
    def attachments(self) -> Attachments:
        """Tables of other databases whose rows name sounds: to attach, to look at, to detach."""
        from sqlclap.attach.handle import Attachments

        return Attachments(self.session)

    def export(self, choice: SoundChoice, export: SoundExport) -> SoundExportReport:
        """Give sounds out: as files, links, an archive or a list; nothing is overwritten.

        Raises
        ------
        ExportFilesError
            There is nothing to give out; the target is there already, or can't be written.
        UnknownSoundError, UnknownLabelError, QueryError
            A sound, a label or a filter that is none.
        NotInstalledError
            For Parquet: the extra ``notebook`` is not installed.
        """
        from sqlclap.exchange.sound_export import export_sounds

        return export_sounds(self.session, choice, export)

    def take_hoplite(
        self,
        folder: str | Path,
        audio: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> HopliteReport:
        """Take in a database of perch-hoplite: recordings, windows, vectors, votes, deployments.

        The library answers searches by its own sounds at once. Doing it twice changes nothing.

        Parameters
        ----------
        folder : str or Path
            Of the database.
        audio : str or Path, optional
            Folder of the recordings; by default the one that the database names.
        listener : ProgressListener, optional
            Is told of the stages ``hoplite`` (recordings) and ``index`` (vectors).

        Raises
        ------
        HopliteError
            The database can't be read, is damaged, or doesn't say where its recordings lie.
        NotInstalledError
            The extra ``hoplite`` is not installed.
        """
        from sqlclap.exchange.hoplite_import import import_hoplite
        from sqlclap.upkeep import follow_ingest

        place = None if audio is None else expand_home(audio)
        report = import_hoplite(self.session, expand_home(folder), place, listener)
        follow_ingest(self.session, listener)
        return report

    def write_hoplite(
        self, folder: str | Path, listener: ProgressListener | None = None
    ) -> HopliteExport:
        """Write the library as a database of perch-hoplite into a new folder.

        Raises
        ------
        HopliteError
            The folder holds something, or can't be written.
        NoVectorsError
            The library holds no vectors of the model in use.
        NotInstalledError
            The extra ``hoplite`` is not installed.
        """
        from sqlclap.exchange.hoplite_export import export_hoplite

        return export_hoplite(self.session, expand_home(folder), listener)
