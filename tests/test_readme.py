"""The README tells the truth: what it shows runs, what there is it names, its tables of evidence are the contract's."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.cli import main
from mock_server.control.routes import TABLE
from mock_server.remote import Remote, RemoteEnvironment
from mock_server.settings import Settings
from tests.miniatures.running import PATIENCE, Receiver, Served, receiving, serving, surroundings, tool

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBER = re.compile(r"\d+(?:\.\d+)?")

ON_A_FREE_PORT = {
    'HTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()': """\
server = HTTPServer(("127.0.0.1", 0), Receiver)
print(f"port \\n9000 {server.server_port}", flush=True)
server.serve_forever()""",
    "uvicorn.run(app, port=9000": """\
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(f"port \\n9000 {listener.getsockname()[1]}", flush=True)
uvicorn.run(app, fd=listener.fileno()""",
    '.listen(9001, "127.0.0.1");': """\
.listen(0, "127.0.0.1", function () { console.log(`port \\n9001 ${this.address().port}`); });""",
}
"""What a receiver of the README says, and what here: it takes a free port and tells which."""

BLOCK = re.compile(
    r"^(?:<!-- (?P<remark>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block of the README."""

    language: str
    text: str
    remark: str

    @property
    def runs(self) -> bool:
        return not self.remark.startswith("not run: ")


def sections() -> dict[str, list[Block]]:
    """Return the blocks by section; the first screen comes before the first heading."""
    parts = HEADING.split(README)
    titled = dict(zip(["First screen", *parts[1::2]], parts[::2], strict=True))
    return {
        title: [Block(found["language"], found["text"], found["remark"] or "") for found in BLOCK.finditer(text)]
        for title, text in titled.items()
    }


SECTIONS = sections()
WITH_BLOCKS = [title for title, blocks in SECTIONS.items() if blocks]


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), "--seed", "demo", "--quiet") as running:
        yield running


class Reader:
    """Somebody who tries out one section, block after block, in one folder with one shell's variables."""

    def __init__(self, folder: Path, served: Served, receiver: Receiver) -> None:
        self._folder = folder
        self._served = served
        self._ports = {"7334": served.url.rsplit(":", 1)[1], "9000": receiver.url.split(":")[2].split("/")[0]}
        self._variables = surroundings({"KEY": served.ready["api_key"], "REFINER_MOCK_URL": served.url, "PATH": path()})
        for name in ("CI", "BUILD_NUMBER"):  # there pytest would not shorten its lines as it does for a reader
            self._variables.pop(name, None)
        self.said = ""
        self._receivers: list[subprocess.Popen[str]] = []

    def run(self, block: Block) -> None:
        """Do what a block says."""
        text = block.text
        for port, real in self._ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{real}")
        if text.startswith(("# receiver.py\n", "// receiver.mjs\n")):
            self._start_receiver(block.language, text)
        elif text.startswith("# test_"):  # a file for the commands that follow
            (self._folder / text.split()[1]).write_text(text, "utf-8")
        elif block.language == "sh":
            self.said = self._said("bash", "-euc", text)
        elif block.language == "js":
            (self._folder / "example.mjs").write_text(text, "utf-8")
            self._said(tool("node"), "example.mjs")
        elif block.language == "python":
            self.said = self._said(sys.executable, "-W", "error", "-c", text)
        else:
            self._compare(block)

    def close(self) -> None:
        """End the README's own receiver."""
        for receiver in self._receivers:
            receiver.kill()
            receiver.communicate()

    def _said(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _start_receiver(self, language: str, text: str) -> None:
        for fixed, free in ON_A_FREE_PORT.items():
            text = text.replace(fixed, free)
        run = [sys.executable, "-c"] if language == "python" else [tool("node"), "--input-type=module", "-e"]
        receiver = subprocess.Popen([*run, text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._receivers.append(receiver)
        assert receiver.stdout is not None
        said = [*iter(receiver.stdout.readline, "port \n")]
        assert "".join(said) == ("waiting for webhooks\n" if "waiting for webhooks" in text else "")
        shown, real = receiver.stdout.readline().split()
        self._ports[shown] = real

    def _compare(self, block: Block) -> None:
        """Hold what the README shows against what was said, or is said somewhere else."""
        if block.remark.startswith("compared with the body"):
            alike(json.loads(block.text), self._arrived())
        elif block.language == "json" and "pid" in block.text:
            alike(json.loads(block.text), self._served.ready)
        elif block.language == "json":
            alike(json.loads(block.text), json.loads(self.said))
        elif block.text.startswith("waiting for webhooks"):
            told = self._receivers[-1].stdout
            assert told is not None
            assert [told.readline() for _ in block.text.splitlines()[1:]] == block.text.splitlines(True)[1:]
        elif self.said:
            assert masked(self.said) == masked(block.text)

    def _arrived(self) -> Any:
        """Return a webhook as the story of this section sends it."""
        identify(self._served, {"id": "u-204", "email": "mira@example.org", "account": {"id": "acc-9"}})
        with receiving() as receiver, contextlib.closing(Remote(self._served.url)) as remote:
            refiner = remote.environment()
            refiner.subscribe(receiver.url, ["Completed Survey"])
            refiner.simulate("Completed Survey", contact={"id": "u-204"}, data={"nps": 9, "why": "Fast support"})
            return receiver.next().body


def identify(served: Served, person: Mapping[str, Any]) -> None:
    """Make somebody known to a server."""
    given = {**person, "api_key": served.ready["api_key"]}
    requests.post(f"{served.url}/v1/identify-user", json=given, timeout=10).raise_for_status()


def path() -> str:
    """Return a PATH on which `refiner-mock` and `python` are those of the tests."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def alike(shown: Any, real: Any, place: str = "") -> None:
    """Assert that two JSON values have the same shape: keys, order, types. `attributes` may be shortened."""
    if isinstance(shown, dict) and place.endswith("attributes"):
        assert all(value is None or isinstance(value, (str, list)) for value in (shown | real).values())
    elif isinstance(shown, dict):
        assert list(shown) == list(real), place
        for name, value in shown.items():
            alike(value, real[name], f"{place}.{name}")
    elif isinstance(shown, list):
        for value in real[:1]:
            alike(shown[0] if shown else value, value, f"{place}[]")
    else:
        assert type(shown) is type(real), place


def masked(text: str) -> str:
    """Return text without what differs each time."""
    return NUMBER.sub("N", UUID.sub("UUID", text))


@pytest.mark.parametrize("title", WITH_BLOCKS)
def test_what_a_section_shows_is_what_happens(title: str, tmp_path: Path, served: Served) -> None:
    tool("curl")
    with receiving() as receiver, contextlib.closing(Reader(tmp_path, served, receiver)) as reader:
        if title != "First screen":  # whoever reads on has met her there
            identify(served, {"id": "u-204", "email": "mira@example.org"})
        for block in SECTIONS[title]:
            if block.runs:
                reader.run(block)
        if title == "First screen":
            arrived = receiver.next()
            assert (arrived.path, arrived.headers["Authorization"]) == ("/hook", "Bearer s3cret")


def test_what_is_not_run_has_a_reason() -> None:
    remarks = [block.remark for blocks in SECTIONS.values() for block in blocks if not block.runs]
    assert all(len(remark) > len("not run: ") for remark in remarks)
    languages = {block.language for blocks in SECTIONS.values() for block in blocks}
    assert languages == {"sh", "json", "text", "python", "js", "yaml"}


def test_the_first_screen_says_what_it_does_not_do_and_how_sure_it_is() -> None:
    first_screen = README.split("\n## ")[0]
    assert "**What it does not do:**" in first_screen
    assert "**How sure it is:**" in first_screen


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    return capsys.readouterr().out


def verbs_in(text: str) -> list[str]:
    """Return the verbs that a help text lists: those lines that are indented by four."""
    return re.findall(r"^ {4}([a-z]+)(?: |$)", text, re.MULTILINE)


def test_every_verb_and_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    section = README.split("\n## Command line\n")[1].split("\n## ")[0]
    waiting: list[list[str]] = [[]]
    seen = []
    while waiting:
        words = waiting.pop()
        text = help_of(words, capsys)
        seen += [words[-1]] if words else []
        for option in re.findall(r"--[a-z][a-z-]*", text):
            assert re.search(rf"{option}(?![a-z-])", section), (words, option)
        waiting += [[*words, verb] for verb in verbs_in(text)]
    assert {"serve", "trigger", "advance", "create", "contract"} <= set(seen)
    for verb in seen:
        assert re.search(rf"`(?:[^`]* )?{verb}(?: [^`]*)?`", section), verb


def test_every_setting_is_in_the_table_with_its_variable_and_default() -> None:
    for setting in fields(Settings):
        default = getattr(Settings(), setting.name)
        variable = "(only `--dialect`)" if setting.name == "dialect" else f"`REFINER_MOCK_{setting.name.upper()}`"
        assert f"| `{setting.name}` | {variable} | `{default}` |" in README


def test_every_control_route_is_in_the_table_and_no_other() -> None:
    section = README.split("\n## Control API\n")[1].split("\n## ")[0]
    listed = {
        (method, route)
        for methods, route in re.findall(r"^\| `([A-Z, ]+) (/[^` ]*)` \|", section, re.MULTILINE)
        for method in methods.split(", ")
    }
    assert listed == {(method, route) for route, verbs in TABLE.items() for method in verbs}


def test_every_method_of_remote_is_in_its_table_and_no_other() -> None:
    remote = Remote("http://127.0.0.1:1")
    environment = RemoteEnvironment(remote, dict.fromkeys(("name", "project_uuid", "api_key", "base_url"), ""))
    for thing in (remote, environment):
        table = README.split(f"\n| `{type(thing).__name__}` | |\n| --- | --- |\n")[1].split("\n\n")[0]
        listed = [name for row in table.splitlines() for name in re.findall(r"`(\w+)[`(]", row.split(" | ")[0])]
        assert sorted(listed) == [name for name in dir(thing) if not name.startswith("_")]


def test_the_tables_of_evidence_are_the_contracts() -> None:
    script = importlib.util.spec_from_file_location("evidence_table", ROOT / "scripts" / "evidence_table.py")
    assert script is not None
    assert script.loader is not None
    evidence_table = importlib.util.module_from_spec(script)
    script.loader.exec_module(evidence_table)
    assert evidence_table.updated(README) == README, "run: python scripts/evidence_table.py --update"
    assert "| `POST /identify-user` | documented |" in README


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in SECTIONS}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors
    for name in re.findall(r"\]\(([\w./]+)\)", README):
        assert (ROOT / name).exists(), name
