"""The demo's sounds as what references take: mono samples at 48 kHz."""

from __future__ import annotations

from pathlib import Path

from sqlclap.models.encoder import Encoder
from sqlclap_export.source import first_window

DEMO = Path(__file__).parents[2] / "demo" / "sounds"
EVERY = 6


def recordings() -> list[Path]:
    """Return some of the demo's files, of all its folders."""
    found = sorted(path for path in DEMO.rglob("*") if path.suffix in (".wav", ".flac", ".ogg"))
    assert len(found) >= 60, f"expected the demo's sounds below {DEMO}"
    return found[::EVERY]


def read_all(paths: list[Path], encoder: Encoder) -> list:
    """Read the first window of each, resampled to the model's rate."""
    return [first_window(path, encoder) for path in paths]
