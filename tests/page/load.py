"""Many listeners and searchers at once, and what they were answered."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

STREAMS, SEARCHES = 50, 20
AHEAD_S = 0.5
"""A player starts so long after a sound's first bytes, and loads up to twice that ahead."""

ADJECTIVES = (
    "deep", "bright", "soft", "short", "long", "dark", "warm", "metallic", "wet", "distant",
    "gritty", "clean", "wooden", "glassy", "hollow", "sharp", "muffled", "airy", "heavy", "thin",
)  # fmt: skip
NOUNS = (
    "kick", "rain", "choir", "glass", "hi-hat", "pad", "vinyl noise", "snare", "bell", "wind",
    "footsteps", "bass", "guitar", "whistle", "clap", "engine", "flute", "applause", "tom", "bird",
)  # fmt: skip


def words(number: int) -> str:
    """Return a search text; 400 of them differ, so that no answer is at hand already."""
    adjective, noun = divmod(number, len(NOUNS))
    return f"{ADJECTIVES[adjective % len(ADJECTIVES)]} {NOUNS[(noun + adjective) % len(NOUNS)]}"


def quantiles(times: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the largest of times in ms."""
    if not times:
        return {}
    ordered = sorted(times)
    found = (statistics.median(times), ordered[int(0.95 * (len(times) - 1))], ordered[-1])
    return dict(zip(("p50", "p95", "most"), (round(one, 1) for one in found), strict=True))


@dataclass
class Heard:
    """What came of a load.

    Attributes
    ----------
    start_ms, search_ms : list of float
        Until a stream's first bytes; until a search's whole answer.
    plays : int
        Sounds heard to their ends.
    bytes : int
    stalls : int
        Times that a player ran out of sound.
    errors : Counter
        What went wrong, by kind.
    """

    start_ms: list[float] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)
    plays: int = 0
    bytes: int = 0
    stalls: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def told(self, seconds: float) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "seconds": seconds,
            "streams": STREAMS,
            "plays": self.plays,
            "megabytes": round(self.bytes / 1e6, 1),
            "stalls": self.stalls,
            "start_ms": quantiles(self.start_ms),
            "searches": len(self.search_ms),
            "search_ms": quantiles(self.search_ms),
            "errors": dict(self.errors),
        }


class Listener:
    """Plays one sound after another at the pace of a player, keeping `AHEAD_S` ahead.

    Parameters
    ----------
    client : httpx.AsyncClient
    heard : Heard
    sounds : sequence of int
        Sample ids, in the order in which they are played.
    """

    def __init__(self, client: httpx.AsyncClient, heard: Heard, sounds: Sequence[int]) -> None:
        self._client, self._heard, self._sounds = client, heard, sounds

    async def listen(self, ends: float) -> None:
        """Play until a time of the clock `time.perf_counter`."""
        turn = 0
        while time.perf_counter() < ends:
            sample = self._sounds[turn % len(self._sounds)]
            turn += 1
            try:
                await self._play(sample, ends)
            except httpx.HTTPError as error:
                self._heard.errors[f"audio: {type(error).__name__}"] += 1
                await asyncio.sleep(0.1)

    async def _play(self, sample: int, ends: float) -> None:
        began = time.perf_counter()
        asked = self._client.stream("GET", f"sample/{sample}/audio", headers={"range": "bytes=0-"})
        async with asked as answer:
            if answer.status_code != 206:
                self._heard.errors[f"audio: {answer.status_code}"] += 1
                await asyncio.sleep(0.1)
                return
            self._heard.start_ms.append(1000 * (time.perf_counter() - began))
            whole = int(answer.headers["content-length"])
            got = await self._take(answer, ends)
        if got == whole:
            self._heard.plays += 1
        elif time.perf_counter() < ends:
            self._heard.errors["audio: too short"] += 1

    async def _take(self, answer: httpx.Response, ends: float) -> int:
        """Read as fast as a player does that plays 44.1 kHz, 16 bits, stereo."""
        started, got = time.perf_counter(), 0
        async for chunk in answer.aiter_raw(1 << 16):
            now = time.perf_counter()
            played = now - started - AHEAD_S
            if got and played > got / 176_400:
                self._heard.stalls += 1
                started = now - got / 176_400 - AHEAD_S
            got += len(chunk)
            self._heard.bytes += len(chunk)
            if now > ends:
                break
            await asyncio.sleep(max(0.0, got / 176_400 - (now - started) - AHEAD_S))
        return got


async def _search(client: httpx.AsyncClient, heard: Heard, text: str) -> None:
    began = time.perf_counter()
    try:
        answer = await client.get("api/search", params={"q": text})
        if answer.status_code != 200 or not answer.json()["matches"]:
            heard.errors[f"search: {answer.status_code}"] += 1
    except httpx.HTTPError as error:
        heard.errors[f"search: {type(error).__name__}"] += 1
    heard.search_ms.append(1000 * (time.perf_counter() - began))


async def load(root: str, seconds: float, sounds: Sequence[int]) -> dict[str, Any]:
    """Play `STREAMS` sounds at once and ask `SEARCHES` a second, whether answered yet or not.

    Parameters
    ----------
    root : str
        Of the library's pages.
    seconds : float
    sounds : sequence of int
        Ids of samples whose sounds are there.
    """
    heard, began = Heard(), time.perf_counter()
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=f"{root}/", timeout=60, limits=limits) as client,
        asyncio.TaskGroup() as group,
    ):
        for first in range(STREAMS):
            listener = Listener(client, heard, [*sounds[first:], *sounds[:first]])
            group.create_task(listener.listen(began + seconds))
        for number in range(round(seconds * SEARCHES)):
            await asyncio.sleep(max(0.0, began + number / SEARCHES - time.perf_counter()))
            group.create_task(_search(client, heard, words(number)))
    return heard.told(seconds)
