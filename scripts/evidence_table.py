"""Prints the README's tables of evidence, made from the contract; `--update` writes them into README.md."""  # noqa: INP001

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mock_server.contract.document import Contract, Operation, load

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN = "<!-- evidence: made by `python scripts/evidence_table.py --update`, do not edit -->"
END = "<!-- evidence: end -->"

REFUSALS = {
    "NoGoodKey": "401, no key or a malformed one",
    "UnknownKey": "404, a well-formed key that nobody has",
    "Invalid": "400, a parameter is missing or unusable",
    "NotFound": "404, no such contact, segment, survey or response",
    "WrongMethod": "405, the path has no such method",
    "TooManyRequests": "429, over the rate limit",
}


def tables(contract: Contract) -> str:
    """Return the tables as Markdown: calls, webhooks, refusals, and what holds for all calls."""
    document = contract.document
    calls = [call(contract, each) for each in contract.operations.values() if not each.mock_only]
    webhooks = [(name, item["post"]["x-evidence"]) for name, item in document["webhooks"].items()]
    answers = document["components"]["responses"]
    refusals = [(words, answers[name]["x-evidence"]) for name, words in REFUSALS.items()]
    facts = [(each["fact"], each["x-evidence"]) for each in document["x-facts"].values()]
    blocks = [
        table(("Call", "It exists", "Its parameters", "Its answer"), calls),
        table(("Webhook", "Its name and shape"), webhooks),
        table(("Refusal", "Its status and text"), refusals),
        table(("What holds for all calls", "Known"), facts),
    ]
    return "\n\n".join(blocks)


def call(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """Return the row of one operation."""
    of_parameters = Counter(parameter.evidence for parameter in operation.parameters.values())
    told = ", ".join(f"{count} {evidence}" for evidence, count in of_parameters.most_common())
    answers = contract.document["paths"][operation.path][operation.method.lower()]["responses"]
    answer = contract.resolve(answers[str(operation.success)])
    return f"`{operation.method} {operation.path}`", operation.evidence, told or "none", answer["x-evidence"]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def updated(readme: str) -> str:
    """Return the README's text with fresh tables between the two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables(load())}\n\n{END}{after}" if end else readme


if __name__ == "__main__":
    if "--update" in sys.argv:
        README.write_text(updated(README.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(tables(load()) + "\n")
