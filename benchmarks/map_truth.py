"""Sounds whose names say what they are: Debian's sound packages, and what their names tell."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kits import instruments_of
from sqlclap.errors import QueryError

KITS = "usr/share/hydrogen/data/drumkits"
SONIC_PI = "usr/share/sonic-pi/samples"
NAMES = {
    "snare roll": r"roll",
    "rimshot": r"stick|rim",
    "cowbell": r"cow ?bell|agogo",
    "tambourine": r"tambourine",
    "shaker": r"maraca|shaker",
    "wood block": r"wood ?block|clave",
    "hand drum": r"bongo|conga|djembe|cajon|sangban|dununba|kenkeni",
    "tabla": r"tabla",
    "clap": r"clap|snap",
    "pedal hat": r"(hat|hh|hi-hat).*(pedal|foot|\bpd\b)|pedal (hat|hi-hat)",
    "open hat": r"(hat|hh).*(open|\bop\b|swish)|open (hat|hi-hat|hh)|\bohh\b",
    "closed hat": r"\bhat\b|\bhh\b|cymbal closed",
    "kick": r"kick|bass ?drum|\bbd\b|drum bass",
    "snare": r"snare|\bsn\b",
    "tom": r"\btom",
    "splash or china": r"splash|china",
    "ride": r"ride|paiste bell",
    "crash": r"crash",
    "choir": r"choir",
    "loop": r"loop",
    "ambience": r"\bambi\b|pad|drone|ambience",
    "bass": r"bass",
    "guitar": r"guit",
    "vinyl": r"vinyl|scratch",
    "glitch": r"glitch",
}
"""What a name says that a sound is: the first pattern that matches (of instruments, Sonic Pi's
samples, and of the names that clusters are given)."""


@dataclass(frozen=True)
class NamedSounds:
    """Folders of sounds, and what each sound is by its name.

    Attributes
    ----------
    folders : tuple of Path
    truth : dict of (Path, str) to str
        By folder and path below it. Sounds that are not in it are there, but not judged.
    """

    folders: tuple[Path, ...]
    truth: Mapping[tuple[Path, str], str]


def name_of(words: str) -> str | None:
    """Return what a name says that a sound is; None where it says nothing known.

    >>> name_of("Hi Hat Open"), name_of("drum_tom_hi_hard"), name_of("Gminor / F2")
    ('open hat', 'tom', None)
    """
    plain = words.lower().replace("_", " ")
    return next((name for name, said in NAMES.items() if re.search(said, plain)), None)


def read_drums(folder: Path) -> NamedSounds:
    """Read the drum kits of the packages below `folder`.

    Raises
    ------
    QueryError
        They are not there.
    """
    places = [folder / package / KITS for package in PACKAGES["drums"]]
    truth: dict[tuple[Path, str], str] = {}
    for place in places:
        _check(place)
        for kit in sorted(place.iterdir()):
            for file, instrument in instruments_of(kit).items():
                label = name_of(instrument)
                if label is not None:
                    truth[(place, f"{kit.name}/{file}")] = label
    return NamedSounds(tuple(places), truth)


def read_sonic_pi(folder: Path) -> NamedSounds:
    """Read Sonic Pi's samples below `folder`.

    Raises
    ------
    QueryError
        They are not there.
    """
    place = folder / PACKAGES["sonic-pi"][0] / SONIC_PI
    _check(place)
    return NamedSounds((place,), names_below(place))


def names_below(place: Path) -> dict[tuple[Path, str], str]:
    """Return what sounds with Sonic Pi's names are, wherever below a folder they lie."""
    found = {}
    for file in sorted(place.rglob("*.*")):
        label = name_of(file.stem)
        if label is not None:
            found[(place, file.relative_to(place).as_posix())] = label
    return found


def _check(place: Path) -> None:
    if not place.is_dir():
        raise QueryError(f"expected sounds in {place}: fetch them with --fetch")


PACKAGES = {
    "drums": ("hydrogen-drumkits", "hydrogen-drumkits-effects"),
    "sonic-pi": ("sonic-pi-samples",),
}
READERS: dict[str, Callable[[Path], NamedSounds]] = {
    "drums": read_drums,
    "sonic-pi": read_sonic_pi,
}


def fetch_packages(folder: Path, names: tuple[str, ...]) -> None:
    """Download Debian packages and unpack them below `folder`; nothing is installed.

    Raises
    ------
    QueryError
        apt-get or dpkg-deb is missing or fails.
    """
    for name in names:
        target = folder / name
        if target.exists():
            continue
        with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as scratch:
            _run(["apt-get", "download", name], Path(scratch))
            (archive,) = Path(scratch).glob(f"{name}_*.deb")
            partial = target.with_name(f"{name}.partial")
            _run(["dpkg-deb", "-x", str(archive), str(partial.absolute())], Path(scratch))
            partial.rename(target)


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise QueryError(f"{command[0]} is needed to fetch Debian's packages") from error
    except subprocess.CalledProcessError as error:
        raise QueryError(f"{' '.join(command)}: {error.stderr.strip()}") from error
