"""The documentation's site: it builds strictly, every page is in its menu, nothing is fetched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from docs_site.places import REPOSITORY, ROOT_PAGES

BUILD = (sys.executable, "-m", "mkdocs", "build")
QUIET = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


class Links(HTMLParser):
    """Collects what a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.led_to: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value for name, value in attrs if value}
        self.ids |= {held["id"]} if "id" in held else set()
        if tag in {"script", "img", "iframe"} and "src" in held:
            self.loaded.append(held["src"])
        elif tag == "link" and held.get("rel") in {"stylesheet", "icon"}:
            self.loaded.append(held["href"])
        elif tag == "a" and "href" in held:
            self.led_to.append(held["href"])


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [*BUILD, "--config-file", str(source / "mkdocs.yml"), "--site-dir", str(out)]
    return subprocess.run(
        command, cwd=source, env=QUIET, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    ended = build(REPOSITORY, out)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return out


def read(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


@pytest.mark.slow
def test_every_page_is_on_the_site_and_can_be_searched(site: Path) -> None:
    documents = json.loads((site / "search" / "search_index.json").read_text())["docs"]
    found = {document["location"].partition("#")[0].rstrip("/") for document in documents}
    pages = [page.stem for page in (REPOSITORY / "docs").glob("[!_]*.md")]
    assert found >= {*pages, *(uri.removesuffix(".md") for uri in ROOT_PAGES.values())} - {"index"}
    assert "" in found


@pytest.mark.slow
def test_all_that_a_page_loads_and_leads_to_is_on_the_site(site: Path) -> None:
    pages = {page: read(page) for page in site.rglob("index.html")}
    for page, links in pages.items():
        assert [address for address in links.loaded if "//" in address] == [], page
        for address in (*links.loaded, *links.led_to):
            if re.match(r"[a-z]+:", address):
                continue
            place, fragment = urldefrag(urljoin(f"/{page.relative_to(site)}", unquote(address)))
            target = site / place.lstrip("/")
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), f"{page}: {address}"
            assert not fragment or target not in pages or fragment in pages[target].ids, address


@pytest.mark.slow
def test_what_only_the_generators_read_is_not_shown(site: Path) -> None:
    for page in site.rglob("index.html"):
        assert "[[[cog" not in page.read_text(encoding="utf-8").replace("<code>[[[cog", ""), page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("[a link](nowhere.md)", "nowhere.md"),
        ("[an anchor](../demo/README.md#nowhere)", "nowhere"),
    ],
)
def test_a_link_to_nowhere_fails(page: str, said: str, tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "docs_site", "docs", "sqlclap", "NOTICE", "demo", *ROOT_PAGES):
        if not (tmp_path / name).exists():
            (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "docs").unlink()
    (tmp_path / "docs").mkdir()
    for held in (REPOSITORY / "docs").iterdir():
        (tmp_path / "docs" / held.name).symlink_to(held)
    (tmp_path / "docs" / "page.md").unlink()
    (tmp_path / "docs" / "page.md").write_text(f"# The page\n\n{page}\n", encoding="utf-8")
    ended = build(tmp_path, tmp_path / "out")
    assert ended.returncode != 0
    assert said in ended.stdout + ended.stderr
