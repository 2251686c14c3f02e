"""What this process answers under now, and until when anybody still answers under what was before.

A request takes hold of one `Service`, all of it under one policy bundle, and keeps it to its end.
Another bundle becomes active by putting another `Service` in its place: one assignment, so that no
decision has seen two of them. The engine of the former one is closed by the last who lets go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mayuse import metrics
from mayuse.service import Service


class Held:
    """A service, and how many use it."""

    def __init__(self, service: Service, active: Active) -> None:
        self.service = service
        self.users = 0
        self.former = False
        self._active = active

    def let_go(self) -> None:
        """One user is done with it."""
        self.users -= 1
        self._active.close_if_unused(self)


class Active:
    """The service of this process. For one event loop."""

    def __init__(self, service: Service) -> None:
        """Begin with this one."""
        self._closing: set[asyncio.Task[None]] = set()
        self._held = Held(service, self)
        self._telling = _telling(service)

    @property
    def current(self) -> Service:
        """The service of this moment, for who asks one thing of it and waits for nothing."""
        return self._held.service

    def hold(self) -> Held:
        """The current service, for as long as it takes; let go of it afterwards."""
        self._held.users += 1
        return self._held

    @contextmanager
    def held(self) -> Iterator[Service]:
        """The current service, held meanwhile."""
        held = self.hold()
        try:
            yield held.service
        finally:
            held.let_go()

    def put(self, service: Service) -> None:
        """From now on, whoever takes hold takes hold of this one."""
        former, self._held = self._held, Held(service, self)
        self._telling.close()
        self._telling = _telling(service)
        former.former = True
        self.close_if_unused(former)

    def close_if_unused(self, held: Held) -> None:
        """Close the engine of a former service that nobody holds any longer."""
        if held.former and not held.users:
            closing = asyncio.get_running_loop().create_task(held.service.engine.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close the engine of now, and wait for those that are being closed."""
        self._telling.close()
        await asyncio.gather(self._held.service.engine.close(), *self._closing)


def _telling(service: Service) -> ExitStack:
    """Counts this process among those that answer under the service's bundle, until closed."""
    policy, engine = service.engine.policy, service.engine.info.name
    stack = ExitStack()
    stack.enter_context(metrics.answering(policy.digest, policy.version, engine))
    return stack
