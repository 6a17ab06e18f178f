"""README.md and the help pages as a reader tries them out: block after block, in one folder, with one shell's words."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import requests

from mock_server.cli.help import FOLDER, ORDER
from mock_server.remote import Remote
from mock_server.resources import contract_path
from tests.miniatures.running import PATIENCE, Receiver, Served, receiving, surroundings, tool

__all__ = ["PAGES", "README", "ROOT", "Block", "Reader", "identify", "prose", "sections"]

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, *(FOLDER / f"{topic}.md" for topic in ORDER)]
"""Every page that is kept by hand; what is made from data stands in none of them yet."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SAME_OR_NUMBER = re.compile(r"(?P<same>refiner\.yaml:\d+|\b\d+ of \d+\b)|\d+(?:\.\d+)?")

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
"""What a receiver of a page says, and what here: it takes a free port and tells which."""

BLOCK = re.compile(
    r"^(?:<!-- (?P<remark>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str
    remark: str

    @property
    def runs(self) -> bool:
        return not self.remark.startswith("not run: ")


def prose(page: Path) -> str:
    """Return a page without its blocks."""
    return BLOCK.sub("", page.read_text("utf-8"))


def sections(page: Path) -> dict[str, list[Block]]:
    """Return the blocks by section; what comes before the first heading is the first screen."""
    parts = HEADING.split(page.read_text("utf-8"))
    titled = dict(zip(["First screen", *parts[1::2]], parts[::2], strict=True))
    return {
        title: [Block(found["language"], found["text"], found["remark"] or "") for found in BLOCK.finditer(text)]
        for title, text in titled.items()
    }


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
        elif block.language in ("js", "php"):
            program, name = {"js": ("node", "example.mjs"), "php": ("php", "example.php")}[block.language]
            (self._folder / name).write_text(text, "utf-8")
            self._said(tool(program), name)
        elif block.language == "python":
            self.said = self._said(sys.executable, "-W", "error", "-c", text)
        else:
            self._compare(block)

    def close(self) -> None:
        """End the page's own receivers."""
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
        """Hold what the page shows against what was said, or is said somewhere else."""
        if block.remark.startswith("compared with the body"):
            alike(json.loads(block.text), self._arrived())
        elif block.remark.startswith("valid by "):
            schema = json.loads(contract_path(block.remark.removeprefix("valid by ")).read_text("utf-8"))
            jsonschema_rs.validate(schema, json.loads(block.text))
        elif block.language == "json" and "pid" in block.text:
            alike(json.loads(block.text), self._served.ready)
        elif block.language == "json":
            alike(json.loads(block.text), json.loads(self.said))
        elif block.text.startswith("waiting for webhooks"):
            told = self._receivers[-1].stdout
            assert told is not None
            assert [told.readline() for _ in block.text.splitlines()[1:]] == block.text.splitlines(True)[1:]
        else:
            assert masked(self.said) == masked(block.text), f"it is rather:\n{self.said}"

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
    """Return text without what differs each time; a line of the contract and how many of all were touched do not."""
    return SAME_OR_NUMBER.sub(lambda found: found["same"] or "N", UUID.sub("UUID", text))
