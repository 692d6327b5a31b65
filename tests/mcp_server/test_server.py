"""The server for assistants, asked by the official SDK's own client over standard input."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import TextContent

import sqlclap
from tests.support.recordings import write_recordings
from tests.support.sounds import tone, write_sound

READING = {
    "overview", "search", "similar", "find", "describe_sound", "labels", "label_matches", "sql",
}  # fmt: skip


Questions = Sequence[tuple[str, dict[str, Any]]]


class Told(NamedTuple):
    """An answer: its text as JSON, or as it is where it is an error."""

    is_error: bool
    answer: Any


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with a label; not to be written to."""
    folder = tmp_path_factory.mktemp("assistant")
    for hz in (110, 220, 440, 880):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    write_recordings(folder / "sounds" / "field")
    with sqlclap.open(folder / "library.db") as library:
        library.ingest([folder / "sounds"])
        library.labels.ensure("low", ["tone-110.wav"])
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def ask(folder: Path, questions: Questions, *options: str) -> list[Told]:
    """Start the server, ask it one question after the other, and end it."""
    return asyncio.run(_ask(folder, questions, options))


@asynccontextmanager
async def _asking(folder: Path, *options: str) -> AsyncIterator[ClientSession]:
    """Start the server, and end it."""
    arguments = ["-m", "sqlclap", "mcp", str(folder / "library.db"), *options]
    server = StdioServerParameters(command=sys.executable, args=arguments)
    async with stdio_client(server) as (reads, writes), ClientSession(reads, writes) as session:
        await session.initialize()
        yield session


async def _ask(folder: Path, questions: Questions, options: Sequence[str]) -> list[Told]:
    async with _asking(folder, *options) as session:
        told = []
        for name, given in questions:
            if name == "tools":
                tools = (await session.list_tools()).tools
                hints = {
                    one.name: one.annotations is not None and one.annotations.read_only_hint
                    for one in tools
                }
                told.append(Told(False, hints))
                continue
            told.append(await _call(session, name, given))
        return told


async def _call(session: ClientSession, name: str, given: dict[str, Any]) -> Told:
    answer = await session.call_tool(name, given)
    (content,) = answer.content
    assert isinstance(content, TextContent)
    text = content.text
    return Told(answer.is_error, text if answer.is_error else json.loads(text))


def test_what_there_is(folder: Path) -> None:
    """It only reads by default, and says so; the overview names what can be asked."""
    tools, overview = ask(folder, [("tools", {}), ("overview", {})])
    assert tools.answer == dict.fromkeys(READING, True)
    assert overview.answer["holds"]["counts"]["samples"] == 12
    assert "path" in overview.answer["tables"]["samples"]
    assert "clap_search(query [, k] [, options])" in overview.answer["functions"]
    assert not any("clap_audio_file" in name for name in overview.answer["functions"])
    assert {"folder", "min_length"} <= set(overview.answer["narrow"])


def test_the_same_rows_as_everywhere(folder: Path) -> None:
    """Answers are those of the library itself."""
    terms = [{"words": "low tone"}, {"sound": 2, "weight": -0.5}]
    narrow = {"folder": "field"}
    search, similar, find, matches = ask(
        folder,
        [
            ("search", {"words": "low tone", "limit": 5, "narrow": narrow}),
            ("similar", {"sound": "tone-110.wav", "limit": 5}),
            ("find", {"terms": terms, "limit": 5}),
            ("label_matches", {"label": "low", "limit": 5}),
        ],
    )
    with sqlclap.open(folder / "library.db", mode="read") as library:
        low = library.samples(sqlclap.Filter(where="path = 'tone-110.wav'"))[0].sample_id
        query = sqlclap.Query().more("low tone").unlike(2, 0.5)
        options = sqlclap.SearchOptions(folder="field")
        expected: list[Sequence[Any]] = [
            library.search("low tone", 5, options),
            library.similar(low, 5),
            library.find(query, 5),
            library.labels.matches("low", 5),
        ]
    for told, own in zip((search, similar, find, matches), expected, strict=True):
        ids = [row["sample_id"] for row in told.answer["matches"]]
        assert ids == [row.sample_id for row in own]
        scores = [row["score"] for row in told.answer["matches"]]
        assert scores == pytest.approx([row.score for row in own], abs=1e-6)


def test_one_sound(folder: Path) -> None:
    """All that is known of a sound comes together."""
    told, unknown = ask(
        folder,
        [
            ("describe_sound", {"sound": "tone-110.wav"}),
            ("describe_sound", {"sound": "nowhere.wav"}),
        ],
    )
    assert told.answer["sound"]["path"] == "tone-110.wav"
    assert told.answer["sound"]["pitch_hz"] == pytest.approx(110, rel=0.05)
    assert [one["label"] for one in told.answer["example_of"]] == ["low"]
    assert len(told.answer["like_it"]) == 5
    assert unknown.is_error
    assert "nowhere.wav" in unknown.answer


def test_files_of_the_machine_need_leave(folder: Path, tmp_path: Path) -> None:
    """Sound files outside of the library can be named only where that was said."""
    stranger = tmp_path / "stranger.wav"
    write_sound(stranger, tone(110))
    questions: Questions = [
        ("similar", {"sound": str(stranger), "limit": 1}),
        ("find", {"terms": [{"sound": str(stranger)}], "limit": 1}),
    ]
    for told in ask(folder, questions):
        assert told.is_error
        assert "is no sound of this library" in told.answer
    for told in ask(folder, questions, "--files"):
        assert told.answer["matches"][0]["path"].endswith("tone-110.wav")


def test_errors_say_what_to_do(folder: Path) -> None:
    """What can't be done is told in words that help to ask better."""
    questions: Questions = [
        ("search", {"words": "tone", "narrow": {"colour": "red"}}),
        ("search", {"words": "tone", "limit": 100_000}),
        ("search", {"words": ""}),
        ("find", {"terms": []}),
        ("find", {"terms": [{"words": "tone", "weight": 0}]}),
        ("label_matches", {"label": "high"}),
        ("rate", {"sounds": [1], "stars": 5}),
    ]
    told = ask(folder, questions)
    assert all(one.is_error for one in told)
    assert "expected options among where" in told[0].answer
    assert "1 to 200" in told[1].answer
    assert "there is no tool 'rate'" in told[-1].answer  # nothing can be written here


def test_writing_and_undoing(folder: Path) -> None:
    """With leave, it labels, votes and keeps; each change can be undone."""
    with sqlclap.open(folder / "library.db", mode="read") as library:
        before = _what_is_said(library)
    questions: Questions = [
        ("tools", {}),
        ("add_examples", {"label": "high", "sounds": ["tone-880.wav"]}),
        ("vote", {"label": "high", "sounds": [1], "verdict": "reject"}),
        ("rate", {"sounds": [1], "stars": 4}),
        ("note", {"sounds": [1], "text": "for the intro"}),
        ("favourite", {"sounds": [1, 2]}),
        ("collect", {"collection": "intro", "sounds": [1]}),
        ("changes", {}),
    ]
    tools, *written, changes = ask(folder, questions, "--write")
    assert set(tools.answer) > READING
    assert [name for name, reads in tools.answer.items() if not reads]
    assert [one.answer["changed"] for one in written] == [1, 1, 1, 1, 2, 1]
    assert len(changes.answer) == 6
    with sqlclap.open(folder / "library.db", mode="read") as library:
        assert _what_is_said(library) != before


def test_undo_in_the_same_server(folder: Path) -> None:
    """A change is undone by its number, once."""
    rated, undone, again = asyncio.run(_rate_and_undo(folder))
    assert rated.answer["changed"] == 1
    assert undone.answer["undone"] is True
    assert again.is_error
    assert "undone already" in again.answer
    with sqlclap.open(folder / "library.db", mode="read") as library:
        assert library.curation.of(1).rating is None


async def _rate_and_undo(folder: Path) -> list[Told]:
    async with _asking(folder, "--write") as session:
        rated = await _call(session, "rate", {"sounds": [1], "stars": 4})
        number = {"change_id": rated.answer["change"]["change_id"]}
        return [
            rated,
            await _call(session, "undo", number),
            await _call(session, "undo", number),
        ]


def _what_is_said(library: sqlclap.Library) -> list[Any]:
    tables = (
        "labels", "anchors", "votes", "favourites", "sample_ratings", "sample_notes",
        "sample_collections", "collection_samples",
    )  # fmt: skip
    execute = library.connection.execute
    return [execute(f"SELECT * FROM {name}").fetchall() for name in tables]  # noqa: S608


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("search", {"words": "x", "limitt": 3}, "search has no argument 'limitt'; it takes words,"),
        ("search", {"limit": 3}, "search: it needs 'words'"),
        ("search", {"words": "x", "limit": "many"}, "search: limit: Input should be a valid int"),
        ("serch", {"words": "x"}, "there is no tool 'serch'; there are overview, search"),
        ("overview", {"words": "x"}, "overview has no argument 'words'; it takes none"),
    ],
)
def test_wrong_arguments(folder: Path, tool: str, given: dict[str, Any], told: str) -> None:
    """None is left out without a word, and the words are of use to who asked."""
    (answer,) = ask(folder, [(tool, given)])
    assert answer.is_error
    assert answer.answer.startswith(told)
    assert "pydantic" not in answer.answer
