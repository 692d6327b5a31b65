"""Byte ranges."""

from __future__ import annotations

import pytest
from datasette_sqlclap.audio_api import Span, UnsatisfiableRangeError, parse_range

from tests.page.visiting import Site


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-", Span(0, 99)),
        ("bytes=10-19", Span(10, 19)),
        ("bytes=90-1000", Span(90, 99)),
        ("bytes=-10", Span(90, 99)),
        ("bytes=-1000", Span(0, 99)),
        ("Bytes= 5 - 6 ", Span(5, 6)),
    ],
)
def test_one_range(header: str, span: Span) -> None:
    assert parse_range(header, 100) == span


@pytest.mark.parametrize(
    "header", [None, "", "bytes", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=9-3", "bytes=a-b"]
)
def test_what_is_left_out_of_account(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_what_is_not_there(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 100)


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=0-", 0)
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=-5", 0)


def test_what_the_note_for_datasette_says(site: Site) -> None:
    """See docs/range-requests.md."""
    some = {"range": "bytes=10-19"}
    script = site.anyone.get("/-/static/table.js", headers=some)
    assert (script.status_code, script.headers.get("accept-ranges")) == (200, None)
    audio = "sample/1/audio"
    whole = site.anyone.get(audio)
    size, tag = len(whole.content), whole.headers["etag"]
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    part = site.anyone.get(audio, headers=some)
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    behind = site.anyone.get(audio, headers={"range": f"bytes={size}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{size}")
    for headers, status in (
        (some | {"if-range": '"another"'}, 200),
        (some | {"if-range": tag}, 206),
        ({"if-none-match": tag}, 304),
        ({"range": "bytes=0-1,5-6"}, 200),
        ({"range": "items=0-1"}, 200),
    ):
        assert site.anyone.get(audio, headers=headers).status_code == status
