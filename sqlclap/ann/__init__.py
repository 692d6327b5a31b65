"""The HNSW index beside a library: build, publish, open, catch up, search, verify."""

from sqlclap.ann.build import build_index
from sqlclap.ann.field import Field, field_of
from sqlclap.ann.files import sidecar_folder
from sqlclap.ann.generation import Site
from sqlclap.ann.handle import LibraryIndex
from sqlclap.ann.inspection import (
    IndexStatus,
    IndexVerdict,
    count_skipped,
    generation_in_force,
    index_status,
    summarise_library,
    verify_index,
)
from sqlclap.ann.lock import is_building
from sqlclap.ann.meta import IndexMeta, read_state
from sqlclap.ann.pairs import neighbour_pairs
from sqlclap.ann.policy import EXACT_BELOW, IndexParams, is_worth_building, is_worth_refreshing
from sqlclap.ann.reader import IndexReader
from sqlclap.ann.search import Allowed, Candidates, allow, find_candidates
from sqlclap.ann.upkeep import drop_index, refresh_index, remove_strays, stray_folders
from sqlclap.ann.view import IndexView

__all__ = [
    "EXACT_BELOW",
    "Allowed",
    "Candidates",
    "Field",
    "IndexMeta",
    "IndexParams",
    "IndexReader",
    "IndexStatus",
    "IndexVerdict",
    "IndexView",
    "LibraryIndex",
    "Site",
    "allow",
    "build_index",
    "count_skipped",
    "drop_index",
    "field_of",
    "find_candidates",
    "generation_in_force",
    "index_status",
    "is_building",
    "is_worth_building",
    "is_worth_refreshing",
    "neighbour_pairs",
    "read_state",
    "refresh_index",
    "remove_strays",
    "sidecar_folder",
    "stray_folders",
    "summarise_library",
    "verify_index",
]
