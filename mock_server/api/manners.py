"""How the mirrored API answers under one dialect, worked out once for each dialect and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from email.utils import formatdate

from mock_server.contract.dialects import contract_under
from mock_server.contract.document import Contract
from mock_server.contract.exchange import Answer, Request
from mock_server.errors import Invalid, NotFound, RefusedByRefiner
from mock_server.frozen import frozen
from mock_server.state.records import Micros
from mock_server.wire import credentials, replies

__all__ = ["Manners"]

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@frozen(eq=False)
class Manners:
    """The choices that the doors of the API go by; those of the records are in the environment's `ways`."""

    dialect: Mapping[str, str]
    contract: Contract
    """As it reads under the dialect; the statuses of success, defaults and enums are taken from it."""
    tell: Callable[[int, str], Answer]
    """Makes the answer of a refusal that no source shows (`error-key`)."""
    invalid: int
    """The status for what is missing or unusable (`invalid-status`)."""
    absent: int
    """The status for an object that does not exist (`missing-object`)."""
    unknown_key: Answer
    """To a well-formed key that no environment has (`unknown-key`)."""
    limits_person: bool
    """A user has one rate limit, however a call names it (`rate-bucket`)."""
    parameter_first: bool
    """A key in a parameter goes before one in the header (`key-precedence`)."""
    reads_forms: bool
    """Form bodies count (`bodies`)."""
    query_first: bool
    """Where query and body carry the same name, the query's value counts (`same-name`)."""
    longest_text: int | None
    """Where a longer text of a trait is refused: the characters that it may have (`long-text`, `text-limit`)."""
    delete_from: str
    """Where DELETE looks for its parameters: `anywhere`, `query-only` or `body-only` (`delete-parameters`)."""
    refuses_unknown: bool
    """A name that the operation does not list is an error (`unknown-parameters`)."""
    page_wins: bool
    """`page` goes before `page_cursor` (`page-and-cursor`)."""
    url_safe: bool
    """Cursors need no encoding in a URL (`cursor-text`)."""
    segment_cursor: bool
    """listSegments gives out cursors (`segments-cursor`)."""
    segment_keys: tuple[str, ...]
    """What the segment is called in the answers of sync-segment (`segment-key`)."""
    history_cursor: bool
    """listFormHistory gives out cursors (`history-cursor`)."""
    whole_last_day: bool
    """date_range_end itself is in the range (`range-end`)."""
    lists_nothing: bool
    """An empty map is written as a list (`empty-map`)."""
    _too_many: Callable[[int, str], Answer]
    _retry_date: bool
    mark: object = field(default_factory=object)
    """Tells them from all others, for whoever would note something about them without keeping them."""

    @classmethod
    def under(cls, dialect: Mapping[str, str]) -> Manners:
        """Return the manners of a dialect.

        Raises:
            ContractError: when contracts/dialects.yaml changes what is not there.
        """
        get, contract = dialect.get, contract_under(dialect)
        status, body = credentials.UNKNOWN_KEY
        invalid = 422 if get("invalid-status") == "422" else 400
        segment_key = get("segment-key")
        return cls(
            dialect=dialect,
            contract=contract,
            tell=replies.error if get("error-key") == "error" else replies.message,
            invalid=invalid,
            absent=invalid if get("missing-object") == "invalid" else NotFound.status,
            unknown_key=replies.json_answer(400 if get("unknown-key") == "400" else status, body),
            limits_person=get("rate-bucket") == "person",
            parameter_first=get("key-precedence") == "parameter",
            reads_forms=get("bodies") != "json",
            query_first=get("same-name") == "query",
            longest_text=contract.document["components"]["schemas"]["TraitValue"]["maxLength"]
            if get("long-text") == "refused"
            else None,
            delete_from=get("delete-parameters") or "anywhere",
            refuses_unknown=get("unknown-parameters") == "refused",
            page_wins=get("page-and-cursor") == "page",
            url_safe=get("cursor-text") != "base64",
            segment_cursor=get("segments-cursor") == "present",
            segment_keys=(segment_key,)
            if segment_key in ("segment_uuid", "segment_uid")
            else ("segment_uuid", "segment_uid"),
            history_cursor=get("history-cursor") == "present",
            whole_last_day=get("range-end") == "inclusive",
            lists_nothing=get("empty-map") == "array",
            _too_many=replies.message if get("rate-limit-body") == "message" else replies.error,
            _retry_date=get("retry-after") == "date",
        )

    def refuse(self, refusal: RefusedByRefiner) -> Answer:
        """Return the answer to what the pretend service refuses (statuses and bodies assumed, g1 and g2)."""
        status = refusal.status
        if status == 400:
            status = self.invalid
        elif isinstance(refusal, NotFound):
            status = self.absent
        return self.tell(status, str(refusal))

    def check_traits(self, traits: Mapping[str, object]) -> None:
        """Refuse a text that is too long for a trait, where the dialect does not have it cut (assumed, g11).

        Raises:
            Invalid: when there is one.
        """
        if self.longest_text is None:
            return
        for name, value in traits.items():
            if isinstance(value, str) and len(value) > self.longest_text:
                raise Invalid(f"The {name[:80]} field must have at most {self.longest_text} characters.", name)
            if isinstance(value, dict):
                self.check_traits(value)

    def slow_down(self, seconds: int, now: Micros) -> Answer:
        """Return the answer over a rate limit: 429 with Retry-After (documented), in seconds (assumed, g4)."""
        return self.later(self._too_many(429, "Too many requests"), seconds, now)

    def later(self, answer: Answer, seconds: int, now: Micros) -> Answer:
        """Return an answer that asks to be called again in so many seconds, as the dialect writes it."""
        # A date has whole seconds: rounded up, so that who waits until then has waited long enough.
        wait = formatdate(-(-now // 1_000_000) + seconds, usegmt=True) if self._retry_date else str(seconds)
        return Answer(answer.status, answer.body, (*answer.headers, (b"retry-after", wait.encode())))

    def read(self, request: Request) -> Request:
        """Return a request with the parameters that count; by default it is the very same, for all of them do."""
        read = self.reads_forms or request.media_type not in _FORMS
        if request.method == "DELETE" and self.delete_from == "body-only":
            return replace(request, parameters=request.body if read else {})
        if not read or (request.method == "DELETE" and self.delete_from == "query-only"):
            return replace(request, parameters=request.query)
        if self.query_first and request.query and request.body:
            return replace(request, parameters={**request.body, **request.query})
        return request
