"""``sqlclap models``: list, pull, export, add, verify, use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import APART, JSON, LIBRARY
from sqlclap.cli.table_output import Column, Row, format_options, print_done, print_json, print_rows
from sqlclap.quantities import printable, show_count, show_seconds, typed
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.models.bundle import Bundle
    from sqlclap.models.verify import Verdict

EPILOG = """\b
Examples:
    sqlclap models list
    sqlclap models pull larger_clap_general
    sqlclap models use sounds.db larger_clap_general
    sqlclap ingest sounds.db
"""


def _number(name: str, digits: int = 1) -> Callable[[Row], str]:
    return lambda row: "" if row[name] is None else f"{row[name]:.{digits}f}"


def _state(row: Row) -> str:
    size = f", {row['megabytes']:,} MB" if row["megabytes"] else ""
    extra = f", takes sqlclap[{row['extra']}]" if row["extra"] else ""
    return f"{row['state']}{size}{extra}"


COLUMNS = (
    Column("model", lambda row: str(row["name"])),
    Column("state", _state),
    Column("for", lambda row: str(row["best_for"])),
    Column("words", lambda row: "" if row["words"] is None else "yes" if row["words"] else "no"),
    Column("ESC-50", _number("esc50_zero_shot"), right=True),
    Column("captions", _number("audiocaps_recall_at_1"), right=True),
    Column("ms", _number("ms", 0), right=True),
    Column("licence", lambda row: (row["licence"] or "").split(" (")[0]),
)
WITHOUT_USE = ("refused", "damaged")
ABOUT = """\
ESC-50, captions: in per cent, as MAEB published them (August 2026): sounds of 50 everyday kinds
named in words, and captions that find their clip first. ms: for ten seconds of sound, on two cores
of ours."""


def _bounded(name: str) -> Callable[[Row], str]:
    """Return what shows a number with its bounds, as far as there are any."""

    def cell(row: Row) -> str:
        if row[name] is None:
            return ""
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        return f"{row[name]:.2f} ({low:.2f} to {'1' if high is None else f'{high:.2f}'})"

    return cell


COMPARISON = (
    Column("label", lambda row: str(row["label"])),
    Column("model", lambda row: str(row["model"])),
    Column("votes", lambda row: f"{row['accepted']} of {row['votes']}", right=True),
    Column("ranks", _bounded("average_precision"), right=True),
    Column("right", _bounded("precision"), right=True),
    Column("finds", _bounded("recall"), right=True),
    Column("better by", _bounded("better_by"), right=True),
    Column("", lambda row: row["problem"] or ""),
)
KNOWN_LICENCES = ("Apache-2.0", "CC0-1.0")
"""Licences of weights that need no word before they are downloaded."""
precision_option = click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "int8"]),
    default="fp32",
    show_default=True,
    help="Number format of the audio tower: int8 for processors, fp16 for cards.",
)


@click.group(cls=SubcommandGroup, name="models", epilog=EPILOG)
def command() -> None:
    """Get models, check them, and choose a library's own.

    The model that comes with sqlclap works at once. LAION-CLAP knows more words and sounds; it is
    pulled once and then works without a network.
    """


@command.command(
    name="list",
    epilog="""\b
Examples:
    sqlclap models list
    sqlclap models list --json
""",
)
@format_options
@one_line_errors
def list_models(output: str) -> None:
    """List the models that are here, and those that can be pulled, with what to choose by.

    More of each is told by --json: the windows it hears, its version, what it is.
    """
    from sqlclap.models.listing import list_models as list_all

    rows = records(list_all())
    if output != "table":
        print_rows(rows, COLUMNS, output)
        return
    print_rows([row for row in rows if row["state"] not in WITHOUT_USE], COLUMNS, output)
    click.echo(f"\n{ABOUT}\n")
    for row in rows:
        if row["state"] in WITHOUT_USE:
            click.echo(printable(f"{row['state']}: {row['name']}: {row['summary']}"))


@command.command(
    name="pull",
    epilog="""\b
Examples:
    sqlclap models pull larger_clap_general
    sqlclap models pull larger_clap_general --precision int8
    sqlclap models pull perch-2
    HF_HUB_OFFLINE=1 sqlclap models pull larger_clap_general    from the cache alone
""",
)
@click.argument("name")
@precision_option
@click.option("--force", is_flag=True, help="Download and install again.")
@click.option(
    "--accept-changes", is_flag=True, help="Accept files that differ from the first pull's."
)
@JSON
@one_line_errors
def pull_model(name: str, as_json: bool, **settings: Any) -> None:
    """Download and install a model that sqlclap knows by NAME.

    What arrives is hashed, converted, and run, and installed only when all of it is right.
    """
    from sqlclap.models.pull import PullOptions, pull
    from sqlclap.models.registry import find_known

    known = find_known(name)
    if known.licence not in KNOWN_LICENCES:
        click.echo(f"Licence of {name}: {known.licence}, by {known.source}", err=True)
    if known.untried:
        click.echo(f"Note: {known.untried}", err=True)
    pulled = pull(name, PullOptions(**settings, show_progress=sys.stderr.isatty()))
    if as_json:
        print_json(_told(pulled.bundle) | {"was_there": pulled.was_there})
    else:
        _print_installed(pulled.bundle, pulled.was_there)


@command.command(
    name="export",
    epilog="""\b
Examples:
    sqlclap models export laion/larger_clap_general
    sqlclap models export ./checkpoint --out ./bundle --compare drums.wav
    sqlclap models export 630k-audioset-best.pt --precision int8
""",
)
@click.argument("source")
@click.option("--out", type=click.Path(file_okay=False), help="Folder [default: install it].")
@click.option("--name", help="What the model is called [default: the source's name].")
@precision_option
@click.option(
    "--compare",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A sound file for the comparison, besides synthetic ones; can be repeated.",
)
@JSON
@one_line_errors
def export_model(source: str, compare: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Make a model from a checkpoint, and prove that it answers as its SOURCE does.

    SOURCE is a folder in Hugging Face's layout, a repository of its hub, or a LAION .pt file.
    Needs pip install 'sqlclap[export]', or 'sqlclap[laion]' for .pt files.
    """
    from sqlclap_export.choose import ExportOptions, export_source

    recordings = tuple(Path(path) for path in compare)
    options = ExportOptions(recordings=recordings, show_progress=sys.stderr.isatty(), **settings)
    exported = export_source(source, options)
    bundle, agreement = exported.bundle, exported.agreement
    if as_json:
        print_json(_told(bundle) | {"agreement": record(agreement)})
        return
    click.echo(
        f"{bundle.name} exported: version {bundle.model_version}, {bundle.place}; lowest cosine "
        f"with its source {agreement.sounds:.7f} over {show_count(agreement.compared, 'sound')}, "
        f"{agreement.texts:.7f} over prompts"
    )


MEL_FIELDS = "n_fft=1024,hop=320,n_mels=128,fmin=60,fmax=16000"
interface_options = (
    click.option("--like", metavar="NAME", help="Interface, name and licence of a known model."),
    click.option("--sample-rate", type=int, metavar="HZ", help="Rate of what the graph takes."),
    click.option("--window", "window_s", type=float, metavar="S", help="Length of a window."),
    click.option(
        "--mean", type=click.Choice(["kept", "removed"]), help="A window's mean.  [default: kept]"
    ),
    click.option("--peak", type=float, help="Scale each window to this peak, such as 0.25."),
    click.option(
        "--padding",
        type=click.Choice(["zero", "zero-around", "repeat"]),
        help="Fills up sounds shorter than a window.  [default: zero]",
    ),
    click.option(
        "--mel", metavar="FIELDS", help=f"For a graph that takes a log-mel: {MEL_FIELDS}."
    ),
    click.option("--output", help="The output that is the embedding."),
    click.option("--name", help="What the model is called [default: the file's name]."),
    click.option("--licence", help="Of the weights."),
    click.option("--source", help="Where the weights come from [default: the file's name]."),
)


def _interface_options(command: Any) -> Any:
    for option in reversed(interface_options):
        command = option(command)
    return command


@command.command(
    name="add",
    epilog="""\b
Examples:
    sqlclap models add birds.onnx --sample-rate 32000 --window 5 --mean removed --peak 0.25
    sqlclap models add bats.onnx --sample-rate 256000 --window 1 --output embedding --licence MIT
    sqlclap models add perch_v2_embedding_only.onnx --like perch-2
    sqlclap ingest sounds.db recordings --model birds
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_interface_options
@click.option("--force", is_flag=True, help="Put it in the place of another model of its name.")
@JSON
@one_line_errors
def add_own_model(file: Path, force: bool, as_json: bool, **settings: Any) -> None:
    """Make a model of FILE, an ONNX graph from windows of sound to vectors.

    It has no words: it serves searches by sound, labels, maps and clusters. The graph is run on
    made sounds before it is installed: its vectors must be finite, the same in every run and
    batch, and different for unlike sounds.
    """
    from sqlclap.models.add import add_model, describe_graph

    interface, about = describe_graph(file, settings)
    added = add_model(file, interface, about, force)
    if as_json:
        document = record(added.verdict) | _told(added.bundle)
        print_json(document | {"was_there": added.was_there})
        return
    _print_installed(added.bundle, added.was_there)
    _print_verdict(added.verdict)


@command.command(
    name="verify",
    epilog="""\b
Examples:
    sqlclap models verify larger_clap_general
    sqlclap models verify ./bundle
""",
)
@click.argument("bundle")
@JSON
@one_line_errors
def verify_model(bundle: str, as_json: bool) -> None:
    """Check every file of BUNDLE (a model's name, or a folder) and run its towers."""
    from sqlclap.models.bundle import find_bundle
    from sqlclap.models.verify import verify_bundle

    verdict = verify_bundle(find_bundle(bundle))
    if as_json:
        print_json(record(verdict))
    else:
        _print_verdict(verdict)


@command.command(
    name="use",
    epilog="""\b
Examples:
    sqlclap models use sounds.db larger_clap_general
    sqlclap models use sounds.db sqlclap-mini
""",
)
@LIBRARY
@click.argument("name")
@JSON
@one_line_errors
def use_model(library: str, name: str, as_json: bool) -> None:
    """Let LIBRARY search by the model NAME from now on.

    Vectors of other models stay: switching back costs nothing. Sounds that have no vector of
    the new model wait for the next `sqlclap ingest LIBRARY`.
    """
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        waiting = opened.use_model(name)
    length = getattr(waiting, "waiting_s", None)
    if as_json:
        print_done({"model": name, "waiting": int(waiting), "waiting_s": length}, waiting)
    else:
        _print_use(library, name, int(waiting), length)
    end_if_not_written(waiting, "`sqlclap models use`")


def _print_use(library: str, name: str, waiting: int, length: float | None) -> None:
    click.echo(f"{library} uses {name} from now on")
    if waiting:
        sounds = show_count(waiting, "sound")
        told = sounds if length is None else f"{sounds} ({show_seconds(length)})"
        click.echo(f"{told} without a vector of it: run sqlclap ingest {typed(library)}")


@command.command(
    name="compare",
    epilog="""\b
Examples:
    sqlclap models compare sounds.db sqlclap-mini larger_clap_general
    sqlclap models compare sounds.db sqlclap-mini perch-2 --label tawny-owl --json
""",
)
@LIBRARY
@click.argument("first")
@click.argument("second")
@click.option("--label", "labels", multiple=True, help="Only this label; can be repeated.")
@click.option("--target", default=0.9, show_default=True, help="Precision that rules are to have.")
@click.option("--level", default=0.95, show_default=True, help="Confidence of every bound.")
@APART
@format_options
@one_line_errors
def compare_models(library: str, first: str, second: str, output: str, **settings: Any) -> None:
    """Compare the models FIRST and SECOND on LIBRARY's own labels and votes.

    Both are asked about the same votes, on sounds without their own anchors: how well each ranks
    accepted ones first (average precision), and what a rule calibrated on other votes gets right
    and finds. Bounds that lie on both sides of 0 show no difference. The sounds of a review were
    drawn by one model's scores, so the figures tell the two apart, not how the library is.
    """
    import sqlclap
    from sqlclap.labels.calibration import CalibrationRequest

    labels = settings.pop("labels")
    request = CalibrationRequest(**settings)
    with sqlclap.open(library, mode="read") as opened:
        found = opened.labels.compare_models(first, second, labels, request)
    print_rows(records(found), COMPARISON, output)


def _told(bundle: Bundle) -> dict[str, Any]:
    place = str(bundle.place)
    return {"name": bundle.name, "model_version": bundle.model_version, "place": place}


def _print_installed(bundle: Bundle, was_there: bool) -> None:
    state = "is installed already" if was_there else "installed"
    click.echo(f"{bundle.name} {state}: version {bundle.model_version}, {bundle.place}")


def _print_verdict(verdict: Verdict) -> None:
    files = show_count(verdict.files, "file")
    click.echo(
        f"{verdict.name} is whole: version {verdict.model_version}, {verdict.precision}, "
        f"{verdict.dim} dimensions, {files} as the contract says"
    )
    prompts = "it has no words"
    if verdict.text_cosine is not None:
        prompts = f"unlike prompts {verdict.text_cosine:.3f}"
    click.echo(
        f"unlike sounds {verdict.sound_cosine:.3f} apart, {prompts} (cosine; 1 would be the same)"
    )
