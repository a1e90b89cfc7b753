"""The built-in drivers, by name. Made by `hatch_build.py` from pyproject.toml."""

BUILT_INS = {
    "bankofcanada": "forexhooks_bankofcanada:BankOfCanada",
    "bnr": "forexhooks_bnr:BNR",
    "ca-tax": "forexhooks_rules:ca_tax",
    "currencyapi": "forexhooks_currencyapi:CurrencyApi",
    "danmarksnationalbank": "forexhooks_danmarksnationalbank:DanmarksNationalbank",
    "ecb": "forexhooks_ecb:ECB",
    "erapi": "forexhooks_erapi:ErApi",
    "eu-customs": "forexhooks_rules:eu_customs",
    "file": "forexhooks_file:RatesFile",
    "frankfurter": "forexhooks_frankfurter:Frankfurter",
    "freeforex": "forexhooks_freeforex:FreeForex",
    "hmrc": "forexhooks_hmrc:HMRC",
    "it-vat": "forexhooks_rules:it_vat",
    "nbp": "forexhooks_nbp:NBP",
    "no-vat": "forexhooks_rules:no_vat",
    "norgesbank": "forexhooks_norgesbank:NorgesBank",
    "openexchangerates": "forexhooks_openexchangerates:OpenExchangeRates",
    "oss": "forexhooks_rules:oss",
    "pl-vat": "forexhooks_rules:pl_vat",
}
