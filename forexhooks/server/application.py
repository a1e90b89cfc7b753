"""The ASGI application: its routes, and what all of their responses have in common."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

import forexhooks
from forexhooks.server import api, frankfurter_v1, frankfurter_v2
from forexhooks.server.answer import Answer, json_answer
from forexhooks.server.board import Board
from forexhooks.server.desk import Desk
from forexhooks.server.metrics import Metrics
from forexhooks.server.page import changing, page
from forexhooks.server.problems import BadRequestError, headers_of, note, problem, shown, status_of
from forexhooks.server.query import Query
from forexhooks.server.readiness import ready
from forexhooks.service.refresh import telling

if TYPE_CHECKING:
    import os

    from starlette.requests import Request

    from forexhooks import ForexManager
    from forexhooks.runtime import Watch
    from forexhooks.support.settings import Refresh

Handler = Callable[..., Answer]
_Handlers = list[tuple[str, Handler]]
Fault = Callable[[Exception], Answer]

_FOLDER = Path(__file__).parent
# Seconds that the trial of a new version may take; until then the old one answers.
_TRIED_FOR = 30.0
_MOST_LISTENERS = 100
_LISTENED_FOR = 30.0
_LOOK_EVERY = 1.0
_LONGEST_QUERY = 4_000
_OF_A_304 = ("etag", "cache-control", "vary")


def make(
    manager: ForexManager | None = None,
    drivers: Sequence[str] = (),
    *,
    refresh: Refresh = "background",
    watch: str | os.PathLike[str] | None = None,
    time_limit: float = 30.0,
) -> Starlette:
    """Make the application: see `forexhooks.server.app`."""
    manager = forexhooks.plugin_manager() if manager is None else manager
    desk = Desk(manager, drivers, refresh=refresh, time_limit=time_limit)
    metrics = Metrics(desk)
    watching = None if watch is None else _watching(desk, watch)
    # Fail at once if one cannot be opened; if one goes later, the others answer.
    desk.drivers = forexhooks.open(*drivers, manager=manager, refresh=refresh).drivers
    send = partial(_responded, desk, metrics)
    v1: _Handlers = [
        ("/latest", frankfurter_v1.latest),
        ("/current", frankfurter_v1.latest),
        ("/currencies", frankfurter_v1.currencies),
        ("/{start}..{end}", frankfurter_v1.span),
        ("/{start}..", frankfurter_v1.span),
        ("/{day}", frankfurter_v1.on_day),
    ]
    v2: _Handlers = [
        ("/rates", frankfurter_v2.rates),
        ("/rates.csv", partial(frankfurter_v2.rates, form="csv")),
        ("/rate/{base}/{quote}", frankfurter_v2.rate),
        ("/currency/{code}", frankfurter_v2.currency),
        ("/currencies", frankfurter_v2.currencies),
        ("/providers", frankfurter_v2.providers),
        ("/{path:path}.csv", frankfurter_v2.no_csv),
    ]
    own: _Handlers = [
        ("/rate", api.rate),
        ("/convert", api.convert),
        ("/history", api.history),
        ("/compare", api.compare),
        ("/drivers", api.drivers),
        ("/rules", api.rules),
    ]
    board = Board(desk)
    listening: set[asyncio.Event] = set()
    # They are tried in this order: the most frequent come first.
    routes = [
        Route("/v1/openapi.json", _file("v1.json")),
        *(Route(f"/v1{path}", send(handler, _v1_fault)) for path, handler in v1),
        Route("/v2/openapi.json", _file("v2.json")),
        *(Route(f"/v2{path}", send(handler, _v2_fault)) for path, handler in v2),
        Route("/api/openapi.json", _file("api.json")),
        *(Route(f"/api{path}", send(handler, problem)) for path, handler in own),
        Route("/", send(lambda desk, query: page(desk, board, query), problem)),
        Route("/events", _events(desk, board, listening)),
        Route("/healthz", _health),
        Route("/readyz", send(ready, problem)),
        Route("/metrics", send(metrics.written, problem)),
        *(Route(path, send(handler, _v1_fault)) for path, handler in v1),
    ]
    application = Starlette(
        routes=routes,
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"]),
            Middleware(GZipMiddleware, minimum_size=1_000),
        ],
        exception_handlers={404: _no_page, 405: _no_method},
        lifespan=partial(_lifespan, desk, metrics, watching),
    )
    application.state.desk = desk

    def end() -> None:
        for each in listening:
            each.set()

    application.state.end = end
    return application


def _watching(desk: Desk, folder: str | os.PathLike[str]) -> Watch:
    """Watch the folder; what is in it already is loaded first."""
    from forexhooks.runtime import Watch

    watching = Watch(folder, desk.manager, report=desk.happened, preflight=_TRIED_FOR)
    for _ in range(2):  # it acts once two looks agree
        watching.look()
    return watching


@asynccontextmanager
async def _lifespan(
    desk: Desk, metrics: Metrics, watching: Watch | None, _: Starlette
) -> AsyncIterator[None]:
    with telling(metrics.refreshed), nullcontext() if watching is None else watching:
        yield
    desk.close()


def _responded(desk: Desk, metrics: Metrics, handler: Handler, fault: Fault) -> Any:
    """The endpoint of a route: calls the handler, and sends what it returns."""

    async def endpoint(request: Request) -> Response:
        began = time.perf_counter()
        scope = request.scope
        wants_lines = "application/x-ndjson" in request.headers.get("accept", "")
        question = (scope["path"], scope["query_string"], wants_lines)
        try:
            if len(scope["query_string"]) > _LONGEST_QUERY:
                raise BadRequestError("the address is too long: ask for fewer currencies", 414)
            query = Query(request.query_params, wants_lines=question[2])
            ask = partial(handler, desk, query, **request.path_params)
            answer = await desk.answer(question, ask)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            note(error)
            answer = fault(error)
        metrics.observe(request.scope["route"].path, answer.status, time.perf_counter() - began)
        return _sent(request, answer)

    return endpoint


def _events(desk: Desk, board: Board, listening: set[asyncio.Event]) -> Any:
    """The endpoint that sends the changing parts of the page whenever they have changed.

    `listening` has an event for each listener; setting it ends the response.
    """

    async def endpoint(request: Request) -> Response:
        try:
            base, quote = (
                request.query_params.get(name, default).strip()
                for name, default in (("base", "EUR"), ("quote", "USD"))
            )
            service = desk.open()
            pair = service.check_code(base), service.check_code(quote)
            if len(listening) >= _MOST_LISTENERS:
                raise BadRequestError("too many pages are open: reload this page later", 503)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            return _sent(request, problem(error))
        events = told(pair, request.query_params) if request.method == "GET" else iter(())
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def told(pair: tuple[str, str], query: Mapping[str, str]) -> AsyncIterator[str]:
        ended = asyncio.Event()
        listening.add(ended)
        before = None
        try:
            until = time.monotonic() + _LISTENED_FOR  # the browser reconnects
            while time.monotonic() < until and not ended.is_set():
                parts = await asyncio.to_thread(changing, desk, board, pair, query)
                if parts != before:
                    yield f"data: {json.dumps(parts)}\n\n"
                before = parts
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _LOOK_EVERY)
        finally:
            listening.discard(ended)

    return endpoint


def _sent(request: Request, answer: Answer) -> Response:
    headers = answer.all_headers()
    etag = headers.get("etag")
    if etag is not None and _matches(request.headers.get("if-none-match"), etag):
        kept = {name: value for name, value in headers.items() if name in _OF_A_304}
        return Response(status_code=304, headers=kept)
    return Response(answer.body, answer.status, headers)


def _matches(asked: str | None, etag: str) -> bool:
    if asked is None:
        return False
    tags = [each.strip().removeprefix("W/") for each in asked.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


async def _health(request: Request) -> Response:
    """Say that the server runs: at once, even if all threads are waiting for providers."""
    return _sent(request, json_answer({"status": "up"}, headers={"cache-control": "no-store"}))


def _v1_fault(error: Exception) -> Answer:
    status = _frankfurters(error)
    message = "not found" if status == 404 else shown(error, status)
    answer = json_answer({"message": message}, status=status)
    return answer._replace(headers=headers_of(error, status))


def _v2_fault(error: Exception) -> Answer:
    status = _frankfurters(error)
    message = "not found" if status == 404 else shown(error, status)
    answer = json_answer({"status": status, "message": message}, status=status)
    return answer._replace(headers=headers_of(error, status))


def _frankfurters(error: Exception) -> int:
    """The status that Frankfurter uses: there, an invalid request is 422."""
    if isinstance(error, forexhooks.UnknownDriverError):
        return 503  # a driver that the server itself uses is gone
    status = status_of(error)
    return 422 if status == 400 else status


async def _no_page(request: Request, error: Exception) -> Response:
    # The path begins with the prefix of a mount.
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if path.startswith("/api/"):
        wrong = BadRequestError(f"there is no {path}; /api/openapi.json lists the routes", 404)
        return _sent(request, problem(wrong))
    fault = _v2_fault if path.startswith("/v2/") else _v1_fault
    return _sent(request, fault(BadRequestError("not found", 404)))


async def _no_method(request: Request, error: Exception) -> Response:
    allow = {"allow": "GET, HEAD, OPTIONS"}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=allow)
    answer = problem(BadRequestError(f"{request.method} is not allowed here: use GET", 405))
    return _sent(request, answer._replace(headers=allow))


def _file(name: str) -> Any:
    """The endpoint for a file that is part of the package."""
    body = (_FOLDER / "openapi" / name).read_bytes()

    async def endpoint(request: Request) -> Response:
        return _sent(request, Answer(200, body))

    return endpoint
