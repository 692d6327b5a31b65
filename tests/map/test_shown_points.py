"""What the map shows besides the points: groups of folders, and clusters with their middles."""

from __future__ import annotations

import numpy as np

from sqlclap.map.shown_points import (
    Grouping,
    ShownCluster,
    ShownName,
    describe_clusters,
    group_folders,
)


def test_folders_are_grouped_where_they_differ() -> None:
    paths = ["kits/a/kick.wav", "kits/a/deep/snare.wav", "kits/b/kick.wav"]
    assert group_folders(paths) == Grouping(["kits/a", "kits/b"], [0, 0, 1])
    assert group_folders(["kick.wav", "kits/snare.wav"]) == Grouping(["(top)", "kits"], [0, 1])
    assert group_folders([]) == Grouping([], [])
    many = [f"folder-{number:04}/kick.wav" for number in range(300)]
    found = group_folders([*many, "folder-0000/snare.wav"])
    assert len(found.names) == 255
    assert found.names[-1] == "(others)"
    assert max(found.places) == 254


def test_groups_of_clusters_are_described_by_all_their_points() -> None:
    clusters = np.array([0, 0, 1, -1, 2], dtype=np.int64)
    places = np.array([[0, 0], [10, 10], [20, 40], [999, 999], [7, 7]], dtype=np.uint16)
    names = (
        ShownName(0, "kick", 0, 9),
        ShownName(1, "snare", 0, 9),
        ShownName(9, "drums", 1, None),
    )
    assert describe_clusters(clusters, places, names) == (
        ShownCluster(0, 2, 5, 5, "kick", 0),
        ShownCluster(1, 1, 20, 40, "snare", 0),
        ShownCluster(2, 1, 7, 7, "", 0),
        ShownCluster(9, 3, 10, 10, "drums", 1),
    )
