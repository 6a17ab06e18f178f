"""The files of a multipart form, which the mirrored API leaves out and the page takes in."""

from __future__ import annotations

import pytest

from mock_server.errors import Invalid
from mock_server.wire.multipart import fields, files

KIND = b"multipart/form-data; boundary=X"


def part(name: str, content: bytes, filename: str = "") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    return f'--X\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def test_files_and_fields_are_told_apart() -> None:
    body = part("name", b"shop") + part("größe", b"\x00\xff\r\n--", "a.json") + part("empty", b"", "b") + b"--X--\r\n"
    assert files(body, KIND, max_parameters=9) == {"größe": b"\x00\xff\r\n--", "empty": b""}
    assert fields(body, KIND, max_parameters=9) == [("name", "shop")]


def test_of_two_files_of_one_name_the_last_counts() -> None:
    body = part("a", b"1", "x") + part("a", b"2", "y") + b"--X--\r\n"
    assert files(body, KIND, max_parameters=9) == {"a": b"2"}


@pytest.mark.parametrize(("body", "most"), [(b"nonsense", 9), (part("a", b"1", "x") * 3 + b"--X--\r\n", 2)])
def test_what_cannot_be_read_is_refused(body: bytes, most: int) -> None:
    with pytest.raises(Invalid):
        files(body, KIND, max_parameters=most)
