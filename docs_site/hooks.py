"""MkDocs hooks: pages of the repository's root, links as GitHub reads them, Mermaid without a CDN.

Pages in `docs/` are written to be read on GitHub. For the site, links that lead out of `docs/` are
led to what the site has of it: a page (see `ROOT_PAGES`), or the file itself, which is copied.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, InclusionLevel

from docs_site.mermaid import SCRIPT
from docs_site.places import REPOSITORY, ROOT_PAGES

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
GENERATOR = re.compile(r"<!-- \[\[\[(?:cog\n.*?\]\]\]|end\]\]\]) -->\n?", re.DOTALL)
MERMAID = "assets/mermaid.min.js"
COPIES = "repository"
"""The site's folder of files that pages link to and that are no pages."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Have Mermaid come from the site itself, where it has been fetched."""
    if SCRIPT.is_file():
        config.extra_javascript.append(MERMAID)
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the root's pages, what the pages link to, and Mermaid."""
    for origin, uri in ROOT_PAGES.items():
        files.append(_file(config, origin, uri))
    for page in files.documentation_pages():
        for target in LINK.findall(page.content_string):
            path = _repository_path(page.src_uri, target)
            if _uri_of(path).startswith(f"{COPIES}/") and _uri_of(path) not in files.src_uris:
                files.append(_file(config, path, _uri_of(path)))
    if SCRIPT.is_file():
        script = SCRIPT.relative_to(REPOSITORY).as_posix()
        files.append(_file(config, script, MERMAID))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to the site's own pages and files, and leave out what only cog reads."""

    def lead(found: re.Match[str]) -> str:
        return f"]({_uri_of(_repository_path(page.file.src_uri, found[1]))}"

    return LINK.sub(lead, GENERATOR.sub("", markdown))


def _file(config: MkDocsConfig, origin: str, uri: str) -> File:
    """Make a file of the site from one of the repository; a missing one is left to MkDocs."""
    made = File.generated(config, uri, abs_src_path=str(REPOSITORY / origin))
    made.inclusion = InclusionLevel.INCLUDED
    return made


def _repository_path(uri: str, target: str) -> str:
    """Return the path in the repository that a page's link means."""
    origins = {page: origin for origin, page in ROOT_PAGES.items()}
    origin = origins.get(uri, f"docs/{uri}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))


def _uri_of(path: str) -> str:
    """Return where the site has a path of the repository."""
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    inner = path.removeprefix("docs/")
    return inner if inner != path else f"{COPIES}/{path}"
