"""Clips decoded from packaged files: drum kits, sonic-pi, lmms."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import soundfile

from training.corpus.clip import MAX_SECONDS, Clip, ClipInfo, make_clip
from training.taxonomy.names import class_of_file_name, class_of_lmms_path, class_of_sonic_pi

KITS = "usr/share/hydrogen/data/drumkits"
MINETEST = "usr/share/games/minetest/games/minetest_game/mods"
_MINETEST_FILES = {
    "doors/sounds/doors_door_close.ogg": ("door", "door close"),
    "doors/sounds/doors_door_open.ogg": ("door", "door open"),
    "doors/sounds/doors_fencegate_close.ogg": ("door", "gate close"),
    "doors/sounds/doors_fencegate_open.ogg": ("door", "gate open"),
    "doors/sounds/doors_glass_door_close.ogg": ("door", "glass door close"),
    "doors/sounds/doors_glass_door_open.ogg": ("door", "glass door open"),
    "doors/sounds/doors_steel_door_close.ogg": ("door", "steel door close"),
    "doors/sounds/doors_steel_door_open.ogg": ("door", "steel door open"),
    "tnt/sounds/tnt_explode.ogg": ("explosion", "explosion"),
}
"""The files of minetest-data that are CC0 or CC BY 3.0 (SOURCES.md quotes the statements)."""


@dataclass(frozen=True)
class KitSample:
    """A file of a hydrogen drum kit: the instrument's name and which velocity layer it is."""

    instrument: str
    file: str
    layer: int
    layers: int


def decode(path: Path, info: ClipInfo) -> Clip | None:
    """Decode a file's first seconds into a clip; None when it is silent or damaged."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            audio = file.read(int(rate * (MAX_SECONDS + 4)), dtype="float32")
    except soundfile.LibsndfileError:  # lmms-common ships one with a malformed header
        return None
    return make_clip(audio, info, rate)


def falls_in(name: str, share: float) -> bool:
    """Tell whether a name falls into a fixed pseudo-random share of all names."""
    return zlib.crc32(name.encode()) % 1000 < share * 1000


def kit_samples(kit: Path) -> Iterator[KitSample]:
    """Yield the named files of a hydrogen kit's drumkit.xml, each file once."""
    text = (kit / "drumkit.xml").read_text(encoding="utf-8", errors="ignore")
    parser = ElementTree.XMLPullParser()
    parser.feed(re.sub(r'xmlns="[^"]*"', "", text))
    seen: set[str] = set()
    for _, instrument in parser.read_events():
        if instrument.tag != "instrument":
            continue
        name = re.sub(r"^[a-g]#?\d - ", "", instrument.findtext("name") or "").strip()
        files = [node.text or "" for node in instrument.iter("filename")]
        if not name or name.isdigit() or name.startswith("Sample:"):
            continue
        for layer, file in enumerate(files):
            if file not in seen and "emptySample" not in file and (kit / file).exists():
                seen.add(file)
                yield KitSample(name, file, layer, len(files))


def class_of_kit_sample(sample: KitSample) -> str | None:
    """Return the class of a kit's sample from the instrument's name, with known exceptions."""
    name, file = sample.instrument, sample.file
    if "Waterglass" in name:
        return "triangle"
    if name == "Bell":
        return "ride"
    if name == "FX":
        return None
    if "CrashRide" in file or "crash20i" in file:
        return "ride" if re.search("Bell|Bow|ride", file) else "crash"
    return "snare" if "opaque" in file else class_of_file_name(name)


def _kit_traits(kit: str, sample: KitSample) -> tuple[str, ...]:
    wording = f"{kit} {sample.instrument} {sample.file}".lower()
    traits = []
    if sample.layers >= 4 and sample.layer < sample.layers / 3:
        traits.append("soft")
    if sample.layers >= 4 and sample.layer >= 2 * sample.layers / 3:
        traits.append("hard")
    if re.search(r"808|electro|909|techno|audiophob", wording):
        traits.append("electronic")
    if re.search(r"\blow?\b|floor", wording):
        traits.append("low")
    if re.search(r"\bhi(gh)?\b", wording) and "hat" not in wording:
        traits.append("high")
    return tuple(traits)


def kit_clips(kit: Path, split: str, validation_share: float = 0.0) -> Iterator[Clip]:
    """Yield the clips of one hydrogen kit."""
    for sample in kit_samples(kit):
        name = re.sub(r"\(.*\)", "", sample.instrument).strip()
        part = "validation" if falls_in(name, validation_share) else split
        info = ClipInfo(
            f"hydrogen/{kit.name}",
            name,
            sample.file,
            class_of_kit_sample(sample),
            _kit_traits(kit.name, sample),
            part,
        )
        clip = decode(kit / sample.file, info)
        if clip is not None:
            yield clip


def guitar_strum_clips(kit: Path) -> Iterator[Clip]:
    """Yield the strummed chords of the belofilms kit."""
    for path in sorted(kit.glob("*.flac")):
        chord = re.sub(r"[\d_]+|UP|DOWN", "", path.stem).strip()
        split = "validation" if falls_in(path.stem, 0.1) else "train"
        info = ClipInfo("strums", f"guitar strum {chord}", path.name, "guitar strum", (), split)
        clip = decode(path, info) if falls_in(path.stem + "use", 0.5) else None
        if clip is not None:
            yield clip


def sonic_pi_clips(folder: Path) -> Iterator[Clip]:
    """Yield sonic-pi's samples; a fifth is kept for validation."""
    for path in sorted(folder.glob("*.flac")):
        label = class_of_sonic_pi(path.stem)
        split = "validation" if falls_in(path.stem, 0.2) else "train"
        name = re.sub(r"[\d_]+", " ", path.stem).strip()
        clip = decode(path, ClipInfo("sonic-pi", name, path.stem, label, (), split))
        if clip is not None:
            yield clip


def lmms_clips(folder: Path) -> Iterator[Clip]:
    """Yield lmms' samples, which are only measured on."""
    for path in sorted(folder.rglob("*.ogg")):
        below = path.relative_to(folder).as_posix()
        name = re.sub(r"[\d_]+", " ", path.stem).strip()
        info = ClipInfo("lmms", name, below, class_of_lmms_path(below), (), "test")
        clip = decode(path, info)
        if clip is not None:
            yield clip


def minetest_clips(folder: Path) -> Iterator[Clip]:
    """Yield the freely licensed doors and explosion of minetest-data."""
    for file, (label, name) in _MINETEST_FILES.items():
        clip = decode(folder / file, ClipInfo("minetest", name, file, label))
        if clip is not None:
            yield clip
