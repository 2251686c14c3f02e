"""What can be asked of the service, each as an exchange that either client carries out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from mayuse.client import answers
from mayuse.client.answers import (
    Choices,
    Decision,
    Document,
    Erasure,
    Page,
    RecordedDecision,
    Replayed,
)
from mayuse.client.exchange import (
    JSON,
    TEXT,
    Call,
    Patience,
    Steps,
    answer_to,
    content_of,
    document_of,
)
from mayuse.client.faults import NotSent, ReceiptRefused
from mayuse.client.receipts import Pinned, check_record

DECISIONS = "/v1/decisions"
POLICIES = "/v1/policies"
_SENT_JSON = {"Content-Type": JSON}
_IDEMPOTENCY_KEY = re.compile(r"[!#-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a client asks."""

    patience: Patience
    pinned: Pinned | None
    """With it, an answer whose receipt they did not sign is refused."""


def decide(
    terms: Terms,
    question: Mapping[str, object],
    *,
    explain: bool = False,
    idempotency_key: str | None = None,
) -> Steps[Decision]:
    """Ask a question; it is decided once, however often it has to be sent.

    `explain` adds to a deny what would permit it. Give an `idempotency_key` of your own to ask
    again after your program ended in between: for 24 hours it hears the first answer. Raises
    `Refused` for what is no question, `Unavailable` where there is no verdict (its `decision_id`
    tells that this was recorded) and `ReceiptRefused` when keys are pinned and none of them signed
    for a record of the receipt's hash. What that record says, `confirm` looks at.
    """
    call = Call(
        "POST",
        DECISIONS,
        repeatable=True,
        query={"explain": "counterfactual"} if explain else {},
        headers={**_SENT_JSON, **_key(idempotency_key)},
        content=content_of(question),
    )
    response = yield from answer_to(call, terms.patience)
    told = Decision.of(document_of(response))
    if terms.pinned is not None:
        terms.pinned.check_receipt(told.receipt)
    return told


def decision(terms: Terms, decision_id: str) -> Steps[RecordedDecision]:
    """Read a decision as the log has it. Raises `NotThere`."""
    found = yield from _get(terms, f"{DECISIONS}/{_segment(decision_id)}")
    return RecordedDecision.of(found)


def decisions(
    terms: Terms,
    filters: Mapping[str, str] | None = None,
    *,
    cursor: str | None = None,
    limit: int | None = None,
) -> Steps[Page[RecordedDecision]]:
    """Read a page of the list of decisions; `filters` are parameters of `GET /v1/decisions`.

    Looking is itself recorded in the log.
    """
    query = {**(filters or {}), **_page(cursor, limit)}
    found = yield from _get(terms, DECISIONS, query)
    items = [RecordedDecision.of(row) for row in answers.rows(found, "decisions")]
    return Page(items, answers.cursor(found))


def replay(terms: Terms, decision_id: str) -> Steps[Replayed]:
    """Have a recorded decision made again, from the stored bundle and facts. Records nothing."""
    path = f"{DECISIONS}/{_segment(decision_id)}/replay"
    response = yield from answer_to(Call("POST", path, repeatable=True), terms.patience)
    return Replayed.of(document_of(response))


def proof(terms: Terms, decision_id: str) -> Steps[str]:
    """Read the C2SP tlog-proof that a decision is in the log; checked where keys are pinned."""
    if terms.pinned is None:
        return (yield from _read(terms, _proof_of(decision_id)))
    recorded = yield from decision(terms, decision_id)
    return (yield from _proven(terms, terms.pinned, recorded))


def _proven(terms: Terms, pinned: Pinned, recorded: RecordedDecision) -> Steps[str]:
    text = yield from _read(terms, _proof_of(recorded.decision_id))
    pinned.check_proof(text, recorded.leaf_hash)
    return text


def _proof_of(decision_id: str) -> str:
    return f"{DECISIONS}/{_segment(decision_id)}/proof"


def confirm(terms: Terms, told: Decision) -> Steps[RecordedDecision]:
    """Read the record of a decision back, and compare it with the answer.

    The record must have the receipt's hash, and the answer's id, effect and policy digest. The
    proof that the service then gives for the decision must hold under the pinned keys. Nothing
    else is compared: recipient, purpose and forcing reasons are in `record`, to be read there;
    categories of data, obligations, laws and sentences are in no record. Raises `ReceiptRefused`,
    and `Unavailable` for the moment before it is sealed.
    """
    if terms.pinned is None:
        raise NotSent("nothing can be confirmed without pinned keys")
    recorded = yield from decision(terms, told.decision_id)
    check_record(recorded, told)
    yield from _proven(terms, terms.pinned, recorded)  # of this record, not of one read later
    return recorded


def checkpoint(terms: Terms) -> Steps[str]:
    """Read the log's signed checkpoint; checked where keys are pinned."""
    text = yield from _read(terms, "/v1/log/checkpoint")
    if terms.pinned is not None:
        terms.pinned.check_checkpoint(text)
    return text


def check_growth(terms: Terms, older: str, newer: str) -> Steps[None]:
    """Check that the log of one signed checkpoint begins that of another.

    Whoever keeps checkpoints and checks each against the next will know of a rewritten log.
    Raises `ReceiptRefused`.
    """
    if terms.pinned is None:
        raise NotSent("nothing can be checked without pinned keys")
    before, after = (terms.pinned.check_checkpoint(text) for text in (older, newer))
    if before.size > after.size:
        raise ReceiptRefused(f"a log of {before.size} leaves does not begin one of {after.size}")
    sizes = {"old": str(before.size), "new": str(after.size)}
    hashes = yield from _read(terms, "/v1/log/consistency", sizes)
    terms.pinned.check_growth(before, after, hashes)


def log_keys(terms: Terms) -> Steps[list[str]]:
    """Read the log's verifier keys. To pin them, compare them with what its operator tells you."""
    return (yield from _read(terms, "/v1/log/key")).splitlines()


def decisions_about(
    terms: Terms, data_subject: str, *, cursor: str | None = None, limit: int | None = None
) -> Steps[Page[Document]]:
    """Read a page of what was decided about a person, in words: for an access request."""
    path = f"/v1/data-subjects/{_segment(data_subject)}/decisions"
    found = yield from _get(terms, path, _page(cursor, limit))
    return Page(answers.rows(found, "decisions"), answers.cursor(found))


def choices(
    terms: Terms, data_subject: str, *, on: str | None = None, known_at: str | None = None
) -> Steps[Choices]:
    """Read a person's choices on a day (`YYYY-MM-DD`, default today), as recorded by `known_at`."""
    query = {name: value for name, value in (("on", on), ("known_at", known_at)) if value}
    call = Call("GET", _choices(data_subject), repeatable=True, query=query)
    response = yield from answer_to(call, terms.patience)
    return Choices.of(document_of(response), response.headers.get("etag"))


def record_choices(  # noqa: PLR0913 - given by name
    terms: Terms,
    data_subject: str,
    chosen: Mapping[str, str],
    *,
    gpc: bool | None = None,
    source: str | None = None,
    notice: str | None = None,
    effective_at: str | None = None,
    unchanged_since: str | None = None,
    idempotency_key: str | None = None,
) -> Steps[Sequence[Document]]:
    """Record what a person chose, once, however often it has to be sent; the events made of it.

    `gpc` tells whether a signal is sent, `notice` what the person was shown, `effective_at` from
    when it holds: in UTC as `2025-11-20T09:30:00Z`, default now. With `unchanged_since`, an ETag of
    `choices`, nothing is recorded when they have changed since then: `Refused`, 412.
    """
    members = {"source": source, "notice": notice, "effective_at": effective_at}
    document = {
        **({"choices": dict(chosen)} if chosen else {}),
        **({} if gpc is None else {"signals": {"gpc": gpc}}),
        **{name: value for name, value in members.items() if value is not None},
    }
    headers = {**_SENT_JSON, **_key(idempotency_key)}
    if unchanged_since is not None:
        headers["If-Match"] = unchanged_since
    path, content = _choices(data_subject), content_of(document)
    call = Call("PUT", path, repeatable=True, headers=headers, content=content)
    response = yield from answer_to(call, terms.patience)
    return answers.rows(document_of(response), "recorded")


def choices_history(
    terms: Terms, data_subject: str, *, cursor: str | None = None, limit: int | None = None
) -> Steps[Page[Document]]:
    """Read a page of all that was recorded of a person's choices, newest first."""
    found = yield from _get(terms, f"{_choices(data_subject)}/history", _page(cursor, limit))
    return Page(answers.rows(found, "events"), answers.cursor(found))


def erase(terms: Terms, data_subject: str) -> Steps[Erasure]:
    """Have a person forgotten. Sent once: after `NoAnswer`, `NotThere` says that it was done."""
    path = f"/v1/data-subjects/{_segment(data_subject)}"
    response = yield from answer_to(Call("DELETE", path, repeatable=False), terms.patience)
    done = Erasure.of(document_of(response))
    if terms.pinned is not None:
        terms.pinned.check_receipt(done.receipt)
    return done


def vocabulary(terms: Terms) -> Steps[Document]:
    """Read every id that a question may use, with labels."""
    return (yield from _get(terms, "/v1/vocabulary"))


def changes(
    terms: Terms,
    *,
    first: date | None = None,
    last: date | None = None,
    jurisdiction: str | None = None,
) -> Steps[Document]:
    """Read on which days the law changes; by default within a year from today, in every place."""
    query = {
        **({} if first is None else {"from": first.isoformat()}),
        **({} if last is None else {"to": last.isoformat()}),
        **({} if jurisdiction is None else {"jurisdiction": jurisdiction}),
    }
    return (yield from _get(terms, "/v1/changes", query))


def policies(terms: Terms) -> Steps[Document]:
    """Read which policy bundle decides, and which others are kept."""
    return (yield from _get(terms, POLICIES))


def policy(terms: Terms, digest: str) -> Steps[Document]:
    """Read one policy bundle's rules; of a candidate also its examination. Raises `NotThere`."""
    return (yield from _get(terms, f"{POLICIES}/{_segment(digest)}"))


def policy_activations(
    terms: Terms, *, cursor: str | None = None, limit: int | None = None
) -> Steps[Page[Document]]:
    """Read a page of which policy bundle decided from when on, newest first."""
    found = yield from _get(terms, f"{POLICIES}:activations", _page(cursor, limit))
    return Page(answers.rows(found, "activations"), answers.cursor(found))


def upload_policy(terms: Terms, archive: bytes) -> Steps[Document]:
    """Upload a policy bundle, which is examined and kept as a candidate.

    Uploaded twice it is kept once. An examination takes some ten seconds. Raises `Refused` for one
    that does not pass.
    """
    headers = {"Content-Type": "application/gzip"}
    call = Call("POST", POLICIES, repeatable=True, headers=headers, content=archive)
    return document_of((yield from answer_to(call, terms.patience)))


def remove_policy(terms: Terms, digest: str) -> Steps[None]:
    """Remove a candidate. Raises `NotThere`, and `Refused` for a bundle that decided."""
    call = Call("DELETE", f"{POLICIES}/{_segment(digest)}", repeatable=False)
    yield from answer_to(call, terms.patience)


def activate_policy(
    terms: Terms,
    digest: str,
    *,
    reason: str | None = None,
    allow_removal: bool = False,
    if_active: str | None = None,
) -> Steps[Document]:
    """Have a policy bundle decide; done once, however often it has to be sent.

    `allow_removal` also where ids are then no longer known; `if_active` only if that bundle
    decides now. Raises `NotThere`, `Refused`.
    """
    order = {
        **({} if reason is None else {"reason": reason}),
        **({"allow_removal": True} if allow_removal else {}),
        **({} if if_active is None else {"if_active": if_active}),
    }
    return (yield from _order(terms, f"{POLICIES}/{_segment(digest)}/activate", order))


def roll_back_policy(
    terms: Terms, reason: str, *, to: str | None = None, if_active: str | None = None
) -> Steps[Document]:
    """Have the policy bundle of before decide again, or one that once did.

    Sent again only with `to`, or with `if_active`: else it could go back twice. Raises `Refused`.
    """
    order = {
        "reason": reason,
        **({} if to is None else {"to": to}),
        **({} if if_active is None else {"if_active": if_active}),
    }
    once = to is None and if_active is None
    return (yield from _order(terms, f"{POLICIES}:rollback", order, repeatable=not once))


def _order(
    terms: Terms, path: str, order: Mapping[str, object], *, repeatable: bool = True
) -> Steps[Document]:
    content = content_of(order)
    call = Call("POST", path, repeatable=repeatable, headers=_SENT_JSON, content=content)
    return document_of((yield from answer_to(call, terms.patience)))


def _get(terms: Terms, path: str, query: Mapping[str, str] | None = None) -> Steps[Document]:
    call = Call("GET", path, repeatable=True, query=query or {})
    return document_of((yield from answer_to(call, terms.patience)))


def _read(terms: Terms, path: str, query: Mapping[str, str] | None = None) -> Steps[str]:
    call = Call("GET", path, repeatable=True, accept=TEXT, query=query or {})
    return (yield from answer_to(call, terms.patience)).content.decode(errors="replace")


def _page(cursor: str | None, limit: int | None) -> dict[str, str]:
    return ({} if cursor is None else {"cursor": cursor}) | (
        {} if limit is None else {"limit": str(limit)}
    )


def _choices(data_subject: str) -> str:
    return f"/v1/data-subjects/{_segment(data_subject)}/choices"


def _key(given: str | None) -> dict[str, str]:
    """The header that makes a request safe to repeat. Raises `NotSent`."""
    if given is not None and not _IDEMPOTENCY_KEY.fullmatch(given):
        raise NotSent("an idempotency key is 1 to 255 visible ASCII characters without quotes")
    return {"Idempotency-Key": f'"{given or uuid.uuid4()}"'}


def _segment(text: str) -> str:
    """One segment of a path, whatever is in it. Raises `NotSent` for what leads elsewhere.

    RFC 3986, 5.2.4: dots alone are taken out of a path, with what is before them, by whoever
    handles it; no way of writing them is safe from that.
    """
    if text in {"", ".", ".."}:
        raise NotSent("an id that is empty, or dots alone, has no address")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise NotSent("an id holds a lone surrogate") from None
