"""Work after an ingest: updating the index and the background of scores."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlclap.errors import (
    LibraryBusyError,
    ModelError,
    NoVectorsError,
    SidecarError,
    SidecarWarning,
    UnknownModelError,
)

if TYPE_CHECKING:
    from sqlclap.progress import ProgressListener
    from sqlclap.session import Session


def follow_ingest(session: Session, listener: ProgressListener | None) -> None:
    """Bring the index and the background of scores up to date where much has changed.

    An index that can't be written gives a `SidecarWarning`. A background that can't be written
    now, since another program holds the library, or since the model isn't here, is left to the next
    ingest.
    """
    from sqlclap.index.handle import LibraryIndex
    from sqlclap.search.background import refresh_background
    from sqlclap.search.spans import refresh_span_vectors

    with suppress(NoVectorsError):
        try:
            LibraryIndex(session.database, session.model).refresh(listener)
        except SidecarError as error:
            warnings.warn(str(error), SidecarWarning, stacklevel=3)
    with suppress(NoVectorsError, LibraryBusyError, ModelError):
        refresh_span_vectors(session).tell()
    with suppress(NoVectorsError, LibraryBusyError, UnknownModelError):
        model = session.query_model
        refresh_background(session.database, model.stored, model.encoder)
