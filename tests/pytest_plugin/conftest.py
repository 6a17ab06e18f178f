"""A project of somebody else's, whose tests use the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# Loaded here once: a run within this process would load and forget them each time, which compiled ones do not survive.
import mock_server.pytest_plugin.watching
import mock_server.server  # noqa: F401

Inner = Callable[..., pytest.RunResult]

CLIENT = """
import json, urllib.request, urllib.error

def send(refiner, path, **body):
    headers = {"Authorization": f"Bearer {refiner.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{refiner.base_url}/{path}", json.dumps(body).encode() if body else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)

def track(refiner, **more):
    return send(refiner, "track-event", id="u-1", event="Signed up", **more)
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Run tests in a folder of their own, in this process or (`apart=True`) in one of its own."""
    for name in ("REFINER_MOCK_URL", "REFINER_MOCK_ADMIN_TOKEN", "PYTEST_ADDOPTS", "CI"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(client=CLIENT)

    def run(source: str, *options: str, apart: bool = False) -> pytest.RunResult:
        pytester.makepyfile(test_it=f"import pytest\nfrom client import send, track\n\n{source}")
        # Of the plugins around us the project has none but ours.
        others = ("asyncio", "cacheprovider", "cov", "hypothesispytest", "schemathesis")
        alone = (word for name in others for word in ("-p", f"no:{name}"))
        words = (*alone, "-W", "error", "--strict-markers", *options)
        return (pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess)(*words)

    return run
