"""Which reader opens a file of vectors."""

from __future__ import annotations

from collections.abc import Callable

from sqlclap.errors import OwnVectorsError
from sqlclap.own_vectors.rows import FileChoice, VectorFile
from sqlclap.sqlite_files import is_sqlite_file

SUFFIXES = (".npy", ".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")


def open_vectors(choice: FileChoice) -> VectorFile:
    """Open a file of vectors by its suffix, or as a SQLite database by its first bytes.

    Raises
    ------
    OwnVectorsError
        It isn't there, is of another form, or can't be read.
    NotInstalledError
        For Parquet: pyarrow is not there.
    """
    if not choice.file.is_file():
        raise OwnVectorsError(f"{choice.file} is not there, or is no file")
    if is_sqlite_file(choice.file):
        from sqlclap.own_vectors.sqlite_tables import TableFile

        return TableFile(choice)
    reader = _reader(choice.file.suffix.lower())
    if reader is None:
        known = ", ".join(SUFFIXES)
        raise OwnVectorsError(
            f"expected a file of vectors ({known}), a SQLite database, or the folder of a database "
            f"of perch-hoplite; got {choice.file.name}"
        )
    return reader(choice)


def _reader(suffix: str) -> Callable[[FileChoice], VectorFile] | None:
    if suffix == ".npy":
        from sqlclap.own_vectors.npy import ArrayFile

        return ArrayFile
    if suffix == ".parquet":
        from sqlclap.own_vectors.parquet import ParquetFile

        return ParquetFile
    from sqlclap.own_vectors.text_files import CsvFile, JsonLinesFile

    return {
        ".csv": CsvFile, ".tsv": CsvFile, ".jsonl": JsonLinesFile, ".ndjson": JsonLinesFile,
    }.get(suffix)  # fmt: skip
