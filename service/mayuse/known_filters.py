"""What recorded decisions can be asked for: all that any bundle knew that ever decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mayuse.errors import BundleError, FieldError
from mayuse.narrowing import Parameter, faults_of
from mayuse.service import Records
from mayuse.store.policy_bundles import activations
from mayuse.vocabulary import Vocabulary


async def faults_ever(
    query: Mapping[str, str], parameters: Callable[[Vocabulary], Sequence[Parameter]], of: Records
) -> list[FieldError]:
    """What is wrong with these values under each bundle that decided, in the active one's words.

    Decisions under former ones are in the log as well. What cannot be read of a bundle that was
    damaged is not known. Raises `LogUnavailable`.
    """
    faults = faults_of(query, parameters(Vocabulary.from_facts(of.bundle.facts)))
    for digest in await activations(of.reader) if faults else ():
        try:
            words = await of.kept.vocabulary(digest)
        except BundleError:
            continue
        still = {fault.pointer for fault in faults_of(query, parameters(words))}
        faults = [fault for fault in faults if fault.pointer in still]
    return faults
