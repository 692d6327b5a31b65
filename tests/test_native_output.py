"""What native libraries print is caught, and given to the sound that it is about."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from sqlclap.audio.decode import open_audio
from sqlclap.native_output import NativeOutput, attributed_to, catch_native_output, clear_up
from tests.audio.encoding import mp3, without_xing


def damaged_mp3(seed: int = 5) -> bytes:
    """An MP3 of which libsndfile's decoder complains."""
    content = bytearray(without_xing(mp3(mode="CONSTANT")))
    generator = np.random.default_rng(seed)
    for at in generator.integers(500, len(content) - 10, size=30):
        content[at : at + 8] = generator.bytes(8)
    return bytes(content)


def notes_of(content: bytes) -> list[str]:
    with open_audio(content) as stream:
        for _ in stream.blocks():
            pass
        return [note for note in stream.notes if "decoder says" in note]


def test_a_sound_gets_what_is_said_of_it() -> None:
    with catch_native_output() as elsewhere:
        said = notes_of(damaged_mp3())
        assert notes_of(mp3(rate=44_100)) == []
    assert said
    assert "libmpg123: " in said[0]
    assert "src/" not in said[0]  # no path of the library's own sources
    assert elsewhere.lines == []


def test_nothing_is_caught_unless_a_command_asks_for_it() -> None:
    before = os.fstat(2)
    words = NativeOutput()
    with attributed_to(words):
        assert os.fstat(2) == before
    assert words.lines == []


def test_what_no_sound_is_about_is_kept_apart() -> None:
    words = NativeOutput()
    with catch_native_output() as elsewhere:
        os.write(2, b"a library loads\n")
        with attributed_to(words):
            os.write(1, b"error: out of place\n")
        os.write(2, b"a library ends\n")
    assert words.lines == ["out of place"]
    assert elsewhere.lines == ["a library loads", "a library ends"]


def test_a_flood_does_not_block() -> None:
    words = NativeOutput()
    with catch_native_output(), attributed_to(words):
        for number in range(3_000):
            os.write(2, b"%d %s\n" % (number, b"x" * 100))
    assert (len(words.lines), words.more) == (1_000, 2_000)
    assert words.notes()[-1] == "and 2997 more such lines"


def test_the_file_behind_it_does_not_grow_for_ever() -> None:
    with catch_native_output():
        for number in range(40):
            words = NativeOutput()
            with attributed_to(words):
                os.write(2, b"%d %s\n" % (number, b"x" * 60_000))
            assert words.lines[0].startswith(f"{number} x")
            assert os.fstat(2).st_size < 1_200_000


def test_words_between_two_sounds_are_cleared_up_by_reading_again() -> None:
    loud, still = NativeOutput(), NativeOutput()
    loud_began, still_began = threading.Event(), threading.Event()

    def read_still() -> None:
        loud_began.wait()
        with attributed_to(still):
            still_began.set()
            spoken.wait()

    def speak() -> None:
        os.write(2, b"broken frame\n")

    spoken = threading.Event()
    with catch_native_output():
        other = threading.Thread(target=read_still)
        other.start()
        with attributed_to(loud):
            loud_began.set()
            still_began.wait()
            os.write(2, b"broken frame\n")
        spoken.set()
        other.join()
        assert (loud.is_unclear, still.is_unclear) == (True, True)
        clear_up(still, lambda: None)
        clear_up(loud, speak)
    assert (loud.lines, still.lines) == (["broken frame"], [])


def test_many_threads_give_each_sound_its_own_words() -> None:
    contents = {f"damaged-{seed}": damaged_mp3(seed) for seed in (5, 6)}
    contents |= {f"whole-{number}": mp3(rate=44_100) for number in range(6)}
    found: dict[str, list[str]] = {}

    def read(name: str) -> None:
        found[name] = notes_of(contents[name])

    with catch_native_output():
        alone = {name: notes_of(content) for name, content in contents.items()}
        for _ in range(5):
            threads = [threading.Thread(target=read, args=(name,)) for name in contents]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == alone
    assert all(bool(said) == name.startswith("damaged") for name, said in alone.items())


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "raise ValueError('ours')"])
def test_a_programs_own_output_goes_where_it_went(tmp_path: Path, ending: str) -> None:
    (tmp_path / "damaged.mp3").write_bytes(damaged_mp3())
    program = textwrap.dedent(
        f"""
        import os, sys
        from sqlclap.native_output import catch_native_output
        from sqlclap.audio.decode import open_audio
        print("before")
        with catch_native_output():
            with open_audio(sys.argv[1]) as stream:
                list(stream.blocks())
            os.write(2, b"native\\n")
            print("within")
            print("also", file=sys.stderr)
            {ending}
        print("after")
        os.write(2, b"native again\\n")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "damaged.mp3"],
        capture_output=True,
        text=True,
        check=False,
    )
    went_well = ending == "pass"
    assert done.stdout == "before\nwithin\n" + ("after\n" if went_well else "")
    lines = done.stderr.splitlines()
    assert lines[0] == "also"
    assert "native" not in lines
    assert ("native again" in lines) is went_well
    assert done.returncode == {"p": 0, "S": 3, "V": 1}[ending.removeprefix("raise ")[0]]
