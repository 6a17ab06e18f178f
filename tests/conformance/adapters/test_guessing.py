"""What kind of error an exception is: the client's own word first, then the status, then what Python says."""

from __future__ import annotations

import io
import socket
import urllib.error
from email.message import Message
from typing import Any

import pytest
import requests

from mock_server.conformance.adapters.guessing import guessed_kind, status_of


class Told(Exception):
    """An exception with attributes."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__()
        self.__dict__.update(attributes)


class InvalidApiKey(Told):
    """A client's own."""


class ContactNotFoundError(Told):
    """A client's own."""


class TooManyRequests(Told):
    """A client's own."""


class ReadTimeout(Told):
    """A library's."""


def caused_by(cause: BaseException) -> BaseException:
    error = RuntimeError("wrapped")
    error.__cause__ = cause
    return error


def while_handling(context: BaseException, *, hidden: bool) -> BaseException:
    try:
        try:
            raise context
        except type(context):
            if hidden:
                raise KeyError("x") from None
            raise KeyError("x")  # noqa: B904 - that is the point
    except KeyError as error:
        return error


def answer(status: int, text: str = "") -> requests.Response:
    response = requests.Response()
    response.status_code, response.raw = status, io.BytesIO(text.encode())
    return response


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (Told(status=401), "auth", 401),
        (Told(status_code=403), "auth", 403),
        (Told(response=Told(status_code=404)), "not-found", 404),
        (Told(code=429), "rate-limited", 429),
        (Told(http_status=500), "server", 500),
        (Told(status=422), "invalid", 422),
        (Told(status=302), "other", 302),
        (Told(status="404"), "other", None),
        (Told(status=True), "other", None),
        (Told(code=7), "other", None),
        (requests.HTTPError(response=answer(404)), "not-found", 404),
        (requests.HTTPError(response=answer(404, "API key not valid or does not exist")), "auth", 404),
        (requests.HTTPError("404 for url: /contact?api_key=x", response=answer(404, "no contact")), "not-found", 404),
        (Told(status=400, body="Unknown api_key"), "auth", 400),
        (requests.HTTPError(response=answer(500, "API key store is down")), "server", 500),
        (requests.ConnectTimeout(), "timeout", None),
        (requests.ConnectionError(), "network", None),
        (urllib.error.HTTPError("x", 429, "no", Message(), io.BytesIO()), "rate-limited", 429),
        (urllib.error.URLError(OSError("no")), "network", None),
        (InvalidApiKey(status=404), "auth", 404),
        (ContactNotFoundError(), "not-found", None),
        (TooManyRequests(), "rate-limited", None),
        (ReadTimeout(), "timeout", None),
        (FileNotFoundError(), "network", None),
        (TimeoutError(), "timeout", None),
        (socket.gaierror(), "network", None),
        (ConnectionResetError(), "network", None),
        (ValueError("not found"), "other", None),
        (caused_by(Told(status=404)), "not-found", 404),
        (caused_by(TimeoutError()), "timeout", None),
        (while_handling(Told(status=404), hidden=False), "not-found", 404),
        (while_handling(Told(status=404), hidden=True), "other", None),
    ],
)
def test_kind_and_status(error: BaseException, kind: str, status: int | None) -> None:
    assert (guessed_kind(error), status_of(error)) == (kind, status)


def test_causes_in_a_circle_are_followed_to_an_end() -> None:
    first, second = Told(), Told()
    first.__cause__, second.__cause__ = second, first
    assert guessed_kind(first) == "other"
