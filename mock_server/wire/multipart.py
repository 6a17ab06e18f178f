"""The text fields of a `multipart/form-data` body.

No source says that Refiner reads multipart bodies; a PHP host does, so they count as forms (assumed).
"""

from __future__ import annotations

import logging

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mock_server.errors import Invalid

__all__ = ["fields", "files"]

# It warns of every broken body; here that is the client's affair, and the answer tells it.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


def fields(body: bytes, content_type: bytes, *, max_parameters: int) -> list[tuple[str, str]]:
    """Return name and text of each field in order; files are left out, as Laravel keeps them out of its input.

    Raises:
        Invalid: when the header names no boundary, the body is not cut by it as it should be, or it has more than
            `max_parameters` parts.
    """
    return _parsed(body, content_type, max_parameters).fields


def files(body: bytes, content_type: bytes, *, max_parameters: int) -> dict[str, bytes]:
    """Return the content of each file by the name of its field; of two of one name the last. Raises Invalid."""
    return _parsed(body, content_type, max_parameters).files


def _parsed(body: bytes, content_type: bytes, max_parameters: int) -> _Parts:
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Invalid("The Content-Type multipart/form-data has no boundary.")
    if body.count(b"--" + boundary) > max_parameters + 1:
        raise Invalid(f"The request has more than {max_parameters} parameters (max_parameters).")
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.header_name,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_part_data": parts.data,
                "on_part_end": parts.end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise Invalid("The body is not a readable multipart form.") from None
    return parts


class _Parts:
    """Collects what the parser reports, piece by piece."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.begin()

    def begin(self) -> None:
        self._header, self._value, self._text = bytearray(), bytearray(), bytearray()
        self._options: dict[bytes, bytes] = {}

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._options = parse_options_header(bytes(self._value))[1]
        self._header, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._text += data[start:end]

    def end(self) -> None:
        if b"name" not in self._options:
            return
        name = self._options[b"name"].decode("utf-8", "replace")
        if b"filename" in self._options:
            self.files[name] = bytes(self._text)
        else:
            self.fields.append((name, self._text.decode("utf-8", "replace")))
