"""Whose number it is: what each carrier's tracking numbers look like to the API."""

import re

from trackingmore_v2.sandbox.carriers import CARRIERS, Carrier

# the official SDK's own patterns; it means letters of ASCII
NUMBER = re.compile("[0-9a-z_-]{5,}", re.ASCII | re.IGNORECASE)
CARRIER_CODE = re.compile("[0-9a-z_-]+", re.ASCII | re.IGNORECASE)
AIR_WAYBILLS = re.compile("[0-9]{3}[ -]?[0-9]{7,8}", re.ASCII)

# carriers that print something else than postal numbers, or also something else
FORMS = {
    "china-ems": "[A-Z]{2}[0-9]{9}CN|[0-9]{13}",
    "yanwen": "U[A-Z][0-9]{9}Y[A-Z]",
    "4px": "4PX[0-9]{12}CN|3[0-9]{11}",
    "sto": "77[0-9]{11}|4[0-9]{11}",
    "usps": "9[0-9]{21}|[A-Z]{2}[0-9]{9}US",
    "dhl": "[0-9]{10}",
    "colissimo": "6[A-Z][0-9]{12}",
    "postnl-parcels": "3S[A-Z]{4}[0-9]{9}",
    "bluedart": "[0-9]{11}",
    "gati-kwe": "[0-9]{9}",
    "ups": "1Z[0-9A-Z]{16}",
    "fedex": "[0-9]{12}|[0-9]{20}",
}


def _form(carrier: Carrier) -> re.Pattern[str]:
    postal = f"[A-Z]{{2}}[0-9]{{9}}{carrier.country.upper()}"
    return re.compile(FORMS.get(carrier.code, postal))


FORM_OF = {carrier.code: _form(carrier) for carrier in CARRIERS.values()}


def knows(carrier_code: str, tracking_number: str) -> bool:
    """Return whether a number can be one of that carrier's."""
    return FORM_OF[carrier_code].fullmatch(tracking_number.upper()) is not None


def detected(tracking_number: str) -> list[Carrier]:
    """Return the carriers to which a number may belong, as the list of carriers has them."""
    return [c for c in CARRIERS.values() if knows(c.code, tracking_number)]
