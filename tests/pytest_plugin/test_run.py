"""The run as a whole: its report, its last line, its processes, and what it costs those that do not use it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from mock_server.cli.help import page
from mock_server.resources import contract_path
from tests.pytest_plugin.conftest import Inner
from tests.pytest_plugin.test_verdict import outcomes

pytest_plugins = "pytester"

MANY = (
    "@pytest.mark.parametrize('n', range(6))\n"
    "def test_many(refiner, n):\n    track(refiner)\n    send(refiner, 'identify-user', id='u-1')\n"
    "def test_broken(refiner):\n    track(refiner, colour='red')\n"
    "def test_fault(refiner):\n    refiner.fault('status', status=503)\n"
)


def read(path: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads(path.read_text("utf-8"))
    schema = json.loads(contract_path("report.schema.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(told)
    return told


@pytest.mark.parametrize("workers", [0, 2])
def test_the_report_is_of_the_whole_run_however_many_processes_ran_it(
    inner: Inner, pytester: pytest.Pytester, workers: int
) -> None:
    options = ("-n", str(workers)) if workers else ()
    result = inner(
        MANY, "--refiner-report=json=out/report.json", "--refiner-report=junit=out/report.xml", *options, apart=True
    )
    assert outcomes(result) == {"passed": 6, "failed": 2}
    result.stdout.fnmatch_lines(
        [
            "refiner-mock: 13 requests judged, 1 error, 2 of 19 operations covered",
            "refiner-mock: the report is in out/report.json",
            "refiner-mock: the report is in out/report.xml",
        ]
    )
    told = read(pytester.path / "out" / "report.json")
    assert (told["tool"], told["verdict"], told["judged"]) == ("pytest", "broken", 13)
    assert told["violations"] == {"error": 1, "warning": 0, "note": 0}
    shown = json.dumps(told)
    assert "The armed fault status-1 (status 503) in test_it.py::test_fault struck no call." in shown
    assert "colour" in shown


def test_the_report_tells_requests_of_different_workers_apart_and_whose_they_are(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    # Each waits for the other, so that each worker runs one.
    source = (
        "import pathlib, time\n"
        "@pytest.mark.parametrize('name, other', [('red', 'blue'), ('blue', 'red')])\n"
        "def test_it(refiner, name, other):\n"
        "    pathlib.Path(name).touch()\n    end = time.monotonic() + 60\n"
        "    while not pathlib.Path(other).exists() and time.monotonic() < end: time.sleep(0.01)\n"
        "    track(refiner, **{name: 1})\n"
    )
    shown = inner(source, "-n2", "--refiner-report=json=report.json", "--refiner-report=text", apart=True).stdout.str()
    told = json.dumps(read(pytester.path / "report.json"))
    for worker in ("gw0", "gw1"):
        assert f'"request": "{worker}:req-000001"' in told
        assert f'"id": "{worker}:req-000001.1"' in told
    for test in ("test_it.py::test_it[red-blue]", "test_it.py::test_it[blue-red]"):
        assert f'"test": "{test}"' in told
        assert f"req-000001  in {test}" in shown
    assert shown.count("    again: curl") >= 2


def test_the_last_line_says_how_grave_it_is(inner: Inner) -> None:
    result = inner("@pytest.mark.refiner(fail_on='never')\ndef test_it(refiner):\n    track(refiner, a=1, b=2)")
    result.stdout.fnmatch_lines(["refiner-mock: 1 request judged, no violations, 1 of 19 operations covered"])
    result = inner("def test_it(refiner):\n    track(refiner, a=1, b=2)", "--refiner-fail-on=never")
    result.stdout.fnmatch_lines(["refiner-mock: 1 request judged, 2 errors, 1 of 19 operations covered"])


def test_a_report_may_go_to_the_terminal(inner: Inner) -> None:
    result = inner("def test_it(refiner):\n    track(refiner)", "--refiner-report", "text")
    result.stdout.fnmatch_lines(["refiner-mock pytest: kept (pytest *)", "*kept (exit code 0)"])


def test_a_report_on_nothing_says_so(inner: Inner, pytester: pytest.Pytester) -> None:
    result = inner("def test_it(): pass", "--refiner-report=json=report.json")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["refiner-mock: nothing was judged, as no test used a fixture of it"])
    told = read(pytester.path / "report.json")
    assert (told["verdict"], told["judged"]) == ("not-judged", 0)


def test_a_report_that_cannot_be_written_is_said_and_fails_a_run_that_passed(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.mkdir("taken")
    result = inner("def test_it(refiner):\n    track(refiner)", "--refiner-report=json=taken")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["refiner-mock: The report cannot be written to *taken*"])


def test_an_unused_plugin_says_nothing_writes_nothing_and_loads_nothing(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    source = (
        "import sys\ndef test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('mock_server')}\n"
        "    plugin = 'mock_server.pytest_plugin'\n"
        "    assert ours == {'mock_server', plugin, f'{plugin}.run'}\n"
    )
    result = inner(source, apart=True)
    assert outcomes(result) == {"passed": 1}
    assert "refiner-mock:" not in result.stdout.str()


def test_the_plugin_can_be_switched_off(inner: Inner) -> None:
    result = inner("def test_it(refiner): pass", "-p", "no:refiner_mock", apart=True)
    result.stdout.fnmatch_lines(["*fixture 'refiner' not found*"])


def test_nothing_is_judged_where_tests_are_only_listed(inner: Inner, pytester: pytest.Pytester) -> None:
    result = inner("def test_it(refiner): pass", "--collect-only", "--refiner-report=json=report.json")
    assert result.ret == pytest.ExitCode.OK
    assert not (pytester.path / "report.json").exists()


def test_what_is_left_when_a_run_stops_early_is_in_the_report(inner: Inner, pytester: pytest.Pytester) -> None:
    result = inner(
        "@pytest.fixture(scope='session')\ndef wide(refiner_environment_factory):\n"
        "    made = refiner_environment_factory()\n    yield made\n    track(made)\n"
        "def test_it(wide):\n    track(wide)\n    assert False\n"
        "def test_next(wide): pass\n",
        "-x",
    )
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["refiner-mock: 2 requests judged, no violations, 1 of 19 operations covered"])


@pytest.mark.parametrize("workers", [0, 1])
def test_what_a_test_had_sent_that_ends_the_run_is_in_the_report(inner: Inner, workers: int) -> None:
    options = ("-n", str(workers), "--max-worker-restart=0") if workers else ()
    source = "def test_it(refiner):\n    track(refiner, colour='red')\n    pytest.exit('enough')"
    shown = inner(source, *options, apart=True).stdout.str()
    assert "refiner-mock: 1 request judged, 1 error, 1 of 19 operations covered" in shown


def test_the_options_and_the_marker_are_explained(inner: Inner) -> None:
    told = inner("", "--help").stdout.str()
    explained = page("pytest")
    for name in ("url", "fail-on", "seed", "posture", "rendering", "dialect", "report"):
        assert f"--refiner-{name}" in told
        assert f"`--refiner-{name}" in explained
        assert f"refiner_{name.replace('-', '_')}" in told
    inner("", "--markers").stdout.fnmatch_lines(["@pytest.mark.refiner(seed=, *"])
    inner("", "--fixtures").stdout.fnmatch_lines(["refiner *", "*hand `refiner.base_url` and `refiner.api_key` to*"])
