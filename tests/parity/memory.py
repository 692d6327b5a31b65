"""Peak memory of ingesting long recordings with a bundle, each in a process of its own.

Prints JSON; the recordings are 48 kHz, mono, 16 bits.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from tests.support.long_sound import ingest_apart, write_long_sound


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 5, 60])
    chosen = parser.parse_args()
    for minutes in chosen.minutes:
        with tempfile.TemporaryDirectory(prefix="memory-") as folder:
            place = Path(folder)
            write_long_sound(place / "sounds" / "recording.wav", minutes, 48_000)
            figures = ingest_apart(place / "library.db", chosen.bundle, place / "sounds")
            print(json.dumps({"minutes": minutes, **figures}), flush=True)


if __name__ == "__main__":
    main()
