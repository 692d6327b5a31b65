"""A stateless worker: reads and embeds a batch of files with one thread, and knows no library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import BundleError

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask
    from sqlclap.models.bundle import Bundle

WINDOWS_UNDER_WAY = 32


class EncoderWorker:
    """The model at work in a process of its own.

    Parameters
    ----------
    bundle : Bundle
        Of the library's machine; on another one, its files are kept once a node, by their hash.
    files : callable
        Gives the bundle's files by name; called on a node that lacks them.
    """

    def __init__(self, bundle: Bundle, files: Callable[[], dict[str, bytes]]) -> None:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from sqlclap.audio.descriptor_plugins import find_plugins
        from sqlclap.models.encoder import Encoder

        self._encoder = Encoder(bundle_here(bundle, files), threads=1)
        self._encoder.prepare_audio()
        self._plugins = tuple(find_plugins())

    def is_ready(self) -> bool:
        """Return True: what is asked of a worker waits until it has started."""
        return True

    def embed(self, tasks: tuple[FileTask, ...]) -> list[Outcome]:
        """Return what becomes of each task; a file that can't be used is one's failure."""
        return [*self._outcomes(tasks)]

    def _outcomes(self, tasks: tuple[FileTask, ...]) -> Iterator[Outcome]:
        from sqlclap.db.exact import ONE_THREAD
        from sqlclap.ingest.embedding import WindowBatcher
        from sqlclap.ingest.orphaned import OrphanedSamples
        from sqlclap.ingest.reading import SoundReader

        reader = SoundReader(self._encoder.front_end, OrphanedSamples(), self._plugins)
        with ONE_THREAD, closing(WindowBatcher(self._encoder, WINDOWS_UNDER_WAY)) as batcher:
            for task in tasks:
                for item in reader.read(task):
                    yield from batcher.add(item)
            yield from batcher.flush()


def bundle_files(bundle: Bundle) -> dict[str, bytes]:
    """Return a bundle's files by name, to be sent to other machines."""
    return {file.name: file.read_bytes() for file in bundle.folder.iterdir() if file.is_file()}


def bundle_here(bundle: Bundle, files: Callable[[], dict[str, bytes]]) -> Bundle:
    """Return a bundle whose files are on this machine, made of what was sent where they aren't.

    Raises
    ------
    BundleError
        They can't be written.
    """
    if (bundle.folder / "contract.json").is_file():
        return bundle
    from sqlclap.durable import write_whole
    from sqlclap.models.bundle import home

    folder = home() / "sent" / bundle.model_version
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sent = files()
        # The contract comes last: a folder that has it is whole. Hashes are checked at loading.
        for name in sorted(sent, key=lambda one: one == "contract.json"):
            target = folder / Path(name).name
            if not target.is_file():
                write_whole(target, sent[name])
    except OSError as error:
        raise BundleError(f"the model can't be kept in {folder}: {error}") from error
    return replace(bundle, folder=folder)
