"""Make ``library-0.1.0.db.gz`` beside this file: a small library as sqlclap 0.1.0 wrote it.

    git worktree add ../sqlclap-0.1.0 v0.1.0      # or its last commit before schema 7
    cd ../sqlclap-0.1.0 && python -P ABOVE/make_library_0_1_0.py

It takes the code of the folder that it is run in. The sounds are not kept: tests that need them
write them again with `write_sounds`, byte for byte the same, and put their folder's name into
``sources.root``.
"""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
PACKED = HERE / "library-0.1.0.db.gz"
ROOT = "/samples"
TONES = (110, 220, 440, 880)
NOISES = (1, 2)


def unpack_library(target: Path) -> Path:
    """Write the library that sqlclap 0.1.0 made to `target` and return it."""
    target.write_bytes(gzip.decompress(PACKED.read_bytes()))
    return target


def write_sounds(folder: Path) -> None:
    """Write the sounds that the library was made of: tones, noises, a name that isn't UTF-8."""
    from tests.support.sounds import noise, tone, write_sound

    for hz in TONES:
        write_sound(folder / "tones" / f"tone-{hz}.wav", tone(hz))
    for seed in NOISES:
        write_sound(folder / "noises" / f"noise-{seed}.wav", noise(seed, seconds=1.2))
    write_sound(folder / "silent.wav", 0 * noise())
    write_sound(folder / "latin.wav", tone(330)).rename(folder / os.fsdecode(b"caf\xe9.wav"))
    write_sound(folder / "backslash.wav", tone(550)).rename(folder / r"tea\xe9.wav")
    (folder / "broken.wav").write_bytes(b"broken")


def make(folder: Path) -> None:
    """Fill the library as a user of 0.1.0 did: an inner folder first, then the one around it."""
    import sqlclap
    from sqlclap.labels.tagging import TagRequest
    from sqlclap.labels.votes import CastVote
    from tests.support.fake_bundle import build_fake_bundle

    write_sounds(folder / "samples")
    model = str(build_fake_bundle(folder / "model", name="fake"))
    with sqlclap.open(folder / "library.db", model=model) as library:
        library.ingest([folder / "samples" / "tones"])
        library.ingest([folder / "samples"])
        ids = dict(library.connection.execute("SELECT path, sample_id FROM samples"))
        tones = [ids[f"tones/tone-{hz}.wav"] for hz in TONES]
        library.labels.add("tone")
        library.labels.add("noise")
        library.labels.add_anchors("tone", tones[:2])
        library.labels.add_anchors("tone", [ids["noises/noise-1.wav"]], "negative", 0.5)
        library.labels.add_anchors("noise", [ids["noises/noise-2.wav"]])
        library.labels.vote("tone", [tones[2]], CastVote("accept"))
        library.labels.vote("tone", [tones[3]], CastVote("reject"))
        library.labels.vote("tone", [tones[3]], CastVote("accept"))
        library.labels.vote("noise", [ids["noises/noise-1.wav"]], CastVote("unsure"))
        library.labels.tag(TagRequest(("tone",), "medium"))
        library.labels.tag_by_hand("noise", [ids["noises/noise-1.wav"]])
        connection = library.connection
        connection.execute("UPDATE sources SET root = ?", (ROOT,))
        connection.pragma("journal_mode", "delete")
        connection.execute("VACUUM")
    PACKED.write_bytes(gzip.compress((folder / "library.db").read_bytes(), mtime=0))


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    with TemporaryDirectory() as made:
        make(Path(made))
    print(PACKED, PACKED.stat().st_size)
