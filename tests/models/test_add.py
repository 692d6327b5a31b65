"""``sqlclap models add``: a model without words made of a graph, probed before it is installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import ModelProto, NodeProto, TensorProto, helper

from sqlclap.cli import main
from sqlclap.errors import BundleError, ModelError, ModelSanityError
from sqlclap.models.add import AddResult, add_model, describe_graph
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.verify import verify_bundle
from tests.support.fake_bundle import MELS
from tests.support.seeded_perch import DIM, INTERFACE, SAMPLES, graph_of, write_seeded_perch
from tests.support.sounds import noise, tone

RATE, WINDOW, NUMBERS = 16_000, 1_600, 8
SHORT: Mapping[str, object] = {"sample_rate": RATE, "window_s": 0.1}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def output(name: str, rank: int = 2) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank)


def graph(
    *more: NodeProto,
    made: onnx.ValueInfoProto | None = None,
    shape: tuple[str | int | None, ...] = ("b", WINDOW),
) -> ModelProto:
    """Project 0.1 s of sound at 16 kHz; `more` nodes make `made` of the projection."""
    samples = shape[-1]
    assert isinstance(samples, int)
    weights = np.random.default_rng(0).standard_normal((samples, NUMBERS)).astype(np.float32)
    constants = {
        "weights": weights,
        "large": np.float32(1e6),
        "channel": np.array([1], dtype=np.int64),
        "first": np.array([0], dtype=np.int64),
        "last": np.array([2], dtype=np.int64),
    }
    nodes = [helper.make_node("MatMul", ["sound", "weights"], ["embedding"]), *more]
    made = made or output("embedding", len(shape))
    return graph_of(nodes, [("sound", shape)], constants, [made])


def add(folder: Path, model: ModelProto, **settings: object) -> AddResult:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mine.onnx"
    file.write_bytes(model.SerializeToString())
    force = bool(settings.pop("force", False))
    return add_model(file, *describe_graph(file, {**SHORT, **settings}), force=force)


def test_a_graph_becomes_a_model_that_hears_and_has_no_words(tmp_path: Path) -> None:
    added = add(tmp_path, graph(), licence="MIT", source="my field work")
    contract = added.bundle.contract
    assert (contract.name, contract.licence, contract.source) == ("mine", "MIT", "my field work")
    assert (contract.dim, contract.text, contract.has_words) == (NUMBERS, None, False)
    assert contract.outputs.audio == "embedding"
    assert list(contract.files) == ["audio.onnx"]
    assert not added.was_there
    assert added.verdict.text_cosine is None
    encoder = Encoder(find_bundle("mine"))
    vectors = encoder.embed_windows(
        np.stack([encoder.front_end.features(sound[:WINDOW]) for sound in (tone(220), noise())])
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert verify_bundle(find_bundle("mine")).model_version == added.bundle.model_version


def test_the_version_follows_from_graph_and_interface_alone(tmp_path: Path) -> None:
    first = add(tmp_path / "one", graph(), name="birds", source="here").bundle.model_version
    again = add(tmp_path / "two", graph(), name="birds", source="here")
    assert (again.was_there, again.bundle.model_version) == (True, first)
    for other in ({"mean": "removed"}, {"peak": 0.25}, {"padding": "repeat"}):
        changed = add(tmp_path, graph(), name="birds", source="here", force=True, **other)
        assert changed.bundle.model_version != first
    back = add(tmp_path, graph(), name="birds", source="here", force=True)
    assert back.bundle.model_version == first


def test_another_model_of_that_name_is_kept_unless_forced(tmp_path: Path) -> None:
    kept = add(tmp_path, graph()).bundle
    with pytest.raises(ModelError, match=r"another model is installed as mine .*--force"):
        add(tmp_path, graph(), peak=0.5)
    assert find_bundle("mine").model_version == kept.model_version


ADDED = helper.make_node("RandomNormalLike", ["embedding"], ["drawn"])
WRONG: dict[str, tuple[Callable[[], ModelProto], str]] = {
    "another window": (
        lambda: graph(shape=("b", 2_400)),
        r"takes batch x 2400.*a window of 0\.15 s",
    ),
    "a batch of three": (lambda: graph(shape=(3, WINDOW)), "takes 3 windows at once"),
    "an output with time": (
        lambda: graph(
            helper.make_node("Unsqueeze", ["embedding", "last"], ["long"]),
            made=output("long", 3),
        ),
        r"output long gave shape \(1, 8, 1\)",
    ),
    "no number": (
        lambda: graph(
            helper.make_node("Neg", ["large"], ["negative"]),
            helper.make_node("Log", ["negative"], ["nothing"]),
            helper.make_node("Add", ["embedding", "nothing"], ["out"]),
            made=output("out"),
        ),
        "holds what is no finite number",
    ),
    "collapsed": (
        lambda: graph(helper.make_node("Add", ["embedding", "large"], ["out"]), made=output("out")),
        "gives unlike inputs nearly the same vector",
    ),
    "random": (
        lambda: graph(
            ADDED,
            helper.make_node("Mul", ["drawn", "large"], ["much"]),
            helper.make_node("Add", ["embedding", "much"], ["out"]),
            made=output("out"),
        ),
        "one sound gave two vectors in two runs",
    ),
    "of its batch": (
        lambda: graph(
            helper.make_node("ReduceMax", ["embedding", "first"], ["top"], keepdims=1),
            helper.make_node("Add", ["embedding", "top"], ["out"]),
            made=output("out"),
        ),
        "depends on the others of its batch",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_graph_that_cannot_be_used_is_refused_and_leaves_nothing(
    tmp_path: Path, home: Path, what: str
) -> None:
    make, told = WRONG[what]
    with pytest.raises((BundleError, ModelSanityError), match=told):
        add(tmp_path, make())
    assert not list(home.glob("models/*"))


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"no graph at all")
    with pytest.raises(BundleError, match=r"mine\.onnx can't be loaded by ONNX Runtime"):
        add_model(file, *describe_graph(file, SHORT))
    with pytest.raises(BundleError, match=r"can't read .*gone\.onnx"):
        add_model(tmp_path / "gone.onnx", *describe_graph(file, SHORT))


def test_weights_that_lie_in_another_file_are_missed(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    onnx.save_model(
        graph(), file, save_as_external_data=True, location="mine.data", size_threshold=1_024
    )
    with pytest.raises(BundleError, match=r"weights must lie in the same file"):
        add_model(file, *describe_graph(file, SHORT))


def test_of_several_outputs_the_embedding_must_be_named(tmp_path: Path) -> None:
    model = graph(helper.make_node("Neg", ["embedding"], ["other"]), made=output("other"))
    model.graph.node.append(helper.make_node("Abs", ["embedding"], ["features"]))
    model.graph.output.append(output("features"))
    with pytest.raises(
        BundleError,
        match=r"--output NAME, .* among its outputs: other .*features",
    ):
        add(tmp_path, model)
    with pytest.raises(BundleError, match=r"--output logits among its outputs"):
        add(tmp_path, model, output="logits")
    assert add(tmp_path, model, output="features").bundle.contract.outputs.audio == "features"


def test_a_graph_of_two_inputs_is_refused(tmp_path: Path) -> None:
    model = graph()
    model.graph.input.append(helper.make_tensor_value_info("level", TensorProto.FLOAT, [1]))
    with pytest.raises(BundleError, match="a graph with one input, the sound; got sound, level"):
        add(tmp_path, model)


def test_a_graph_may_take_an_axis_for_channels_or_one_window_at_a_time(tmp_path: Path) -> None:
    flat = add(tmp_path, graph(shape=(1, WINDOW)), name="one").bundle
    squeeze = helper.make_node("ReduceMean", ["embedding", "channel"], ["out"], keepdims=0)
    model = graph(squeeze, made=output("out"), shape=("b", 1, WINDOW))
    channel = add(tmp_path, model, name="channel").bundle
    assert Encoder(flat).windows_per_run == 1
    sound = noise()[:WINDOW][None]
    np.testing.assert_allclose(
        Encoder(flat).embed_windows(sound), Encoder(channel).embed_windows(sound), atol=1e-6
    )


def test_a_mel_is_described_in_words_of_librosa(fake_bundle: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(fake_bundle / "audio.onnx", tmp_path / "mel.onnx"))
    mel = f"n_fft=512,hop=400,n_mels={MELS},fmin=40,fmax=8000,norm=none,log_floor=1e-6"
    settings = {"sample_rate": 16_000, "window_s": 0.5, "peak": 1.0, "mel": mel}
    added = add_model(file, *describe_graph(file, settings))
    spec = added.bundle.contract.front_end.mel
    assert spec is not None
    assert (spec.hop, spec.norm, spec.scale, spec.pad_mode) == (400, "none", "slaney", "constant")
    fake = Encoder(find_bundle(str(fake_bundle)))
    features = np.stack([fake.front_end.features(one[:8_000]) for one in (tone(220), noise())])
    mine = Encoder(added.bundle)
    np.testing.assert_array_equal(
        features, np.stack([mine.front_end.features(one[:8_000]) for one in (tone(220), noise())])
    )
    np.testing.assert_allclose(
        fake.embed_windows(features), mine.embed_windows(features), atol=1e-6
    )


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sample_rate": 0}, "front_end.sample_rate must be from 1"),
        ({"window_s": 0.0}, "front_end.window_s must hold a sample"),
        ({"window_s": float("nan")}, "no JSON"),
        ({"sample_rate": None}, "expected --sample-rate and --window"),
        ({"peak": 0.0}, "expected a peak above 0"),
        ({"peak": 1.5}, "expected a peak above 0"),
        ({"name": "../up"}, "expected a model's name"),
        ({"name": ""}, "expected a model's name"),
        ({"name": EMBEDDED_MODEL}, "comes with sqlclap"),
        ({"mel": "n_fft=512"}, "--mel: field 'hop' is missing"),
        ({"mel": "n_fft=512,hop"}, "expected fields such as hop=320"),
        ({"mel": "n_fft=x,hop=1,n_mels=2,fmin=0,fmax=1"}, "--mel: n_fft: expected int, got 'x'"),
        ({"like": "perch-2"}, "says all of it: leave out --sample-rate, --window"),
    ],
)
def test_an_interface_out_of_range_is_told(
    tmp_path: Path, settings: dict[str, object], told: str
) -> None:
    with pytest.raises(ModelError, match=told):
        add(tmp_path, graph(), **settings)


def run(*words: str | Path) -> str:
    ended = CliRunner().invoke(main, [*map(str, words)])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_the_command_line_adds_verifies_and_lists(tmp_path: Path) -> None:
    file = write_seeded_perch(tmp_path / "birds.onnx")
    told = json.loads(run("models", "add", file, *INTERFACE, "--licence", "CC0-1.0", "--json"))
    assert (told["name"], told["dim"], told["text_cosine"]) == ("birds", DIM, None)
    assert told["sound_cosine"] < 0.9
    bundle = find_bundle("birds")
    assert told["model_version"] == bundle.model_version
    front_end = bundle.contract.front_end
    assert front_end.window_samples == SAMPLES
    assert (front_end.offset, front_end.loudness) == ("removed", "peak")
    assert 10 ** (front_end.loudness_target_db / 20) == pytest.approx(0.25, abs=1e-15)
    assert "is installed already" in run("models", "add", file, *INTERFACE, "--licence", "CC0-1.0")
    assert "it has no words" in run("models", "verify", "birds")
    (row,) = (row for row in json.loads(run("models", "list", "--json")) if row["name"] == "birds")
    assert (row["state"], row["words"]) == ("installed", False)


def test_a_file_of_a_known_model_is_the_model_that_a_pull_makes(tmp_path: Path) -> None:
    file = write_seeded_perch(tmp_path / "downloaded.onnx")
    run("models", "add", file, "--like", "perch-2")
    contract = find_bundle("perch-2").contract
    assert (contract.name, contract.licence) == ("perch-2", "Apache-2.0")
    assert contract.front_end.padding == "zero-around"
    refused = CliRunner().invoke(main, ["models", "add", str(file), "--like", "sqlclap-mini"])
    assert refused.exit_code == 1
    clap = CliRunner().invoke(main, ["models", "add", str(file), "--like", "clap-htsat-unfused"])
    assert "is no graph without words: expected one of perch-2" in clap.stderr
