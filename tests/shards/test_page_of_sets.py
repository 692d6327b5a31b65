"""The page is of one library: a set is refused, with what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sqlclap.cli import main
from tests.support.twin_libraries import Twins


@pytest.mark.parametrize("arguments", [["serve"], ["explore"], ["explore", ".", "--library"]])
def test_a_set_is_refused(arguments: list[str], tmp_path: Path, fake_bundle: Path) -> None:
    twins = Twins(tmp_path, fake_bundle, 2)
    result = CliRunner().invoke(main, [*arguments, str(twins.set.path)])
    assert result.exit_code == 1
    assert "is a set, and the page is of one library" in result.output
    assert str(twins.set.shards[0].path) in result.output
    twins.close()
