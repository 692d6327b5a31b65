"""A set of which shards lie at a node: its sounds are heard and seen in the browser as others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.page.browser.acting import listen, search
from tests.page.browser.places import READY, Served, owners_cookies, serving
from tests.page.sets.conftest import heard_set  # noqa: F401 a fixture
from tests.page.sets.far import TOKEN, FarSet, far_set
from tests.support.patience import PATIENCE_S


@pytest.fixture(scope="module")
def far(heard_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSet]:  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN_VARIABLE, TOKEN)
        with far_set(heard_set, tmp_path_factory.mktemp("far") / "set") as made:
            yield made


@pytest.fixture(scope="module")
def served(far: FarSet) -> Iterator[Served]:
    with serving(far.file) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Any:
    return owners_cookies(browser, served)


def test_a_sound_at_a_node_is_opened_heard_and_seen(map_page: Page, served: Served) -> None:
    page = map_page
    shown = page.evaluate("[...sqlclap.atlas.ids]")
    assert {int(one) >> 40 for one in shown} == {1, 2, 3}
    assert len(shown) == 12
    assert page.locator("#partial").is_hidden()
    listen(page)
    search(page, "white noise")
    rows = page.locator("#found li[data-sample]")
    ids = [int(one) for one in rows.evaluate_all("all => all.map((one) => one.dataset.sample)")]
    afar = next(one for one in ids if one >> 40 < 3)
    page.click(f"#found li[data-sample='{afar}'] .name")
    page.wait_for_selector(f"#card[data-sample='{afar}'] .neighbours li", state="attached")
    page.wait_for_function("window.heard")
    page.goto(f"{served.root}/spectrogram#sample={afar}")
    page.wait_for_selector("#seen:not([hidden])")
    page.wait_for_selector("#facts:has-text('kHz')")


def test_what_its_node_does_not_answer_is_said(map_page: Page, far: FarSet, served: Served) -> None:
    page = map_page
    search(page, "white noise")
    rows = page.locator("#found li[data-sample]")
    ids = [int(one) for one in rows.evaluate_all("all => all.map((one) => one.dataset.sample)")]
    afar = next(one for one in ids if one >> 40 < 3)
    far.process.terminate()
    far.process.wait(PATIENCE_S)
    page.click(f"#found li[data-sample='{afar}'] .name")
    page.wait_for_selector("#said:has-text(\"node 'left'\")")
    assert far.url not in page.content()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    assert "Shard 1" in page.inner_text("#partial")
