"""What follows an ingest: the index, and what answers are judged by."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from sqlclap.errors import LibraryBusyError, NoVectorsError, SidecarError, SidecarWarning

if TYPE_CHECKING:
    import apsw

    from sqlclap.ann import BuildListener, LibraryIndex
    from sqlclap.models import Encoder


def let_index_follow(index: LibraryIndex, listener: BuildListener | None) -> None:
    """Bring the index up to date where much has changed; one that can't be written is told."""
    try:
        index.refresh(listener)
    except SidecarError as error:
        warnings.warn(str(error), SidecarWarning, stacklevel=4)


def let_background_follow(connection: apsw.Connection, encoder: Encoder) -> None:
    """Keep what answers are judged by; where it can't be written now, the next ingest does."""
    from sqlclap.similarity import refresh_background, stored_model_of

    try:
        refresh_background(connection, stored_model_of(connection, encoder), encoder)
    except (NoVectorsError, LibraryBusyError):
        return
