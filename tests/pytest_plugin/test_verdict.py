"""A broken contract fails the test that broke it, in its call phase and in words that need no explanation."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import Inner

pytest_plugins = "pytester"


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    return {name: count for name, count in result.parseoutcomes().items() if count}


def test_a_test_that_keeps_the_contract_passes(inner: Inner) -> None:
    result = inner("def test_it(refiner):\n    track(refiner)")
    assert outcomes(result) == {"passed": 1}
    result.stdout.fnmatch_lines(["refiner-mock: 1 request judged, no violations, 1 of 19 operations covered"])


def test_a_violation_is_one_clean_failure_that_says_what_was_sent_and_meant(inner: Inner) -> None:
    result = inner("def test_it(refiner):\n    send(refiner, 'track-event', id='u-1', event_name='Signed up')")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            "refiner-mock: trackEvent has no parameter event_name; event was probably meant*",
            '*{"id": "u-1", "event_name": "Signed up"}',
            "*^^^*",
            "*error wrong-parameter*",
            "*contracts/refiner.yaml:* (documented)*",
            "*again: curl *",
            "*- refiner journal -*",
            "POST /v1/track-event -> 400*1 violation*",
            "FAILED test_it.py::test_it - Failed: refiner-mock: *",
        ]
    )
    shown = result.stdout.str()
    assert "Traceback" not in shown
    assert "mock_server/" not in shown


@pytest.mark.parametrize(
    ("own", "told"), [("assert 1 == 2", "assert 1 == 2"), ("raise SystemExit(3)", "SystemExit: 3")]
)
def test_a_test_s_own_failure_wins_and_the_violation_is_shown_beside_it(inner: Inner, own: str, told: str) -> None:
    result = inner(f"def test_it(refiner):\n    track(refiner, colour='red')\n    {own}")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            f"E*{told}",
            "*- refiner-mock -*",
            "*no parameter colour*",
            "*- refiner journal -*",
            f"FAILED *- {told}",
        ]
    )


def test_a_failing_test_shows_what_it_sent_without_a_key(inner: Inner) -> None:
    result = inner(
        "def test_it(refiner):\n"
        "    for n in range(35): track(refiner)\n"
        "    send(refiner, f'contacts?api_key={refiner.api_key}')\n"
        "    print('the key is', refiner.api_key)\n"
        "    assert False"
    )
    shown = result.stdout.str()
    key = shown.split("the key is ")[1][:36]
    assert shown.count(key) == 1
    assert "… 6 earlier ones" in shown
    assert f"GET /v1/contacts?api_key={key[:4]}… -> 200" in shown


def test_a_failing_setup_shows_what_it_sent(inner: Inner) -> None:
    result = inner(
        "@pytest.fixture\ndef told(refiner):\n    track(refiner, colour='red')\n    raise ValueError\n"
        "def test_it(told): pass"
    )
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines(["*ERROR at setup of test_it*", "*- refiner journal -*", "POST /v1/track-event*"])


def test_a_fault_that_never_struck_fails_the_test_that_armed_it(inner: Inner) -> None:
    result = inner(
        "def test_struck(refiner):\n    refiner.fault('status', status=503)\n    track(refiner)\n"
        "def test_unstruck(refiner):\n"
        "    refiner.fault('status', status=503, operation='identifyUser')\n    track(refiner)\n"
    )
    assert outcomes(result) == {"failed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["refiner-mock: The armed fault status-1 (status 503 on identifyUser) struck no call."])


@pytest.mark.parametrize("when", ["in a fixture's teardown", "in a thread"])
def test_what_arrives_after_the_body_is_an_error_of_the_teardown(inner: Inner, when: str) -> None:
    thread = "threading.Thread(target=lambda: (gate.wait(), track(refiner, colour='red')))"
    late = "track(refiner, colour='red')" if when != "in a thread" else "gate.set(); thread.join()"
    result = inner(
        "import threading\ngate = threading.Event()\n"
        f"@pytest.fixture\ndef late(refiner):\n    thread = {thread}\n"
        f"    {'thread.start()' if when == 'in a thread' else ''}\n"
        f"    yield\n    {late}\n"
        "def test_it(late, refiner):\n    track(refiner)\n"
        "def test_next(refiner):\n    track(refiner)\n"
    )
    assert outcomes(result) == {"passed": 2, "errors": 1}
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "refiner-mock: after the test had ended: trackEvent has no parameter colour.",
            "*- refiner journal -*",
        ]
    )


def test_a_violation_of_the_body_is_not_told_again_at_the_teardown(inner: Inner) -> None:
    result = inner(
        "@pytest.fixture\ndef late(refiner):\n    yield\n    track(refiner)\n"
        "def test_it(late, refiner):\n    track(refiner, colour='red')"
    )
    assert outcomes(result) == {"failed": 1}


def test_a_list_that_is_not_read_to_its_end_counts_when_the_test_ends(inner: Inner) -> None:
    result = inner(
        "@pytest.mark.refiner(fail_on='note')\n"
        "def test_it(refiner):\n"
        "    for n in range(4): send(refiner, 'identify-user', id=f'u-{n}')\n"
        "    for page in (1, 2, 3): send(refiner, f'contacts?page_length=1&page={page}')\n"
    )
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["* paging: *"])


def test_a_request_that_misses_its_environment_fails_the_test_that_sent_it(inner: Inner) -> None:
    result = inner(
        "def test_it(refiner):\n"
        "    class lost: base_url, api_key = f'{refiner.remote.url}/v1', 'nobody'\n"
        "    track(lost)\n"
        "def test_next(refiner):\n    track(refiner)"
    )
    assert outcomes(result) == {"failed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["*bad-credentials*"])


def test_a_client_that_sends_when_its_test_is_over_does_not_fail_the_next_one(inner: Inner) -> None:
    result = inner(
        "gone = []\n"
        "def test_it(refiner):\n    gone.append(refiner)\n"
        "def test_next(refiner):\n    track(gone[0])\n    track(refiner)\n",
        "--refiner-report",
        "text",
    )
    assert outcomes(result) == {"passed": 2}
    result.stdout.fnmatch_lines(["*kept (exit code 0)"])


@pytest.mark.parametrize(
    "verb",
    [
        "complete_survey('Sprng', 'u')",
        "advance('soon')",
        "identify('u', plan=object())",
        "inbox('Saw')",
        "inbox().next(0)",
    ],
)
def test_what_a_verb_refuses_is_shown_where_it_was_called(inner: Inner, verb: str) -> None:
    result = inner(f"def test_it(refiner):\n    refiner.{verb}")
    assert outcomes(result) == {"failed": 1}
    assert "mock_server/" not in result.stdout.str()
    result.stdout.fnmatch_lines([f">*refiner.{verb}".replace("[", "[[]"), "E *"])


def test_skipped_and_expected_failures_stay_what_they_are(inner: Inner) -> None:
    result = inner(
        "def test_skipped(refiner):\n    track(refiner, colour='red')\n    pytest.skip('no')\n"
        "@pytest.mark.xfail(strict=True)\ndef test_expected(refiner):\n    track(refiner, colour='red')\n"
        "@pytest.mark.xfail(strict=True)\ndef test_mended(refiner):\n    track(refiner)\n"
        "@pytest.mark.skip\ndef test_never(refiner): pass\n"
    )
    assert outcomes(result) == {"skipped": 2, "xfailed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*XPASS(strict)*"])


def test_the_marker_of_a_test_decides_what_fails_it(inner: Inner) -> None:
    result = inner(
        "pytestmark = pytest.mark.refiner(fail_on='never', seed='demo')\n"
        "def test_all_allowed(refiner):\n    track(refiner, colour='red')\n"
        "    refiner.fault('status', status=500, operation='getContact')\n"
        "@pytest.mark.refiner(fail_on='error')\nclass TestStrict:\n"
        "    def test_refused(self, refiner):\n        track(refiner, colour='red')\n"
        "    @pytest.mark.refiner(fail_on='warning')\n    def test_warned(self, refiner):\n"
        "        send(refiner, 'track', id='u-1', event='x')\n"
        "    def test_legacy(self, refiner):\n        send(refiner, 'track', id='u-1', event='x')\n",
        "--refiner-report",
        "text",
    )
    assert outcomes(result) == {"failed": 2, "passed": 2}
    result.stdout.fnmatch_lines(["*warning legacy-route*", "note: 1 violation not counted: *"])
    assert "armed fault" not in result.stdout.str()


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("sede='demo'", "has no argument 'sede'; did you mean seed?"),
        ("'demo'", "takes its arguments by name, such as @pytest.mark.refiner(seed='demo')"),
        ("colour='red'", "choose from seed, posture, dialect, clock, rendering, fail_on"),
        ("seed='dmo'", "choose from empty, demo, crowded"),
        ("fail_on='eror'", "@pytest.mark.refiner(fail_on=) is 'eror'; did you mean error?"),
        ("posture='loose'", "lenient"),
        ("dialect={'colour': 'red'}", "colour"),
        ("dialect='colour'", "dialect"),
    ],
)
def test_a_wrong_marker_is_an_error_in_plain_words(inner: Inner, marker: str, words: str) -> None:
    result = inner(f"@pytest.mark.refiner({marker})\ndef test_it(refiner):\n    track(refiner)")
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines([f"refiner-mock: *{words.replace('[', '[[]')}*"])
    assert "Traceback" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()


def test_a_test_case_of_unittest_is_judged_alike(inner: Inner) -> None:
    result = inner(
        "import unittest\n"
        "class TestIt(unittest.TestCase):\n"
        "    @pytest.fixture(autouse=True)\n    def _refiner(self, refiner): self.refiner = refiner\n"
        "    def test_kept(self):\n        track(self.refiner)\n"
        "    def test_broken(self):\n        track(self.refiner, colour='red')\n"
        "    def test_own(self):\n        track(self.refiner, colour='red')\n        self.assertEqual(1, 2)\n"
        "    def tearDown(self):\n        track(self.refiner)\n"
    )
    assert outcomes(result) == {"passed": 1, "failed": 2}
    result.stdout.fnmatch_lines_random(
        ["FAILED *test_broken - Failed: refiner-mock: *", "FAILED *test_own - AssertionError: 1 != 2"]
    )


def test_an_async_test_is_judged_alike(inner: Inner) -> None:
    result = inner(
        "import aiohttp\npytestmark = pytest.mark.anyio\n"
        "@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
        "async def track_it(refiner, **more):\n"
        "    async with aiohttp.ClientSession(headers={'Authorization': f'Bearer {refiner.api_key}'}) as session:\n"
        "        sent = {'id': 'u', 'event': 'e', **more}\n"
        "        async with session.post(f'{refiner.base_url}/track-event', json=sent) as answer:\n"
        "            assert answer.status == 202\n"
        "async def test_kept(refiner):\n    await track_it(refiner)\n"
        "async def test_broken(refiner):\n    await track_it(refiner, colour='red')\n"
    )
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["FAILED *test_broken - Failed: refiner-mock: *"])


def test_parameters_and_subtests_are_judged_alike(inner: Inner) -> None:
    result = inner(
        "@pytest.mark.parametrize('more', [{}, {'colour': 'red'}])\n"
        "def test_each(refiner, more):\n    track(refiner, **more)\n"
        "import unittest\n"
        "class TestIt(unittest.TestCase):\n"
        "    @pytest.fixture(autouse=True)\n    def _refiner(self, refiner): self.refiner = refiner\n"
        "    def test_some(self):\n"
        "        for colour in ('red', 'blue'):\n"
        "            with self.subTest(colour):\n                track(self.refiner, colour=colour)\n"
    )
    assert outcomes(result)["failed"] == 2
    assert outcomes(result)["passed"] >= 1


def test_a_use_that_pytest_does_not_see_coming_is_judged_in_the_call_phase_too(inner: Inner) -> None:
    result = inner("def test_it(request):\n    track(request.getfixturevalue('refiner'), colour='red')")
    assert outcomes(result) == {"failed": 1}
