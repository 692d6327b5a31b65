"""Make the README's links absolute, for PyPI: it shows the text, and has none of the files.

python -m releasing.readme README.md https://github.com/OWNER/sqlclap v1.2.3
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")
GENERATOR = re.compile(r"<!-- \[\[\[(?:cog\n.*?\]\]\]|end\]\]\]) -->\n?", re.DOTALL)


def with_absolute_links(text: str, repository: str, tag: str) -> str:
    """Lead links to the tag's pages, pictures to their bytes; leave out what only cog reads.

    Parameters
    ----------
    text : str
        Markdown.
    repository : str
        Its address, without a slash at the end.
    tag : str
    """

    def lead(found: re.Match[str]) -> str:
        picture, shown, target = found.groups()
        kind = "raw" if picture else "blob"
        return f"{picture}[{shown}]({repository}/{kind}/{tag}/{target})"

    return LINK.sub(lead, GENERATOR.sub("", text))


def main() -> None:
    """Rewrite a page in place."""
    if len(sys.argv) != 4:
        sys.exit("expected a page, the repository's address and a tag")
    page = Path(sys.argv[1])
    text = page.read_text(encoding="utf-8")
    page.write_text(with_absolute_links(text, *sys.argv[2:]), encoding="utf-8")


if __name__ == "__main__":
    main()
