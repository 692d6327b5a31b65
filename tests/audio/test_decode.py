"""Decoding: every format in, float32 blocks out, and clear words about what isn't sound."""

from __future__ import annotations

import io
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sqlclap.audio.decode import open_audio
from sqlclap.audio.formats import AUDIO_SUFFIXES, AV_SUFFIXES
from sqlclap.errors import AudioDecodeError, SqlclapError
from tests.audio.signals import noise, sine
from tests.support.unprivileged import run_unprivileged

# A name that isn't UTF-8, and how errors show it; macOS and Windows only have Unicode names.
HARD_NAME, SHOWN_NAME = (
    ("kick \u97f3.wav".encode(), "kick \u97f3.wav")
    if sys.platform in ("darwin", "win32")
    else (b"kick\xff\xe9.wav", r"kick\\\\xff\\\\xe9\.wav")
)


def decode(source: str | os.PathLike[str] | bytes) -> NDArray[np.float32]:
    with open_audio(source) as stream:
        return np.concatenate(list(stream.blocks()))


def encoded(samples: NDArray[np.float32], rate: int, kind: str) -> bytes:
    container, coding = kind.split("/")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=coding)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [
        ("WAV/PCM_U8", 2**-7),
        ("WAV/PCM_16", 2**-15),
        ("WAV/PCM_24", 2**-23),
        ("WAV/PCM_32", 2**-23),
        ("WAV/FLOAT", 0.0),
        ("WAV/DOUBLE", 0.0),
        ("AIFF/PCM_16", 2**-15),
        ("AIFF/PCM_24", 2**-23),
        ("FLAC/PCM_16", 2**-15),
        ("FLAC/PCM_24", 2**-23),
        ("CAF/PCM_16", 2**-15),
        ("AU/PCM_16", 2**-15),
    ],
)
def test_lossless_formats_come_back_within_their_resolution(kind: str, tolerance: float) -> None:
    sound = np.column_stack([sine(440, 0.5, 44_100), noise(0.5, 44_100)])
    with open_audio(encoded(sound, 44_100, kind)) as stream:
        assert (stream.sample_rate, stream.channels) == (44_100, 2)
        assert stream.declared_frames == 22_050
        assert stream.format == kind
        back = np.concatenate(list(stream.blocks()))
        assert stream.frames_read == 22_050
        assert stream.interrupted is None
    assert back.dtype == np.float32
    assert np.abs(back - sound).max() <= tolerance


@pytest.mark.parametrize("kind", ["OGG/VORBIS", "OGG/OPUS", "MP3/MPEG_LAYER_III"])
def test_lossy_formats_come_back_close(kind: str) -> None:
    tone = sine(1_000, 1.0, 48_000)
    with open_audio(encoded(tone, 48_000, kind)) as stream:
        assert stream.format == kind
        back = np.concatenate(list(stream.blocks()))[:, 0]
    assert abs(len(back) - 48_000) < 2_400
    middle = slice(4_800, 43_200)
    assert np.corrcoef(back[middle], tone[middle])[0, 1] > 0.99


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 8), (192_000, 2)])
def test_rates_and_channel_counts_are_kept(rate: int, channels: int) -> None:
    sound = np.column_stack([noise(0.2, rate, seed=i) for i in range(channels)])
    with open_audio(encoded(sound, rate, "WAV/FLOAT")) as stream:
        assert (stream.sample_rate, stream.channels) == (rate, channels)
        assert np.array_equal(np.concatenate(list(stream.blocks())), sound)


def test_blocks_have_the_asked_size_and_join_up() -> None:
    sound = noise(1.0, 10_000)
    with open_audio(encoded(sound, 10_000, "WAV/FLOAT")) as stream:
        blocks = list(stream.blocks(block_frames=3_000))
    assert [len(block) for block in blocks] == [3_000, 3_000, 3_000, 1_000]
    assert np.array_equal(np.concatenate(blocks)[:, 0], sound)


def test_a_path_is_opened_whether_it_is_text_or_a_path_object(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    soundfile.write(path, sine(440, 0.1, 8_000), 8_000)
    assert np.array_equal(decode(path), decode(str(path)))


def test_a_name_that_is_hard_to_write_is_opened(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(HARD_NAME)
    path.write_bytes(encoded(sine(440, 0.1, 8_000), 8_000, "WAV/PCM_16"))
    assert len(decode(path)) == 800
    path.write_bytes(b"no sound at all")
    with pytest.raises(AudioDecodeError, match=SHOWN_NAME) as caught:
        open_audio(path)
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize("kind", ["WAV/PCM_16", "AIFF/PCM_24", "FLAC/PCM_16", "MP3/MPEG_LAYER_III"])
def test_a_truncated_file_yields_its_beginning_and_shows_what_is_missing(kind: str) -> None:
    sound = noise(2.0, 44_100)
    whole = encoded(sound, 44_100, kind)
    with open_audio(whole[: len(whole) // 2]) as stream:
        back = np.concatenate(list(stream.blocks()))[:, 0]
        assert stream.declared_frames == pytest.approx(88_200, abs=8)
        assert 30_000 < stream.frames_read == len(back) < 50_000
    if kind != "MP3/MPEG_LAYER_III":
        assert np.abs(back - sound[: len(back)]).max() <= 2**-15


def test_a_wav_written_to_a_pipe_claims_no_length_it_does_not_have() -> None:
    # ffmpeg and sox can't go back to fill in the size: they leave the largest one there.
    whole = bytearray(encoded(noise(0.5, 8_000), 8_000, "WAV/PCM_16"))
    size_at = whole.index(b"data") + 4
    struct.pack_into("<I", whole, 4, 0xFFFFFFFF)
    struct.pack_into("<I", whole, size_at, 0xFFFFFFFF)
    with open_audio(bytes(whole)) as stream:
        assert len(np.concatenate(list(stream.blocks()))) == 4_000
        assert stream.declared_frames == 4_000


def test_what_is_no_sound_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("these are not the samples you are looking for")
    (tmp_path / "headerless.raw").write_bytes(bytes(1_000))
    garbage = np.random.default_rng(7).bytes(20_000)
    (tmp_path / "garbage.mp3").write_bytes(garbage)
    reasons: dict[str | Path, str] = {
        tmp_path / "empty.wav": "0 bytes",
        tmp_path / "text.wav": "Format not recognised",
        tmp_path / "headerless.raw": "samplerate must be specified",
        tmp_path / "garbage.mp3": "Can't decode",
        tmp_path / "missing.wav": "No such file",
        tmp_path: "a directory",
        "nul\0byte.wav": "null byte",
    }
    for path, reason in reasons.items():
        with pytest.raises(AudioDecodeError, match=reason):
            decode(path)
    for content in (b"", b"RIFF", garbage):
        with pytest.raises(AudioDecodeError):
            decode(content)


def test_a_header_without_samples_is_refused() -> None:
    with pytest.raises(AudioDecodeError, match="no samples"):
        open_audio(encoded(np.empty(0, np.float32), 8_000, "WAV/PCM_16"))


def test_an_impossible_sample_rate_is_refused() -> None:
    whole = bytearray(encoded(sine(440, 0.1, 8_000), 8_000, "WAV/PCM_16"))
    for rate in (1, 1_800_000_000):
        struct.pack_into("<I", whole, 24, rate)
        with pytest.raises(AudioDecodeError, match=f"sample rate of {rate} Hz"):
            open_audio(bytes(whole))


def test_many_channels_come_in_shorter_blocks() -> None:
    content = encoded(np.zeros((10_000, 256), np.float32), 8_000, "WAV/PCM_16")
    with open_audio(content) as stream:
        sizes = [block.size for block in stream.blocks()]
    assert sum(sizes) == 10_000 * 256
    assert max(sizes) <= 600_000


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_damaged_content_raises_nothing_behind_the_decoders_back() -> None:
    whole = encoded(noise(0.2, 8_000), 8_000, "AIFF/PCM_24")
    generator = np.random.default_rng(3)
    for _ in range(300):
        damaged = bytearray(whole)
        for at in generator.integers(0, 80, size=3):
            damaged[at] = int(generator.integers(0, 256))
        try:
            decode(bytes(damaged))
        except AudioDecodeError:
            continue


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioDecodeError, match="regular file, got a pipe"):
        open_audio(tmp_path / "pipe.wav")


def test_a_file_without_read_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.wav"
    soundfile.write(path, sine(440, 0.1, 8_000), 8_000)
    path.chmod(0)
    code = "from sqlclap.audio.decode import open_audio; open_audio(sys.argv[1])"
    done = run_unprivileged(code, path)
    assert done.returncode == 1
    assert "AudioDecodeError" in done.stderr
    assert "Permission denied" in done.stderr


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(AudioDecodeError, match=r"pip install 'sqlclap\[av\]'"):
        open_audio(b"\0\0\0\x20ftypM4A " + bytes(100))


def test_decode_errors_are_caught_as_the_root_and_as_value_errors() -> None:
    assert issubclass(AudioDecodeError, SqlclapError)
    assert issubclass(AudioDecodeError, ValueError)


def test_suffixes_are_lower_case_with_a_dot_and_no_suffix_is_in_both_sets() -> None:
    assert not AUDIO_SUFFIXES & AV_SUFFIXES
    for suffix in AUDIO_SUFFIXES | AV_SUFFIXES:
        assert suffix.startswith(".")
        assert suffix == suffix.lower()
