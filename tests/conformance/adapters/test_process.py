"""Clients behind a process: whatever it does, it never blocks, floods or outlives the check."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from mock_server.conformance.adapters.base import AdapterFailed
from mock_server.conformance.adapters.process import ProcessAdapter
from mock_server.conformance.protocol import Outcome
from mock_server.errors import CannotRun, UsageError
from tests.conformance.adapters.attaching import asked, failing, script

SERVING = "hello()\nfor request in requests():\n    "
CHILD = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
SOON = 30
"""Milliseconds, beside the grace of two seconds."""


def gone(pid: int) -> bool:
    """Tell whether a process has ended, waiting for it."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(FileNotFoundError):
            state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
            if state not in "ZX":
                continue
        return True
    return False


def needs_proc() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc")


def test_it_starts_when_it_is_needed_and_keeps_running(tmp_path: Path) -> None:
    count = tmp_path / "starts"
    code = f"open({str(count)!r}, 'a').write('x')\n{SERVING}answer(request, value=request['case'])"
    with closing(ProcessAdapter(script(code))) as adapter:
        assert not count.exists()
        hello = adapter.hello()
        assert hello is not None
        assert (hello.name, hello.operations) == ("rough", ("verifyKey",))
        assert asked(adapter).value != asked(adapter).value, "each request is a case of its own"
        assert count.read_text("utf-8") == "x"
        other = adapter.another()
        with closing(other):
            assert asked(other).outcome == "ok"
        assert count.read_text("utf-8") == "xx"
    assert adapter.restarts == 0


def test_it_ends_itself_when_it_is_closed_and_can_be_used_again(tmp_path: Path) -> None:
    count = tmp_path / "ends"
    code = f"{SERVING}answer(request)\nopen({str(count)!r}, 'a').write('x')"
    adapter = ProcessAdapter(script(code))
    for ends in ("x", "xx"):
        assert asked(adapter) == Outcome("ok", {})
        adapter.close()
        assert count.read_text("utf-8") == ends
    adapter.close()
    assert adapter.restarts == 0


def test_a_crash_tells_the_exit_code_and_the_end_of_stderr_without_the_key() -> None:
    code = (
        SERVING + "[print(n, file=sys.stderr) for n in range(99)]; print(request['api_key'], file=sys.stderr); exit(3)"
    )
    adapter = ProcessAdapter(script(code))
    failure = failing(adapter)
    assert failure.how == "crash"
    assert "ended with exit code 3 when it was asked for verifyKey" in failure.detail
    assert "\n98\n0f6d…" in failure.detail
    assert "c0de" not in failure.detail
    assert "\n49\n" not in failure.detail, "the last 50 lines are kept"


def test_after_a_failure_it_is_started_anew() -> None:
    adapter = ProcessAdapter(script(SERVING + "exit(1)"))
    assert [(failing(adapter).how, adapter.restarts) for _ in range(3)] == [("crash", 0), ("crash", 1), ("crash", 2)]


def test_a_signal_has_a_name() -> None:
    assert "was killed by SIGKILL" in failing(ProcessAdapter(script(SERVING + "os.kill(os.getpid(), 9)"))).detail


def test_one_that_ends_between_two_requests_is_noticed() -> None:
    adapter = ProcessAdapter(script("hello()\nanswer(next(requests()))"))
    assert asked(adapter).outcome == "ok"
    assert failing(adapter).how == "crash"


def test_a_hang_ends_the_process_and_all_it_has_started(tmp_path: Path) -> None:
    needs_proc()
    pids = tmp_path / "pids"
    code = f"{CHILD}open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n{SERVING}time.sleep(60)"
    began = time.monotonic()
    failure = failing(ProcessAdapter(script(code)), deadline_ms=SOON)
    assert (failure.how, "gave no answer to verifyKey within 2.0 s" in failure.detail) == ("hang", True)
    assert time.monotonic() - began < 15
    assert [gone(int(pid)) for pid in pids.read_text("utf-8").split()] == [True, True]


def test_closing_and_forgetting_leave_nothing_behind(tmp_path: Path) -> None:
    needs_proc()
    pids = tmp_path / "pids"
    code = f"{CHILD}open({str(pids)!r}, 'a').write(f'{{os.getpid()}} {{child.pid}} ')\n{SERVING}answer(request)"
    adapter = ProcessAdapter(script(code))
    assert asked(adapter).outcome == "ok"
    adapter.close()
    assert asked(adapter).outcome == "ok"
    del adapter
    assert [gone(int(pid)) for pid in pids.read_text("utf-8").split()] == [True] * 4


def test_a_process_that_cannot_be_asked_to_end_is_killed() -> None:
    with closing(ProcessAdapter(script(f"{SERVING}answer(request)\ntime.sleep(60)"))) as adapter:
        assert asked(adapter).outcome == "ok"


def test_a_pipe_that_nobody_reads_holds_up_nothing() -> None:
    adapter = ProcessAdapter(script("hello()\ntime.sleep(60)"))
    with pytest.raises(AdapterFailed) as raised:
        asked(adapter, "trackEvent", {"id": "a", "event": "x" * 5_000_000}, deadline_ms=SOON)
    assert raised.value.how == "hang"


def test_a_request_to_a_process_that_has_closed_its_stdin_is_a_crash() -> None:
    adapter = ProcessAdapter(script("sys.stdin.close(); os.close(0)\nhello()\nexit(4)"))
    adapter.hello()
    assert "exit code 4" in failing(adapter).detail


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "print('debug', flush=True)",
            "'debug' is no JSON; nothing but answers may go to standard output: print diagnostics to stderr",
        ),
        ("print('debug')\n    answer(request)", "print diagnostics to stderr"),
        ("answer(request, case='other')", "it answers the case 'other'"),
        ("say({'case': request['case'], 'outcome': 'done'})", "contracts/adapter.schema.json"),
        ("sys.stdout.write('x' * 20_000_000); sys.stdout.flush(); time.sleep(60)", "more than 16777216 bytes"),
        ("[sys.stdout.write('x' * 100_000 + chr(10)) for _ in range(1_000)]", "is no JSON"),
        ("os.write(1, bytes(range(128, 256)) + b'\\n')", "is no JSON"),
    ],
)
def test_garbage_is_shown_shortened(code: str, said: str) -> None:
    failure = failing(ProcessAdapter(script(SERVING + code)))
    assert failure.how == "garbage"
    assert said in failure.detail
    assert len(failure.detail) < 1_000


def test_a_second_answer_is_garbage_for_the_next_request() -> None:
    adapter = ProcessAdapter(script(SERVING + "answer(request), answer(request)"))
    assert asked(adapter).outcome == "ok"
    assert failing(adapter).how == "garbage"


def test_blank_lines_and_a_flood_on_stderr_do_no_harm() -> None:
    code = SERVING + "print(); sys.stderr.write('x' * 5_000_000); print(); answer(request)"
    with closing(ProcessAdapter(script(code))) as adapter:
        assert [asked(adapter).outcome for _ in range(2)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("code", "how", "said"),
    [
        ("time.sleep(60)", "hang", "said no hello within 0.5 s"),
        ("1 / 0", "crash", "ZeroDivisionError"),
        ("say({'ready': True})", "garbage", "must say its hello in its first line, but"),
        ("hello(v=2)", "garbage", "v: 1 was expected"),
        ("print('Listening ...', flush=True)", "garbage", "'Listening ...' is no JSON"),
    ],
)
def test_without_a_hello_nothing_is_asked(code: str, how: str, said: str) -> None:
    adapter = ProcessAdapter(script(code), hello_within=0.5 if how == "hang" else 15)
    with pytest.raises(AdapterFailed) as raised:
        adapter.hello()
    assert (raised.value.how, said in raised.value.detail) == (how, True), raised.value.detail


def test_oneshot_has_its_place_in_the_environment_too() -> None:
    code = "request = json.loads(sys.stdin.read())\nanswer(request, value=[os.environ['REFINER_BASE_URL'], "
    code += "os.environ['REFINER_API_KEY'] == request['api_key'], os.environ['MORE'], os.getcwd()])\nexit(1)"
    adapter = ProcessAdapter(script(code), "oneshot", env={"MORE": "5"}, cwd="/")
    assert adapter.hello() is None
    assert asked(adapter).value == ["http://127.0.0.1:9/v1", True, "5", "/"], "how it exits says nothing"


@pytest.mark.parametrize(
    ("code", "how", "said"),
    [
        ("pass", "crash", "ended with exit code 0 when it was asked for verifyKey"),
        ("answer(next(requests())); say({'done': 1})", "garbage", "after its answer"),
        ("answer(next(requests())); time.sleep(60)", "hang", "gave its answer, but did not end"),
        ("print('hi'); answer(next(requests()))", "garbage", "'hi' is no JSON"),
    ],
)
def test_oneshot_gives_one_answer_and_ends(code: str, how: str, said: str) -> None:
    failure = failing(ProcessAdapter(script(code), "oneshot"), deadline_ms=SOON)
    assert (failure.how, said in failure.detail) == (how, True), failure.detail


def test_oneshot_may_leave_something_that_holds_its_pipe(tmp_path: Path) -> None:
    needs_proc()
    pid = tmp_path / "pid"
    code = f"{CHILD}open({str(pid)!r}, 'w').write(str(child.pid))\nanswer(next(requests()))"
    assert asked(ProcessAdapter(script(code), "oneshot"), deadline_ms=SOON).outcome == "ok"
    assert gone(int(pid.read_text("utf-8")))


@pytest.mark.parametrize("command", [["/no/such/program"], ["a\0b"], [os.sep]])
def test_a_command_that_cannot_be_started_says_so(command: list[str]) -> None:
    with pytest.raises(CannotRun, match="cannot be started: "):
        ProcessAdapter(command).hello()


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="cannot be started: No such file"):
        ProcessAdapter([sys.executable], cwd=tmp_path / "missing").hello()


def test_wrong_usage_says_what_is_right() -> None:
    with pytest.raises(UsageError, match="a list of words"):
        ProcessAdapter([])
    with pytest.raises(UsageError, match="a list of words"):
        ProcessAdapter("node adapter.mjs")
    with pytest.raises(UsageError, match="stream or oneshot, not 'http'"):
        ProcessAdapter(["x"], "http")  # type: ignore[arg-type]


def test_the_subject_is_the_command_line_without_secrets() -> None:
    words = [
        "node",
        "key.mjs",
        "--api-key",
        "0f6d9f0a-1234",
        "--token=abcdefgh",
        "CLIENT_SECRET=zyxwvut",
        "monkey business",
    ]
    assert (
        ProcessAdapter(words).subject
        == "node key.mjs --api-key 0f6d… --token=abcd… CLIENT_SECRET=zyxw… 'monkey business'"
    )


def test_an_interrupted_adapter_fails_as_any_other() -> None:
    adapter = ProcessAdapter(script(SERVING + f"os.kill(os.getpid(), {int(signal.SIGINT)}); time.sleep(60)"))
    assert failing(adapter).how == "crash"
