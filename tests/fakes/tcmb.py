"""The Turkish central bank: a file of each day, in four columns; none on other days."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# Units; buying and selling, by transfer and in banknotes. Those of 2016 are the bank's own.
Columns = tuple[str, str, str, str, str]
DAYS: dict[str, dict[str, Columns]] = {
    "2005-01-03": {"USD": ("1", "1.3363", "1.3427", "1.3354", "1.3447")},
    "2016-03-15": {
        "USD": ("1", "2.8852", "2.8904", "2.8832", "2.8947"),
        "DKK": ("1", "0.42878", "0.43089", "0.42848", "0.43188"),
        "IRR": ("100", "0.00949", "0.00962", "", ""),
        "XDR": ("1", "4.0259", "", "", ""),
    },
    **{
        f"2026-10-{day:02}": {
            "USD": (
                "1", f"49.{1000 + 31 * day}", f"49.{1800 + 31 * day}",
                f"49.{700 + 31 * day:04}", f"49.{2400 + 31 * day}",
            ),
            "EUR": (
                "1", f"55.{1000 + 41 * day}", f"55.{1900 + 41 * day}",
                f"55.{800 + 41 * day}", f"55.{2500 + 41 * day}",
            ),
        }
        for day in (6, 7, 8, 9, 12, 13, 14, 15)
    },
    "2026-10-16": {
        "USD": ("1", "49.4821", "49.5713", "49.4475", "49.6456"),
        "EUR": ("1", "55.6844", "55.7847", "55.6454", "55.8684"),
        "JPY": ("100", "31.2412", "31.4481", "31.1256", "31.5676"),
        "CNY": ("1", "7.3914", "7.4881", "", ""),
        "XDR": ("1", "67.7412", "", "", ""),
    },
}  # fmt: skip

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "TRY", None, "49.5713"),
    ("TRY", "USD", None, "1/49.4821"),
    ("JPY", "TRY", None, "0.314481"),
    ("USD", "TRY", date(2026, 10, 11), "49.2079"),
    ("DKK", "TRY", date(2016, 3, 15), "0.43089"),
    ("USD", "TRY", date(2005, 1, 3), "1.3427"),
]


def answer(asked: Asked) -> Reply:
    paths = {f"/kurlar/{day:%Y%m}/{day:%d%m%Y}.xml": day for day in map(date.fromisoformat, DAYS)}
    paths["/kurlar/today.xml"] = TODAY
    if asked.path not in paths:
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    # The bank's older files are in ISO-8859-9, with a header that names no charset.
    day = paths[asked.path]
    charset = "ISO-8859-9" if day.year < 2020 else "UTF-8"
    body = f'<?xml version="1.0" encoding="{charset}"?>\n{document(day)}'
    return reply(body.encode(charset), content_type="text/xml")


def document(day: date) -> str:
    rows = "".join(
        f'\t<Currency CrossOrder="0" Kod="{code}" CurrencyCode="{code}">\n'
        f"\t\t<Unit>{units}</Unit>\n\t\t<Isim>İNGİLİZ ŞİLİNİ</Isim>\n"
        "\t\t<CurrencyName>A CURRENCY</CurrencyName>\n"
        f"\t\t<ForexBuying>{bid}</ForexBuying>\n\t\t<ForexSelling>{ask}</ForexSelling>\n"
        f"\t\t<BanknoteBuying>{note_bid}</BanknoteBuying>\n"
        f"\t\t<BanknoteSelling>{note_ask}</BanknoteSelling>\n"
        "\t\t<CrossRateUSD>1</CrossRateUSD>\n\t\t<CrossRateOther></CrossRateOther>\n\t</Currency>\n"
        for code, (units, bid, ask, note_bid, note_ask) in DAYS[str(day)].items()
    )
    return (
        '<?xml-stylesheet type="text/xsl" href="isokur.xsl"?>\n'
        f'<Tarih_Date Tarih="{day:%d.%m.%Y}" Date="{day:%m/%d/%Y}" Bulten_No="{day:%Y}/196">\n'
        f"{rows}</Tarih_Date>"
    )
