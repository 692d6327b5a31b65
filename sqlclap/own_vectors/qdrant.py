"""Writes vectors to a collection of a Qdrant server, through its own client (extra ``qdrant``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlclap.errors import NotInstalledError, OwnVectorsError
from sqlclap.progress import NullProgress
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    from sqlclap.own_vectors.giving import Given, Lot
    from sqlclap.progress import ProgressListener

BATCH = 500
"""Points of a request: 512 numbers each are 5 MB of JSON, and servers take 32 MB."""
KEY = "QDRANT_API_KEY"
TIMEOUT_S = 60
HERE = ("localhost", "127.0.0.1", "::1")
_LEFT_OUT = ("id",)  # the path once more


@dataclass(frozen=True)
class QdrantExport:
    """What is written, and where; a key is taken from the environment alone (QDRANT_API_KEY).

    Attributes
    ----------
    url : str
        Of the server, with its port: ``http://localhost:6333``.
    collection : str
    only : Filter
    resume : bool
        The collection may be there: this export was broken off, or is brought up to date.
    """

    url: str
    collection: str = "sqlclap"
    only: Filter = field(default_factory=Filter)
    resume: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise OwnVectorsError("expected a server's address such as http://localhost:6333")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise OwnVectorsError(f"an address holds no credentials: set {KEY} instead")
        if not self.collection:
            raise OwnVectorsError("a collection needs a name")
        if os.environ.get(KEY) and parts.scheme == "http" and parts.hostname not in HERE:
            raise OwnVectorsError(f"{KEY} is set, and is only sent over https: {self.url} is not")


@dataclass(frozen=True)
class QdrantReport:
    """What was written.

    Attributes
    ----------
    url, collection : str
    model, model_version : str
    dim, vectors : int
    """

    url: str
    collection: str
    model: str
    model_version: str
    dim: int
    vectors: int


def connect(url: str) -> Any:
    """Return a client of a server; nothing is asked yet.

    Raises
    ------
    NotInstalledError
    """
    try:
        import qdrant_client
    except ImportError as error:
        raise NotInstalledError(
            "Qdrant is written to by the package qdrant-client: pip install 'sqlclap[qdrant]'"
        ) from error
    return qdrant_client.QdrantClient(
        url=url,
        api_key=os.environ.get(KEY) or None,
        timeout=TIMEOUT_S,
        check_compatibility=False,  # it asks, and warns, before there is a question
    )


class Collection:
    """A collection that is written to.

    Parameters
    ----------
    client : QdrantClient
    export : QdrantExport
    """

    def __init__(self, client: Any, export: QdrantExport) -> None:
        from qdrant_client import models

        self._client, self._export = client, export
        self._models: Any = models

    @classmethod
    @contextmanager
    def opened(cls, export: QdrantExport) -> Iterator[Collection]:
        """Connect, and check whether the collection may be there.

        Raises
        ------
        OwnVectorsError, NotInstalledError
        """
        client = connect(export.url)
        try:
            found = cls(client, export)
            if found._is_there() and not export.resume:
                raise OwnVectorsError(
                    f"{found} is there already: name another one, or resume its export"
                )
            yield found
        finally:
            client.close()

    def __str__(self) -> str:
        return f"collection {self._export.collection!r} at {self._export.url}"

    def write(self, given: Given, listener: ProgressListener | None = None) -> QdrantReport:
        """Write all vectors; lots that were written stay there after an error.

        Raises
        ------
        OwnVectorsError
        """
        model, count, is_ready = given.model, 0, False
        for lot in given.told(listener or NullProgress()):
            if not is_ready:  # with something to write: no empty collection is left
                self._prepare(given)
                is_ready = True
            for start in range(0, len(lot.vectors), BATCH):
                self._write_batch(given, lot, slice(start, start + BATCH))
            count += len(lot.vectors)
        to = self._export
        return QdrantReport(
            to.url, to.collection, model.name, model.model_version, model.dim, count
        )

    def _is_there(self) -> bool:
        with self._asking():
            return bool(self._client.collection_exists(self._export.collection))

    def _prepare(self, given: Given) -> None:
        """Make the collection, or check that one that is there takes these vectors."""
        models, name = self._models, self._export.collection
        if not self._is_there():
            form = models.VectorParams(size=given.model.dim, distance=models.Distance.COSINE)
            with self._asking():
                self._client.create_collection(name, vectors_config=form)
            return
        with self._asking():
            form = self._client.get_collection(name).config.params.vectors
            points, _ = self._client.scroll(name, limit=1)
        size, distance = getattr(form, "size", None), getattr(form, "distance", None)
        if size != given.model.dim or distance != models.Distance.COSINE:
            raise OwnVectorsError(
                f"{self} is not of {given.model.dim:,} numbers with cosine distance: name another"
            )
        versions = {(one.payload or {}).get("model_version") for one in points}
        if versions - {given.model.model_version}:
            raise OwnVectorsError(f"{self} holds vectors of another model: name another")

    def _write_batch(self, given: Given, lot: Lot, rows: slice) -> None:
        columns = {
            name: values[rows] for name, values in lot.columns.items() if name not in _LEFT_OUT
        }
        ids = columns["sample_id"]
        said = {"model": given.model.name, "model_version": given.model.model_version}
        payloads = [
            dict(zip(columns, row, strict=True)) | said
            for row in zip(*columns.values(), strict=True)
        ]
        if self._export.resume:
            self._check_same(dict(zip(ids, payloads, strict=True)))
        batch = self._models.Batch(ids=ids, vectors=lot.vectors[rows].tolist(), payloads=payloads)
        with self._asking():
            self._client.upsert(self._export.collection, batch, wait=True)

    def _check_same(self, payloads: dict[int, dict[str, Any]]) -> None:
        """Check that points which are there are the same sounds: two libraries number alike."""
        with self._asking():
            there = self._client.retrieve(self._export.collection, list(payloads))
        keys = ("root", "path", "model_version")
        for point in there:
            held, mine = point.payload or {}, payloads[int(point.id)]
            if any(held.get(key) != mine[key] for key in keys):
                raise OwnVectorsError(
                    f"{self} holds another sound as {point.id}: it is another library's, or sounds "
                    f"were moved since; name another"
                )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn the client's errors into one line."""
        from qdrant_client.http.exceptions import ApiException

        try:
            yield
        except (ApiException, OSError, ValueError, RuntimeError) as error:
            told = " ".join(str(error).split())[:300]
            raise OwnVectorsError(f"{self} can't be used: {told}") from error
