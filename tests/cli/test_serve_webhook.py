"""`refiner-mock serve --webhook`: where it may go and what it may want, said before anything starts."""

from __future__ import annotations

import pytest

from mock_server.cli import main


def test_a_webhook_to_strangers_names_the_option_that_lets_it_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", "--port", "0", "--webhook", "http://93.184.216.34/hook"]) == 3
    assert "--webhook leads to 93.184.216.34, but webhooks go to this machine" in (err := capsys.readouterr().err)
    assert "--allow-public-targets" in err

    monkeypatch.setattr("mock_server.cli.serve._Serving.run", lambda _: None)
    for url, warned in (
        ("https://hooks.example.org/x?key=1", True), ("http://127.0.0.1:9/", False), ("http://localhost:9/", False),
        ("http://receiver:9/", False), ("http://host.docker.internal:9/", False), ("http://10.0.0.7/", False),
    ):  # fmt: skip
        assert main(["serve", "--port", "0", "--webhook", url]) == 0
        err = capsys.readouterr().err
        assert ("warning" in err and "hooks.example.org" in err and "--allow-public-targets" in err) == warned, url
        assert main(["serve", "--port", "0", "--allow-public-targets", "--webhook", url]) == 0
        assert capsys.readouterr().err == ""


def test_a_webhooks_events_are_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--webhook", "http://127.0.0.1:9/", "--webhook-event", "Complete Survey"]) == 3
    assert (
        "--webhook-event is 'Complete Survey'; did you mean Completed Survey? (choose from Completed Survey, Saw"
        in (capsys.readouterr().err)
    )
