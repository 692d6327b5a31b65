"""Names of 0.1.0 that have moved: they work for one version more, with a warning.

Packages that are gone (``sqlclap.similarity``) are found here; those that stay, without the names
that they gave (``sqlclap.labels``), ask `moved_name`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

MOVED: dict[str, dict[str, str]] = {
    "ann": {
        "index.build": "build_index",
        "index.candidates": "Candidates",
        "index.files": "is_building sidecar_folder",
        "index.generation": "Site=BuildLocation",
        "index.handle": "LibraryIndex drop_index refresh_index remove_strays stray_folders",
        "index.inspection": (
            "IndexStatus IndexVerdict count_skipped generation_in_force index_status "
            "summarise_library verify_index"
        ),
        "index.knn": "Field=NeighborSearch field_of=neighbor_search neighbour_pairs",
        "index.meta": "IndexMeta read_state",
        "index.reader": "IndexReader IndexView",
        "index.search": "Allowed allow find_candidates",
        "index.settings": "EXACT_BELOW IndexParams is_worth_building is_worth_refreshing",
    },
    "audio": {
        "audio.budget": "DecodingBudget",
        "audio.decode": "AudioStream open_audio",
        "audio.descriptors": "DescriptorMeter",
        "audio.encoded": "AudioSource",
        "audio.formats": "AUDIO_SUFFIXES AV_SUFFIXES",
        "audio.front_end": (
            "BlockMeter FrontEnd SoundReport SoundWindows WindowFeatures read_features "
            "sound_windows"
        ),
        "audio.mel": "MelFrontEnd mel_filters",
        "audio.revisions": "PastReading READING_REVISION may_sound_otherwise",
        "audio.spec": "FrontEndSpec MelSpec",
        "audio.windows": "SILENCE_PEAK_DB StreamResampler Window cut_windows",
        "descriptor_columns": "Descriptors",
        "native_output": "NativeWords=NativeOutput catch_native_words=catch_native_output",
    },
    "calibration": {
        "labels.calibration": "Calibration CalibrationRequest PastCalibration",
        "labels.calibrations": "Calibrations draw_report",
        "labels.labelled_examples": "Apart as_apart",
        "labels.precision": "normal_quantile wilson_bounds",
        "labels.threshold_fitting": "Point=OperatingPoint",
    },
    "clusters": {
        "map.vocabulary": "Vocabulary read_vocabulary",
        "map.clusters": "ClusterReport LibraryClusters",
        "map.options": "ClusterOptions",
    },
    "functions": {
        "sqlfunctions.adapters": "register_functions register_where_possible",
        "sqlfunctions.failures": "function_errors",
        "sqlfunctions.spec": "Spec",
        "sqlfunctions.specs": "SPECS",
    },
    "ingest": {
        "ingest.library_model": "count_backlog use_model",
        "ingest.pipeline": "IngestOptions ingest",
        "ingest.relocate": "RelocateOptions RelocateReport",
        "ingest.report": "FailedFile IngestReport",
        "ingest.sources": "LibrarySources",
    },
    "labels": {
        "db.vectors": "vectors_of_samples",
        "labels.labels": "Labels",
        "labels.match_request": "MatchRequest check_confidence",
        "labels.matching": "LabelMatch find_matches",
        "labels.precision": "Judgement Precision judge measure_precision",
        "labels.review": "Draw Review ReviewItem",
        "labels.rivals": "RivalReport RivalShare SuggestedRival find_rivals",
        "labels.scorer": "Scorer folder_key load_scorer",
        "labels.scorer_cache": "LibraryState ScorerCache library_state",
        "labels.scoring": "CONFIDENCES Confidence HELD_BACK_BY LabelSettings Scores",
        "labels.anchors": "Anchor",
        "labels.store": "Label find_label",
        "labels.suggestions": "Suggestion",
        "labels.tag_conflicts": "Conflict",
        "labels.tagging": "TagRequest TagRun",
        "labels.tags": "Tag",
        "labels.transfer": "ImportReport",
        "labels.votes": "Ballot=CastVote VERDICTS Verdict Vote as_verdict",
    },
    "layout": {
        "map.drawing": (
            "Picture check_picture=check_drawing draw_picture=draw_map read_picture=read_drawing"
        ),
        "map.maps": "LibraryMap MapReport",
        "map.options": "LayoutOptions",
        "map.store": "MapStatus Points",
        "map.theme": "Theme",
    },
    "library": {
        "db.database": "Cursor Database Snapshot Version damaged read_document",
        "db.library_file": "LibraryFile",
        "db.migrations": "lost_marks refresh_views stale_views",
        "db.samples": (
            "Audible Sample check_label has_all_vectors_of is_hardly_heard list_failures "
            "merge_samples sample_by_id samples_by_path unknown_label"
        ),
        "db.schema": "missing_tables restore wrong_objects",
        "db.sequences": "restore_sequences sequences_behind uncounted_tables",
        "db.sources": (
            "Source SourceKind add_source change_source file_path find_source list_sources "
            "native_path path_columns remove_source remove_vacant_sources source_for "
            "spelled_alike spellings"
        ),
        "db.statements": "read_transaction statement write_transaction",
        "db.summary": "Summary summarise",
        "sqlite_files": "is_sqlite_file",
    },
    "models": {
        "models.bundle": "Bundle EMBEDDED_MODEL find_bundle find_named_bundle open_bundle",
        "models.contract": "Background Contract model_version parse_contract",
        "models.encoder": "Encoder",
        "models.runtime": "DEVICES Device",
        "models.verify": "Verdict verify_bundle",
        "models.vocabulary": "TaughtVocabulary content_words taught_vocabulary",
    },
    "similarity": {
        "search.background": "Background refresh_background",
        "search.duplicate_kinds": "KINDS",
        "search.duplicates": "Duplicate DuplicateGroup find_duplicates",
        "search.judgement": ("Doubt Judgement Words chance_floor in_words judge_words word_doubts"),
        "search.planner": "Planner",
        "search.query": (
            "nearest_samples rank_by_vector search_embedded search_sample search_sound "
            "search_words words_judge"
        ),
        "search.query_audio": "embed_sound hear_sound=embed_with_notes",
        "search.request": "Filter Request SearchOptions",
        "search.targets": "Target resolve_target",
        "search.moments": "Moment",
        "search.results": "Answer Match Matches Plan",
        "search.sample_comparison": "Verified",
        "search.verify": "verify_duplicates",
    },
    "vectors": {
        "db.exact": "Scored nearest score_embeddings score_known score_samples",
        "db.stored_models": (
            "SkippedVector StoredModel count_unusable default_model describe_skipped "
            "find_model has_vectors list_models look_for_skipped make_default "
            "register_model skipped_vectors tell_of_skipped"
        ),
        "db.vectors": (
            "OwnVectors UNIT_TOLERANCE WindowVectors count_own from_blob from_blobs "
            "own_vectors pool_windows replace_vectors sample_vector to_blob unit_rows "
            "unit_vector usable_rows vectors_of"
        ),
    },
}
"""By former package: new modules, and the names that they hold now; ``old=new`` where renamed."""


def moved_name(package: str) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that finds what has moved from a package."""

    def find(name: str) -> Any:
        for home, names in MOVED[package].items():
            for entry in names.split():
                old, _, new = entry.partition("=")
                if old == name:
                    there = f"sqlclap.{home}.{new or old}"
                    message = f"sqlclap.{package}.{name} is {there} now"
                    warnings.warn(message, DeprecationWarning, stacklevel=2)
                    return getattr(import_module(f"sqlclap.{home}"), new or old)
        raise AttributeError(f"module 'sqlclap.{package}' has no attribute {name!r}")

    return find


def find_moved(name: str) -> ModuleSpec | None:
    """Return a spec for a package of 0.1.0 that is gone; None for any other name."""
    parent, _, package = name.partition(".")
    if parent != "sqlclap" or package not in MOVED:
        return None
    return ModuleSpec(name, cast("Loader", _Moved()))


class _Moved:
    """Makes a module of a package that is gone: it knows where each name is now."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave making the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its `__getattr__`."""
        vars(module)["__getattr__"] = moved_name(module.__name__.partition(".")[2])


def former_attribute(former: str, present: str) -> property:
    """Make a property that gives an attribute under its former name, with a warning.

    >>> class Plan:
    ...     ef_search = 64
    ...     width = former_attribute("width", "ef_search")
    """

    def read(instance: object) -> Any:
        """Return what the attribute holds under its present name."""
        message = f"{type(instance).__name__}.{former} is called {present} now"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(instance, present)

    return property(read)


Fields = TypeVar("Fields", bound=type)


def former_fields(**names: str) -> Callable[[Fields], Fields]:
    """Let a dataclass be made with former names of its fields, and read by them; both warn.

    Parameters
    ----------
    **names : str
        ``former=present``.
    """

    def change(kind: Fields) -> Fields:
        make: Any = vars(kind)["__init__"]

        @wraps(make)
        def init(self: Any, *values: Any, **given: Any) -> None:
            for former in names.keys() & given.keys():
                if names[former] not in given:  # both are an error, as any unknown keyword is
                    message = f"{kind.__name__}.{former} is called {names[former]} now"
                    warnings.warn(message, DeprecationWarning, stacklevel=2)
                    given[names[former]] = given.pop(former)
            make(self, *values, **given)

        setattr(kind, "__init__", init)  # noqa: B010 mypy minds a plain assignment
        for former, present in names.items():
            setattr(kind, former, former_attribute(former, present))
        return kind

    return change


def renamed_names() -> list[tuple[str, str]]:
    """Return public names of 0.1.0 that are called otherwise now, sorted: former and present."""
    return sorted(
        (f"sqlclap.{package}.{old}", f"sqlclap.{home}.{new}")
        for package, homes in MOVED.items()
        for home, names in homes.items()
        for old, _, new in (entry.partition("=") for entry in names.split())
        if new
    )
