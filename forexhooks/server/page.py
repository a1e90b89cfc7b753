"""The page at `/`: drivers' rates for a pair, a converter, a chart. No JavaScript needed.

It asks the server's own drivers and those that were loaded while it runs; it offers the others.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import forexhooks
from forexhooks.rates.decimals import shown as in_short
from forexhooks.server.answer import Answer
from forexhooks.server.chart import drawn
from forexhooks.server.problems import BadRequestError, reason, shown, status_of

if TYPE_CHECKING:
    from forexhooks import ForexService
    from forexhooks.server.board import Board
    from forexhooks.server.desk import Desk
    from forexhooks.service.compare import Compared

HTML = "text/html; charset=utf-8"
WAITED_FOR = 1.5
"""Seconds that the page waits for drivers; slower ones are left out at first."""

_ALL = "all"
_STATES = ("registered", "available")
_DRAWN = timedelta(days=365)
_TEXT = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
_PAGE = Template(_TEXT)
_SCRIPT = _TEXT.partition("<script>")[2].partition("</script>")[0]
_DIGEST = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
# The page loads nothing from elsewhere, and runs no script but its own.
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    f"script-src 'sha256-{_DIGEST}'; connect-src 'self'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
}


def page(desk: Desk, board: Board, query: Mapping[str, str]) -> Answer:
    """The page about a pair, by default of the euro in dollars."""
    base = query.get("base", "EUR").strip()
    quote = query.get("quote", "USD").strip()
    amount = query.get("amount", "100").strip()
    service = desk.open()
    asked, others = _drivers(desk, query)
    status, problem, result, chart, rows = 200, "", "", "", ""
    try:
        base, quote = service.check_code(base), service.check_code(quote)
        rows = rows_of(board, (base, quote), asked)
        result = _converted(desk, service, amount, base, quote)
        chart = drawn(_history(service, base, quote))
    except (forexhooks.ForexError, BadRequestError) as error:
        status = status_of(error)
        problem = f'<p class="problem" role="alert">{escape(shown(error, status))}</p>'
        status = status if status == 400 else 200  # the rest of the page is still useful
    text = _PAGE.substitute(
        base=escape(base, quote=True),
        quote=escape(quote, quote=True),
        amount=escape(amount, quote=True),
        problem=problem,
        result=result,
        chart=chart,
        rows=rows,
        chosen=escape(query.get("drivers", ""), quote=True),
        others=_offered({"base": base, "quote": quote, "amount": amount}, asked, others),
        loaded=_loaded(desk),
        drivers=escape(", ".join(desk.drivers)),
    )
    return Answer(status, text.encode(), HTML, headers=_HEADERS)


def changing(
    desk: Desk, board: Board, pair: tuple[str, str], query: Mapping[str, str]
) -> dict[str, str]:
    """The parts of the page that change while it is open, by their `id`."""
    asked, _ = _drivers(desk, query)
    return {"rows": rows_of(board, pair, asked, 0.0), "loaded": _loaded(desk)}


def _drivers(desk: Desk, query: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The drivers to ask, and the others that there are."""
    known = [each.name for each in desk.manager.drivers() if each.state in _STATES]
    loaded = [each.name for each in desk.manager.generations()]
    chosen = query.get("drivers", "").split(",")
    asked = {*desk.drivers, *known} if chosen == [_ALL] else {*desk.drivers, *loaded, *chosen}
    of_server = {name.partition(":")[0] for name in desk.drivers}
    return (
        [name for name in sorted(asked) if name.partition(":")[0] in (*known, *of_server)],
        [name for name in known if name not in asked],
    )


def _offered(query: Mapping[str, str], asked: Sequence[str], others: Sequence[str]) -> str:
    """Links to ask the other drivers, too."""
    if not others:
        return ""

    def link(drivers: str, text: str) -> str:
        target = urlencode({**query, "drivers": drivers}, safe=",:")
        return f'<a href="?{escape(target, quote=True)}">{escape(text)}</a>'

    links = [link(",".join((*asked, name)), name) for name in others]
    return (
        f"<details><summary>Ask other drivers</summary><p>{' '.join(links)}, "
        f"or {link(_ALL, 'all')}</p></details>"
    )


def rows_of(
    board: Board, pair: tuple[str, str], drivers: Sequence[str], within: float = WAITED_FOR
) -> str:
    """The rows of the table, as HTML."""
    rows = board.rows(pair, drivers, within)
    return "".join(_row(name, row) for name, row in sorted(rows.items()))


def _row(name: str, row: Compared | None) -> str:
    head = f'<th scope="row">{escape(name)}</th>'
    if row is None:
        return f'<tr class="waiting">{head}<td colspan="4">asked …</td></tr>'
    if row.rate is None:
        why = "" if row.error is None else shown(row.error, status_of(row.error))
        return f'<tr class="none">{head}<td colspan="4">{escape(why)}</td></tr>'
    kind = "doubtful" if row.suspicion else "stale" if row.rate.stale else "good"
    off = "" if row.off_by is None else f"{row.off_by:f}"
    note = row.suspicion or ("stale" if row.rate.stale else "")
    cells = (in_short(row.rate.value), f"{row.rate.on}", off, note)
    inner = "".join(f"<td>{escape(each)}</td>" for each in cells)
    why = f' title="{escape(reason(row.rate.stale), quote=True)}"' if row.rate.stale else ""
    return f'<tr class="{kind}"{why}>{head}{inner}</tr>'


def _converted(desk: Desk, service: ForexService, amount: str, base: str, quote: str) -> str:
    answer = service.rate_or_error(base, quote)
    desk.count(answer)
    if isinstance(answer, forexhooks.ForexError):
        raise answer
    converted = answer.convert(amount)
    stale = "" if answer.stale is None else f'<p class="note">{escape(reason(answer.stale))}</p>'
    return (
        f"<p><output>{escape(amount)} {base} = <strong>{converted:f} {quote}</strong></output> "
        f"<small>{answer.on}, {escape(answer.driver)}, {answer.kind}</small></p>{stale}"
    )


def _history(service: ForexService, base: str, quote: str) -> list[forexhooks.Rate]:
    today = service.profile.today()
    try:
        return list(service.quiet_history(base, quote, today - _DRAWN, today))
    except forexhooks.ForexError:
        return []  # the error is shown next to it


def _loaded(desk: Desk) -> str:
    """What was loaded from paths, and the events in the watched folder."""
    generations = "".join(
        f"<li>{escape(' '.join(filter(None, (each.name, each.version))))}: {each.state} since "
        f"{each.since:%Y-%m-%d %H:%M:%S} UTC</li>"
        for each in desk.manager.generations()
    )
    events = "".join(f"<li>{escape(str(each))}</li>" for each in list(desk.events)[-10:][::-1])
    if not generations and not events:
        return ""
    return f'<h2>Loaded while it runs</h2><ul>{generations}</ul><ul class="events">{events}</ul>'
