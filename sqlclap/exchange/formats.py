"""The formats of annotation files: by name, by suffix, and by what a file begins with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlclap.durable import write_whole
from sqlclap.errors import AnnotationError
from sqlclap.exchange import audacity, birdnet, kaleidoscope, plain, raven
from sqlclap.exchange.annotations import Annotation
from sqlclap.exchange.reading import ReadOptions
from sqlclap.exchange.tables import read_text
from sqlclap.homes import expand_home
from sqlclap.sqlite_files import no_database

PARQUET_MARK = b"PAR1"
TextReader = Callable[[str, str, ReadOptions], list[Annotation]]
TextWriter = Callable[[Sequence[Annotation]], str]


@dataclass(frozen=True)
class Format:
    """A format of annotation files.

    Attributes
    ----------
    name : str
    title : str
    suffix : str
        Of files that are written.
    mime : str
    read : callable or None
        Takes the file's name, its text, and how to read it; None: not text.
    write : callable or None
        Makes the text; None: not text.
    names_recordings : bool
        Whether a file can be of several recordings.
    holds_verdicts : bool
        Whether it can say "reject" and "unsure".
    opens_files : bool
        Whether the program opens the recordings that a file names, and wants their whole paths.
    is_found : bool
        Whether a program found what is in it: such files become tags, and their last span may
        reach beyond the recording's end, which the program filled up.
    """

    name: str
    title: str
    suffix: str
    mime: str
    read: TextReader | None
    write: TextWriter | None
    names_recordings: bool = True
    holds_verdicts: bool = False
    opens_files: bool = False
    is_found: bool = False


_TSV, _CSV = "text/tab-separated-values", "text/csv"
FORMATS = {
    one.name: one
    for one in (
        Format("audacity", "Audacity label track", ".txt", "text/plain",
               audacity.read, audacity.write, names_recordings=False),
        Format("birdnet", "BirdNET-Analyzer results", ".BirdNET.results.csv", _CSV,
               birdnet.read, birdnet.write, opens_files=True, is_found=True),
        Format("csv", "CSV", ".csv", _CSV, plain.read_csv, plain.write_csv, holds_verdicts=True),
        Format("kaleidoscope", "Kaleidoscope CSV", ".csv", _CSV,
               kaleidoscope.read, kaleidoscope.write, opens_files=True),
        Format("parquet", "Parquet", ".parquet", "application/vnd.apache.parquet",
               None, None, holds_verdicts=True),
        Format("raven", "Raven selection table", ".selections.txt", _TSV,
               raven.read, raven.write, holds_verdicts=True, opens_files=True),
    )
}  # fmt: skip


def find_format(name: str) -> Format:
    """Return a format by name.

    Raises
    ------
    AnnotationError
    """
    if name not in FORMATS:
        raise AnnotationError(f"no format {name!r}: expected one of {', '.join(FORMATS)}")
    return FORMATS[name]


def format_of_name(file: Path) -> Format:
    """Return the format that a file to be written has by its name.

    Raises
    ------
    AnnotationError
        Its suffix is none of theirs, or could be of several.
    """
    lower = file.name.lower()
    named = [one for one in FORMATS.values() if lower.endswith(one.suffix.lower())]
    if not named:
        raise AnnotationError(
            f"{file.name}: nothing says in which format to write it; name one with --format: "
            f"{', '.join(FORMATS)}"
        )
    # The plain one of those that share a suffix; otherwise the longest suffix.
    return max(named, key=lambda one: (len(one.suffix), one.name == "csv"))


def read_annotations(
    file: str | Path, options: ReadOptions | None = None, format_name: str | None = None
) -> tuple[Format, list[Annotation]]:
    """Read a file of annotations.

    Parameters
    ----------
    file : str or Path
    options : ReadOptions, optional
    format_name : str, optional
        One of `FORMATS`; by default what the file's beginning says.

    Raises
    ------
    AnnotationError
        The file can't be read, nothing says its format, or a row can't be right; with the row.
    NotInstalledError
        It is Parquet, and pyarrow is not installed.
    """
    file, options = expand_home(file), options or ReadOptions()
    if format_name == "parquet" or (format_name is None and _is_parquet(file)):
        return FORMATS["parquet"], plain.read_parquet(file, options)
    text = read_text(file)
    chosen = find_format(format_name) if format_name is not None else _recognised(file, text)
    if chosen.read is None:
        raise AnnotationError(f"{file.name} is no {chosen.title}")
    return chosen, chosen.read(file.name, text, options)


def write_annotations(annotations: Sequence[Annotation], file: Path, chosen: Format) -> None:
    """Write a file of annotations; it is there whole, or as it was before.

    Raises
    ------
    AnnotationError
        The format holds one recording, or no verdicts, and the annotations need more.
    NotInstalledError
    OSError
    """
    check_writable(annotations, chosen)
    if chosen.write is None:
        plain.write_parquet(annotations, file)
    else:
        write_whole(file, chosen.write(annotations))


def as_text(annotations: Sequence[Annotation], chosen: Format) -> str:
    """Return annotations as a file's text.

    Raises
    ------
    AnnotationError
        As `write_annotations`; or the format is no text.
    """
    check_writable(annotations, chosen)
    if chosen.write is None:
        raise AnnotationError(f"{chosen.title} is no text: write it to a file")
    return chosen.write(annotations)


def check_writable(annotations: Sequence[Annotation], chosen: Format) -> None:
    """Refuse annotations that a format can't hold.

    Raises
    ------
    AnnotationError
    """
    paths = {one.path for one in annotations}
    if len(paths) > 1 and not chosen.names_recordings:
        raise AnnotationError(
            f"{chosen.title} is of one recording, and these are of {len(paths):,}: write them "
            "to a folder, or choose one recording"
        )
    if not chosen.holds_verdicts and any(one.verdict != "accept" for one in annotations):
        raise AnnotationError(
            f"{chosen.title} can't say that something was rejected: write the accepted ones, "
            "or take raven, csv or parquet"
        )


def _is_parquet(file: Path) -> bool:
    try:
        with no_database(file).open("rb") as opened:
            return opened.read(4) == PARQUET_MARK
    except OSError:
        return False  # whoever reads it says why


def _recognised(file: Path, text: str) -> Format:
    """Return the format of a text by its first line; BirdNET-Analyzer's by its columns, too."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    cells = {cell.strip().casefold() for cell in heading.replace("\t", ",").split(",")}
    if raven.BEGIN.casefold() in cells:
        return FORMATS["birdnet" if "species code" in cells else "raven"]
    if kaleidoscope.IN_FILE.casefold() in cells:
        return FORMATS["birdnet" if "scientific_name" in cells else "kaleidoscope"]
    if birdnet.is_csv(heading):
        return FORMATS["birdnet"]
    if _are_seconds(heading.split("\t")[:2]):
        return FORMATS["birdnet" if ".birdnet." in file.name.lower() else "audacity"]
    headings = {name for names in plain.FIELDS.values() for name in names}
    if cells & headings or file.suffix.lower() == ".csv":
        return FORMATS["csv"]
    raise AnnotationError(
        f"{file.name}, line 1: nothing says which format it is; name one with --format: "
        f"{', '.join(FORMATS)}"
    )


def _are_seconds(cells: Sequence[str]) -> bool:
    try:
        return len([float(cell) for cell in cells]) == 2
    except ValueError:
        return False
