"""The example package, installed by pip into a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent / "example_package"


def install_example(folder: Path) -> Path:
    """Install the package below a folder and return what belongs on Python's path."""
    sources, site = folder / "sources", folder / "site"
    shutil.copytree(PACKAGE, sources)  # building leaves files beside the sources
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--target", str(site), str(sources)]
    subprocess.run(command, check=True, capture_output=True)
    return site


def write_distribution(site: Path, name: str, module: str, points: str) -> None:
    """Write a distribution as an installer leaves it: a module, its name, its entry points."""
    module_name = name.replace("-", "_")
    (site / f"{module_name}.py").parent.mkdir(parents=True, exist_ok=True)
    (site / f"{module_name}.py").write_text(module, encoding="utf-8")
    told = site / f"{module_name}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(points, encoding="utf-8")
