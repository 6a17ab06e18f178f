"""The clients of slips.yaml: honest but for one slip in one call, and those whose slip nobody can blame."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract.prepared import read
from tests.miniatures.clients.honest import Client
from tests.miniatures.clients.scene import Place
from tests.miniatures.clients.writing import Written

__all__ = ["RIGHT", "WRONG", "Slip", "Slipping"]


@dataclass(frozen=True)
class Slip:
    """One client of slips.yaml, which says what the keys of `told` mean."""

    code: str
    rule: str
    told: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.rule}: {self.told['who']}"

    def expected(self, place: Place) -> list[tuple[str, ...]]:
        """Return all that it is to be told."""
        found = [{"code": self.code, "rule": self.rule, **self.told}, *self.told.get("also", ())]
        words = (
            [one["code"], one["rule"], *one["at"], one.get("suggestion", ""), one.get("severity", "error")]
            for one in found
        )
        return sorted(tuple(place.filled(each)) for each in words)


class Slipping(Client):
    """The honest client, with one slip."""

    def __init__(self, place: Place, told: Mapping[str, Any]) -> None:
        super().__init__(place, told.get("write", "json"))
        self._told = told

    def values(self, operation: str) -> dict[str, Any]:
        told = self._told
        values = dict(told.get("send", super().values(operation)))
        names = told.get("rename", {})
        kept = {names.get(name, name): value for name, value in values.items() if name not in told.get("drop", ())}
        return {**kept, **told.get("add", {})}

    def route(self, operation: str) -> str:
        return str(self._told.get("route") or super().route(operation))

    def written(self, method: str, values: Mapping[str, Any]) -> Written:
        written = super().written(method, values)
        spoilt = {name: self.place.filled(self._told[name]) for name in Written._fields if name in self._told}
        return written._replace(**spoilt)

    def credentials(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        headers, parameters = super().credentials()
        filled = dict(self.place.filled(self._told.get("headers", headers)))
        if "basic" in self._told:
            user = self.place.filled(self._told["basic"])
            filled = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}
        return filled, parameters

    def slip(self) -> None:
        """Make the call."""
        self.call(self._told["call"])


def _slips(kind: str) -> list[Slip]:
    table = read(Path(__file__).with_name("slips.yaml").read_text("utf-8"))
    return [
        Slip(code, rule, told)
        for code, rules in table.items()
        for rule, clients in rules.items()
        for told in clients[kind]
    ]


WRONG, RIGHT = _slips("wrong"), _slips("right")
