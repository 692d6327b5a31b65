"""Choose the demo sounds and write them as Ogg Vorbis into demo/sounds.

Run it on Debian, after `pip install numpy soundfile` and `pip install --no-deps tinysoundfont`:

    python demo/choose.py

It fetches two Debian packages with `apt-get download` (sonic-pi-samples, fluid-soundfont-gm) and
unpacks them into a temporary folder. Sonic Pi's samples are in the public domain (CC0 1.0); the
notes are rendered from the FluidR3 soundfont (MIT). Both are named in demo/README.md.
"""

from __future__ import annotations

import fnmatch
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from sqlclap.durable import draft_of

SOUNDS = Path(__file__).parent / "sounds"
PACKAGES = ("sonic-pi-samples", "fluid-soundfont-gm")
MAX_SECONDS = 8.0
RATE = 44_100
VORBIS_QUALITY = 0.55  # libsndfile's compression level: 0 is the best quality, 1 the smallest file

# Folder of the demo library: patterns of Sonic Pi's names.
CHOSEN = {
    "drums": ("bd_*", "sn_*", "drum_*", "elec_*snare", "elec_*kick", "elec_fuzz_tom", "perc_snap*"),
    "percussion": (
        "elec_cymbal",
        "elec_triangle",
        "elec_wood",
        "perc_bell",
        "perc_till",
        "tabla_[gn]*",
    ),
    "loops": (
        "loop_amen",
        "loop_breakbeat",
        "loop_compus",
        "loop_industrial",
        "loop_mehackit*",
        "loop_perc*",
        "loop_mika",
        "loop_tabla",
    ),
    "bass": ("bass_*",),
    "ambient": (
        "ambi_choir",
        "ambi_dark_woosh",
        "ambi_drone",
        "ambi_piano",
        "ambi_soft_buzz",
        "ambi_swoosh",
        "ambi_glass_rub",
    ),
    "effects": (
        "elec_beep",
        "elec_blip*",
        "elec_ping",
        "elec_plip",
        "elec_pop",
        "elec_twip",
        "glitch_perc[12]",
        "mehackit_robot[12]",
        "mehackit_phone1",
        "misc_*",
        "perc_door",
        "perc_impact1",
        "perc_sw*oosh",
        "vinyl_scratch",
        "vinyl_backspin",
    ),
    "guitars": ("guit_em9", "guit_harmonics", "guit_e_slide"),
}
# Name: (bank, program, key): Sonic Pi has one choir and one closed hi-hat, too few to search among.
RENDERED = {
    "drums/closed_hat_standard": (128, 0, 42),
    "drums/closed_hat_room": (128, 8, 42),
    "drums/closed_hat_808": (128, 25, 42),
    "drums/closed_hat_jazz": (128, 32, 42),
    "ambient/choir_aahs_c3": (0, 52, 48),
    "ambient/choir_aahs_g3": (0, 52, 55),
    "ambient/choir_aahs_e4": (0, 52, 64),
    "ambient/choir_oohs_c4": (0, 53, 60),
}


def fetch(package: str, folder: Path) -> Path:
    """Download and unpack a Debian package; return the folder it was unpacked into."""
    subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
    (archive,) = folder.glob(f"{package}_*.deb")
    unpacked = folder / package
    subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
    return unpacked


def write_vorbis(name: str, samples: np.ndarray, rate: int) -> None:
    """Write a sound below demo/sounds, without the silence at its end."""
    path = SOUNDS / f"{name}.ogg"
    path.parent.mkdir(parents=True, exist_ok=True)
    loud = np.flatnonzero(np.abs(samples).reshape(len(samples), -1).max(axis=1) > 1e-3)
    samples = samples[: loud[-1] + 1]
    with draft_of(path) as draft:
        soundfile.write(
            draft, samples, rate, format="OGG", subtype="VORBIS", compression_level=VORBIS_QUALITY
        )


def choose(unpacked: Path) -> None:
    """Copy the chosen samples of Sonic Pi, but for those that are too long for the repository."""
    for file in sorted(unpacked.rglob("*.flac")):
        for group, patterns in CHOSEN.items():
            if any(fnmatch.fnmatch(file.stem, pattern) for pattern in patterns):
                samples, rate = soundfile.read(file, dtype="float32")
                if len(samples) <= MAX_SECONDS * rate:
                    write_vorbis(f"{group}/{file.stem}", samples, rate)


def render(soundfont: Path) -> None:
    """Render the notes that Sonic Pi's samples lack."""
    import tinysoundfont

    for name, (bank, program, key) in RENDERED.items():
        synth = tinysoundfont.Synth(samplerate=RATE, gain=0)
        font = synth.sfload(str(soundfont))
        channel = 9 if bank == 128 else 0
        synth.program_select(channel, font, bank, program, bank == 128)
        synth.noteon(channel, key, 110)
        held = bytes(synth.generate(round(1.6 * RATE)))
        synth.noteoff(channel, key)
        tail = bytes(synth.generate(RATE))
        samples = np.frombuffer(held + tail, dtype=np.float32).reshape(-1, 2)
        write_vorbis(name, samples / np.abs(samples).max() * np.float32(0.8), RATE)


def main() -> None:
    """Fetch, choose, render, and say what came of it."""
    with tempfile.TemporaryDirectory() as temporary:
        samples, soundfont = (fetch(package, Path(temporary)) for package in PACKAGES)
        choose(samples)
        render(next(soundfont.rglob("FluidR3_GM.sf2")))
    files = sorted(SOUNDS.rglob("*.ogg"))
    size = sum(file.stat().st_size for file in files)
    stems = {re.sub(r"_.*", "", file.stem) for file in files}
    print(f"{len(files)} sounds, {size / 1e6:.2f} MB, prefixes: {', '.join(sorted(stems))}")


if __name__ == "__main__":
    main()
