"""Ogg: all links of a chain, and the sound among streams that run beside each other."""

from __future__ import annotations

import io
import struct
import sys

import av
import numpy as np
import pytest

from tests.audio.encoding import FRAMES, RATE, SECONDS, Read, burst_and_tone, encode

VORBIS = encode(burst_and_tone(), "OGG/VORBIS")
OPUS = encode(burst_and_tone(48_000), "OGG/OPUS", 48_000)


@pytest.fixture(params=["with FFmpeg", "without FFmpeg"], autouse=True)
def decoders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths don't depend on the extra."""
    if request.param == "without FFmpeg":
        monkeypatch.setitem(sys.modules, "av", None)


def pages(content: bytes) -> list[bytes]:
    found = []
    while content:
        segments = content[26]
        size = 27 + segments + sum(content[27 : 27 + segments])
        found.append(content[:size])
        content = content[size:]
    return found


@pytest.mark.parametrize(
    ("content", "links", "rate"),
    [
        (VORBIS, 1, RATE),
        (OPUS, 1, 48_000),
        (VORBIS * 3, 3, RATE),
        (OPUS * 2, 2, 48_000),
        (VORBIS + OPUS, 2, RATE),
        (OPUS + VORBIS + OPUS, 3, 48_000),
    ],
)
def test_all_links_are_read(content: bytes, links: int, rate: int) -> None:
    read = Read(content)
    assert read.rate == rate
    assert read.frames == pytest.approx(links * SECONDS * rate, abs=0.03 * rate * links)
    assert not read.truncated
    chain = f"{links} recordings one after another: all are read"
    assert read.notes[:1] == ([chain] if links > 1 else [])


def test_a_chain_sounds_like_its_links() -> None:
    one = Read(VORBIS).samples
    assert np.array_equal(Read(VORBIS * 2).samples, np.concatenate([one, one]))


def at_the_end(content: bytes, position: int) -> bytes:
    """Let the last page claim another length; its checksum is right."""
    *before, last = pages(content)
    last = (
        last[:6] + position.to_bytes(8, "little", signed=True) + last[14:22] + bytes(4) + last[26:]
    )
    crc = 0
    for byte in last:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return b"".join(before) + last[:22] + crc.to_bytes(4, "little") + last[26:]


@pytest.mark.parametrize("position", [-1, 0, 20])
@pytest.mark.parametrize(("coding", "rate"), [("VORBIS", RATE), ("OPUS", 48_000)])
def test_a_length_behind_the_page_before_is_not_believed(
    position: int, coding: str, rate: int
) -> None:
    whole = encode(burst_and_tone(rate, 6.0), f"OGG/{coding}", rate)
    read = Read(at_the_end(whole, position))
    assert read.frames == pytest.approx(6 * rate, abs=0.03 * rate)
    assert read.notes == ["its last page gives a wrong length: it is read to its end"]
    assert not read.truncated


def test_another_rate_and_other_channels_are_brought_to_those_of_the_first() -> None:
    wide = encode(np.column_stack([burst_and_tone(44_100)] * 2), "OGG/VORBIS", 44_100)
    for content, channels in ((VORBIS + wide, 1), (wide + VORBIS, 2)):
        read = Read(content)
        assert read.channels == channels
        assert read.frames == pytest.approx(2 * SECONDS * read.rate, abs=0.03 * read.rate)
        assert "brought to" in read.notes[1]


def test_the_sound_is_found_beside_other_streams() -> None:
    # A skeleton's pages lie among those of the sound.
    def beside(flags: int, number: int) -> bytes:
        head = b"OggS\0" + bytes([flags]) + bytes(8) + b"side" + number.to_bytes(4, "little")
        return head + bytes(4) + b"\x01\x08" + b"fishead\0"

    first, *rest = pages(VORBIS)
    mixed = [beside(2, 0), first]
    for number, page in enumerate(rest, start=1):
        mixed += [page, beside(0, number)]
    read = Read(b"".join(mixed))
    assert np.array_equal(read.samples, Read(VORBIS).samples)


def test_vorbis_in_a_wav_is_read() -> None:
    layout = struct.pack("<HHIIHHHII", 0x674F, 1, RATE, 10_000, 1, 16, 8, 0, 0)
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout
    chunks += b"data" + struct.pack("<I", len(VORBIS)) + VORBIS
    content = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
    assert np.array_equal(Read(content).samples, Read(VORBIS).samples)


def test_a_page_that_was_cut_off_is_noticed() -> None:
    read = Read(OPUS[:-100])
    assert read.truncated
    assert 0 < read.frames < FRAMES * 3


def test_a_link_that_can_not_be_read_is_passed_over_and_said() -> None:
    head, *rest = pages(VORBIS)
    broken = head + b"".join(page[:30] + bytes(len(page) - 30) for page in rest)
    read = Read(VORBIS + broken + VORBIS)
    assert read.frames >= 2 * FRAMES
    assert any("recording 2" in note for note in read.notes)


def test_a_file_cut_between_two_pages_says_that_it_may_have_been_cut() -> None:
    for content in (encode(burst_and_tone(RATE, 8.0), "OGG/VORBIS"), VORBIS * 2, OPUS):
        assert not [note for note in Read(content).notes if "may have been cut off" in note]
        whole = pages(content)
        read = Read(b"".join(whole[:-1]))
        assert [note for note in read.notes if "may have been cut off" in note]
        assert not read.truncated  # nobody knows


def ogg_flac(seconds: float) -> tuple[bytes, np.ndarray]:
    """A FLAC in Ogg, as FFmpeg and flac write it, and its samples."""
    samples = burst_and_tone(RATE, seconds)
    plain = encode(samples, "FLAC/PCM_16")
    with av.open(io.BytesIO(plain), "r") as found, io.BytesIO() as file:
        with av.open(file, "w", format="ogg") as made:
            stream = made.add_stream_from_template(found.streams.audio[0])
            for packet in found.demux(found.streams.audio[0]):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
        return file.getvalue(), Read(plain).samples


def test_flac_in_ogg_is_read_whole_and_to_the_bit() -> None:
    content, samples = ogg_flac(9.0)
    assert content.startswith(b"OggS")
    read = Read(content)
    assert np.array_equal(read.samples, samples)
    assert (read.notes, read.truncated) == ([], False)
    twice = Read(content * 2)
    assert np.array_equal(twice.samples, np.concatenate([samples, samples]))
    cut = Read(b"".join(pages(content)[:-1]))
    assert 0 < cut.frames < len(samples)
    assert np.array_equal(cut.samples, samples[: cut.frames])
    assert cut.notes == [
        "its last page doesn't say that the sound ends there: it may have been cut off"
    ]
    torn = Read(content[:-100])
    assert torn.truncated
