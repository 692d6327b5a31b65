"""What a release must be before it is published; the release workflow asks.

python -m releasing.check v1.2.3
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

from sqlclap import __version__

REPOSITORY = Path(__file__).parents[1]
HEADING = re.compile(r"^## (\d+\.\d+\.\d+)(?:, (\S+))?$", re.MULTILINE)


def problems(tag: str, version: str, repository: Path = REPOSITORY) -> list[str]:
    """Return what keeps a tag from being published.

    Parameters
    ----------
    tag : str
        Such as ``v1.2.3``.
    version : str
        The package's own.
    repository : Path
        Where `CHANGELOG.md` and `changes/` lie.
    """
    found = []
    if tag != f"v{version}":
        found.append(f"the tag is {tag}, and sqlclap.__version__ is {version}: expected v{version}")
    found += _changelog_problems((repository / "CHANGELOG.md").read_text("utf-8"), version)
    loose = sorted(page.name for page in repository.glob("changes/*.md"))
    if loose:
        found.append(f"changes/ holds {', '.join(loose)}: fold them into CHANGELOG.md")
    return found


def _changelog_problems(changelog: str, version: str) -> list[str]:
    newest = HEADING.search(changelog)
    if newest is None or newest[1] != version:
        first = "no version" if newest is None else newest[1]
        return [f"CHANGELOG.md begins with {first}: expected {version}"]
    try:
        date.fromisoformat(newest[2] or "")
    except ValueError:
        return [
            f"CHANGELOG.md says '{newest[0]}': expected its date, as in '## {version}, 2026-11-27'"
        ]
    return []


def main() -> None:
    """Print the problems and end with 1 where there are any."""
    if len(sys.argv) != 2:
        sys.exit("expected a tag: python -m releasing.check v1.2.3")
    found = problems(sys.argv[1], __version__)
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
