"""How large extras are, installed: measured in an environment that has them, kept in a file.

    python -m releasing.extras     measures the extras whose packages are installed here

The README's table is made of that file by cog.
"""

from __future__ import annotations

import json
import platform
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[1]
SIZES = Path(__file__).with_name("extra_sizes.json")
BASE = "sqlclap"
FOR_DEVELOPERS = ("docs", "test")
ADDS = {
    "all": "everything down to `tags`",
    "datasette": "the page (`explore`, `serve`) and the Datasette plugin",
    "map": "maps and clusters (`map`, `cluster`, `explore`)",
    "notebook": "results as pandas, polars and Arrow tables",
    "hoplite": "databases of perch-hoplite (`hoplite import`, `hoplite export`)",
    "av": "M4A, AAC, WMA, WebM and other formats that FFmpeg reads",
    "int8": "smaller and faster audio towers (`models pull --precision int8`)",
    "sqlite-utils": "SQL functions and five commands in sqlite-utils",
    "mcp": "a server for assistants (`mcp`)",
    "urls": "sounds at addresses (`attach --urls`)",
    "s3": "sounds in object storage (`ingest LIBRARY s3://...`)",
    "watch": "folders that are watched (`watch`)",
    "tags": "labels written into the files' own metadata (`tags --write-files`)",
    "ray": "ingest on many machines (`ingest --ray`); Linux and macOS",
    "qdrant": "vectors to a Qdrant server (`export-vectors --to qdrant`)",
    "export": "`models export` of Hugging Face checkpoints; PyTorch, on Linux with CUDA",
    "laion": "the same from LAION's `.pt` files; in an environment of its own",
    "msclap": "`models pull msclap-2023`, Microsoft's CLAP; in an environment of its own",
}
"""What each extra adds, in the table's order."""


def declared() -> dict[str, list[str]]:
    """Return the extras of pyproject.toml with their requirements; those of `BASE` without one."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {BASE: project["dependencies"], **project["optional-dependencies"]}


def packages(extra: str) -> set[str]:
    """Return the names of all installed packages that an extra needs.

    Raises
    ------
    PackageNotFoundError
        One of them is not installed here.
    """
    found: set[str] = set()
    waiting = [Requirement(text) for text in declared()[extra]]
    while waiting:
        wanted = waiting.pop()
        if wanted.name == BASE:
            inner = [text for each in wanted.extras for text in declared()[each]]
            waiting += [Requirement(text) for text in inner]
        elif _applies(wanted, ("",)) and wanted.name not in found:
            found.add(wanted.name)
            waiting += _needs(distribution(wanted.name), ("", *wanted.extras))
    return found


def _needs(package: Distribution, extras: Sequence[str]) -> Iterator[Requirement]:
    for text in package.requires or ():
        if _applies(needed := Requirement(text), extras):
            yield needed


def _applies(wanted: Requirement, extras: Sequence[str]) -> bool:
    marker = wanted.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def size(names: set[str]) -> int:
    """Return what packages take on the disk, in bytes."""
    files = (file for name in names for file in distribution(name).files or ())
    return sum(place.stat().st_size for file in files if (place := Path(file.locate())).is_file())


def measure() -> dict[str, int]:
    """Return the size of the base, and what each extra adds to it, in MB, where installed."""
    base, sizes = packages(BASE), {}
    own = sum(file.stat().st_size for file in _own_files())
    sizes[BASE] = round((size(base) + own) / 1e6)
    for extra in ADDS:
        try:
            sizes[extra] = round(size(packages(extra) - base) / 1e6)
        except PackageNotFoundError as error:
            print(f"{extra}: not measured, {error.name} is not installed here", file=sys.stderr)
    return sizes


def _own_files() -> Iterator[Path]:
    folders = ("sqlclap", "sqlclap_export", "sql", "datasette_plugins/datasette_sqlclap/static")
    for folder in folders:
        found = (REPOSITORY / folder).rglob("*")
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def table() -> str:
    """Return the README's table."""
    kept = json.loads(SIZES.read_text(encoding="utf-8"))
    lines = ["| extra | adds | MB |", "|---|---|---|"]
    lines.append(f"| (none) | ingest, search, labels, SQL, the model | {kept['MB'][BASE]} |")
    for extra, words in ADDS.items():
        measured = kept["MB"].get(extra)
        figure = "not measured" if measured is None else f"{measured:,}"
        lines.append(f"| `{extra}` | {words} | {figure} |")
    told = f"Installed, on {kept['measured_on']}; what extras share counts in each of them."
    return "\n".join([*lines, "", told])


def main() -> None:
    """Measure and keep; what can't be measured here keeps its figure."""
    kept = json.loads(SIZES.read_text(encoding="utf-8")) if SIZES.is_file() else {"MB": {}}
    kept["MB"] |= measure()
    kept["measured_on"] = f"{platform.system()} {platform.machine()}, Python {_python()}"
    SIZES.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


if __name__ == "__main__":
    main()
