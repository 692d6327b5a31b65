"""A node's shards, as its server asks them: what nodes answer, without HTTP."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.errors import ModelError, SetError, SqlclapError
from sqlclap.homes import expand_home
from sqlclap.shards.failures import FailedFile
from sqlclap.shards.fleet import NOT_ANSWERING, Fleet
from sqlclap.shards.jobs import Answer, Describe, SetSound
from sqlclap.shards.protocol import entry_of
from sqlclap.shards.questions import Candidate, Part, narrowed
from sqlclap.shards.set_file import SetFile
from sqlclap.shards.shard import Shard, differing_model
from sqlclap.shards.together import can_join, joined
from sqlclap.shards.watched_file import WatchedSetFile
from sqlclap.shards.wire import ASKED, WireError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device
    from sqlclap.search.background import Background
    from sqlclap.search.request import Request
    from sqlclap.shards.fleet import Gathered

MOST_DESCRIBED = 200
"""Of so many rows, answers tell at once what is shown of them; of more, who asks wants few."""

_PLACES = frozenset({"file", "root"})
"""Fields that tell where a node keeps its files."""

_FOLDERS = re.compile(r"(?<![\w./:])(?:[A-Za-z]:)?[\\/](?:[^\s'\":;,\\/]+[\\/])+")


@dataclass(frozen=True)
class NodeOptions:
    """How a node serves.

    Attributes
    ----------
    token : str
        What askers must know.
    node : str or None
        Name of the node in the set's file, whose shards it holds; None: all shards.
    host : str
    port : int
        0: a free one.
    model : str or None
        Folder of the set's model, where it is not installed.
    device : {"cpu", "cuda"}
    """

    token: str
    node: str | None = None
    host: str = "127.0.0.1"
    port: int = 8451
    model: str | None = None
    device: Device = "cpu"


class Node:
    """The shards of a node, as its server asks them; safe to use from several threads.

    Parameters
    ----------
    path : Path
        The set's file.
    options : NodeOptions

    Raises
    ------
    SetError
        There is no such set, or it names no shard of this node.
    """

    def __init__(self, path: Path, options: NodeOptions) -> None:
        self.path = expand_home(path).absolute()
        self._options = options
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._encoder: tuple[str, Encoder] | None = None
        self._keys: dict[int, tuple[str, Background]] = {}
        self._file = WatchedSetFile(self.path)
        self._shards: tuple[SetFile, dict[int, Shard]] | None = None
        if not self.shards:
            names = sorted({name for one in self._file.content.shards for name in one.holders})
            known = ", ".join(names) or "none is named: give shards a node in the file"
            raise SetError(f"{self.path} has no shard of node {options.node!r}; nodes: {known}")
        self._fleet = Fleet(self._find_encoder, 0.0, in_turn=False)

    @property
    def shards(self) -> dict[int, Shard]:
        """Its shards by their numbers; the set's file is read again when it has changed."""
        file = self._file.content
        with self._lock:
            if self._shards is None or self._shards[0] is not file:
                self._shards = (file, self._own(file))
            return self._shards[1]

    def _own(self, file: SetFile) -> dict[int, Shard]:
        node = self._options.node
        return {
            one.number: Shard(one, self.path.parent, file.model_version, moved=file.moved)
            for one in file.shards
            if node is None or node in one.holders
        }

    def _find_encoder(self) -> Encoder:
        """Return the set's model at work: one for all shards."""
        version = self._file.content.model_version
        with self._loading:
            if self._encoder is None or self._encoder[0] != version:
                self._encoder = (version, self._load_encoder())
            return self._encoder[1]

    def _load_encoder(self) -> Encoder:
        """Load the model by the first shard that can be opened."""
        for shard in self.shards.values():
            try:
                library = shard.open("read", self._options.model, self._options.device)
            except NOT_ANSWERING:
                continue
            try:
                if differing := differing_model(library.session, self._file.content):
                    raise SetError(f"{differing}: start the node again without --model")
                return library.encoder
            finally:
                library.close()
        raise SetError("no shard of the node can be opened")

    def answer(self, question: Any) -> dict[str, Any]:
        """Answer what an asker sent.

        Raises
        ------
        SqlclapError
            The question can't be answered, as any shard would say.
        WireError
            It is no question.
        """
        try:
            entries, job, known = question["shards"], question["job"], question["known"]
            asked = {int(one[0]): one for one in entries}
            known = dict(known)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise WireError("it is no question") from error
        if not isinstance(job, ASKED):
            raise WireError("it is no question")
        held = self.shards
        missing = {one: _refusal(entry, held.get(one)) for one, entry in asked.items()}
        chosen = [held[one] for one, why in missing.items() if why is None]
        try:
            found = self._fleet.ask(chosen, job)
        except ModelError as error:
            whole = self.plain(f"the node's model: {error}")
            return {"parts": {}, "missing": dict.fromkeys(asked, whole)}
        told = {one: why for one, why in missing.items() if why is not None}
        told |= {one.shard: self.plain(one.reason) for one in found.missing}
        return {"missing": told, **self._parts(found, job, known)}

    def _parts(self, found: Gathered[Any], job: Any, known: dict[Any, Any]) -> dict[str, Any]:
        """Return what shards answered as it is sent."""
        answers = dict(found.parts)
        if not isinstance(job, Answer):
            return {"parts": {one: self._for_others(part) for one, part in answers.items()}}
        answers = self._described(answers, job.question.request)
        news = self._news({one: background for one, (_, background) in answers.items()}, known)
        together = {one: part for one, (part, _) in answers.items() if can_join(part)}
        others = {one: part for one, (part, _) in answers.items() if one not in together}
        return {
            "parts": {one: self._for_others(part) for one, part in others.items()},
            "together": joined(together),
            "backgrounds": news,
        }

    def _described(self, answers: dict[int, Any], request: Request) -> dict[int, Any]:
        """Narrow the parts of a search, and tell at once what its rows would be asked for."""
        numbers = [one for one, (part, _) in answers.items() if isinstance(part, Part)]
        parts = narrowed([answers[one][0] for one in numbers], request)
        more = self._fields(row for part in parts for row in _untold(part))
        for number, part in zip(numbers, parts, strict=True):
            told = {**_told(part), **more.get(number, {})}
            answers[number] = part._replace(fields=told or None), answers[number][1]
        return answers

    def _fields(self, rows: Iterable[Candidate]) -> dict[int, dict[int, Any]]:
        """Return what is told of candidates, shard by shard."""
        chosen = [*rows]
        if not 0 < len(chosen) <= MOST_DESCRIBED:
            return {}
        numbers, held = {row.shard for row in chosen}, self.shards
        shards = [held[one] for one in sorted(numbers & held.keys())]
        found = self._fleet.ask(shards, Describe(chosen))
        return {number: self._for_others(told) for number, told in found.parts}

    def _news(
        self, backgrounds: dict[int, Background], known: dict[Any, Any]
    ) -> dict[int, tuple[str, Background]]:
        """Return backgrounds that the asker doesn't have yet, by shards, each with its key."""
        news = {}
        with self._lock:
            for number, one in backgrounds.items():
                kept = self._keys.get(number)
                if kept is None or kept[1] is not one:
                    kept = self._keys[number] = (secrets.token_hex(8), one)
                if known.get(number) != kept[0]:
                    news[number] = kept
        return news

    def _for_others(self, part: Any) -> Any:
        """Tell sounds by their paths below their sources, and errors without folders."""
        if isinstance(part, SetSound | FailedFile):
            return part.for_others(self.plain)
        if isinstance(part, SqlclapError):
            return type(part)(self.plain(str(part)))
        if type(part) is tuple:
            return tuple(map(self._for_others, part))
        if isinstance(part, list):
            return [*map(self._for_others, part)]
        if isinstance(part, dict):
            return {key: _without_file(fields) for key, fields in part.items()}
        return part

    def plain(self, text: str) -> str:
        """Take the folders of paths out of a text for others."""
        return _FOLDERS.sub("", text.replace(f"{self.path.parent}/", ""))

    def close(self) -> None:
        """Close its shards."""
        self._fleet.close()


def _untold(part: Part) -> list[Candidate]:
    """Return the rows of which nothing is told yet; of matches all is."""
    known = part.fields or {}
    return [one for one in part.rows if isinstance(one, Candidate) and one.sample_id not in known]


def _told(part: Part) -> dict[int, Any]:
    """Return what is told of its rows already, without the node's places."""
    known = part.fields or {}
    there = [one.sample_id for one in part.rows if one.sample_id in known]
    return {one: _without_file(known[one]) for one in there}


def _without_file(fields: Any) -> Any:
    if not isinstance(fields, dict):
        return fields
    return {name: one for name, one in fields.items() if name not in _PLACES}


def _refusal(asked: Any, held: Shard | None) -> str | None:
    if held is None:
        return "the node doesn't hold it"
    if asked != entry_of(held):
        return "the node's set.toml tells otherwise of it: copy the set's file there"
    return None
