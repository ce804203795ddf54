"""Who carries the sandbox's parcels: the carriers, and the lanes on which the account ships."""

from itertools import accumulate
from typing import NamedTuple


class Carrier(NamedTuple):
    """A carrier as `/carriers` lists it, with what its tracking numbers and texts look like."""

    code: str  # one real code is in mixed case, so codes are never folded
    name: str
    name_cn: str  # "" = the API leaves the field out
    phone: str
    homepage: str
    kind: str  # express | globalpost
    country: str
    language: str
    number: str  # {core} is eight digits, {check} their check digit, {ab} a letter


# code | name | name_cn | phone | homepage | type | country | language | number
TABLE = """
china-post|China post|中国邮政|86 20 11185|yjcx.ems.com.cn|post|cn|zh|S10 R
china-ems|China EMS|中国EMS|86 20 11183|www.ems.com.cn|express|cn|zh|S10 L
yanwen|YANWEN|燕文物流|86 400-108-5656|www.yw56.com.cn|express|cn|zh|UG{core}{check}YP
4px|4PX|递四方|86 755 33936349|express.4px.com|express|cn|en|4PX3000{core}CN
sto|STO Express|申通快递|95543|www.sto.cn|express|cn|zh|77310{core}
hong-kong-post|Hong Kong Post|香港邮政|852 2921 2222|www.hongkongpost.hk|post|hk|en|S10 R
singapore-post|Singapore Post|新加坡邮政|0065 / 6841 2000|www.singpost.com|post|sg|en|S10 R
usps|USPS|美国邮政|1-800-275-8777|www.usps.com|post|us|en|94001116995{core}{check}00
royal-mail|Royal Mail|英国皇家邮政|44 1752387112|www.royalmail.com|post|gb|en|S10 J
dhl|DHL Express|DHL|1 800 225 5345|www.dhl.com|express|de|en|4{core}{check}
deutsche-post|Deutsche Post Mail|德国邮政||www.deutschepost.de|post|de|de|S10 R
la-poste|La Poste|法国邮政||www.laposte.fr|post|fr|fr|S10 R
colissimo|Colissimo|法国邮政-Colissimo||www.colissimo.fr|express|fr|fr|6A{core}{check}012
correos-spain|Correos Spain|西班牙邮政|34 902197197|www.correos.es|post|es|es|S10 R
poste-italiane|Poste Italiane|意大利邮政|39 803160|www.poste.it|post|it|it|S10 R
postnl-parcels|PostNL|荷兰邮政||www.postnl.nl|post|nl|nl|3SABCD{core}{check}
poczta-polska|Poczta Polska|波兰邮政|48 438420600|www.poczta-polska.pl|post|pl|pl|S10 R
lietuvos-pastas|Lithuania Post|立陶宛邮政|(370) 8 700 55400|www.post.lt|post|lt|en|S10 R
russian-post|Russian Post|俄罗斯邮政|007 495 956 20 67|www.russianpost.ru|post|ru|ru|S10 R
ukraine-post|Ukrposhta|乌克兰邮政|380 800300545|ukrposhta.ua|post|ua|uk|S10 R
japan-post|Japan Post|日本邮政|0081 3 3504 4411|www.post.japanpost.jp|post|jp|ja|S10 E
korea-post|Korea Post|韩国邮政|82-2-2108-9895|www.epost.go.kr|post|kr|ko|S10 R
brazil-correios|Brazil Correios|巴西邮政|55 61 3003 0100|www.correios.com.br|post|br|pt|S10 R
Correios-Cabo-Verde|Correios Cabo Verde|||www.correios.cv|post|cv|pt|S10 R
bluedart|Bluedart|Bluedart||www.bluedart.com|express|in|en|506{core}
gati-kwe|Gati-KWE|Gati-KWE|1800-180-4284|www.gatikwe.com|express|in|en|4{core}
ups|UPS|UPS|1 800 742 5877|www.ups.com|express|us|en|1Z97X17X{ab}W{core}
fedex|Fedex|Fedex-联邦快递|1 800 247 4747|www.fedex.com|express|us|en|773{check}{core}
australia-post|Australia Post||61 3 8847 9980|auspost.com.au|post|au|en|S10 R
"""


def _carrier(row: str) -> Carrier:
    """Return a row of the table; `S10 R` is a postal number that starts with an R."""
    code, name, name_cn, phone, homepage, kind, country, language, number = row.split("|")
    if number.startswith("S10 "):
        number = f"{number[4:]}{{ab}}{{core}}{{check}}{country.upper()}"
    kind = "globalpost" if kind == "post" else kind
    homepage = f"http://{homepage}/"
    return Carrier(code, name, name_cn, phone, homepage, kind, country, language, number)


CARRIERS = {carrier.code: carrier for carrier in map(_carrier, TABLE.strip().splitlines())}


class Lane(NamedTuple):
    """One way that the account ships."""

    weight: int
    carrier: str
    origin: str
    destination: str
    last_mile: str  # the carrier of the destination leg; "" = the same, so there is no such leg
    median_days: float
    sigma: float  # of the log-normal duration
    expires_days: int  # how long the API follows a parcel that does not arrive


def _post(weight: int, carrier: str, *ends: str, median_days: float = 16.0) -> Lane:
    origin, destination, last_mile = ends
    return Lane(weight, carrier, origin, destination, last_mile, median_days, 0.42, 60)


def _express(weight: int, carrier: str, *ends: str, median_days: float = 2.3) -> Lane:
    origin, destination = ends
    return Lane(weight, carrier, origin, destination, "", median_days, 0.40, 30)


LANES = (
    _post(14, "china-post", "cn", "us", "usps", median_days=18),
    _post(5, "china-post", "cn", "gb", "royal-mail"),
    _post(5, "china-post", "cn", "de", "deutsche-post"),
    _post(4, "china-post", "cn", "fr", "la-poste", median_days=19),
    _post(4, "china-post", "cn", "es", "correos-spain", median_days=22),
    _post(4, "china-post", "cn", "ru", "russian-post", median_days=24),
    _post(3, "china-post", "cn", "br", "brazil-correios", median_days=32),
    _post(2, "china-post", "cn", "cv", "Correios-Cabo-Verde", median_days=34),
    _post(5, "china-ems", "cn", "us", "usps", median_days=9),
    _post(3, "china-ems", "cn", "jp", "japan-post", median_days=6),
    _post(3, "china-ems", "cn", "kr", "korea-post", median_days=6),
    _post(4, "yanwen", "cn", "ua", "ukraine-post", median_days=20),
    _post(4, "yanwen", "cn", "it", "poste-italiane", median_days=20),
    _post(3, "yanwen", "cn", "pl", "poczta-polska", median_days=17),
    _post(4, "4px", "cn", "us", "usps", median_days=11),
    _post(2, "4px", "hk", "nl", "postnl-parcels", median_days=9),
    _post(3, "4px", "cn", "au", "australia-post", median_days=13),
    _post(3, "hong-kong-post", "hk", "us", "usps", median_days=15),
    _post(3, "singapore-post", "sg", "gb", "royal-mail", median_days=14),
    _post(2, "lietuvos-pastas", "lt", "kr", "korea-post", median_days=15),
    _post(2, "deutsche-post", "de", "us", "usps", median_days=12),
    _post(1, "Correios-Cabo-Verde", "cv", "br", "brazil-correios", median_days=21),
    _express(5, "dhl", "cn", "de", median_days=3.2),
    _express(3, "dhl", "de", "us", median_days=2.8),
    _express(3, "fedex", "hk", "us", median_days=3.0),
    _express(3, "fedex", "us", "us"),
    _express(4, "ups", "us", "us"),
    _express(2, "ups", "cn", "us", median_days=3.5),
    _express(6, "sto", "cn", "cn", median_days=2.0),
    _express(4, "bluedart", "in", "in", median_days=2.4),
    _express(3, "gati-kwe", "in", "in", median_days=5.0),
    _express(4, "colissimo", "fr", "fr", median_days=2.1),
    _express(3, "usps", "us", "us", median_days=3.4),
    _express(3, "royal-mail", "gb", "gb", median_days=1.9),
    _express(2, "postnl-parcels", "nl", "nl", median_days=1.4),
    _express(2, "poczta-polska", "pl", "pl", median_days=2.2),
    _express(3, "ukraine-post", "ua", "ua", median_days=3.1),
    _express(2, "japan-post", "jp", "jp", median_days=1.7),
    _express(2, "korea-post", "kr", "kr", median_days=1.6),
    _express(2, "correos-spain", "es", "es", median_days=2.5),
    _express(2, "poste-italiane", "it", "it", median_days=2.6),
    # no weight: the account ships so only where the merchant says it
    _express(0, "la-poste", "fr", "fr"),
    _express(0, "russian-post", "ru", "ru", median_days=5.5),
    _express(0, "brazil-correios", "br", "br", median_days=4.5),
    _express(0, "australia-post", "au", "au", median_days=3.3),
)
LANE_STEPS = tuple(accumulate(lane.weight for lane in LANES))
