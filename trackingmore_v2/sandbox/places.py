"""Where the sandbox's parcels go: countries as carriers spell them, cities with their clocks."""

from typing import NamedTuple


class City(NamedTuple):
    """A place where a parcel is scanned."""

    name: str
    native: str  # as carriers write it that do not use Latin letters
    zone: str

    def spelled(self, language: str) -> str:
        """Return the name as a carrier that writes *language* gives it."""
        return self.name if language in LATIN else self.native


class Country(NamedTuple):
    """One end of a lane."""

    name: str
    spellings: tuple[str, ...]  # what original_country and destination_country say
    offset_hours: int  # rough: enough to deliver by daylight
    cities: tuple[City, ...]


LATIN = frozenset({"en", "fr", "de", "es", "it", "pt", "pl", "nl"})

# code | name | spellings | offset | zone: city=native; city @ zone: ...
TABLE = """
cn|China|China,China,China,|8|Asia/Shanghai: Shenzhen=深圳市; Guangzhou=广州市; Yiwu=义乌市; \
Hangzhou=杭州市; Shanghai=上海市; Beijing=北京市; Zhengzhou=郑州市; Quanzhou=泉州市; Chengdu=成都市
hk|Hong Kong|Hong Kong,Hong Kong [CN]|8|Asia/Hong_Kong: Hong Kong=香港; Kwai Chung=葵涌
sg|Singapore|Singapore|8|Asia/Singapore: Singapore; SINGAPORE
us|United States|United States,United States,United States of America (the),US|-6|\
America/New_York: JAMAICA, NY 11430; ATLANTA, GA 30320; EDISON, NJ 08817; MIAMI, FL 33152 @ \
America/Chicago: CHICAGO, IL 60666; DES MOINES, IA 50318; DALLAS, TX 75261 @ \
America/Denver: DENVER, CO 80249 @ \
America/Los_Angeles: LOS ANGELES, CA 90009; SAN FRANCISCO, CA 94128; RENTON, WA 98056
gb|United Kingdom|United Kingdom,Great Britain|0|\
Europe/London: Langley HWDC; Heathrow; Leeds MC; Bristol DO; Croydon DO
de|Germany|Germany,Germany,Deutschland|1|\
Europe/Berlin: Frankfurt; Leipzig; Hamburg; Rüdersdorf; Köln; Niederaula
fr|France|France|1|Europe/Paris: Roissy; Lyon; Wissous; Marseille; Châteauroux; Rennes
es|Spain|Spain,Spain,España|1|\
Europe/Madrid: Madrid; Barcelona; Valencia; Málaga @ Atlantic/Canary: Las Palmas
it|Italy|Italy|1|Europe/Rome: Milano; Lonate Pozzolo; Roma; Napoli; Bologna
nl|Netherlands|Netherlands,Netherlands (the)|1|\
Europe/Amsterdam: Den Haag; Amsterdam; Nieuwegein; Utrecht
pl|Poland|Poland|1|Europe/Warsaw: Warszawa; Łódź; Kraków; Zabrze; Gdańsk
lt|Lithuania|Lithuania|2|Europe/Vilnius: Vilnius; Kaunas
ru|Russia|Russia,Russian Federation|4|\
Europe/Moscow: Moscow=Москва; Podolsk=Подольск; Saint Petersburg=Санкт-Петербург @ \
Asia/Yekaterinburg: Yekaterinburg=Екатеринбург @ Asia/Novosibirsk: Novosibirsk=Новосибирск @ \
Asia/Vladivostok: Vladivostok=Владивосток
ua|Ukraine|Ukraine|2|Europe/Kyiv: Kyiv=Київ; Lviv=Львів; Odesa=Одеса; Dnipro=Дніпро
jp|Japan|Japan|9|Asia/Tokyo: Kawasaki=川崎; Tokyo=東京; Osaka=大阪; Nagoya=名古屋; Fukuoka=福岡
kr|South Korea|Korea~ South,Korea~ South,South Korea,Korea~ Republic of|9|\
Asia/Seoul: Incheon=인천; Seoul=서울; Busan=부산; Daejeon=대전
br|Brazil|Brazil|-3|America/Sao_Paulo: CURITIBA / PR; SAO PAULO / SP; RIO DE JANEIRO / RJ @ \
America/Manaus: MANAUS / AM
cv|Cape Verde|Cape Verde,Cabo Verde|-1|Atlantic/Cape_Verde: Praia; Mindelo
in|India|India,India,Ratangarh,|5|\
Asia/Kolkata: Ratangarh; Jaipur; Bhiwandi Hub; Bangalore; Manipal; Aslali Warehouse; Indore 247
au|Australia|Australia|10|\
Australia/Sydney: SYDNEY NSW; ROCKDALE NSW @ Australia/Perth: PERTH WA
"""


def _countries() -> dict[str, Country]:
    """Return the table, read; a `~` stands for a comma that is part of a name."""
    countries = {}
    for line in TABLE.strip().splitlines():
        code, name, spellings, offset, places = line.split("|")
        cities = []
        for part in places.split(" @ "):
            zone, _, names = part.partition(": ")
            for city in names.split("; "):
                latin, _, native = city.partition("=")
                cities.append(City(latin, native or latin, zone))
        spelled = tuple(s.replace("~", ",") for s in spellings.split(","))
        countries[code] = Country(name, spelled, int(offset), tuple(cities))
    return countries


COUNTRIES = _countries()
