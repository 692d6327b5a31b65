"""A notebook as people run it: cells in a kernel, shown in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog

import sqlclap
from tests.support.sounds import noise, tone, write_sound

CELLS = (
    "import sqlclap\nlibrary = sqlclap.open('sounds.db', mode='read')",
    "library.similar(1, 3)",
    "library.samples()",
    "library.duplicates(0.9)",
    "library.samples().to_pandas()[['path', 'duration_s']]",
    "print(library.similar(1, 3))",
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with what its cells gave."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("notebook")
    write_sound(folder / "sounds" / "tone.wav", tone(220))
    write_sound(folder / "sounds" / "<script>alert(1)<script>.wav", tone(330))
    write_sound(folder / "sounds" / "noise.flac", noise(1))
    with sqlclap.open(folder / "sounds.db") as library:
        library.ingest([folder / "sounds"])
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, timeout=None)
    client.execute()
    return notebook


@pytest.mark.slow
def test_cells_give_tables_with_players_and_text(ran: Any) -> None:
    for number in (1, 2, 3):
        (output,) = ran.cells[number].outputs
        html, text = output.data["text/html"], output.data["text/plain"]
        (rows, *_) = text.replace("no ", "0 ").split()
        assert html.count("<audio ") == int(rows)
        assert "<script" not in html
    assert "tone.wav" in ran.cells[4].outputs[0].data["text/html"]
    assert ran.cells[5].outputs[0].text.startswith("2 matches\n")


@pytest.mark.slow
def test_a_page_of_it_runs_no_name_and_plays(ran: Any, tmp_path: Path) -> None:
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    from tests.page.browser.places import CHROMIUM, FRUGAL

    page, _ = HTMLExporter().from_notebook_node(ran)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FRUGAL))
        shown = browser.new_context(offline=True).new_page()
        shown.on("dialog", note)
        shown.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
        assert shown.locator("audio").count() > 3
        lengths = shown.evaluate(
            """() => Promise.all([...document.querySelectorAll("audio")].map((player) =>
                new Promise((done, failed) => {
                    player.onloadedmetadata = () => done(player.duration);
                    player.onerror = () => failed(new Error(player.error.message));
                    player.load();
                })))"""
        )
        browser.close()
    assert dialogs == []
    assert min(lengths) > 0.1
