"""Formats that only FFmpeg reads, through the ``av`` extra."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sqlclap.audio.decode import open_audio
from sqlclap.errors import AudioDecodeError
from tests.audio.signals import noise, sine


def encode(samples: NDArray[np.float32], rate: int, path: Path, coding: str) -> bytes:
    """Encode sound, shape (n, channels), with FFmpeg; the suffix chooses the container."""
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    # The index first, so that the beginning of a truncated file can still be read.
    options = {"movflags": "faststart"}
    with av.open(str(path), mode="w", container_options=options) as output:
        stream: Any = output.add_stream(coding, rate=rate)
        stream.layout = layout
        planes = np.ascontiguousarray(samples.T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate = rate
        convert = av.AudioResampler(
            stream.codec_context.format, layout, rate, frame_size=stream.codec_context.frame_size
        )
        for piece in [*convert.resample(frame), *convert.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path.read_bytes()


def test_m4a_with_aac_decodes(tmp_path: Path) -> None:
    tone = np.column_stack([sine(1_000, 1.0, 44_100), sine(500, 1.0, 44_100)])
    with open_audio(encode(tone, 44_100, tmp_path / "tone.m4a", "aac")) as stream:
        assert (stream.sample_rate, stream.channels) == (44_100, 2)
        assert stream.format == "M4A/AAC"
        assert stream.declared_frames == pytest.approx(44_100, abs=4_410)
        back = np.concatenate(list(stream.blocks(10_000)))
        assert stream.frames_read == len(back)
        assert stream.interrupted is None
    assert back.dtype == np.float32
    assert len(back) == pytest.approx(44_100, abs=4_410)
    spectrum = np.abs(np.fft.rfft(back[8_000:40_000], axis=0))
    hz = np.fft.rfftfreq(32_000, 1 / 44_100)[spectrum.argmax(axis=0)]
    assert hz == pytest.approx([1_000, 500], abs=2)


def test_webm_decodes_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "tone.webm"
    encode(sine(440, 0.5, 48_000)[:, None], 48_000, path, "libopus")
    with open_audio(path) as stream:
        assert stream.format.startswith("WEBM/")
        assert sum(len(block) for block in stream.blocks()) == pytest.approx(24_000, abs=2_400)


def test_blocks_do_not_depend_on_their_size(tmp_path: Path) -> None:
    content = encode(noise(0.7, 44_100)[:, None], 44_100, tmp_path / "noise.m4a", "aac")
    with open_audio(content) as stream:
        small = list(stream.blocks(1_000))
    with open_audio(content) as stream:
        large = list(stream.blocks(10**9))
    assert len(large) == 1
    assert {len(block) for block in small[:-1]} == {1_000}
    assert np.array_equal(np.concatenate(small), large[0])


def test_a_truncated_m4a_ends_early_without_hanging(tmp_path: Path) -> None:
    content = encode(noise(3.0, 44_100)[:, None], 44_100, tmp_path / "noise.m4a", "aac")
    with open_audio(content[: len(content) // 2]) as stream:
        frames = sum(len(block) for block in stream.blocks())
        assert stream.declared_frames is not None
        assert 10_000 < frames < stream.declared_frames - 10_000


def test_one_without_its_index_is_refused_with_that_reason(tmp_path: Path) -> None:
    content = encode(noise(1.0, 44_100)[:, None], 44_100, tmp_path / "noise.m4a", "aac")
    index = content.index(b"moov") - 4
    rest = content.index(b"mdat") - 4
    with pytest.raises(AudioDecodeError, match=r"its index \(moov\) is missing"):
        open_audio(content[:index] + content[rest:])


def test_damaged_packets_do_not_end_a_sound(tmp_path: Path) -> None:
    content = bytearray(encode(noise(3.0, 44_100)[:, None], 44_100, tmp_path / "n.m4a", "aac"))
    begin = content.index(b"mdat") + 4
    for at in range(begin + 4_000, begin + 12_000, 500):
        content[at : at + 40] = b"\xff" * 40
    with open_audio(bytes(content)) as stream:
        frames = sum(len(block) for block in stream.blocks())
        assert frames > 2.5 * 44_100
        assert any("damaged packets were passed over" in note for note in stream.notes)


@pytest.mark.parametrize("container", ["adts", "matroska"])
def test_a_length_that_is_not_stated_is_no_loss(tmp_path: Path, container: str) -> None:
    suffix = {"adts": "aac", "matroska": "mka"}[container]
    content = encode(noise(2.0, 44_100)[:, None], 44_100, tmp_path / f"n.{suffix}", "aac")
    with open_audio(content) as stream:
        frames = sum(len(block) for block in stream.blocks())
        assert frames == pytest.approx(88_200, abs=4_410)
        assert stream.interrupted is None
        assert (stream.declared_frames or 0) - frames < 4_410


def test_a_stream_that_changes_its_rate_is_read_on(tmp_path: Path) -> None:
    one = encode(noise(1.0, 44_100)[:, None], 44_100, tmp_path / "one.aac", "aac")
    two = np.column_stack([noise(1.0, 22_050)] * 2)
    content = one + encode(two, 22_050, tmp_path / "two.aac", "aac")
    with open_audio(content) as stream:
        frames = sum(len(block) for block in stream.blocks())
        assert (stream.sample_rate, stream.channels, stream.interrupted) == (44_100, 1, None)
        assert frames == pytest.approx(88_200, abs=8_820)
        assert stream.notes == [
            "it changes to 22,050 Hz and 2 channels: brought to 44,100 Hz and 1"
        ]


def test_where_libsndfile_gives_up_ffmpeg_reads_on() -> None:
    sound = noise(3.0, 44_100)
    file = io.BytesIO()
    soundfile.write(file, sound, 44_100, format="FLAC", subtype="PCM_16")
    content = bytearray(file.getvalue())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    with open_audio(bytes(content)) as stream:
        frames = sum(len(block) for block in stream.blocks())
        assert any("FFmpeg read on" in note for note in stream.notes)
    assert frames > 100_000


def test_a_video_without_sound_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, mode="w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    with pytest.raises(AudioDecodeError, match="no audio stream"):
        open_audio(file.getvalue())


def test_a_playlist_cannot_make_the_decoder_open_other_files(tmp_path: Path) -> None:
    sound = tmp_path / "secret.wav"
    soundfile.write(sound, sine(440, 0.5, 8_000), 8_000)
    lists = [
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{sound}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{sound}'\n",
    ]
    for text in lists:
        with pytest.raises(AudioDecodeError):
            open_audio(text.encode())
