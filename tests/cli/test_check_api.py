"""`refiner-mock check api`."""

from __future__ import annotations

import io
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.remote import Remote, RemoteEnvironment
from tests.cli.conftest import Said
from tests.conformance.drift.altered import Reply, altered
from tests.miniatures.running import Served, tool

Check = Callable[..., Said]


@pytest.fixture
def demo(served: Served) -> Iterator[RemoteEnvironment]:
    remote = Remote(served.url)
    with remote.create_environment(seed="demo") as environment:
        yield environment
    remote.close()


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, demo: RemoteEnvironment) -> Check:
    """Return what runs a command line in this very process, by default against the demo environment."""
    monkeypatch.setenv("REFINER_API_KEY", demo.api_key)

    def said(*words: str, url: str | None = demo.base_url) -> Said:
        capsys.readouterr()
        code = main(["check", "api", *(["--url", url] if url else []), *words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return said


def asked(environment: RemoteEnvironment) -> set[str]:
    return {entry["method"] for entry in environment.journal(limit=1_000)}


def unclear(reply: Reply) -> None:
    if reply.path == "/account":
        reply.value["subscription"]["plan"] = 3


def test_our_own_server_keeps_the_contract(check: Check) -> None:
    said = check("--case", "getAccount-*", "--case", "key-*")
    assert (said.code, said.err) == (0, "")
    assert "refiner-mock check api: kept" in said.out


def test_a_drift_ends_with_1_and_says_what_the_contract_says_and_what_came(
    check: Check, demo: RemoteEnvironment
) -> None:
    with altered(demo.base_url, unclear) as url:
        said = check("--case", "getAccount-shape", url=url)
    assert said.code == 1
    assert "error: case getAccount-shape:subscription.plan (documented)" in said.out
    assert "contract says: subscription.plan: text" in said.out
    assert "you got: a whole number" in said.out
    assert demo.api_key not in said.out


def test_how_bad_it_must_be_can_be_said(check: Check, demo: RemoteEnvironment) -> None:
    with altered(demo.base_url, unclear) as url:
        assert check("--case", "getAccount-shape", "--fail-on", "never", url=url).code == 0


def test_the_report_is_written_in_every_format(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    said = check("--case", "key-*", "--report", f"json={path}", "--report", "junit")
    assert json.loads(path.read_text("utf-8"))["tool"] == "check api"
    assert "<testsuites" in said.out


def test_a_server_that_is_down_ends_with_2(check: Check) -> None:
    said = check(url="http://127.0.0.1:9/v1")
    assert said.code == 2
    assert "nothing listens at 127.0.0.1:9" in said.out


def test_the_cases_are_listed_and_nothing_is_sent(check: Check, demo: RemoteEnvironment) -> None:
    said = check("--list", "--case", "listContacts-*", url=None)
    assert said.code == 0
    assert "documented  listContacts-cursor" in said.out
    assert asked(demo) == set()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--url", "http://127.0.0.1:9/v1", "--api-key", ""),
        ("--url", "http://127.0.0.1:9/v1", "--case", "nothing"),
        ("--url", "http://127.0.0.1:9/v1", "--case", "trackEvent-write"),
        ("--url", "http://127.0.0.1:9/v1", "--yes", "127.0.0.1"),
        ("--url", "http://127.0.0.1:9/v1", "--report", "html"),
    ],
)
def test_wrong_usage_ends_with_3(check: Check, words: tuple[str, ...]) -> None:
    assert check(*words, url=None).code == 3


def test_writing_is_not_begun_without_a_terminal_or_a_yes(check: Check, demo: RemoteEnvironment) -> None:
    said = check("--write", "--case", "trackEvent-write")
    assert said.code == 3
    assert "say --yes 127.0.0.1" in said.err
    assert check("--write", "--yes", "localhost").code == 3
    assert asked(demo) == set()


def test_who_spells_the_host_may_write(check: Check, demo: RemoteEnvironment) -> None:
    said = check("--write", "--yes", "127.0.0.1", "--case", "trackEvent-write")
    assert (said.code, said.err) == (0, "")
    assert asked(demo) == {"GET", "POST", "DELETE"}


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("127.0.0.1\n", 0), ("yes\n", 3), ("", 3)])
def test_at_a_terminal_the_host_is_asked_for(
    check: Check, demo: RemoteEnvironment, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    said = check("--write", "--case", "trackEvent-write")
    assert said.code == code
    assert "What stays is an archived copy of one survey" in said.err
    assert bool(asked(demo)) is (code == 0)


def test_https_is_spoken_and_its_certificate_checked(
    check: Check, demo: RemoteEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    files = ["-keyout", str(key), "-out", str(certificate)]
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, "-days", "2"]
    more = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([tool("openssl"), *words, *more], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with altered(demo.base_url, lambda _: None, tls=context) as url:
        stranger = check("--case", "getAccount-answer", url=url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        friend = check("--case", "getAccount-answer", url=url)
    assert (stranger.code, friend.code) == (2, 0)
    assert "TLS with 127.0.0.1:" in stranger.out
