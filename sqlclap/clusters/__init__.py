"""Clusters of sounds, and names for them."""

from sqlclap.clusters.found import ClusterReport, LibraryClusters
from sqlclap.clusters.options import ClusterOptions
from sqlclap.clusters.vocabulary import Vocabulary, read_vocabulary

__all__ = [
    "ClusterOptions",
    "ClusterReport",
    "LibraryClusters",
    "Vocabulary",
    "read_vocabulary",
]
