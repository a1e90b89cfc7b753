"""The conformance kit: what every driver must do for its users, as tests."""

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

    `make_driver(server)` makes the driver, which asks `server.url` instead of its provider.
    `replies` has the provider's recorded responses: the path of each request, and the file beside
    the test with the body (`Recorded`).

    ::

        from forexhooks.testing import DriverTests

        class TestAcme(DriverTests):
            replies = {"/rates": "rates.json"}

            def make_driver(self, server):
                return Acme(base_url=server.url)

    What the driver's profile promises is tested; other tests are skipped, with the reason. The
    tests run on the evening of the newest day in the replies, isolated from your settings and
    files. Make a driver that needs a key with `self.key`, which lets the kit check that the key
    does not leak. A failure says what to change.

    You may also give:

    - `today`: the newest day in the replies, or a day soon after, for a driver that asks for days
    - `samples`: rates in the replies, `[("USD", "CAD", None, "1.3969")]`, with a day and not None
      for past rates; `"1.56/1.12"` is a quotient
    - `currencies`: the codes in the replies, for a provider that is asked by currency
    - `pairs`: the pairs to ask a driver without tables for, `[("USD", "CAD")]`
    - `reference`: what currencies cost that the ECB lacks, `{"USD/KES": "129"}`; with it and the
      ECB, the kit finds rates that are upside down
    - `requests_latest`, `requests_history`: how many requests these may take: 1 by default, and one
      a day for a provider that is asked day by day
    - `whole_history`: True if the provider has only one file with all days, which makes the request
      the same for any days
    - `time_limit`: how many seconds all tests may take together: 180 by default
    - `expected_failures`: tests that this driver cannot pass, and why: `{"test_…": "why"}`; if one
      of them passes, that is a failure
    - `answer(asked)`: a method that responds to each request, instead of `replies`
    - `rewrite(body, number, day)`: a method that rewrites a body with other numbers and days, if
      the kit cannot read its format
    """
