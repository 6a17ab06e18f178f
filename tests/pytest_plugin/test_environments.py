"""Environments: one per test, more by the factory, of whatever server, and gone when they are not wanted any more."""

from __future__ import annotations

import pytest

from mock_server.resources import fixture_path
from mock_server.server import MockServer
from tests.pytest_plugin.conftest import Inner
from tests.pytest_plugin.test_verdict import outcomes

pytest_plugins = "pytester"


def test_each_test_has_an_environment_of_its_own_that_is_deleted_afterwards(inner: Inner) -> None:
    result = inner(
        "seen = []\n"
        "@pytest.mark.parametrize('n', range(3))\n"
        "def test_it(refiner, refiner_server, n):\n"
        "    assert refiner.events() == [] and refiner.name not in seen\n"
        "    assert not set(seen) & {one['name'] for one in refiner_server.environments()}\n"
        "    seen.append(refiner.name)\n    track(refiner)\n"
    )
    assert outcomes(result) == {"passed": 3}


def test_marker_option_and_ini_file_say_what_an_environment_is_like(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nrefiner_seed = demo\nrefiner_posture = lenient\n")
    result = inner(
        "def like(refiner): return len(refiner.snapshot()['contacts']), refiner.settings()['posture']\n"
        "def test_options(refiner): assert like(refiner)[0] > 0 and like(refiner)[1] == 'strict'\n"
        "@pytest.mark.refiner(posture='lenient', seed='empty')\n"
        "def test_marker(refiner): assert like(refiner) == (0, 'lenient')\n"
        "@pytest.mark.refiner(seed='empty')\nclass TestClass:\n"
        "    def test_class(self, refiner): assert like(refiner) == (0, 'strict')\n"
        "    @pytest.mark.refiner(seed='demo')\n"
        "    def test_closest(self, refiner): assert like(refiner)[0] > 0\n"
        "def test_factory(refiner_environment_factory):\n"
        "    assert like(refiner_environment_factory(seed='empty')) == (0, 'strict')\n",
        "--refiner-posture=strict",
        "--refiner-dialect",
        "unknown-key=400",
    )
    assert outcomes(result) == {"passed": 5}


def test_options_come_before_the_ini_file(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nrefiner_fail_on = never\n")
    source = "def test_it(refiner):\n    track(refiner, colour='red')"
    assert outcomes(inner(source)) == {"passed": 1}
    assert outcomes(inner(source, "--refiner-fail-on=error")) == {"failed": 1}


@pytest.mark.parametrize("how", ["option", "ini", "marker"])
def test_a_seed_may_be_a_document_of_one_s_own(inner: Inner, pytester: pytest.Pytester, how: str) -> None:
    pytester.path.joinpath("mine.json").write_bytes(fixture_path("environments/demo.json").read_bytes())
    if how == "ini":
        pytester.makeini("[pytest]\nrefiner_seed = mine.json\n")
    mark = "@pytest.mark.refiner(seed='./mine.json')\n" if how == "marker" else ""
    options = ["--refiner-seed=./mine.json"] if how == "option" else []
    result = inner(f"{mark}def test_it(refiner):\n    assert refiner.snapshot()['contacts']", *options)
    assert outcomes(result) == {"passed": 1}


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--refiner-fail-on=eror", "--refiner-fail-on is 'eror'; did you mean error?*"),
        ("--refiner-report=xml=a.xml", "There is no report format 'xml'; choose from text, json*"),
        ("--refiner-report=json=", "*names no file*"),
        ("--refiner-seed=./mine.json", "--refiner-seed ./mine.json cannot be read: No such file or directory"),
        ("--refiner-dialect=colour", "--refiner-dialect colour: say KEY=VALUE"),
    ],
)
def test_a_wrong_option_ends_the_run_before_it_begins(inner: Inner, option: str, words: str) -> None:
    result = inner("def test_it(refiner): pass", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: refiner-mock: {words}"])


@pytest.mark.parametrize("how", ["option", "ini", "variable"])
def test_a_server_that_runs_already_is_used(
    inner: Inner, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with MockServer() as server:
        if how == "ini":
            pytester.makeini(f"[pytest]\nrefiner_url = {server.url}\n")
        elif how == "variable":
            monkeypatch.setenv("REFINER_MOCK_URL", server.url)
        result = inner(
            f"def test_it(refiner, refiner_server):\n    assert refiner_server.url == {server.url!r}\n"
            "    track(refiner, colour='red')",
            *(["--refiner-url", server.url] if how == "option" else []),
        )
        assert outcomes(result) == {"failed": 1}
        assert [one["name"] for one in server.remote.environments()] == ["default"]


def test_a_shared_server_that_does_not_answer_is_said_in_plain_words(inner: Inner) -> None:
    result = inner("def test_it(refiner): pass", "--refiner-url", "http://127.0.0.1:1")
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines(["refiner-mock: no refiner-mock server answers at http://127.0.0.1:1*"])
    assert "Traceback" not in result.stdout.str()


def test_a_server_that_goes_away_fails_the_test_that_it_could_not_judge(inner: Inner) -> None:
    with MockServer() as server:
        result = inner(
            "def test_it(refiner, refiner_server):\n"
            "    refiner.inbox()\n    refiner_server.delete(f'/environments/{refiner.name}')\n"
            "def test_next(refiner):\n    track(refiner)\n"
            "    import threading\n    assert 'refiner-mock inbox' not in {one.name for one in threading.enumerate()}",
            "--refiner-url",
            server.url,
        )
    assert outcomes(result) == {"failed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["refiner-mock: this test cannot be judged: *"])


def test_the_factory_s_environments_are_judged_with_their_test(inner: Inner) -> None:
    result = inner(
        "def test_two(refiner_environment_factory):\n"
        "    track(refiner_environment_factory())\n    track(refiner_environment_factory(), colour='red')\n"
        "@pytest.fixture\ndef mine(refiner_environment_factory): return refiner_environment_factory()\n"
        "def test_fixture(mine):\n    track(mine, colour='red')\n"
        "def test_deleted(mine):\n    track(mine, colour='red')\n    mine.delete()\n"
        "def test_fork(mine):\n    track(mine.fork(), colour='red')\n"
        "def test_clean(mine, refiner_server):\n    assert len(refiner_server.environments()) == 2\n"
    )
    assert outcomes(result) == {"failed": 4, "passed": 1}
    deleted = result.stdout.str().split("_ test_deleted _")[1].split("_ test_fork _")[0]
    assert "- refiner journal -" in deleted
    assert "POST /v1/track-event -> 202" in deleted.split("- refiner journal -")[1]


def test_an_environment_of_a_wider_fixture_lasts_as_long_and_is_judged_by_the_test(inner: Inner) -> None:
    result = inner(
        "@pytest.fixture(scope='module')\ndef wide(refiner_environment_factory):\n"
        "    made = refiner_environment_factory()\n    yield made\n    track(made, shape='round')\n"
        "def test_first(wide):\n    track(wide, colour='red')\n"
        "def test_second(wide):\n    track(wide)\n    assert len(wide.events()) == 2\n"
        "def test_third(wide):\n    send(wide, 'track-event', id='u-2', event='Third', colour='blue')\n"
    )
    assert outcomes(result) == {"failed": 2, "passed": 1, "errors": 1}
    third = result.stdout.str().split("_ test_third _")[1]
    assert '"event": "Third"' in third
    assert third.count("POST /v1/track-event") == 2, "in the journal, too, only what this test sent"
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_third*", "*no parameter shape.", "*4 requests judged*"])


def test_an_example_of_hypothesis_is_judged_by_itself_and_shrinks(inner: Inner) -> None:
    result = inner(
        "from hypothesis import given, settings, strategies as st\n"
        "@settings(database=None, deadline=None, max_examples=20, derandomize=True)\n"
        "@given(n=st.integers(0, 1000))\n"
        "def test_it(refiner_environment_factory, n):\n"
        "    with refiner_environment_factory() as refiner:\n"
        "        track(refiner, **({'colour': 'red'} if n >= 7 else {}))\n",
        apart=True,  # the plugin of schemathesis around us changes what Hypothesis says
    )
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["*refiner-mock: trackEvent has no parameter colour.*", "*n=7,*"])


def test_variables_tell_a_client_in_a_process_of_its_own(inner: Inner) -> None:
    result = inner(
        "import os, subprocess, sys\n"
        "code = '''\nimport os\\nfrom client import track\n"
        "class refiner: base_url, api_key = os.environ['REFINER_BASE_URL'], os.environ['REFINER_API_KEY']\n"
        "track(refiner, colour='red')\n'''\n"
        "def test_it(refiner_environ, refiner):\n"
        "    assert refiner_environ['REFINER_BASE_URL'] == refiner.base_url\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n"
        "def test_gone(): assert 'REFINER_API_KEY' not in os.environ\n"
    )
    assert outcomes(result) == {"failed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["*no parameter colour*"])


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_packages_of_the_user_s_called_like_our_folders_do_not_disturb(
    inner: Inner, pytester: pytest.Pytester, mode: str
) -> None:
    for name in ("contracts", "fixtures", "tests"):
        pytester.mkpydir(name)
    source = "import contracts, fixtures\ndef test_it(refiner):\n    track(refiner)"
    result = inner(source, f"--import-mode={mode}", "-o", "pythonpath=.", apart=True)
    assert outcomes(result) == {"passed": 1}


def test_a_forked_test_is_judged_and_does_not_hang(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(FORKING)
    result = inner(
        "def test_parent(refiner):\n    track(refiner)\n"
        "def test_forked_kept(refiner):\n    track(refiner)\n"
        "def test_forked_broken(refiner):\n    track(refiner, colour='red')\n"
        "def test_after(refiner):\n    track(refiner)\n",
        "-W",
        "ignore::DeprecationWarning",  # Python 3.12 warns of every fork beside a thread
        apart=True,
    )
    assert outcomes(result) == {"passed": 3, "failed": 1}
    result.stdout.fnmatch_lines(["refiner-mock: 4 requests judged, 1 error, 1 of 19 operations covered"])


def test_what_a_forked_test_takes_from_its_parent_is_judged_with_it_and_stays(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(FORKING)
    result = inner(
        "@pytest.fixture(scope='session')\n"
        "def wide(refiner_environment_factory): return refiner_environment_factory()\n"
        "@pytest.fixture\ndef late(refiner_environment_factory):\n"
        "    made = refiner_environment_factory()\n    yield\n    track(made, colour='red')\n"
        "def test_parent(wide):\n    track(wide)\n"
        "def test_forked_factory(refiner, refiner_environment_factory):\n"
        "    track(refiner_environment_factory(), colour='red')\n"
        "def test_forked_wide(wide):\n    track(wide, colour='red')\n"
        "def test_forked_astray(refiner):\n"
        "    class lost: base_url, api_key = f'{refiner.remote.url}/v1', 'nobody'\n    track(lost)\n"
        "def test_forked_late(late): pass\n"
        "def test_innocent(wide, refiner_server):\n"
        "    track(wide)\n    assert len(refiner_server.environments()) == 2\n",
        "-W",
        "ignore::DeprecationWarning",
        apart=True,
    )
    assert outcomes(result) == {"passed": 3, "failed": 3, "errors": 1}
    result.stdout.fnmatch_lines(["ERROR *::test_forked_late - *"])


FORKING = """
import os, pickle, pytest
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    if "forked" not in item.name:
        return None
    read, write = os.pipe()
    child = os.fork()
    if not child:
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        with os.fdopen(write, "wb") as out:
            write_down = item.config.hook.pytest_report_to_serializable
            pickle.dump([write_down(config=item.config, report=one) for one in reports], out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as sent:
        for data in pickle.load(sent):
            report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
            item.ihook.pytest_runtest_logreport(report=report)
    os.waitpid(child, 0)
    return True
"""
