"""What the tests of object storage start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.object_store import Store, object_store


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty bucket."""
    with object_store() as served:
        yield served
