"""The whole state of an environment as one document, out and in; `contracts/snapshot.schema.json` is its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mock_server.contract.dialects import settled
from mock_server.control.call import ControlCall, Document
from mock_server.errors import Invalid, UsageError
from mock_server.webhooks.subscriptions import Subscription, restored
from mock_server.webhooks.subscriptions import saved as written

__all__ = ["restore", "snapshot"]


def snapshot(call: ControlCall) -> Document:
    """Return the whole state; key and tokens are left out unless `with_secrets` asks for them, and it says so."""
    call.query.only("with_secrets")
    secrets, environment = call.query.flag("with_secrets", False), call.environment
    document: Document = environment.snapshot()
    if secrets:
        document["environment"]["api_key"] = environment.api_key
    webhooks = [written(webhook, with_secrets=secrets) for webhook in call.desk.engine.subscriptions(environment)]
    return {"format": document.pop("format"), "secrets": secrets, **document, "webhooks": webhooks}


def restore(call: ControlCall) -> Document:
    """Replace the whole state by that of a snapshot, or refuse it and change nothing.

    A token that the snapshot does not show is kept where the environment has a webhook of that uuid. The answer names
    the webhooks whose tokens were kept, and those that have none although they had one. Deliveries begin anew, and it
    says how many were not over; the journal stays, as it tells what was done and not what there is.
    """
    from mock_server.state.snapshots import read  # a server is up before anybody has one

    environment, engine = call.environment, call.desk.engine
    document = dict(call.body)
    saved = read(document)
    webhooks: list[Subscription] = []
    kept: list[str] = []
    missing: list[str] = []
    for rank, one in enumerate(document.get("webhooks", [])):
        webhook = _webhook(f"webhooks[{rank}]", one, engine.subscriptions(environment).find(one["uuid"]))
        webhooks.append(webhook)
        if one.get("has_auth_token") and "auth_token" not in one:
            (missing if webhook.auth_token is None else kept).append(webhook.uuid)
    if len({webhook.uuid for webhook in webhooks}) < len(webhooks):
        raise UsageError("webhooks: two of them have the same uuid")
    if len(webhooks) > call.desk.settings.max_webhooks:
        raise UsageError(f"webhooks: there are {len(webhooks)}; the setting max_webhooks allows more")
    environment.restore(replace(saved, dialect=_dialect(saved.dialect)))
    dropped = engine.forget(environment)
    call.desk.feed.forget(environment.name)
    call.desk.faults.forget(environment)
    engine.subscriptions(environment).load(webhooks)
    return {"tokens_kept": kept, "tokens_missing": missing, "deliveries_dropped": dropped}


def _webhook(path: str, document: Document, known: Subscription | None) -> Subscription:
    try:
        return restored(document, known)
    except Invalid as error:
        raise UsageError(f"{path}.{error.name}: {error}") from None


def _dialect(choices: Mapping[str, str]) -> dict[str, str]:
    try:
        return settled(choices)
    except UsageError as error:
        raise UsageError(f"dialect: {error}") from None
