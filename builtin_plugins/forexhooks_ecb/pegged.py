"""The ECB's reference rates and the official pegs in one table, offline."""

from __future__ import annotations

from forexhooks_ecb import ECB
from forexhooks_ecb.store import Store
from forexhooks_peg import PEGS

__all__ = ["PeggedECB"]


class PeggedECB(ECB):
    """The ECB's rates, and with them those of currencies pegged to EUR or to one of its quotes.

    EUR/SAR has two legs: EUR/USD of the day, and the peg of SAR to USD. The store is that of the
    driver `ecb`, with the same settings, and an update of either is one of both.
    """

    name = "ecb-peg"
    profile = ECB.profile._replace(
        title="European Central Bank, reference rates, with official currency pegs",
        country=None,
        publishes="reference rates, and rates fixed by a central bank or a law",
        terms=f"{ECB.profile.terms}; of pegs: laws and statements of central banks",
    )

    def _read(self, path: str, *, must_be_ours: bool = False) -> Store:
        more = [peg.observation for peg in PEGS]
        return Store(path, self.name, self.profile, must_be_ours=must_be_ours, more=more)
