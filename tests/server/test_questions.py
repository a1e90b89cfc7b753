"""Questions that make no sense, or are asked in odd ways: none is answered as another one."""

from __future__ import annotations

import pytest

from server_of_ours import Server

RATE = "/api/rate?base=EUR&quote=USD"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/latest?base=gbp&symbols=usd", 200),
        ("/v1/latest?base=GBp&symbols=USD", 404),
        ("/v1/latest?symbols=GBp", 404),
        ("/v2/rates?quotes=usd,cad", 200),
        ("/v2/rates?quotes=Usd", 422),
        ("/v2/rate/eur/usd", 200),
        ("/v2/rate/GBp/USD", 422),
        ("/v2/currency/usd", 200),
        ("/v2/currency/GBp", 404),
        (f"{RATE}&quote=CAD", 400),
        (f"{RATE}&on=2026-10-30&on=2026-10-29", 400),
        (f"{RATE}&on=20261030", 400),
        (f"{RATE}&on=2026-W44-5", 400),
        (f"{RATE}&on=2026-02-30", 400),
        ("/v2/rates?providers=ECB:x", 422),
        ("/v2/rates?providers=nobody", 422),
    ],
)
def test_it_is_answered_as_it_is_asked_or_refused(server: Server, path: str, status: int) -> None:
    reply = server.ask(path)
    assert reply.status == status, reply
    if status != 200:
        assert reply.headers["cache-control"] == "no-store"


def test_what_is_given_twice_is_named(server: Server) -> None:
    assert "quote is given more than once" in server.ask(f"{RATE}&quote=CAD").json["detail"]
