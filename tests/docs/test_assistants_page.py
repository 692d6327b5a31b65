"""The page about assistants, llm and sqlite-utils does what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sqlclap.llm_models import SoundModel
from sqlclap.mcp_server.statements import MOST_ROWS, SECONDS
from tests.docs.console import REPOSITORY, check_examples, make_scene, run_example

PAGE = (REPOSITORY / "docs" / "assistants.md").read_text(encoding="utf-8")


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    check_examples(PAGE, make_scene(tmp_path.resolve()))


def test_the_plain_statement_is_one(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    run_example("sqlclap ingest sounds.db demo/sounds", scene)
    printed = run_example('sqlclap find sounds.db "deep kick" --plain-sql', scene)
    assert printed.rstrip().endswith(("LIMIT 10", ";"))
    assert "clap_" not in printed


def test_limits_and_names_are_those_of_the_code() -> None:
    assert f"at most {SECONDS:g} seconds and {MOST_ROWS:,} rows" in " ".join(PAGE.split())
    assert SoundModel("sqlclap-mini").supports_text
    (settings,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert json.loads(settings)["mcpServers"]["sounds"]["args"][0] == "mcp"
