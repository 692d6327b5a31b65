"""What follows an ingest: the index, and what answers are judged by."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlclap.errors import LibraryBusyError, NoVectorsError, SidecarError, SidecarWarning

if TYPE_CHECKING:
    from sqlclap.ann import LibraryIndex
    from sqlclap.progress import ProgressListener
    from sqlclap.similarity import Reading


def follow_ingest(
    library: Reading, find_index: Callable[[], LibraryIndex], listener: ProgressListener | None
) -> None:
    """Bring the index and the background of scores up to date where much has changed.

    An index that can't be written gives a `SidecarWarning`. A background that can't be written
    now, since another program holds the library, is left to the next ingest.
    """
    from sqlclap.similarity import refresh_background, stored_model_of

    with suppress(NoVectorsError):
        try:
            find_index().refresh(listener)
        except SidecarError as error:
            warnings.warn(str(error), SidecarWarning, stacklevel=3)
    with suppress(NoVectorsError, LibraryBusyError):
        model = stored_model_of(library.connection, library.encoder)
        refresh_background(library.connection, model, library.encoder)
