"""Rates for agents, over the Model Context Protocol: `forexhooks mcp` runs it.

`server()` is for programs that run it themselves. `agent_answers` has the results of the tools;
this module has their arguments, from which the SDK makes the schemas that agents read.

Needs the extra `mcp`: `pip install forexhooks[mcp]`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import forexhooks
from forexhooks import ForexError
from forexhooks.rates.history import Period, Take  # noqa: TC001 - read by the SDK
from forexhooks.service.explained import explained
from forexhooks.support.optional import imported

for _each in ("anyio", "mcp.server.mcpserver"):  # before `aio`, which would name its own extra
    imported(_each, "'forexhooks[mcp]'")

from anyio import to_thread  # noqa: E402
from mcp.server import MCPServer  # noqa: E402
from mcp.server.mcpserver.tools import Tool  # noqa: E402
from mcp.types import ToolAnnotations  # noqa: E402
from pydantic import ConfigDict, Field  # noqa: E402

from forexhooks import aio  # noqa: E402
from forexhooks.adapters.agent_answers import (  # noqa: E402
    CompareAnswer,
    ConvertAnswer,
    CurrenciesAnswer,
    DriversAnswer,
    ExplainAnswer,
    HistoryAnswer,
    Problem,
    RateAnswer,
    compare_answer,
    currencies_answer,
    day_rates,
    drivers_answer,
    problem_of,
    rate_answer,
    said,
)

if TYPE_CHECKING:
    from forexhooks import ForexManager, Rate
    from forexhooks.support.settings import Refresh

__all__ = ["server"]

MOST_RATES = 400
"""The most rates in a history; a longer one is refused."""

_NEAR = timedelta(days=10)

_INSTRUCTIONS = """\
Published exchange rates, each with its day and its source. Values are exact decimals in strings: \
pass them on unchanged, and let `convert` do the arithmetic. If there is no rate, `problem` says \
why and what to do: tell the user, and never make up a rate. The day of a rate, `on`, may be \
before the day asked for, like Friday for Sunday: mention it. `stale` says that a newer rate \
should be out. `currencies` lists the codes. For taxes, customs and accounting use the rule of \
the country: `drivers` lists them.
"""

Code = Annotated[str, Field(description="A currency code of ISO 4217, like USD.")]
On = Annotated[
    str | None, Field(description="The day, like 2026-10-30. The default is the latest rate.")
]
Driver = Annotated[
    str | None,
    Field(
        description="A driver (ecb), one of its series (bcb:ask) or a rule (pl-vat), from the list "
        "of the tool `drivers`. The default is what the server was started with."
    ),
]
MaxGap = Annotated[
    int | None, Field(ge=0, description="How many days a rate may be carried forward.")
]


def server(
    *drivers: str, manager: ForexManager | None = None, refresh: Refresh | None = None
) -> MCPServer[Any]:
    """Make the MCP server: its `run()` serves on stdin and stdout.

    Args:
        drivers: The drivers to ask, in order, if a call names none; by default those in the
            settings, else `ecb`.
        manager: Where to look up drivers; by default `forexhooks.plugin_manager()`.
        refresh: What to do if a driver's store is not up to date, as for `forexhooks.open`.

    Returns:
        The server, with its tools.

    Raises:
        ForexError: A driver cannot be opened.
    """
    manager = forexhooks.plugin_manager() if manager is None else manager
    by_default = aio.open(*drivers, manager=manager, refresh=refresh)

    def opened(driver: str | None) -> aio.AsyncForexService:
        if driver is None:
            return by_default
        return aio.open(driver, manager=manager, refresh=refresh)

    async def asked(
        base: str, quote: str, on: str | None, driver: str | None, max_gap: int | None
    ) -> Rate | ForexError:
        try:
            return await opened(driver).rate_or_error(base, quote, _day(on), max_gap=max_gap)
        except ForexError as error:
            return error

    async def rate(
        base: Code, quote: Code, on: On = None, driver: Driver = None, max_gap: MaxGap = None
    ) -> RateAnswer:
        """Give what 1 unit of `base` costs in `quote`, on a day or the latest."""
        return rate_answer(await asked(base, quote, on, driver, max_gap))

    async def convert(
        amount: Annotated[
            str | int | float, Field(description='The amount, best as a string like "99.95".')
        ],
        base: Code,
        quote: Code,
        on: On = None,
        driver: Driver = None,
        max_gap: MaxGap = None,
        places: Annotated[
            int | None, Field(description="Decimal places. The default is those of the currency.")
        ] = None,
    ) -> ConvertAnswer:
        """Convert an amount of `base` into `quote`, rounded once, half to even."""
        found, result = await asked(base, quote, on, driver, max_gap), None
        if not isinstance(found, ForexError):
            try:
                result = f"{found.convert(amount, places=places):f}"
            except ForexError as error:
                found = error
        of = rate_answer(found)
        return ConvertAnswer(amount=f"{amount}", result=result, rate=of.rate, problem=of.problem)

    async def history(
        base: Code,
        quote: Code,
        start: Annotated[str, Field(description="The first day, like 2026-10-01.")],
        end: Annotated[str, Field(description="The last day, included.")],
        every: Annotated[
            Period | None, Field(description="One rate for each period, instead of each day.")
        ] = None,
        take: Annotated[Take, Field(description="Which rate of a period counts.")] = "last",
        driver: Driver = None,
    ) -> HistoryAnswer:
        """Give the rate of each day from `start` to `end` on which one was published."""
        try:
            fx, last = opened(driver), _date(end)
            found = await fx.quiet_history(base, quote, _date(start), last)
            found = found if every is None else found.every(every, take)
            gap = 0 if fx.rule is None else None
            none = None if found else await fx.rate_or_error(base, quote, last, max_gap=gap)
        except ForexError as error:
            return HistoryAnswer(problem=problem_of(error))
        if len(found) > MOST_RATES:
            text = f"{len(found)} rates are too many: ask for fewer days, or use `every`"
            return HistoryAnswer(problem=Problem(error="TooManyRates", message=text))
        stale = found.stale and said(found.stale)
        problem = problem_of(none) if isinstance(none, ForexError) else None
        return HistoryAnswer(
            driver=found.driver, rates=day_rates(found), stale=stale, problem=problem
        )

    async def compare(
        base: Code,
        quote: Code,
        on: On = None,
        drivers: Annotated[
            list[str] | None, Field(description="The drivers to ask. The default is all of them.")
        ] = None,
    ) -> CompareAnswer:
        """Ask several drivers what `base` costs in `quote`, and tell which of them are off."""
        try:
            rows = await aio.compare(
                base, quote, _day(on), drivers=drivers or (), manager=manager, refresh=refresh
            )
        except ForexError as error:
            return CompareAnswer(problem=problem_of(error))
        return compare_answer(rows)

    async def explain(
        base: Code, quote: Code, on: On = None, driver: Driver = None, max_gap: MaxGap = None
    ) -> ExplainAnswer:
        """Explain a rate, or why there is none: observations, day, rule, law."""
        found = await asked(base, quote, on, driver, max_gap)
        of = rate_answer(found)
        answer = ExplainAnswer(rate=of.rate, problem=of.problem)
        try:
            fx = opened(driver)
            if not isinstance(found, ForexError):
                how = await to_thread.run_sync(explained, found, fx.service, max_gap, said)
                answer.how = how
            if fx.rule is not None:
                answer.rule = ": ".join(filter(None, (fx.rule.title, fx.rule.statute)))
            if isinstance(found, forexhooks.RateUnavailableError) and on is not None:
                first, last = _date(on) - _NEAR, _date(on) + _NEAR
                answer.near = day_rates(await fx.quiet_history(base, quote, first, last))
        except (ForexError, OverflowError):
            return answer  # the answer has what is known
        return answer

    async def currencies(driver: Driver = None) -> CurrenciesAnswer:
        """List the currencies, each with its first and last day where these are known."""

        def listed() -> CurrenciesAnswer:
            fx = opened(driver).service
            singly = []
            for name in fx.drivers:
                with suppress(ForexError):  # `fx` reports it, too
                    singly.append(forexhooks.open(name, manager=manager, refresh=False))
            return currencies_answer(fx, singly)

        try:
            return await to_thread.run_sync(listed)
        except ForexError as error:
            return CurrenciesAnswer(problem=problem_of(error))

    async def drivers_() -> DriversAnswer:
        """List the drivers and rules: whose rates, of which country, for what purpose."""
        found = await to_thread.run_sync(lambda: [*manager.drivers(), *manager.rules()])
        return drivers_answer(found)

    tools = [_tool(each) for each in (rate, convert, history, compare, explain, currencies)]
    return MCPServer(
        "forexhooks",
        title="Exchange rates",
        instructions=_INSTRUCTIONS,
        version=version("forexhooks"),
        tools=[*tools, _tool(drivers_, "drivers")],
        log_level="WARNING",
    )


def _tool(function: Callable[..., Any], name: str | None = None) -> Tool:
    hints = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)
    tool = Tool.from_function(function, name, annotations=hints)
    # Refuse unknown arguments, such as `date` for `on`, instead of ignoring them.
    arguments = tool.fn_metadata.arg_model
    arguments.model_config = ConfigDict(**{**arguments.model_config, "extra": "forbid"})
    arguments.model_rebuild(force=True)
    tool.parameters = arguments.model_json_schema(by_alias=True)
    return tool


def _day(on: str | None) -> date | None:
    return None if on is None else _date(on)


def _date(on: str) -> date:
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise forexhooks.DateError(f"{on!r} is not a day: write it like 2026-10-30") from None
