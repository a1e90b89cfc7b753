"""In a fresh process: open and first rate of forexhooks, or the construction of the peer."""

import json
import sys
import time
import warnings

if sys.argv[1] == "forexhooks":
    import forexhooks

    warnings.simplefilter("ignore", forexhooks.StaleRateWarning)

    start = time.perf_counter()
    forexhooks.open("ecb").get_rate("USD", "CAD")
else:
    from currency_converter import CurrencyConverter

    start = time.perf_counter()
    CurrencyConverter()
print(json.dumps({"seconds": time.perf_counter() - start}))
