"""What the Treasury calls currencies, and the codes of ISO 4217.

A label may outlive its currency, with the magnitude of the old one for a while; and one label may
be of two currencies in turn. So a line says from which record date on its code is right, and up to
which it is not. A label without a code is left out: a country that uses another's money.
"""

from __future__ import annotations

from datetime import date
from functools import cache

# Label, code, from (included), until (not included).
_LABELS = """\
Afghanistan-Afghani|AFN|2003-01-01
Albania-Lek|ALL
Algeria-Dinar|DZD
Angola-Kwanza|AOA
Antigua & Barbuda-East Caribbean Dollar|XCD
Argentina-Peso|ARS
Armenia-Dram|AMD
Australia-Dollar|AUD
Austria-Schilling|ATS||2002-03-01
Azerbaijan-Manat|AZN
Azerbaijan-Second Manat|AZM||2006-01-01
Bahamas-Dollar|BSD
Bahrain-Dinar|BHD
Bangladesh-Taka|BDT
Barbados-Dollar|BBD
Belarus-New Ruble|BYN
Belarus-Ruble|BYR||2016-07-01
Belgium-Francs|BEF||2002-03-01
Belize-Dollar|BZD
Benin-Cfa Franc|XOF
Bermuda-Dollar|BMD
Bolivia-Boliviano|BOB
Bosnia-Marka|BAM
Botswana-Pula|BWP
Brazil-Real|BRL
Brunei-Dollar|BND
Bulgaria-Lev New|BGN
Burkina Faso-Cfa Franc|XOF
Burma-Kyat|MMK
Burundi-Franc|BIF
Cambodia-Riel|KHR
Cameroon-Cfa Franc|XAF
Canada-Dollar|CAD
Cape Verde-Escudo|CVE
Cayman Islands-Dollar|KYD
Central African Republic-Cfa Franc|XAF
Chad-Cfa Franc|XAF
Chile-Peso|CLP
China-Renminbi|CNY
Colombia-Peso|COP
Comoros-Franc|KMF
Congo-Cfa Franc|XAF
Costa Rica-Colon|CRC
Cote D'Ivoire-Cfa Franc|XOF
Croatia-Kuna|HRK||2023-01-01
Cross Border-Euro
Cuba-Chavito|CUC
Cuba-Peso|CUP
Curacao-Caribbean Guilder|XCG
Cyprus-Pound|CYP||2008-01-01
Czech Republic-Koruna|CZK
Democratic Republic Of Congo-Congolese Franc|CDF
Democratic Republic Of Congo-Franc|CDF
Denmark-Krone|DKK
Djibouti-Franc|DJF
Dominican Republic-Peso|DOP
Ecuador-Dolares
Egypt-Pound|EGP
El Salvador-Colon|SVC||2015-01-01
El Salvador-Dollar
Equatorial Guinea-Cfa Franc|XAF
Eritrea-Nakfa|ERN
Estonia-Kroon|EEK||2011-01-01
Eswatini-Lilangeni|SZL
Ethiopia-Birr|ETB
Euro Zone-Euro|EUR
Fiji-Dollar|FJD
Finland-Markka|FIM||2002-03-01
France-Franc|FRF||2002-03-01
Gabon-Cfa Franc|XAF
Gambia-Dalasi|GMD
Georgia-Lari|GEL
Germany-Mark|DEM||2002-03-01
Ghana-Cedi|GHS
Ghana-Second Cedi|GHC||2007-07-01
Ghana-Second Cedi|GHS|2007-07-01|2015-01-01
Greece-Drachma|GRD||2002-03-01
Grenada-East Caribbean Dollar|XCD
Guatemala-Quetzal|GTQ
Guinea Bissau-Cfa Franc|XOF
Guinea-Franc|GNF
Guyana-Dollar|GYD
Haiti-Gourde|HTG
Honduras-Lempira|HNL
Hong Kong-Dollar|HKD
Hungary-Forint|HUF
Iceland-Krona|ISK
India-Rupee|INR
Indonesia-Rupiah|IDR
Iran-Rial|IRR
Iraq-Dinar|IQD
Ireland-Pound|IEP||2002-03-01
Israel-Shekel|ILS
Italy-Lira|ITL||2002-03-01
Jamaica-Dollar|JMD
Japan-Yen|JPY
Jordan-Dinar|JOD
Kazakhstan-Tenge|KZT
Kenya-Shilling|KES
Korea-Won|KRW
Kuwait-Dinar|KWD
Kyrgyzstan-Som|KGS
Laos-Kip|LAK
Latvia-Lats|LVL||2014-01-01
Lebanon-Pound|LBP
Lesotho-Maloti|LSL
Liberia-Dollar|LRD
Libya-Dinar|LYD
Lithuania-Lita|LTL||2015-01-01
Luxembourg-Franc|LUF||2002-03-01
Macao-Mop|MOP
Madagascar-Ariary|MGA
Malawi-Kwacha|MWK
Malaysia-Ringgit|MYR
Maldives-Rufiyaa|MVR
Mali-Cfa Franc|XOF
Maltese-Lira|MTL||2008-01-01
Marshall Islands-U.S. Dollar
Mauritania-First Ouguiya|MRO
Mauritania-Ouguiya|MRO||2018-06-30
Mauritania-Ouguiya|MRU|2018-06-30
Mauritius-Rupee|MUR
Mexico-Peso|MXN
Micronesia-U.S. Dollar
Moldova-Leu|MDL
Mongolia-Tugrik|MNT
Morocco-Dirham|MAD
Mozambique-Metical|MZN
Myanmar-Kyat|MMK
Namibia-Dollar|NAD
Nepal-Rupee|NPR
Netherlands Antilles-Guilder|ANG
Netherlands-Guilder|NLG||2002-03-01
New Zealand-Dollar|NZD
Nicaragua-Cordoba|NIO
Niger-Cfa Franc|XOF
Nigeria-Naira|NGN
Norway-Krone|NOK
Oman-Rial|OMR
Pakistan-Rupee|PKR
Palau-Dollar
Panama-Dolares
Papua New Guinea-Kina|PGK
Paraguay-Guarani|PYG
Peru-Sol|PEN
Philippines-Peso|PHP
Poland-Zloty|PLN
Portugal-Escudo|PTE||2002-03-01
Qatar-Riyal|QAR
Republic Of North Macedonia-Denar|MKD
Romania-New Leu|RON
Romania-Third Leu|ROL||2005-07-01
Russia-Ruble|RUB
Rwanda-Franc|RWF
Sao Tome & Principe-Dobras|STD||2018-01-01
Sao Tome & Principe-New Dobras|STN
Saudi Arabia-Riyal|SAR
Senegal-Cfa Franc|XOF
Serbia-Dinar|RSD
Seychelles-Rupee|SCR
Sierra Leone-Leone|SLE|2022-09-01
Sierra Leone-Leone|SLL||2022-04-01
Singapore-Dollar|SGD
Slovak-Korun|SKK||2009-01-01
Slovenia-Tolars|SIT||2007-01-01
Solomon Islands-Dollar|SBD
Somali-Shilling|SOS
South Africa-Rand|ZAR
South Sudan-Sudanese Pound|SSP
Spain-Peseta|ESP||2002-03-01
Sri Lanka-Rupee|LKR
St. Lucia-East Caribbean Dollar|XCD
Sudan-Dinar|SDG|2007-07-01
Sudan-Pound|SDG
Sudan-Sudanese Pound|SDG
Suriname-Dollar|SRD
Suriname-Guilder|SRD|2004-07-01
Swaziland-Lilangeni|SZL
Sweden-Krona|SEK
Switzerland-Franc|CHF
Syria-Pound|SYP
Taiwan-Dollar|TWD
Tajikistan-Somoni|TJS
Tanzania-Shilling|TZS
Thailand-Baht|THB
Timor-Leste-Dili
Togo-Cfa Franc|XOF
Tonga-Pa'Anga|TOP
Trinidad & Tobago-Dollar|TTD
Tunisia-Dinar|TND
Turkey-Lira|TRL||2005-01-01
Turkey-New Lira|TRY
Turkmenistan-Manat|TMM||2009-01-01
Turkmenistan-New Manat|TMT
Uganda-Shilling|UGX
Ukraine-Hryvnia|UAH
United Arab Emirates-Dirham|AED
United Kingdom-Pound|GBP
Uruguay-Peso|UYU
Uzbekistan-Som|UZS
Vanuatu-Vatu|VUV
Venezuela-Bolivar|VEF
Venezuela-Bolivar Soberano|VES
Venezuela-Soberano|VEF|2008-01-01
Vietnam-Dong|VND
Western Samoa-Tala|WST
Yemen-Rial|YER
Zambia-Kwacha|ZMK||2013-01-01
Zambia-New Kwacha|ZMW
Zimbabwe-Gold|ZWG
Zimbabwe-Rtgs|ZWL|2019-02-22
"""


@cache
def _spans() -> dict[str, list[tuple[str, date, date]]]:
    spans: dict[str, list[tuple[str, date, date]]] = {}
    for line in _LABELS.splitlines():
        label, code, first, until = (*line.split("|"), "", "", "")[:4]
        days = date.fromisoformat(first or "0001-01-01"), date.fromisoformat(until or "9999-12-31")
        spans.setdefault(label, []).append((code, *days))
    return spans


def code_of(label: str, on: date) -> str:
    """The code of a label on a record date; "" where it has none, the label where it is not known.

    >>> code_of("Mauritania-Ouguiya", date(2018, 3, 31))
    'MRO'
    """
    spans = _spans().get(label)
    if spans is None:
        return label
    return next((code for code, first, until in spans if first <= on < until), "")
