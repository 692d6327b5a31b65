"""CLAP beside its peers in one process: the audio tower, and the whole path from files to vectors.

Runs in an environment that has the `laion` extra and clapback-embed; every round measures each
contender once, so that all see the same machine. Prints medians as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

GFLOP = 11.8  # of an HTSAT-tiny window of ten seconds
RATE = 48_000
GEMM_SIDE = 2048


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=16, help="ten-second files")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        print(json.dumps(measure(Path(folder), chosen.files, chosen.rounds), indent=2))


def measure(folder: Path, files: int, rounds: int) -> dict[str, float]:
    """Return medians: ms a window for towers, ms a file for whole paths."""
    from tests.parity.seeded_laion import import_laion_clap, write_seeded_laion

    laion_clap = import_laion_clap(folder / "hub")
    checkpoint = write_seeded_laion(laion_clap, folder / "seeded.pt", common=2.5)
    sounds = write_sounds(folder / "sounds", files)
    contenders: dict[str, Callable[[], Any]] = {"gemm": gemm()}
    contenders |= ours(folder, checkpoint, sounds)
    contenders |= laions(laion_clap, checkpoint, sounds)
    contenders |= clapbacks(folder, checkpoint, sounds)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for name, run in contenders.items():
        run()  # warm
        print(f"ready: {name}", flush=True)
    for _ in range(rounds):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    gemm_s = statistics.median(times.pop("gemm"))
    rate = 2 * GEMM_SIDE**3 / gemm_s / 1e9
    figures = {"gemm_gflops": rate, "limit_ms": 1000 * GFLOP / rate}
    for name, taken in times.items():
        figures[f"{name}_ms"] = 1000 * statistics.median(taken) / files
    return figures


def gemm() -> Callable[[], Any]:
    """Return a product of two float32 matrices on all cores."""
    import torch

    left, right = torch.rand(GEMM_SIDE, GEMM_SIDE), torch.rand(GEMM_SIDE, GEMM_SIDE)
    return lambda: torch.mm(left, right)


def write_sounds(folder: Path, files: int) -> list[Path]:
    """Write ten-second sounds, mono, 16 bits, at the model's rate."""
    from tests.support.sounds import noise, tone, write_sound

    paths = []
    for number in range(files):
        sound = 0.5 * np.tile(tone(110 + 20 * number, 1.0, RATE), 10) + 0.1 * noise(
            number, 10, RATE
        )
        paths.append(write_sound(folder / f"{number:03}.wav", sound, RATE))
    return paths


def ours(folder: Path, checkpoint: Path, sounds: list[Path]) -> dict[str, Callable[[], Any]]:
    """Return our contenders: both precisions' towers, and whole ingests into new libraries."""
    from sqlclap.models.encoder import Encoder
    from sqlclap_export.choose import ExportOptions, export_source
    from sqlclap_export.source import first_window

    contenders: dict[str, Callable[[], Any]] = {}
    for precision in ("fp32", "int8"):
        out = folder / f"bundle-{precision}"
        options = ExportOptions(out=str(out), precision=precision, name=f"seeded-{precision}")
        encoder = Encoder(export_source(str(checkpoint), options).bundle)
        windows = [first_window(path, encoder) for path in sounds]
        features = np.stack([encoder.front_end.features(window) for window in windows])
        contenders[f"sqlclap_{precision}_tower"] = partial(encoder.embed_windows, features)
        if precision == "fp32":
            contenders["sqlclap_mel"] = partial(all_features, encoder, windows)

        contenders[f"sqlclap_{precision}_files"] = partial(take_in, encoder, folder, sounds)
    return contenders


def all_features(encoder: Any, windows: list[Any]) -> list[Any]:
    """Return what each window is to the tower."""
    return [encoder.front_end.features(window) for window in windows]


def take_in(encoder: Any, folder: Path, sounds: list[Path]) -> None:
    """Take the sounds into a new library, with a model that is loaded, as the peers' are."""
    from sqlclap.db.library_file import LibraryFile
    from sqlclap.ingest.pipeline import ingest
    from sqlclap.session import Session

    with tempfile.TemporaryDirectory(dir=folder) as place:
        library = LibraryFile(Path(place) / "library.db", "create")
        session = Session.of_file(library)
        session.resources.use_encoder(encoder)
        ingest(session, [sounds[0].parent])
        library.close()


def laions(laion_clap: Any, checkpoint: Path, sounds: list[Path]) -> dict[str, Callable[[], Any]]:
    """Return the reference: its audio branch in torch, and its own path from files."""
    import torch

    module = laion_clap.CLAP_Module(enable_fusion=False, amodel="HTSAT-tiny", device="cpu")
    module.load_ckpt(str(checkpoint), verbose=False)
    waveforms = torch.rand(8, 480_000)
    batch = {"waveform": waveforms, "longer": torch.zeros(8, 1)}

    def tower() -> None:
        with torch.inference_mode():
            for _ in range(0, len(sounds), 8):
                module.model.audio_branch(batch, mixup_lambda=None, device="cpu")

    names = [str(path) for path in sounds]

    def from_files() -> None:
        with torch.inference_mode():
            module.get_audio_embedding_from_filelist(names)

    return {"laion_clap_tower": tower, "laion_clap_files": from_files}


def clapbacks(folder: Path, checkpoint: Path, sounds: list[Path]) -> dict[str, Callable[[], Any]]:
    """Return clapback-embed on a graph that torch traced from the same weights."""
    models = folder / "clapback"
    models.mkdir()
    trace_graph(checkpoint, models / "clap_audio.onnx")
    os.environ["CLAPBACK_MODEL_DIR"] = str(models)
    import clapback_embed

    session = clapback_embed.audio_session()
    features = np.random.default_rng(0).normal(-35, 15, (1, 1, 1001, 64)).astype(np.float32)
    feed = {session.get_inputs()[0].name: features}

    def tower() -> None:
        for _ in sounds:
            session.run(None, feed)

    def from_files() -> None:
        for path in sounds:
            clapback_embed.embed_file(path)

    return {"clapback_tower": tower, "clapback_files": from_files}


def huggingface_tower(checkpoint: Path) -> Any:
    """Return Hugging Face's audio tower with the checkpoint's weights."""
    import torch
    from transformers import ClapAudioModelWithProjection
    from transformers.models.clap import ClapAudioConfig

    from sqlclap_export.laion import read_state, rename

    state = {key: value.numpy() for key, value in read_state(torch, checkpoint).items()}
    model = ClapAudioModelWithProjection(ClapAudioConfig(projection_dim=512)).eval()
    wanted = model.state_dict()
    weights = {key: value for key, value in rename(state).items() if key in wanted}
    model.load_state_dict({key: torch.from_numpy(v) for key, v in weights.items()}, strict=False)
    return model


def trace_graph(checkpoint: Path, path: Path) -> None:
    """Trace Hugging Face's audio tower with the checkpoint's weights to ONNX."""
    import torch

    model = huggingface_tower(checkpoint)

    class Tower(torch.nn.Module):  # type: ignore[misc]  # torch is not in this environment
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, features: torch.Tensor) -> torch.Tensor:
            return self.inner(input_features=features).audio_embeds

    torch.onnx.export(
        Tower().eval(),
        (torch.zeros(1, 1, 1001, 64),),
        str(path),
        input_names=["input_features"],
        output_names=["audio_embeds"],
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
