"""A visitor of a set's page, and of the page of one library that holds the same sounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasette_sqlclap.serving import make_datasette_of_set

from sqlclap.db.connection import Mode
from sqlclap.shards import SetOptions, open_set
from tests.page.visiting import Site

IDS = ("sample_id", "rival_sample_id")


class SetSite(Site):
    """A Datasette over a set.

    Parameters
    ----------
    path : Path
        Its file.
    read_only : bool
    deadline_s : float
        How long nodes may take.
    """

    def __init__(self, path: Path, read_only: bool = False, deadline_s: float = 30.0) -> None:
        mode: Mode = "read" if read_only else "write"
        opened = open_set(path, SetOptions(mode=mode, deadline_s=deadline_s))
        self.datasette, self.served = make_datasette_of_set(opened, read_only)
        self.loop = asyncio.new_event_loop()
        self.run(self.datasette.invoke_startup())

    def close(self) -> None:
        """Close the set, too."""
        self.served.close()
        super().close()


@dataclass(frozen=True)
class Twin:
    """The same sounds as a library and as a set, served both.

    Attributes
    ----------
    library : Site
    of_set : SetSite
    ids : dict of int to int
        Of the set, by the library's.
    """

    library: Site
    of_set: SetSite
    ids: dict[int, int]

    def both(self, path: str, **params: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the answers to a GET; the library's with the set's ids."""
        mapped = {
            name: self.ids[value] if name == "sample" else value for name, value in params.items()
        }
        return (
            self.as_set(self.library.local.json(path, **params)),
            self.of_set.local.json(path, **mapped),
        )

    def posted(self, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the answers to a POST of a body with the library's ids."""
        mapped = dict(body)
        if "sample_ids" in body:
            mapped["sample_ids"] = [self.ids[one] for one in body["sample_ids"]]
        found, other = self.library.local.post(path, body), self.of_set.local.post(path, mapped)
        assert found.status_code == other.status_code, other.text
        return self.as_set(found.json()), other.json()

    def as_set(self, value: Any) -> Any:
        """Return an answer of the library with the set's ids."""
        if isinstance(value, list):
            return [self.as_set(one) for one in value]
        if not isinstance(value, dict):
            return value
        told = {name: self.as_set(one) for name, one in value.items()}
        for name in IDS:
            if told.get(name) is not None:
                told[name] = self.ids[told[name]]
        if isinstance(told.get("sample_ids"), list):
            told["sample_ids"] = [self.ids[one] for one in told["sample_ids"]]
        return told
