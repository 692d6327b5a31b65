"""Fetches Mermaid, which draws the site's diagrams: the site asks no other server for anything.

python -m docs_site.mermaid
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from docs_site.places import REPOSITORY

VERSION = "11.17.2"
INTEGRITY = (
    "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lA"
    "bhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg=="
)
"""As npm's registry states it of the package."""
SCRIPT = REPOSITORY / "docs_site" / "vendor" / "mermaid.min.js"


def fetch(script: Path = SCRIPT) -> None:
    """Take Mermaid's script out of its npm package, unless it is there.

    Raises
    ------
    ValueError
        The package is not the one whose hash stands here.
    """
    if script.is_file() and VERSION in _version_file(script).read_text(encoding="utf-8"):
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"mermaid@{VERSION}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (package,) = Path(folder).iterdir()
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != INTEGRITY:
            raise ValueError(
                f"expected {INTEGRITY} of mermaid@{VERSION}, got sha512-{digest}: "
                "the package is another one; don't use it"
            )
        script.parent.mkdir(exist_ok=True)
        with tarfile.open(package) as archive:
            held = archive.extractfile("package/dist/mermaid.min.js")
            if held is None:
                raise ValueError(f"mermaid@{VERSION} holds no dist/mermaid.min.js")
            script.write_bytes(held.read())
    _version_file(script).write_text(f"{VERSION}\n", encoding="utf-8")


def _version_file(script: Path) -> Path:
    found = script.with_suffix(".version")
    if not found.is_file():
        found.parent.mkdir(exist_ok=True)
        found.touch()
    return found


if __name__ == "__main__":
    try:
        fetch()
    except (ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"docs_site.mermaid: {error}")
