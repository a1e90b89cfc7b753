"""The German Ministry of Finance: a file a year, as it publishes it (Windows-1252, CRLF).

On its last day March is out here already. The figures of 2025 are those of the ministry
(Bundesministerium der Finanzen, dl-de/by-2-0), and
the six of PLN, CZK and IDR in 2026; the others of 2026 are the means of the ECB's rates.
"""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 3, 31)

_HEADS = (
    "Land;Währung;Januar[1];Februar [2];März [3];April [4];Mai [5];Juni [6];Juli [7];August [8];"
    "September [9];Oktober [10];November [11];Dezember [12]"
)
_BLANK = ";" * 13

YEARS = {
    2025: [
        (
            "USA;1 Euro;1,0354 USD;1,0413 USD;1,0807 USD;1,1214 USD;1,1278 USD;"
            "1,1516 USD;1,1677 USD;"
            "1,1631 USD;1,1732 USD;1,1630 USD;1,1560 USD;1,1709 USD"
        ),
        (
            "Indonesien;1 Euro;16.832,40 IDR;17.020,42 IDR;17.800,79 IDR;"
            "18.871,74 IDR;18.526,84 IDR;"
            "18.776,57 IDR;19.029,69 IDR;18.967,88 IDR;19.399,67 IDR;19.310,79 IDR;19.303,88 IDR;"
            "19.548,05 IDR"
        ),
        (
            "Großbritannien;1 Euro;0,83908 GBP;0,83071 GBP;0,83703 GBP;0,85379 GBP;0,84350 GBP;"
            "0,84981 GBP;0,86469 GBP;0,86528 GBP;0,86895 GBP;0,87155 GBP;0,87997 GBP;0,87500 GBP"
        ),
        (
            "Island;1 Euro;145,40 ISK;146,26 ISK;145,26 ISK;145,00 ISK;145,49 ISK;143,45 ISK;"
            "142,39 ISK ;143,10 ISK;142,98 ISK;142,22 ISK;146,83 ISK;148,19 ISK"
        ),
        (
            "Rumänien;1 Euro;4,9752 RON;4,9770 RON;4,9768 RON;4,9775 RON;5,0714 RON;5,0454 RON;"
            "5,0716 RON;5,0651 RON;5,0740 RON;5,0872 RON;5,0867 RON;5,0913RON"
        ),
        f"Russland1;1 Euro;{';' * 11}",
    ],
    2026: [
        f"USA;1 Euro;1,1738 USD;1,1824 USD;1,1558 USD{';' * 9}",
        f"Großbritannien;1 Euro;0,86828 GBP;0,87032 GBP;0,86631 GBP{';' * 9}",
        f"Polen;1 Euro;4,2127 PLN;4,2184 PLN;4,2715 PLN{';' * 9}",
        f"Tschechien;1 Euro;24,278 CZK;24,260 CZK{';' * 10}",
        f"Indonesien;1 Euro;19.757,02 IDR{';' * 11}",
        f"Russland1;1 Euro;{';' * 11}",
    ],
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "PLN", None, "4.2715"),
    ("PLN", "EUR", None, "1/4.2715"),
    ("EUR", "IDR", date(2026, 1, 31), "19757.02"),
    ("EUR", "USD", date(2025, 2, 14), "1.0413"),
    ("GBP", "RON", date(2025, 12, 1), "5.0913/0.87500"),
    ("EUR", "ISK", date(2025, 7, 31), "142.39"),
]


def document(year: int) -> bytes:
    """The file of a year."""
    lines = [
        (
            f"Monatlich fortgeschriebene Übersicht der Umsatzsteuer-Umrechnungskurse {year} "
            f"(Euro-Referenzkurse){_BLANK}"
        ),
        _HEADS,
        *YEARS[year],
        f"1 Die EZB hat die Veröffentlichung des Euro-Referenzkurses zum Rubel ausgesetzt.{_BLANK}",
    ]
    return "\r\n".join(lines).encode("cp1252")


def answer(asked: Asked) -> Reply:
    for year in YEARS:
        if asked.path.endswith(f"/datensaetze/uu-kurse-{year}-csv.csv"):
            if asked.query != {"__blob": "publicationFile"}:
                break
            return reply(document(year), content_type="text/csv")
    return reply("<html>Nicht gefunden</html>", 404, content_type="text/html")
