"""The built-in drivers, by name. Made by `hatch_build.py` from pyproject.toml."""

BUILT_INS = {
    "bankofcanada": "forexhooks_bankofcanada:BankOfCanada",
    "currencyapi": "forexhooks_currencyapi:CurrencyApi",
    "ecb": "forexhooks_ecb:ECB",
    "erapi": "forexhooks_erapi:ErApi",
    "frankfurter": "forexhooks_frankfurter:Frankfurter",
    "freeforex": "forexhooks_freeforex:FreeForex",
    "nbp": "forexhooks_nbp:NBP",
    "norgesbank": "forexhooks_norgesbank:NorgesBank",
    "openexchangerates": "forexhooks_openexchangerates:OpenExchangeRates",
}
