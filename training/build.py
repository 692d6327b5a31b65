"""Build the embedded default bundle from public packages: ``python -m training.build``.

Stages that are done are skipped, an interrupted training run goes on from its checkpoint, and
everything is seeded. ``--stage NAME`` runs one stage, ``--list`` says what is done.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from training import paths
from training.corpus.shards import SEED, Shard, all_shards, build_clips
from training.stages import Stage, fingerprints, is_done, run_stages

if TYPE_CHECKING:
    from training.features import FeatureTable

SEEDS = (0, 1, 2)
TOGETHER = "together"
"""The run that is the mean of all seeds' weights."""
ACROSS_SPEEDS = "across-speeds"
"""That run's towers after a further step, which no bundle that ships has had yet (--speeds)."""

_VERSIONS = {
    "clips": 2,
    "features": 2,
    "captions": 2,
    "train": 4,
    "words": 3,
    "speeds": 1,
    "measure": 6,
    "publish": 4,
}
"""Raise a number when a change of code changes what its stages give."""


def _report(name: str) -> Path:
    return paths.REPORTS / f"{name}.json"


def _seed_run(seed: int) -> str:
    return f"seed-{seed}"


_SEED_RUNS = tuple(map(_seed_run, SEEDS))
_KEPT_MEMORY = {
    # Each step of a training takes and frees some GB: given back to the system and taken anew,
    # they cost much of the processor's time (75 % with three on two cores; kept, 20 % with two).
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}
"""Settings of glibc's malloc; others don't know them."""


def _fetch() -> None:
    from training.fetch import fetch_all

    fetch_all()


def _features(shard: Shard) -> int:
    from training.features import build_features

    return build_features(shard)


def _table(splits: tuple[str, ...] = ("train", "test")) -> FeatureTable:
    """Load the features: training shards first, so that captions' rows keep their places."""
    from training.features import load_features

    names = [shard.name for shard in all_shards()]
    training = [name for name in names if not name.startswith("test-")]
    test = [name for name in names if name.startswith("test-")]
    return load_features(
        [*(training if "train" in splits else []), *(test if "test" in splits else [])]
    )


def build_held_out() -> FeatureTable:
    """Return the features of the packs that are only measured on, made where they aren't there."""
    stages = {stage.name: stage for stage in all_stages()}
    names = [shard.name for shard in all_shards() if shard.name.startswith("test-")]
    made = [f"{kind}/{name}" for name in names for kind in ("clips", "features")]
    run_stages([stages[name] for name in ("fetch", *made)], paths.STAMPS)
    return _table(("test",))


def _captions() -> str:
    from training.caption_stage import build_captions

    return build_captions(_table(("train",)))


def _text_table() -> str:
    from training.text_table import build_table

    return build_table()


def _train(seed: int) -> None:
    from training.caption_stage import load_captions
    from training.learning.data import make_training_set
    from training.learning.recipe import Recipe
    from training.learning.train import train

    data = make_training_set(_table(("train",)), load_captions())
    train(Recipe(seed=seed), data, paths.RUNS / _seed_run(seed))


def _words(run: str) -> str:
    from training.caption_stage import load_captions
    from training.learning.data import make_training_set
    from training.learning.recipe import WordsRecipe
    from training.learning.words import tune_words

    data = make_training_set(_table(("train",)), load_captions())
    trained = tuple(paths.RUNS / name for name in _trained(run))
    return tune_words(trained, data, WordsRecipe(), paths.RUNS / run)


def _trained(run: str) -> tuple[str, ...]:
    """Return the runs whose weights are averaged."""
    return _SEED_RUNS if run == TOGETHER else (run,)


def _windows_at_speeds() -> str:
    from training.corpus.speeds import build_speeds
    from training.learning.recipe import SpeedsRecipe

    recipe = SpeedsRecipe()
    names = [shard.name for shard in all_shards() if not shard.name.startswith("test-")]
    return build_speeds(names, recipe.windows, recipe.seed)


def _speeds() -> str:
    from training.learning.recipe import SpeedsRecipe
    from training.learning.speeds import learn_speeds

    return learn_speeds(paths.RUNS / TOGETHER, paths.RUNS / ACROSS_SPEEDS, SpeedsRecipe())


def _measure(run: str) -> str:
    from training.learning.measure import measure_run

    found = measure_run(paths.RUNS / run, _table(), _report(run))
    return f"text to sound mAP {found['text']['all']['mAP']:.3f}"


def _first_edition() -> str:
    from training.learning.measure import measure_first_edition
    from training.learning.recipe import Recipe

    temperature = Recipe().first_temperature
    found = measure_first_edition(_table(), _report("first-edition"), temperature)
    return f"text to sound mAP {found['text']['all']['mAP']:.3f}"


def _baseline() -> str:
    from training.evaluation.baseline import measure_baseline

    return measure_baseline(_table(), _report("baseline"))


def _publish() -> str:
    from training.learning.publish import Chosen, best_run, publish
    from training.taught import weak_classes

    reports = [_report(run) for run in (*_SEED_RUNS, TOGETHER)]
    weak = weak_classes([json.loads(path.read_text()) for path in reports[:-1]])
    run = Chosen(paths.RUNS / best_run(reports), weak)
    return publish(run, _table(("train",)), paths.CANDIDATE, _report("background"))


def _card() -> None:
    from training.card import write_cards

    write_cards(_SEED_RUNS)


def _corpus_stages() -> list[Stage]:
    stages = []
    for shard in all_shards():
        clips, features = (folder / f"{shard.name}.npz" for folder in (paths.CLIPS, paths.FEATURES))
        stages.append(
            Stage(
                f"clips/{shard.name}",
                lambda shard=shard: build_clips(shard),
                (clips,),
                ("fetch", *(f"clips/{need}" for need in shard.needs)),
                {"version": _VERSIONS["clips"], "seed": SEED},
            )
        )
        stages.append(
            Stage(
                f"features/{shard.name}",
                lambda shard=shard: _features(shard),
                (features,),
                (f"clips/{shard.name}",),
                {
                    "version": _VERSIONS["features"],
                    "variants": shard.variants,
                    "semitones": shard.semitones,
                },
            )
        )
    return stages


def _model_stages(training: tuple[str, ...], everything: tuple[str, ...]) -> list[Stage]:
    captions = {"version": _VERSIONS["captions"]}
    return [
        Stage("text-table", _text_table, (paths.TEXT / "table.npz",), ("fetch",)),
        Stage(
            "captions",
            _captions,
            (paths.TEXT / "captions.npz",),
            ("text-table", *training),
            captions,
        ),
        Stage("baseline", _baseline, (_report("baseline"),), ("captions", *everything)),
        Stage(
            "first-edition",
            _first_edition,
            (_report("first-edition"),),
            ("captions", *everything),
            {"version": _VERSIONS["measure"]},
        ),
        *[_train_stage(seed) for seed in SEEDS],
        *[stage for run in (*_SEED_RUNS, TOGETHER) for stage in _run_stages(run, everything)],
    ]


def _train_stage(seed: int) -> Stage:
    config = {"version": _VERSIONS["train"], "seed": seed, "recipe": _recipe_config(seed)}
    run = _seed_run(seed)
    checkpoint = paths.RUNS / run / "checkpoint.pt"
    return Stage(f"train/{run}", lambda: _train(seed), (checkpoint,), ("captions",), config)


def _run_stages(run: str, everything: tuple[str, ...]) -> list[Stage]:
    from training.learning.recipe import WordsRecipe

    words, towers = f"words/{run}", paths.RUNS / run / "towers.pt"
    trained = tuple(f"train/{name}" for name in _trained(run))
    tuned = {"version": _VERSIONS["words"], "recipe": asdict(WordsRecipe())}
    return [
        Stage(words, lambda: _words(run), (towers,), trained, tuned),
        _measure_stage(run, (words, *everything)),
    ]


def _measure_stage(run: str, after: tuple[str, ...]) -> Stage:
    measured = {"version": _VERSIONS["measure"]}
    return Stage(f"measure/{run}", lambda: _measure(run), (_report(run),), after, measured)


def _speeds_stages(corpus: list[Stage]) -> list[Stage]:
    """Return what --speeds adds; it may follow all other stages."""
    from training.learning.recipe import SpeedsRecipe

    version, recipe = _VERSIONS["speeds"], SpeedsRecipe()
    drawn = {"version": version, "windows": recipe.windows, "seed": recipe.seed}
    taught = {"version": version, "recipe": asdict(recipe)}
    names = [stage.name for stage in corpus]
    clips = tuple(name for name in names if name.startswith("clips/"))
    windows, towers = "windows-at-speeds", paths.RUNS / ACROSS_SPEEDS / "towers.pt"
    everything = tuple(name for name in names if name.startswith("features/"))
    return [
        Stage(windows, _windows_at_speeds, (paths.SPEEDS,), clips, drawn),
        Stage("speeds", _speeds, (towers,), (windows, f"words/{TOGETHER}"), taught),
        _measure_stage(ACROSS_SPEEDS, ("speeds", "captions", *everything)),
    ]


def _recipe_config(seed: int) -> dict[str, object]:
    from training.learning.recipe import Recipe

    return asdict(Recipe(seed=seed))


def all_stages(speeds: bool = False) -> list[Stage]:
    """Return every stage, each after those it builds on; with `speeds` also those of --speeds."""
    from training.corpus.recordings import packs
    from training.fetch import DEBIAN, WHEELS

    commits = {pack.repository: pack.commit for pack in packs()}
    sources = {"debian": list(DEBIAN), "wheels": WHEELS, "repositories": commits}
    fetch = Stage("fetch", _fetch, (paths.PACKAGES,), (), sources)
    corpus = _corpus_stages()
    everything = tuple(s.name for s in corpus if s.name.startswith("features/"))
    training = tuple(name for name in everything if not name.startswith("features/test-"))
    measured = tuple(f"measure/{run}" for run in (*_SEED_RUNS, TOGETHER))
    graphs = tuple(paths.CANDIDATE / name for name in ("audio.onnx", "text.onnx", "contract.json"))
    return [
        fetch,
        *corpus,
        *_model_stages(training, everything),
        Stage("publish", _publish, graphs, measured, {"version": _VERSIONS["publish"]}),
        Stage(
            "card",
            _card,
            (paths.CANDIDATE / "MODEL_CARD.md",),
            ("publish", "baseline", "first-edition"),
        ),
        *(_speeds_stages(corpus) if speeds else []),
    ]


def _in_own_process(stage: Stage) -> None:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "training.build", "--stage", stage.name]
    settings = {**os.environ, **one_thread, **_KEPT_MEMORY}
    subprocess.run(command, cwd=paths.REPOSITORY, env=settings, check=True)


def main() -> None:
    """Run the build."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="stages at a time")
    parser.add_argument(
        "--speeds", action="store_true", help="also teach the towers at several speeds"
    )
    parser.add_argument("--stage", help="run this stage in this process, done or not")
    parser.add_argument("--list", action="store_true", help="say what is done, and do nothing")
    options = parser.parse_args()
    stages = all_stages(options.speeds or options.list or bool(options.stage))
    if options.stage:
        (stage,) = [entry for entry in stages if entry.name == options.stage]
        print(f"[{stage.name}] {stage.run()}", flush=True)
    elif options.list:
        marks = fingerprints(stages)
        for stage in stages:
            done = is_done(stage, marks[stage.name], paths.STAMPS)
            print(f"{'done' if done else '-':5} {stage.name}")
    else:
        run_stages(stages, paths.STAMPS, options.jobs, _in_own_process)


if __name__ == "__main__":
    main()
