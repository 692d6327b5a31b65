"""Annotation files that are taken in: read, and placed in lots of the same kind of rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.exchange.formats import read_annotations
from sqlclap.exchange.placing import Placer
from sqlclap.homes import expand_home

if TYPE_CHECKING:
    from sqlclap.exchange.annotations import Annotation
    from sqlclap.exchange.library_annotations import ImportRequest
    from sqlclap.exchange.matching import FindsRecordings, KnownRecording
    from sqlclap.exchange.store import Kind


@dataclass(frozen=True)
class ReadFile:
    """An annotation file that was read.

    Attributes
    ----------
    name, path : str
    said : list of Annotation
    is_of_program : bool
        Whether only programs write its format.
    """

    name: str
    path: str
    said: list[Annotation]
    is_of_program: bool

    @classmethod
    def of(cls, file: Path, request: ImportRequest) -> ReadFile:
        """Read a file.

        Raises
        ------
        AnnotationError
        """
        chosen, said = read_annotations(file, request.reading, request.format)
        return cls(file.name, str(expand_home(file).absolute()), said, chosen.is_found)

    @property
    def is_found(self) -> bool:
        """Whether a program said any of it."""
        return self.is_of_program or any(one.is_found for one in self.said)


@dataclass(frozen=True)
class AskedNames:
    """What annotations call their recordings.

    Attributes
    ----------
    paths : tuple of str
    beside : tuple of str
        Files that name none.
    """

    paths: tuple[str, ...]
    beside: tuple[str, ...]

    @classmethod
    def of(cls, files: Iterable[ReadFile]) -> AskedNames:
        """Return the names in some files, each once."""
        paths, beside = dict[str, None](), dict[str, None]()
        for file in files:
            for one in file.said:
                if one.path is None:
                    beside[file.path] = None
                else:
                    paths[one.path] = None
        return cls(tuple(paths), tuple(beside))


@dataclass
class Lot:
    """Annotations that become the same kind of rows.

    Attributes
    ----------
    kind : {"votes", "anchors", "tags"}
    is_found : bool
        Whether a program said so.
    placer : Placer
    files : list of str
        Their names.
    """

    kind: Kind
    is_found: bool
    placer: Placer
    files: list[str] = field(default_factory=list)


def lots_of(
    files: deque[ReadFile],
    names: FindsRecordings,
    only: KnownRecording | None,
    request: ImportRequest,
) -> list[Lot]:
    """Place what files say; each of them is let go once it is placed.

    Raises
    ------
    AnnotationError
        A span ends behind its recording's end; the message begins with its place.
    """
    lots = dict[tuple[str, bool], Lot]()
    while files:
        file = files.popleft()
        kind: Kind = request.kind or ("tags" if file.is_found else "votes")
        placer = Placer(names, request.placing)
        lot = lots.setdefault((kind, file.is_found), Lot(kind, file.is_found, placer))
        lot.files.append(file.name)
        lot.placer.place(file.said, file.path, only, clip=file.is_of_program)
    return [*lots.values()]
