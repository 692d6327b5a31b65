"""Kits and instruments that people recorded and published in git repositories."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile

from training.corpus.clip import MAX_SECONDS, SAMPLE_RATE, Clip, ClipInfo, make_clip

_FEWEST_FOR_DYNAMICS = 9
_SHORTEST = 0.02
"""In seconds: a take of MuldjordKit is but a click at its end."""


@dataclass(frozen=True)
class Piece:
    """An instrument of a pack: its class, what it is called, its own microphones."""

    label: str
    name: str
    near: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pack:
    """A published recording, as `recordings.toml` describes it.

    Attributes
    ----------
    name, repository, commit : str
    file : str
        Regular expression with the groups "piece" and "hit", and "kind" and "mic" where there are.
    pieces : dict of str to Piece
        Keys are regular expressions on the whole piece, with "/kind" where there is one.
    mixes : tuple of tuple of str
        Microphones of a sound, in turn.
    """

    name: str
    repository: str
    commit: str
    file: str
    pieces: dict[str, Piece]
    mixes: tuple[tuple[str, ...], ...] = ((),)
    each: int = 24
    variants: int = 0
    split: str = "train"
    electronic: bool = False


@dataclass
class _Hits:
    piece: Piece
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    """Path by microphone, by hit."""


def packs() -> list[Pack]:
    """Return every pack."""
    text = Path(__file__).with_name("recordings.toml").read_text(encoding="utf-8")
    return [_pack(name, entry) for name, entry in tomllib.loads(text).items()]


def packs_by_commit() -> dict[tuple[str, str], list[Pack]]:
    """Return the packs of each repository and commit; several may share one."""
    shared: dict[tuple[str, str], list[Pack]] = {}
    for pack in packs():
        shared.setdefault((pack.repository, pack.commit), []).append(pack)
    return shared


def _pack(name: str, entry: dict) -> Pack:
    pieces = {
        key: Piece(**{k: tuple(v) if isinstance(v, list) else v for k, v in piece.items()})
        for key, piece in entry["pieces"].items()
    }
    mixes = tuple(map(tuple, entry.get("mixes", [[]])))
    return Pack(name=name, **{**entry, "pieces": pieces, "mixes": mixes})


def _hits(pack: Pack, names: Iterable[str]) -> dict[str, _Hits]:
    found: dict[str, _Hits] = {}
    for name in names:
        match = re.search(pack.file, name)
        if match is None:
            continue
        parts = match.groupdict()
        struck = "/".join(filter(None, (parts["piece"], parts.get("kind"))))
        piece = next((p for key, p in pack.pieces.items() if re.fullmatch(key, struck)), None)
        if piece is not None:
            hits = found.setdefault(struck, _Hits(piece))
            hits.files.setdefault(parts["hit"], {})[parts.get("mic") or ""] = name
    return found


def _natural(text: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", text)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def choose(pack: Pack, names: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return the files of each sound that is taken from a repository, by piece.

    Parameters
    ----------
    pack : Pack
    names : iterable of str
        Every path of the repository.
    """
    chosen: dict[str, list[tuple[str, ...]]] = {}
    for struck, hits in sorted(_hits(pack, names).items()):
        order = sorted(hits.files, key=_natural)
        taken: dict[tuple[str, ...], None] = {}
        rounds = max(1, -(-pack.each // len(order)))
        spread = np.linspace(0, len(order) - 1, min(pack.each, len(order))).round().astype(int)
        for turn in range(min(rounds, len(pack.mixes))):
            for count, place in enumerate(spread):
                if len(taken) < pack.each:
                    mix = pack.mixes[(count + turn) % len(pack.mixes)]
                    taken[_mixed(hits.files[order[place]], mix, hits.piece)] = None
        taken.pop((), None)
        chosen[struck] = list(taken)
    return chosen


def _mixed(files: dict[str, str], mix: tuple[str, ...], piece: Piece) -> tuple[str, ...]:
    """Return a hit's files of a mix; all of them where the mix asks for none that is there."""
    mics = [mic for asked in mix for mic in (piece.near if asked == "near" else (asked,))]
    return tuple(dict.fromkeys(files[mic] for mic in mics if mic in files)) or tuple(files.values())


def wanted_files(sharing: Iterable[Pack], names: Iterable[str]) -> set[str]:
    """Return the paths of a repository that its packs are made of."""
    known = list(names)
    chosen = (choose(pack, known) for pack in sharing)
    sounds = (files for pieces in chosen for taken in pieces.values() for files in taken)
    return {file for files in sounds for file in files}


def recorded_clips(pack: Pack, folder: Path) -> Iterator[Clip]:
    """Yield the clips of a pack.

    Parameters
    ----------
    pack : Pack
    folder : Path
        The repository's files.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    pieces = {struck: hits.piece for struck, hits in _hits(pack, names).items()}
    for struck, sounds in choose(pack, names).items():
        heard = [(files, *_together(folder, files)) for files in sounds]
        peaks = [float(np.abs(audio).max(initial=0)) for _, audio, _ in heard]
        for (files, audio, rate), dynamics in zip(heard, _dynamics(peaks), strict=True):
            info = _described(pack, pieces[struck], files)
            clip = make_clip(audio, replace(info, traits=(*info.traits, *dynamics)), rate)
            if clip is not None and len(clip.audio) >= _SHORTEST * SAMPLE_RATE:
                yield clip


def _described(pack: Pack, piece: Piece, files: tuple[str, ...]) -> ClipInfo:
    made = "electronic" if pack.electronic else "acoustic"
    source, file = f"recorded/{pack.name}", "+".join(files)
    return ClipInfo(source, piece.name, file, piece.label, (made, *piece.traits), pack.split)


def _together(folder: Path, files: tuple[str, ...]) -> tuple[np.ndarray, int]:
    """Return the sum of a hit's microphones and its rate."""
    parts, rate = [], 0
    for name in files:
        with soundfile.SoundFile(folder / name) as file:
            rate = file.samplerate
            audio = file.read(int(rate * (MAX_SECONDS + 2)), dtype="float32", always_2d=True)
        parts.append(audio.mean(axis=1))
    total = np.zeros(max(map(len, parts)), np.float32)
    for part in parts:
        total[: len(part)] += part
    return total, rate


def _dynamics(peaks: list[float]) -> list[tuple[str, ...]]:
    """Tell the softest third of a piece's sounds from the hardest."""
    if len(peaks) < _FEWEST_FOR_DYNAMICS:
        return [()] * len(peaks)
    low, high = np.quantile(peaks, (1 / 3, 2 / 3))
    return [("soft",) if p < low else ("hard",) if p > high else () for p in peaks]
