"""Prints the tables of evidence, made from the contract; `--update` writes them into README.md and its help page.

The README counts, `mock_server/cli/topics/evidence.md` lists.
"""  # noqa: INP001

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mock_server.contract.dialects import dialects
from mock_server.contract.document import Contract, Operation, load

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGE = ROOT / "mock_server" / "cli" / "topics" / "evidence.md"
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


EVIDENCE = ("observed", "documented", "inferred", "assumed")


def summary(contract: Contract) -> str:
    """Return a table that counts: of each sort of fact, how many are known in which way."""
    operations = [each for each in contract.operations.values() if not each.mock_only]
    document = contract.document
    told = {
        "the calls: that each exists": [each.evidence for each in operations],
        "their parameters": [one.evidence for each in operations for one in each.parameters.values()],
        "the keys of their answers": [call(contract, each)[-1] for each in operations],
        "the webhooks": [item["post"]["x-evidence"] for item in document["webhooks"].values()],
        "refusals": [document["components"]["responses"][name]["x-evidence"] for name in REFUSALS],
        "what holds for all calls": [each["x-evidence"] for each in document["x-facts"].values()],
        "the choices that are in force of what is doubtful": [
            each.choices[each.default].evidence for each in dialects().values()
        ],
    }
    rows = [[about, *(str(known.count(one) or "") for one in EVIDENCE)] for about, known in told.items()]
    return table(("Facts", *EVIDENCE), rows)


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


def updated(text: str, made: str) -> str:
    """Return a page with what was made anew between the two marks."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}" if end else text


if __name__ == "__main__":
    for page, made in ((README, summary(load())), (PAGE, tables(load()))):
        if "--update" in sys.argv:
            page.write_text(updated(page.read_text("utf-8"), made), "utf-8")
        else:
            sys.stdout.write(f"{made}\n\n")
