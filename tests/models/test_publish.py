"""Installing a model: whole or not at all, whoever is killed, reads, or installs beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sqlclap.errors import BundleError, ModelError
from sqlclap.models.bundle import Bundle, find_bundle, open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.install import Draft, publish_bundle
from sqlclap.models.versions import POINTER, begin_version, tidy_models
from tests.support.altered_bundle import copy_bundle, read_contract
from tests.support.fake_bundle import build_fake_bundle
from tests.support.killed_steps import each_kill
from tests.support.patience import PATIENCE_S
from tests.support.unprivileged import run_unprivileged

GRAPHS = ("audio.onnx", "text.onnx", "tokenizer.json")


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Draft, Draft]:
    """An old and a new model; all of their files differ but the tokenizer."""
    return draft("old", 1, tmp_path_factory), draft("new", 2, tmp_path_factory)


def draft(name: str, seed: int, factory: pytest.TempPathFactory) -> Draft:
    folder = build_fake_bundle(factory.mktemp(name), name, seed)
    document = read_contract(folder)
    del document["files"]
    return Draft(document, {file: folder / file for file in GRAPHS}, {"by": name}, {"NOTICE": name})


def all_of(bundle: Bundle) -> str:
    """Read every file of a bundle against its hash; return whose it is, by all that say so."""
    for file in bundle.contract.files:
        bundle.read(file)
    origin = json.loads((bundle.folder / "origin.json").read_text())
    assert origin == {"by": bundle.name}
    assert (bundle.folder / "NOTICE").read_text() == bundle.name
    return bundle.name


def install(target: Path, made: Draft) -> Bundle:
    return publish_bundle(target, made, all_of)  # type: ignore[arg-type]


def install_plain(target: Path, made: Draft) -> None:
    """Lay a bundle into the folder itself, as 0.1.0 did."""
    install(target.parent / "elsewhere", made)
    shutil.copytree(open_bundle(target.parent / "elsewhere").folder, target)
    shutil.rmtree(target.parent / "elsewhere")


def versions(target: Path) -> list[Path]:
    return sorted(target.glob("v-*"))


def is_tidy(target: Path) -> bool:
    """Whether a model's folder holds one version, its pointer and its lock, and nothing else."""
    inside = {entry.name for entry in target.iterdir()}
    beside = {entry.name for entry in target.parent.iterdir()}
    return beside == {target.name} and inside == {POINTER, "lock", versions(target)[0].name}


def nothing(target: Path, made: Draft) -> None:
    pass


BEFORE: dict[str, Callable[[Path, Draft], object]] = {
    "nothing": nothing,
    "a plain bundle": install_plain,
    "a version": install,
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("before", BEFORE)
def test_a_kill_at_any_step_leaves_the_old_model_or_the_new(
    drafts: tuple[Draft, Draft], tmp_path: Path, before: str
) -> None:
    old, new = drafts
    target = tmp_path / "models" / "clap"
    allowed = {"new"} if before == "nothing" else {"old", "new"}

    def prepare() -> None:
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir()
        BEFORE[before](target, old)

    found = []
    for _ in each_kill(target.parent, prepare, lambda: install(target, new)):
        try:
            found.append(all_of(open_bundle(target)))
            assert found[-1] in allowed
        except BundleError:
            assert before == "nothing"
            found.append("nothing")
        assert all_of(install(target, new)) == "new"
        assert is_tidy(target), sorted(target.rglob("*"))
    assert set(found) == allowed | ({"nothing"} if before == "nothing" else set())
    assert len(found) > 20  # so it was killed at many steps
    assert found == sorted(found, key=["nothing", "old", "new"].index)  # one step switches


def test_a_reader_keeps_its_version_and_the_next_install_removes_it(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    old, new = drafts
    target = tmp_path / "models" / "clap"
    install(target, old)
    reader = Encoder(open_bundle(target), threads=1)
    before = reader.embed_texts(["kick"])  # its audio tower isn't loaded yet
    install(target, new)
    reader.prepare_audio()
    assert all_of(reader.bundle) == "old"
    assert all_of(open_bundle(target)) == "new"
    assert len(versions(target)) == 2
    assert (Encoder(reader.bundle, threads=1).embed_texts(["kick"]) == before).all()
    del reader
    install(target, new)
    assert is_tidy(target)


READ_SLOWLY = """
import sys
from sqlclap.models.bundle import open_bundle
bundle = open_bundle(__import__("pathlib").Path(sys.argv[1]))
print("opened", flush=True)
sys.stdin.readline()
for file in bundle.contract.files:
    bundle.read(file)
print(bundle.name, flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("before", ["a plain bundle", "a version"])
def test_another_process_keeps_what_it_has_opened(
    drafts: tuple[Draft, Draft], tmp_path: Path, before: str
) -> None:
    old, new = drafts
    target = tmp_path / "models" / "clap"
    BEFORE[before](target, old)
    command = [sys.executable, "-c", READ_SLOWLY, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        assert one.stdout.readline() == "opened\n"
        install(target, new)
        install(target, new)
        one.stdin.write("\n")
        one.stdin.flush()
        assert one.stdout.readline() == "old\n"
        assert all_of(open_bundle(target)) == "new"
        one.kill()  # its lock ends with it
    install(target, new)
    assert is_tidy(target)


INSTALL_FOREVER = """
import sys
from pathlib import Path
from sqlclap.models.bundle import open_bundle
from sqlclap.models.install import Draft, publish_bundle
import json
target, *folders = map(Path, sys.argv[1:])
drafts = []
for folder in folders:
    document = json.loads((folder / "contract.json").read_text())
    names = list(document.pop("files"))
    origin = {"by": document["name"]}
    files = {name: folder / name for name in names}
    drafts.append(Draft(document, files, origin, {"NOTICE": document["name"]}))
for number in range(20):
    publish_bundle(target, drafts[number % len(drafts)], lambda bundle: None)
"""


def test_readers_never_see_half_a_model_while_two_install(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    install_plain(target, drafts[0])
    folders = [str(Path(made.files["audio.onnx"]).parent) for made in drafts]  # type: ignore[arg-type]
    command = [sys.executable, "-c", INSTALL_FOREVER, str(target)]
    installers = [
        subprocess.Popen([*command, *folders]),
        subprocess.Popen([*command, *reversed(folders)]),
    ]
    seen = set()
    while any(one.poll() is None for one in installers):
        seen.add(all_of(open_bundle(target)))
    assert [one.wait(PATIENCE_S) for one in installers] == [0, 0]
    assert seen <= {"old", "new"}
    assert all_of(install(target, drafts[1])) == "new"
    assert is_tidy(target)


def test_two_first_installs_at_the_same_time_both_end_well(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    meeting = threading.Barrier(2)
    ended: list[str] = []

    def one(made: Draft) -> None:
        def check(bundle: Bundle) -> None:
            meeting.wait(PATIENCE_S)
            all_of(bundle)

        ended.append(all_of(publish_bundle(target, made, check)))

    threads = [threading.Thread(target=one, args=(made,)) for made in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(ended) == ["new", "old"]
    assert all_of(open_bundle(target)) in ended  # who ends last needs not have been put in last
    install(target, drafts[0])
    assert is_tidy(target)


def test_an_install_that_fails_leaves_what_was_in_force(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"

    def refuse(bundle: Bundle) -> None:
        raise BundleError("it won't do")

    with pytest.raises(BundleError, match="it won't do"):
        publish_bundle(target, drafts[1], refuse)
    assert not target.exists()
    install(target, drafts[0])
    with pytest.raises(BundleError, match="it won't do"):
        publish_bundle(target, drafts[1], refuse)
    assert all_of(open_bundle(target)) == "old"
    assert is_tidy(target)


def test_what_another_install_is_making_is_not_removed(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    version, hold = begin_version(target)
    install(target, drafts[0])
    assert version.is_dir()
    hold.close()
    install(target, drafts[0])
    assert is_tidy(target)


def test_stagings_of_earlier_editions_are_removed_and_nothing_else(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    target = models / "clap"
    install_plain(models / ".clap-old-abcdefgh" / "clap", drafts[0])
    (models / ".clap-ab_12345").mkdir()
    (models / ".clap-ab_12345" / "audio.onnx").write_bytes(b"half")
    (models / ".clap-mynotes1").mkdir()
    (models / ".clap-mynotes1" / "notes.txt").write_text("mine")
    install(models / "clap-old", drafts[0])
    install(target, drafts[1])
    assert {entry.name for entry in models.iterdir()} == {"clap", "clap-old", ".clap-mynotes1"}


def test_leftovers_of_models_that_nobody_installs_again_are_removed(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    install(models / "whole", drafts[0])
    shutil.copytree(versions(models / "whole")[0], models / "never" / "v-20200101T000000Z-00000000")
    making, hold = begin_version(models / "being made")
    install_plain(models / "plain", drafts[0])
    install_plain(models / ".only-old-abcdefgh" / "only", drafts[0])
    (models / ".half-abcdefgh").mkdir()
    tidy_models(models)
    kept = {"whole", "being made", "plain", ".only-old-abcdefgh"}
    assert {entry.name for entry in models.iterdir()} == kept
    assert making.is_dir()
    assert all_of(open_bundle(models / "whole")) == "old"
    hold.close()
    tidy_models(models)
    assert {entry.name for entry in models.iterdir()} == kept - {"being made"}
    tidy_models(tmp_path / "nowhere")


def test_files_of_the_users_beside_a_plain_bundle_stay(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    install_plain(target, drafts[0])
    (target / "notes.txt").write_text("mine")
    install(target, drafts[1])
    assert (target / "notes.txt").read_text() == "mine"
    assert not [name for name in (*GRAPHS, "contract.json") if (target / name).exists()]


def test_a_model_is_found_by_name_by_its_folder_and_by_a_versions(
    drafts: tuple[Draft, Draft], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path))
    target = tmp_path / "models" / "clap"
    made = install(target, drafts[0])
    places = ("clap", str(target), str(made.folder))
    assert [all_of(find_bundle(place)) for place in places] == ["old", "old", "old"]
    assert {find_bundle(place).place for place in places} == {target}
    moved = copy_bundle(made.folder, tmp_path / "plain")  # a version alone is a plain bundle
    assert all_of(find_bundle(str(moved))) == "old"
    assert moved == find_bundle(str(moved)).place


@pytest.mark.parametrize("pointer", ["", "../elsewhere", "v-20200101T000000Z-00000000", "\xff"])
def test_a_pointer_that_names_nothing_is_told_and_mended_by_an_install(
    drafts: tuple[Draft, Draft], tmp_path: Path, pointer: str
) -> None:
    target = tmp_path / "models" / "clap"
    install(target, drafts[0])
    (target / POINTER).write_bytes(pointer.encode("latin-1"))
    with pytest.raises(BundleError, match=r"contract\.json|install (it|the model) again"):
        open_bundle(target)
    install(target, drafts[1])
    assert all_of(open_bundle(target)) == "new"
    assert is_tidy(target)


def test_a_pipe_for_a_contract_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "contract.json")
    with pytest.raises(BundleError, match="is no model bundle"):
        open_bundle(tmp_path)


def test_a_folder_of_something_else_is_left_alone(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ModelError, match="is there and is no model bundle"):
        install(tmp_path, drafts[0])
    with pytest.raises(ModelError, match="is there and is no model bundle"):
        install(tmp_path / "notes.txt", drafts[0])
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
from sqlclap.errors import ModelError
from sqlclap.models.bundle import open_bundle
from sqlclap.models.install import Draft, publish_bundle
target = Path(sys.argv[1])
bundle = open_bundle(target)
document = json.loads((bundle.folder / "contract.json").read_text())
files = {name: bundle.read(name) for name in document.pop("files")}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    publish_bundle(target, Draft(document, files, {}), lambda bundle: None)
except ModelError as error:
    print(error)
"""


def test_a_full_disk_is_one_line_and_nothing_is_lost(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    install(target, drafts[0])
    ended = run_unprivileged(FULL_DISK, target, "full")
    assert ended.stdout == f"can't write {target}: File too large\n", ended.stderr
    assert all_of(open_bundle(target)) == "old"
    assert is_tidy(target)


def test_a_folder_that_cannot_be_written_is_one_line_and_nothing_is_lost(
    drafts: tuple[Draft, Draft], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "clap"
    install(target, drafts[0])
    target.chmod(0o555)
    try:
        ended = run_unprivileged(FULL_DISK, target, "read-only")
    finally:
        target.chmod(0o755)
    assert ended.stdout == f"can't write to {target}: Permission denied\n", ended.stderr
    assert all_of(open_bundle(target)) == "old"
    assert is_tidy(target)
