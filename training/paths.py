"""Where the build keeps its files: everything below training/work/ can be deleted at any time.

SQLCLAP_TRAINING_WORK names another folder for them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
BUNDLE = REPOSITORY / "sqlclap" / "models" / "bundles" / "sqlclap-mini"
FIRST_EDITION = BUNDLE.with_name("sqlclap-mini-1")
"""What training goes on from; it ships for the libraries that hold its vectors."""

WORK = Path(os.environ.get("SQLCLAP_TRAINING_WORK", REPOSITORY / "training" / "work"))
CANDIDATE = WORK / "bundle"
DOWNLOADS = WORK / "downloads"
PACKAGES = WORK / "packages"
CLIPS = WORK / "clips"
FEATURES = WORK / "features"
SPEEDS = WORK / "speeds.npz"
TEXT = WORK / "text"
RUNS = WORK / "runs"
REPORTS = WORK / "reports"
STAMPS = WORK / "stamps"


def use_wheel(name: str) -> None:
    """Make a fetched wheel importable; it was unpacked without its dependencies."""
    folder = str(PACKAGES / name)
    if folder not in sys.path:
        sys.path.insert(0, folder)
