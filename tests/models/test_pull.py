"""``sqlclap models pull`` against a hub on this machine: all of a model, or nothing of it."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sqlclap.models.bundle import open_bundle
from sqlclap.models.verify import verify_bundle
from tests.models.conftest import NAME, REPOSITORY, Machine
from tests.support.hub_repository import pad_graph
from tests.support.hub_server import COMMIT
from tests.support.sounds import noise, tone, write_sound

AUDIO = "onnx/audio_model.onnx"
MIB = 1 << 20


def test_a_pulled_model_is_installed_whole_and_says_where_it_came_from(machine: Machine) -> None:
    printed = machine.succeed("models", "pull", NAME)
    bundle = open_bundle(machine.models / NAME)
    assert f"{NAME} installed: version {bundle.model_version}" in printed
    verdict = verify_bundle(bundle)
    assert (verdict.dim, verdict.precision) == (24, "fp32")
    origin = json.loads((bundle.folder / "origin.json").read_text())
    assert (origin["repository"], origin["revision"]) == (REPOSITORY, COMMIT)
    assert set(origin["sha256"]) >= {AUDIO, "onnx/text_model.onnx", "tokenizer.json"}
    front_end = bundle.contract.front_end
    assert (front_end.sample_rate, front_end.window_samples) == (48_000, 480_000)
    assert not front_end.int16_round_trip
    assert bundle.contract.outputs.text == "text_embeds"


def test_a_model_that_is_installed_is_not_downloaded_again(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    machine.hub.requests.clear()
    assert "is installed already" in machine.succeed("models", "pull", NAME)
    assert machine.hub.requests == []


def test_the_revision_that_was_pulled_does_not_change_the_models_version(
    machine: Machine,
) -> None:
    machine.succeed("models", "pull", NAME)
    bundle = open_bundle(machine.models / NAME)
    assert COMMIT not in bundle.canonical


def test_a_cut_connection_is_resumed_where_it_broke(machine: Machine) -> None:
    path = machine.hub.repositories[REPOSITORY] / AUDIO
    pad_graph(path, 12 * MIB)
    machine.hub.cut[AUDIO] = 11 * MIB
    machine.succeed("models", "pull", NAME)
    # huggingface_hub keeps whole pieces of 10 MiB.
    assert machine.hub.ranges_of(AUDIO) == [None, f"bytes={10 * MIB}-"]
    verify_bundle(open_bundle(machine.models / NAME))


def test_a_file_with_another_hash_than_the_hubs_is_refused(machine: Machine) -> None:
    machine.hub.claimed[AUDIO] = b"what was uploaded"
    told = machine.fail("models", "pull", NAME)
    assert told.startswith(f"{AUDIO} of {REPOSITORY} was altered or is incomplete")
    assert told.endswith("download it again with --force")
    assert machine.holds_nothing()


def test_a_cached_file_that_was_tampered_with_is_noticed_and_replaced(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    for blob in (machine.cache / "models--Xenova--clap-htsat-unfused/blobs").iterdir():
        if blob.read_bytes() == (machine.hub.repositories[REPOSITORY] / AUDIO).read_bytes():
            blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    (open_bundle(machine.models / NAME).folder / "contract.json").unlink()
    assert "was altered" in machine.fail("models", "pull", NAME)
    shutil.rmtree(machine.models / NAME)
    machine.succeed("models", "pull", NAME, "--force")
    machine.succeed("models", "verify", NAME)


@pytest.mark.parametrize("file", [AUDIO, "config.json", "tokenizer.json"])
def test_a_repository_without_one_of_its_files_is_refused(machine: Machine, file: str) -> None:
    (machine.hub.repositories[REPOSITORY] / file).unlink()
    told = machine.fail("models", "pull", NAME)
    assert told == f"{REPOSITORY} has no {file}: it is no model of this kind"
    assert machine.holds_nothing()


def test_a_repository_that_is_not_there_is_told(machine: Machine) -> None:
    machine.hub.repositories.clear()
    told = machine.fail("models", "pull", NAME)
    assert told == f"the hub has no {REPOSITORY} (private: set HF_TOKEN)"


def test_without_a_network_it_says_so(machine: Machine) -> None:
    machine.settings["HF_ENDPOINT"] = "http://127.0.0.1:9"
    told = machine.fail("models", "pull", NAME)
    assert told.startswith(f"config.json of {REPOSITORY} can't be reached (")
    assert told.endswith("check the network")
    assert machine.holds_nothing()


def test_offline_mode_uses_the_cache_and_nothing_else(machine: Machine) -> None:
    machine.settings["HF_HUB_OFFLINE"] = "1"
    told = machine.fail("models", "pull", NAME)
    assert "isn't in the cache, and HF_HUB_OFFLINE is set; unset it" in told
    machine.settings.clear()
    machine.succeed("models", "pull", NAME)
    machine.hub.requests.clear()
    machine.settings["HF_HUB_OFFLINE"] = "1"
    machine.succeed("models", "pull", NAME, "--precision", "int8")
    assert machine.hub.requests == []


def test_graphs_that_are_no_graphs_are_refused(machine: Machine) -> None:
    (machine.hub.repositories[REPOSITORY] / AUDIO).write_bytes(b"<html>moved</html>")
    told = machine.fail("models", "pull", NAME)
    assert "audio.onnx can't be loaded by ONNX Runtime" in told
    assert machine.holds_nothing()


def test_a_fused_repository_is_refused_by_name(machine: Machine) -> None:
    path = machine.hub.repositories[REPOSITORY] / "preprocessor_config.json"
    path.write_text(path.read_text().replace("rand_trunc", "fusion"))
    told = machine.fail("models", "pull", NAME)
    assert "is a fused checkpoint" in told
    assert "`sqlclap models pull clap-htsat-fused` makes graphs of its weights" in told
    assert AUDIO not in {path.split("/main/")[-1] for _, path, _ in machine.hub.requests}


def test_another_front_end_than_claps_is_refused(machine: Machine) -> None:
    path = machine.hub.repositories[REPOSITORY] / "preprocessor_config.json"
    path.write_text(path.read_text().replace('"hop_length": 480', '"hop_length": 512'))
    assert "expected hop_length 480" in machine.fail("models", "pull", NAME)


def test_files_that_changed_since_the_first_pull_are_noticed(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    before = open_bundle(machine.models / NAME).model_version
    served = machine.hub.repositories[REPOSITORY] / "tokenizer.json"
    served.write_text(served.read_text() + "\n")
    machine.hub.commit = COMMIT[::-1]
    told = machine.fail("models", "pull", NAME, "--force")
    assert told.startswith(f"tokenizer.json of {REPOSITORY} is not the file of the first pull")
    assert told.endswith("if you trust the change: --accept-changes")
    assert open_bundle(machine.models / NAME).model_version == before
    machine.succeed("models", "pull", NAME, "--force", "--accept-changes")
    assert open_bundle(machine.models / NAME).model_version != before


def test_int8_is_a_model_of_its_own(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    machine.succeed("models", "pull", NAME, "--precision", "int8")
    exact, small = (open_bundle(machine.models / name) for name in (NAME, f"{NAME}-int8"))
    assert small.contract.precision == "int8"
    assert small.model_version != exact.model_version
    sizes = [(bundle.folder / "audio.onnx").stat().st_size for bundle in (exact, small)]
    assert sizes[1] < 0.7 * sizes[0]


def test_refused_and_unknown_models_say_why(machine: Machine) -> None:
    told = machine.fail("models", "pull", "larger_clap_music")
    assert "its text tower has collapsed" in told
    assert told.endswith("use larger_clap_general")
    told = machine.run("models", "pull", "msclap-2023").stderr
    assert told.startswith("Licence of msclap-2023: MS-PL, by microsoft/msclap")
    told = machine.fail("models", "pull", "whisper")
    assert told.startswith("no model 'whisper' to pull: expected one of larger_clap_general")


def test_a_laion_checkpoint_without_its_extra_says_what_to_install(machine: Machine) -> None:
    folder = machine.home / "laion"
    folder.mkdir(parents=True)
    (folder / "630k-audioset-best.pt").write_bytes(b"weights")
    machine.hub.repositories["lukewys/laion_clap"] = folder
    told = machine.fail("models", "pull", "laion-630k-audioset-best")
    assert "pip install 'sqlclap[laion]'" in told
    assert machine.holds_nothing()


def test_a_library_switches_models_and_embeds_only_what_is_missing(
    machine: Machine, tmp_path: Path
) -> None:
    machine.succeed("models", "pull", NAME)
    library, sounds = str(tmp_path / "sounds.db"), tmp_path / "sounds"
    write_sound(sounds / "tone.wav", tone(440))
    write_sound(sounds / "noise.wav", noise(1))
    machine.succeed("ingest", library, str(sounds))
    assert "sqlclap-mini" in machine.succeed("info", library)
    printed = machine.succeed("models", "use", library, NAME)
    assert f"{library} uses {NAME} from now on" in printed
    assert f"2 sounds without a vector of it: run sqlclap ingest {library}" in printed
    told = machine.fail("search", library, "speech")
    assert f"holds no vectors of {NAME}" in told
    assert told.endswith(f"make them with `sqlclap ingest {library}`")
    ended = machine.run("ingest", library)
    assert f"2 sounds wait for vectors of {NAME}" in ended.stderr
    assert "2 embedded again" in ended.stdout
    found = json.loads(machine.succeed("search", library, "speech", "--json"))
    assert len(found) == 2
    assert "without" not in machine.succeed("models", "use", library, "sqlclap-mini")
    assert "2 unchanged" in machine.succeed("ingest", library)
    both = json.loads(machine.succeed("search", library, "speech", "--model", NAME, "--json"))
    assert [row["sample_id"] for row in both] == [row["sample_id"] for row in found]


def test_the_list_tells_installed_models_from_those_to_pull(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    rows = {row["name"]: row for row in json.loads(machine.succeed("models", "list", "--json"))}
    assert rows["sqlclap-mini"]["state"] == "built in"
    assert rows[NAME]["state"] == "installed"
    assert rows["larger_clap_general"]["state"] == "to pull"
    assert rows["larger_clap_music"]["state"] == "refused"
    assert [name for name, row in rows.items() if row["recommended"]] == ["larger_clap_general"]
    table = machine.succeed("models", "list")
    assert "to pull, 790 MB" in table
    assert "refused: larger_clap_music: its text tower has collapsed" in table


def test_a_damaged_model_is_listed_beside_the_others_and_pulled_again(machine: Machine) -> None:
    machine.succeed("models", "pull", NAME)
    machine.succeed("models", "pull", NAME, "--precision", "int8")
    (machine.models / NAME / "current").write_text("v-20200101T000000Z-00000000\n")
    rows = {row["name"]: row for row in json.loads(machine.succeed("models", "list", "--json"))}
    assert rows[NAME]["state"] == "damaged"
    assert rows[NAME]["summary"].endswith("install it again")
    assert rows[f"{NAME}-int8"]["state"] == "installed"
    assert machine.fail("models", "verify", NAME).endswith("install it again")
    assert f"{NAME} installed: version" in machine.succeed("models", "pull", NAME)
    machine.succeed("models", "verify", NAME)


def test_what_is_printed_is_a_place_that_stays(machine: Machine) -> None:
    place = str(machine.models / NAME)
    assert machine.succeed("models", "pull", NAME).endswith(f", {place}\n")
    assert machine.succeed("models", "pull", NAME, "--force").endswith(f", {place}\n")
    assert "is whole" in machine.succeed("models", "verify", place)


def test_a_bundle_of_the_old_layout_is_used_and_replaced(machine: Machine, tmp_path: Path) -> None:
    machine.succeed("models", "pull", NAME)
    folder = machine.models / NAME
    plain = shutil.copytree(open_bundle(folder).folder, tmp_path / "plain")
    shutil.rmtree(folder)
    shutil.move(plain, folder)
    assert "is installed already" in machine.succeed("models", "pull", NAME)
    assert "is whole" in machine.succeed("models", "verify", NAME)
    machine.succeed("models", "pull", NAME, "--force")
    assert "is whole" in machine.succeed("models", "verify", NAME)
    assert not (folder / "contract.json").exists()
    assert [entry.name for entry in machine.models.iterdir()] == [NAME]


def test_a_cache_that_cannot_be_written_is_one_line(machine: Machine) -> None:
    machine.home.mkdir()
    (machine.home / "closed").write_text("a file")
    machine.settings["HF_HOME"] = str(machine.home / "closed")
    told = machine.fail("models", "pull", NAME)
    assert told.startswith(f"config.json of {REPOSITORY} can't be kept (")
    assert told.endswith("HF_HOME names another place for downloads")
    assert machine.holds_nothing()


SMALL_DISK = """
import resource, signal, sys
from sqlclap.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
main(sys.argv[1:])
"""


def test_a_disk_too_small_for_a_download_is_one_line(machine: Machine) -> None:
    ended = machine.run("models", "pull", NAME, program=("-c", SMALL_DISK))
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert f"of {REPOSITORY} can't be kept (" in ended.stderr
    assert "File too large" in ended.stderr
    assert machine.holds_nothing()


def test_a_home_that_cannot_be_written_is_one_line(machine: Machine) -> None:
    machine.home.mkdir()
    (machine.home / "sqlclap").write_text("a file")
    told = machine.fail("models", "pull", NAME)
    assert told == f"can't write to {machine.models / NAME}: Not a directory"


KILLED = """
import sys
from pathlib import Path
from sqlclap.cli import main
from tests.support.killed_steps import kill_before
folder, step, *words = sys.argv[1:]
kill_before(int(step), Path(folder))
main(words)
"""


@pytest.mark.slow
def test_a_pull_that_is_killed_loses_no_model_and_leaves_nothing_for_long(
    machine: Machine,
) -> None:
    machine.succeed("models", "pull", NAME)
    step, killed = 1, 0
    while True:
        program = ("-c", KILLED, str(machine.models.parent), str(step))
        ended = machine.run("models", "pull", NAME, "--force", program=program)
        assert "is whole" in machine.succeed("models", "verify", NAME)
        if ended.returncode == 0:
            break
        assert ended.returncode == -9, ended.stderr
        step, killed = step + 6, killed + 1
    assert killed >= 4
    left = sorted(entry.name for entry in (machine.models / NAME).iterdir())
    assert left[:2] == ["current", "lock"]
    assert len(left) == 3


def test_two_pulls_at_the_same_time_both_end_well(machine: Machine) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: machine.run("models", "pull", NAME), range(2)))
    assert [one.returncode for one in both] == [0, 0], [one.stderr for one in both]
    assert "is whole" in machine.succeed("models", "verify", NAME)
