"""Two raylets, of which one is killed in the middle; `make test-ray-nodes` runs it."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.ray_ingest.crew import LOOPBACK_ONLY, ray_crew
from tests.ray_ingest.test_dispatch import held
from tests.support.sounds import noise, tone, write_sound

if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray has an environment of its own: make test-ray-nodes", allow_module_level=True)

STORE_BYTES = 100_000_000


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two raylets with a core each, all of it on loopback."""
    # In the environment before Ray is imported, which reads it then.
    for name, value in (LOOPBACK_ONLY | {"RAY_AUTH_TOKEN": secrets.token_hex(16)}).items():
        monkeypatch.setenv(name, value)
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "node_ip_address": "127.0.0.1"}
    started = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    try:
        yield started, started.add_node(**node)
    finally:
        started.shutdown()


def test_a_raylet_that_is_killed_loses_nothing_and_doubles_nothing(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.ingest import batches
    from sqlclap.ray_ingest.engine import RayEngine

    for number in range(60):
        write_sound(tmp_path / "many" / f"tone-{number}.wav", tone(100 + 17 * number))
        write_sound(tmp_path / "many" / f"noise-{number}.flac", noise(number, 1.5))
    with sqlclap.open(tmp_path / "local.db") as library:
        library.ingest([tmp_path / "many"])
        local = held(library)

    monkeypatch.setattr(batches, "FILES", 4)
    nodes, second = cluster
    used, answers, plain = set(), 0, RayEngine.wait

    def killing(self: RayEngine) -> object:
        nonlocal answers
        answer = plain(self)
        if answer is not None:
            used.add(answer.worker)
            answers += 1
        if len(used) == 2 and second in nodes.worker_nodes:
            nodes.remove_node(second, allow_graceful=False)
        return answer

    monkeypatch.setattr(RayEngine, "wait", killing)
    with ray_crew(nodes.address) as crew, sqlclap.open(tmp_path / "ray.db") as library:
        report = library.ingest([tmp_path / "many"], sqlclap.IngestOptions(crew=crew))
        assert (report.new, report.failed) == (120, [])
        assert held(library) == local
        changes = "SELECT count(*), count(DISTINCT embedding_id) FROM embedding_changes"
        assert library.connection.execute(changes).fetchall() == [(len(local), len(local))]
    assert second not in nodes.worker_nodes
    assert os.environ["RAY_AUTH_MODE"] == "token"
