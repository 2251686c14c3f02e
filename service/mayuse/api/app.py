"""The application: one process that answers questions over HTTP.

`create_app` is what `mayuse serve` hands to uvicorn, once per worker.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from mayuse import journal, metrics
from mayuse import settings as environment
from mayuse.api import (
    accepting,
    access,
    authzen,
    authzen_search,
    batches,
    changes,
    choices,
    data_subjects,
    decision_counts,
    decisions,
    deprecation,
    docs_page,
    gpc,
    health,
    measurements,
    opa_bundle,
    openapi,
    pauses,
    policies,
    policy_orders,
    problem_pages,
    problems,
    rules,
    vocabulary,
)
from mayuse.api import (
    log as log_routes,
)
from mayuse.api.envelope import Envelope
from mayuse.api.tracing import NO_TELEMETRY, sending
from mayuse.api.turns import Turns
from mayuse.bootstrap import open_service
from mayuse.door import OPEN, open_door
from mayuse.errors import MayuseError
from mayuse.policy_orders import PolicyOrders
from mayuse.quota import Quota
from mayuse.rollout import open_rollout
from mayuse.settings import Settings
from mayuse.store.absence import until_there

ROUTERS = (
    decisions.router,
    batches.router,
    authzen.router,
    authzen_search.router,
    decision_counts.router,
    data_subjects.router,
    choices.router,
    vocabulary.router,
    rules.router,
    changes.router,
    policies.router,
    policy_orders.router,
    opa_bundle.router,
    log_routes.router,
    gpc.router,
    health.router,
    measurements.router,
    problem_pages.router,
    openapi.router,
    docs_page.router,
)

log = structlog.get_logger()


class Application(FastAPI):
    """FastAPI, but every response leaves in the envelope, whatever fails."""

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap the outermost middleware: `add_middleware` cannot reach around it."""
        return Envelope(super().build_middleware_stack())


def create_app(settings: Settings | None = None) -> Application:
    """Build the application. The service behind it opens when the server starts it.

    Raises `SettingsError` when the environment asks for something impossible.
    """
    chosen = settings or environment.load()
    journal.configure(chosen.log_level)
    app = Application(
        title="mayuse",
        version=importlib.metadata.version("mayuse"),
        lifespan=_lifespan(chosen),
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        telemetry=NO_TELEMETRY,
        redoc_url=None,
        dependencies=[Depends(each) for each in (deprecation.tell, access.guard, accepting.check)],
    )
    app.state.turns = Turns(workers=chosen.workers, folder=metrics.folder_of_workers())
    for router in ROUTERS:
        app.include_router(router)
    if path := urlsplit(chosen.own_address).path:  # AuthZEN 1.0, 9.2: where it is sought then
        sought = authzen.CONFIGURATION + path
        app.add_api_route(sought, authzen.read_configuration, include_in_schema=False)
    access.check(app.routes)
    problems.install(app)
    return app


def _lifespan(settings: Settings) -> Any:  # noqa: ANN401 - FastAPI's own type is private
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(sending(settings))
                # A worker that is made anew may find that the database server is being, too.
                service = await until_there(
                    lambda: stack.enter_async_context(open_service(settings))
                )
                door = await stack.enter_async_context(open_door(settings))
                is_open = await until_there(door.is_open)
            except Exception as error:
                # Our own sentences name a setting or a file; another's might hold a password.
                reason = str(error) if isinstance(error, MayuseError) else None
                log.exception("cannot_start", reason=reason)
                raise
            rollout = await stack.enter_async_context(open_rollout(service))
            app.state.rollout, app.state.door = rollout, door
            app.state.orders = PolicyOrders(rollout)
            app.state.quota = Quota(settings.rate_limit) if settings.rate_limit else None
            bundle, engine = service.bundle, service.engine.info.name
            log.info(
                "started",
                policy=bundle.digest,
                policy_version=bundle.version,
                engine=engine,
            )
            if is_open:
                log.warning("open_access", meaning=f"{OPEN}; `mayuse keys create` ends that")
            with pauses.short():
                yield
            log.info("stopping")

    return lifespan
