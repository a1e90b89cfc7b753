"""The conformance kit: what every driver owes those who ask it, as tests."""

from __future__ import annotations

from forexhooks.testing.kit.complete import Complete
from forexhooks.testing.kit.contracts import Contracts
from forexhooks.testing.kit.days import Days
from forexhooks.testing.kit.observed import Observed
from forexhooks.testing.kit.profile_checks import ProfileChecks
from forexhooks.testing.kit.updates import Updates
from forexhooks.testing.kit.values import Values

__all__ = ["DriverTests"]


class DriverTests(Contracts, ProfileChecks, Values, Observed, Complete, Days, Updates):
    """Tests that every driver should pass: write a subclass whose name begins with `Test`.

    `make_driver(server)` makes the driver, asking `server.url` in the place of its provider, and
    `replies` are the provider's own answers, recorded: the path of a request, and the file beside
    the test that holds the body (`Recorded`). ::

        from forexhooks.testing import DriverTests

        class TestAcme(DriverTests):
            replies = {"/rates": "rates.json"}

            def make_driver(self, server):
                return Acme(base_url=server.url)

    What the driver's profile promises is tested, what it does not is skipped, with the reason. All
    is done on the evening of the newest day in the replies, apart from the settings and files of
    whoever runs it. A driver that needs a key is made with `self.key`, so that it can be watched
    for. A failure says what to change.

    What else may be given:

    - `today`: the newest day in the replies, or soon after, for a driver that asks for days
    - `samples`: rates that the replies give, `("USD", "CAD", None, "1.3969")`, with a day for one
      of the past; `"1.56/1.12"` is a quotient
    - `currencies`: the codes that the replies have, for a provider that is asked by currency
    - `pairs`: what a driver without tables is asked, `("USD", "CAD")`
    - `reference`: what currencies cost that the ECB lacks, `{"USD/KES": "129"}`; by it and the ECB
      a rate is found that is upside down
    - `requests_latest`, `requests_history`: how many requests these take at most: 1, and for a
      provider that is asked day by day one a day
    - `whole_history`: true where the provider has nothing but one file of all days, so that the
      same is asked for whatever the days
    - `time_limit`: seconds that all tests may take together, 180
    - `expected_failures`: tests that this driver cannot pass, and why: `{"test_…": "why"}`; one
      that passes all the same is a failure
    - `answer(asked)`: a method that answers each request, in the place of `replies`
    - `rewrite(body, number, day)`: a method that writes a body anew with other numbers and days,
      where the kit cannot read its format
    """
