"""Where the documentation's pages lie in the repository, and on the site."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
ROOT_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "demo/README.md": "demo.md",
}
"""Pages that GitHub looks for outside `docs/`, and what they are called on the site."""
