"""Writers of vectors, one for each form of file."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from sqlclap.durable import draft_of
from sqlclap.errors import OwnVectorsError
from sqlclap.notebook.frames import installed
from sqlclap.own_vectors.parquet import METADATA

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.stored_models import StoredModel

Columns = Mapping[str, list[Any]]
VECTOR = "vector"
_TYPES = {
    "id": "string", "sample_id": "int64", "root": "string", "path": "string",
    "content_hash": "string", "duration_s": "float64", "sample_rate": "int64",
    "channels": "int64", "format": "string", "status": "string",
}  # fmt: skip


class VectorWriter:
    """Writes lots of vectors to a draft; a context manager.

    Parameters
    ----------
    draft : Path
        Written to; it takes the place of `target` afterwards.
    target : Path
    model : StoredModel
    """

    SUFFIXES: ClassVar[tuple[str, ...]] = ()

    def __init__(self, draft: Path, target: Path, model: StoredModel) -> None:
        self._draft, self._target, self._model = draft, target, model
        self._opened = ExitStack()

    @classmethod
    def files(cls, target: Path) -> list[Path]:
        """Return the files that are made."""
        return [target]

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._start(opened)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the draft; after an error, as well."""
        self._opened.__exit__(kind, error, trace)

    def _start(self, opened: ExitStack) -> None:
        """Open what is written to; `opened` finishes it, what was opened last first."""
        raise NotImplementedError

    def write(self, columns: Columns, vectors: Float32Array) -> None:
        """Write a lot: what is known of the sounds, and their vectors, shape (n, dim)."""
        raise NotImplementedError


class ParquetWriter(VectorWriter):
    """Parquet with a column of fixed-size lists; the model goes with it, as metadata."""

    SUFFIXES = (".parquet",)

    def _start(self, opened: ExitStack) -> None:
        arrow, parquet = installed("pyarrow"), installed("pyarrow.parquet")
        said = {
            "name": self._model.name,
            "version": self._model.model_version,
            "contract": self._model.contract,
        }
        fields = [arrow.field(name, arrow.type_for_alias(kind)) for name, kind in _TYPES.items()]
        fields.append(arrow.field(VECTOR, arrow.list_(arrow.float32(), self._model.dim)))
        self._schema = arrow.schema(fields, metadata={METADATA: json.dumps(said).encode()})
        # Numbers of vectors don't repeat, and hardly shrink: both would only take time.
        self._writer = parquet.ParquetWriter(
            self._draft,
            self._schema,
            use_dictionary=["root", "format", "status"],
            compression=dict.fromkeys(_TYPES, "zstd") | {f"{VECTOR}.list.element": "none"},
        )
        opened.callback(self._writer.close)

    def write(self, columns: Columns, vectors: Float32Array) -> None:
        """Write a row group."""
        arrow = installed("pyarrow")
        held = [arrow.array(columns[name], kind) for name, kind in self._kinds()]
        numbers = arrow.array(np.ascontiguousarray(vectors).reshape(-1))
        held.append(arrow.FixedSizeListArray.from_arrays(numbers, self._model.dim))
        self._writer.write_table(arrow.table(held, schema=self._schema))

    def _kinds(self) -> list[tuple[str, Any]]:
        return [(name, self._schema.field(name).type) for name in _TYPES]


class _TextWriter(VectorWriter):
    _out: IO[str]

    def _start(self, opened: ExitStack) -> None:
        self._out = opened.enter_context(self._draft.open("w", encoding="utf-8", newline=""))


class CsvWriter(_TextWriter):
    """CSV; vectors are JSON arrays whose numbers have all their digits."""

    SUFFIXES = (".csv",)

    def _start(self, opened: ExitStack) -> None:
        super()._start(opened)
        self._rows = csv.writer(self._out, lineterminator="\n")
        self._rows.writerow([*_TYPES, VECTOR])

    def write(self, columns: Columns, vectors: Float32Array) -> None:
        """Write a row for each vector."""
        texts = map(_array_text, vectors)
        self._rows.writerows(zip(*(columns[name] for name in _TYPES), texts, strict=True))


class JsonLinesWriter(_TextWriter):
    """A JSON object a line."""

    SUFFIXES = (".jsonl", ".ndjson")

    def write(self, columns: Columns, vectors: Float32Array) -> None:
        """Write a line for each vector."""
        rows = zip(*(columns[name] for name in _TYPES), strict=True)
        for row, vector in zip(rows, vectors, strict=True):
            told = json.dumps(dict(zip(_TYPES, row, strict=True)), ensure_ascii=False)
            self._out.write(f'{told[:-1]}, "{VECTOR}": {_array_text(vector)}}}\n')


def _array_text(vector: Float32Array) -> str:
    # As 64-bit floats: the shortest text of these gives back every bit.
    return json.dumps(vector.tolist(), separators=(",", ":"))


class ArrayWriter(VectorWriter):
    """NumPy's array, and a CSV of the same rows beside it."""

    SUFFIXES = (".npy",)

    @classmethod
    def files(cls, target: Path) -> list[Path]:
        """Return the array's file, and that of the table."""
        return [target, target.with_suffix(".csv")]

    def _start(self, opened: ExitStack) -> None:
        beside = opened.enter_context(draft_of(self.files(self._target)[1]))
        table = opened.enter_context(beside.open("w", encoding="utf-8", newline=""))
        self._rows = csv.writer(table, lineterminator="\n")
        self._rows.writerow(_TYPES)
        self._array = opened.enter_context(self._draft.open("wb"))
        self._count = 0
        self._header()
        opened.callback(self._header)

    def _header(self) -> None:
        self._array.seek(0)
        shape = (self._count, self._model.dim)
        # NumPy leaves room for the first number to grow.
        head = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._array, head)

    def write(self, columns: Columns, vectors: Float32Array) -> None:
        """Write vectors, and a row of the table for each."""
        self._array.write(vectors.astype("<f4", copy=False).tobytes())
        self._rows.writerows(zip(*(columns[name] for name in _TYPES), strict=True))
        self._count += len(vectors)


_WRITERS: tuple[type[VectorWriter], ...] = (ParquetWriter, ArrayWriter, CsvWriter, JsonLinesWriter)


def writer_for(file: Path) -> type[VectorWriter]:
    """Return the writer of a file's form.

    Raises
    ------
    OwnVectorsError
        Its suffix is none of those that are known.
    NotInstalledError
        For Parquet: pyarrow is not there.
    """
    for writer in _WRITERS:
        if file.suffix.lower() in writer.SUFFIXES:
            if writer is ParquetWriter:
                installed("pyarrow.parquet")
            return writer
    known = ", ".join(suffix for writer in _WRITERS for suffix in writer.SUFFIXES)
    raise OwnVectorsError(f"expected a new file called {known}; got {file.name}")
