"""`refiner-mock demo`: the story, and what is left to try after it."""

from __future__ import annotations

import errno
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator

import pytest
import requests

from mock_server.cli import main
from mock_server.cli.sample_receiver import SampleReceiver
from tests.miniatures.running import PATIENCE, command, run, surroundings, tool


@pytest.fixture(scope="module")
def story() -> str:
    said = run("demo", "--fast", "--no-serve", "--port", "0")
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


def test_the_story_goes_from_identify_to_a_violation_to_survey_to_a_500_the_retry_and_a_200(
    story: str,
) -> None:
    turns = [
        "POST /v1/identify-user",
        "202 {",
        "-> d1 Entered Segment ",
        "<- d1 200 in ",
        "All Users, Trial users",
        '"event_name": "Report exported"',
        "400 {",
        "error wrong-parameter event_name -> event: ",
        "/_mock/requests/req-000002\n",
        '"event": "Report exported"',
        "202 {",
        '"Saw Survey"',
        '"Completed Survey"',
        "attempt 1\n   <- d2 500 in ",
        "my database is down",
        "clock advance 6s",
        "attempt 2\n   <- d2 200 in ",
        '{"nps": "9"}',
        "GET /v1/contacts?page_length=20\n",
        "page_cursor=",
        '"next_page_cursor": null',
        "The server is gone",
    ]
    at = 0
    for turn in turns:
        at = story.find(turn, at)
        assert at >= 0, f"{turn} is missing, or not in its place:\n{story}"


def test_a_receiver_that_cannot_listen_ends_it_with_2_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def bind(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("http.server.ThreadingHTTPServer.server_bind", bind)
    assert main(["demo", "--no-serve", "--port", "0"]) == 2
    assert capsys.readouterr().err == (
        "refiner-mock: the sample receiver cannot listen on 127.0.0.1: Too many open files\n"
    )


def test_the_steps_are_numbered_and_no_line_is_too_wide_for_a_screen(story: str) -> None:
    assert [int(step) for step in re.findall(r"^(\d)\. ", story, re.MULTILINE)] == [1, 2, 3, 4, 5, 6, 7]
    assert max(map(len, story.splitlines())) <= 130


def test_a_taken_port_is_wrong_usage(served_port: str) -> None:
    said = run("demo", "--port", served_port)
    assert (said.returncode, said.stdout) == (3, "")
    assert "--port 0" in said.stderr


@pytest.fixture
def served_port() -> Iterator[str]:
    with SampleReceiver("t") as receiver:
        yield receiver.url.split(":")[2].removesuffix("/hook")


def test_it_serves_on_what_it_says_to_try_works_and_ctrl_c_ends_it_with_0() -> None:
    curl = tool("curl")
    with subprocess.Popen(
        command("demo", "--fast", "--port", "0"), env=surroundings({}), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said = ""
            while "refiner-mock help\n" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            tries = [shlex.split(line) for line in said.splitlines() if line.startswith("  curl ")]
            assert len(tries) == 3
            for words in tries:
                subprocess.run([curl, "-sf", *words[1:]], check=True, capture_output=True, timeout=PATIENCE)
            url = re.findall(r"export REFINER_MOCK_URL=(\S+)", said)[0]
            [again] = re.findall(r"refiner-mock (resend \S+ --mutation no_token)", said)
            resent = run(*again.split(), REFINER_MOCK_URL=url)
            assert re.search(r"<- d\d+ 401 in ", resent.stdout)
            shown = ""
            while not re.search(r"<- d\d+ 401 in ", shown):
                shown += process.stdout.readline()
            assert "GET /v1/contact?id=u-204 200 default u-204" in shown
            assert run("ready", "--url", url).returncode == 0
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def test_sigterm_ends_it_cleanly_too() -> None:
    with subprocess.Popen(
        command("demo", "--fast", "--port", "0"), env=surroundings({}), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "refiner-mock help" not in process.stdout.readline():
            assert process.poll() is None
        process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        ("Bearer t", b'{"triggered_event": "Saw Survey", "remote_id": "u-1", "response": {"data": {}}}', 200),
        ("Bearer t", b'{"triggered_event": "Entered Segment", "remote_id": null, "email": null, "segments": []}', 200),
        ("Bearer t", b"{", 400),
        ("Bearer t", b"[]", 400),
        ("Bearer t!", b"{}", 401),
        ("Basic t", b"{}", 401),
        ("", b"{}", 401),
    ],
)
def test_the_sample_receiver_is_a_good_one(token: str, body: bytes, status: int) -> None:
    with SampleReceiver("t") as receiver:
        headers = {"Authorization": token} if token else {}
        assert requests.post(receiver.url, body, headers=headers, timeout=PATIENCE).status_code == status
        assert requests.get(receiver.url, timeout=PATIENCE).status_code == 405


def test_the_sample_receiver_fails_once_and_only_at_a_completed_survey() -> None:
    seen = b'{"triggered_event": "Saw Survey", "remote_id": "u-1", "response": {"data": {}}}'
    completed = seen.replace(b"Saw", b"Completed")
    with SampleReceiver("t") as receiver:
        answers = [receiver.answer("Bearer t", body) for body in (seen, completed, completed, seen)]
    assert answers == [200, 500, 200, 200]
