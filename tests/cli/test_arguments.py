"""Words that the command does not know: what was meant, and where help is."""

from __future__ import annotations

import pytest

from mock_server.cli import main


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("srve", "there is no VERB 'srve'; did you mean serve? (see refiner-mock --help)"),
        ("serve --sed demo", "there is no option --sed; did you mean --seed? (see refiner-mock serve --help)"),
        (
            "serve --webhok=http://x",
            "there is no option --webhok; did you mean --webhook? (see refiner-mock serve --help)",
        ),
        ("exec --fail-onn error -- true", "did you mean --fail-on? (see refiner-mock exec --help)"),
        (
            "exec --fail-on eror -- true",
            "--fail-on is 'eror'; did you mean error? (choose from error, warning, note, never)",
        ),
        ("exec --report jsn -- true", "There is no report format 'jsn'; did you mean json?"),
        ("exec --require identify -- true", "did you mean identifyUser?"),
        ("check clint", "there is no CHECK 'clint'; did you mean client?"),
        ("check client --adaptor http -- true", "did you mean --adapter? (see refiner-mock check client --help)"),
        ("check client --adapter htp -- true", "--adapter is 'htp'; did you mean http?"),
        ("check client --show search-pluss", "No case is called 'search-pluss'; did you mean search-plus?"),
        ("check api --list --case listContact-answer", "did you mean listContacts-answer?"),
        ("clock advnce 6h", "did you mean advance?"),
        ("env creat", "there is no ACTION 'creat'; did you mean create?"),
        ("contract --format yml", "--format is 'yml'; did you mean yaml?"),
        ("contract refiner", "did you mean refiner.yaml?"),
        ("help webhok", "there is no topic 'webhok'; did you mean webhooks?"),
        ("help doctr", "did you mean doctor?"),
        ("trigger complete-survey", "EVENT is 'complete-survey'; did you mean Completed Survey?"),
        ("check receiver http://127.0.0.1:9/ --event tags-added", "--event is 'tags-added'; did you mean Tag Added?"),
        ("serve --port 0 --seed dmo", "did you mean demo? (choose from empty, demo, crowded)"),
        ("serve --posture strickt", "posture is 'strickt'; did you mean strict?"),
        ("serve --port 0 --dialect page-lenght=50", "there is no dialect 'page-lenght'; did you mean page-length?"),
        ("serve --port 0 --dialect paging-ties=stabel", "there is no dialect"),
        ("serve --port many", "--port: 'many' is no whole number from 0 (see refiner-mock serve --help)"),
        ("ready --wait soon", "--wait: 'soon' is no number of seconds (see refiner-mock ready --help)"),
        ("serve now", "'now' is a word too many (see refiner-mock serve --help)"),
    ],
)
def test_what_is_misspelt_is_answered_with_what_was_meant(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


def test_an_option_before_the_verb_is_not_one_of_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "serve"]) == 3
    assert "(see refiner-mock --help)" in capsys.readouterr().err


def test_a_misspelt_variable_is_warned_about_and_what_we_read_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PROT", "7335"), ("DIALECT", "page-length=50"), ("ZZZ", ""),
        ("URL", "http://127.0.0.1:9"), ("ENV", "default"), ("ADMIN_TOKEN", "t"), ("MAX_BODY", "9"), ("ANY_KEY", "1"),
    ):  # fmt: skip
        monkeypatch.setenv(f"REFINER_MOCK_{name}", value)
    assert main(["help", "clock"]) == 0
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 3
    assert "warning: the variable REFINER_MOCK_PROT is not read; did you mean REFINER_MOCK_PORT?" in err[0]
    assert "REFINER_MOCK_DIALECT is not read" in err[1]
    assert "REFINER_MOCK_ZZZ is not read; refiner-mock help settings lists" in err[2]


def test_a_variable_names_a_seed_by_its_path_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFINER_MOCK_SEED", "./nowhere.json")
    assert main(["serve", "--port", "0"]) == 3
    assert "REFINER_MOCK_SEED ./nowhere.json cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PORT", "many", "the variable REFINER_MOCK_PORT is 'many'; it must be a whole number"),
        ("PORT", "70000", "the variable REFINER_MOCK_PORT: port is 70000; choose 0 (any free one) to 65535"),
        (
            "ANY_KEY",
            "maybe",
            "REFINER_MOCK_ANY_KEY is 'maybe'; it must be one of 1, true, yes, on, or 0, false, no, off",
        ),
        ("DELIVERY_TIMEOUT", "soon", "REFINER_MOCK_DELIVERY_TIMEOUT is 'soon'; it must be a number"),
        ("MAX_BODY", "0", "the variable REFINER_MOCK_MAX_BODY: max_body is 0; it must be above 0"),
        ("POSTURE", "strickt", "the variable REFINER_MOCK_POSTURE: posture is 'strickt'; did you mean strict?"),
    ],
)
def test_a_variable_that_cannot_be_followed_is_told_with_what_is_wanted(
    name: str, value: str, wanted: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"REFINER_MOCK_{name}", value)
    assert main(["serve"]) == 3
    assert wanted in capsys.readouterr().err
