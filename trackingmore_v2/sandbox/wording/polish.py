"""What carriers that write Polish say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: (
        "Przygotowano dane o przesyłce",
        "Zarejestrowano dane, oczekiwanie na nadanie",
    ),
    M.PICKED_UP: ("Przesyłka nadana", "Odebrano od nadawcy"),
    M.IN_TRANSIT: ("Przesyłka w drodze", "W trakcie przetwarzania"),
    M.ARRIVED_HUB: ("Nadejście do sortowni {city}", "Przesyłka dotarła do sortowni"),
    M.DEPARTED_HUB: ("Wysłanie z sortowni {city}", "Wysłano z {city} do {next}"),
    M.DEPARTED_ORIGIN: ("Wysłanie z kraju nadania", "Przekazano przewoźnikowi lotniczemu"),
    M.ARRIVED_DESTINATION: ("Nadejście do kraju przeznaczenia", "Przesyłka w urzędzie wymiany"),
    M.CUSTOMS_PROCESSING: ("Przekazano do odprawy celnej", "Trwa odprawa celna"),
    M.CUSTOMS_HOLD: ("Zatrzymana przez urząd celny, wymagane dokumenty odbiorcy",),
    M.CUSTOMS_CLEARED: ("Odprawa celna zakończona", "Zwolniona przez urząd celny"),
    M.AT_DELIVERY_OFFICE: ("Nadejście do placówki oddawczej", "Przesyłka w placówce {city}"),
    M.OUT_FOR_DELIVERY: ("Przekazano do doręczenia", "Wydano kurierowi do doręczenia"),
    M.DELIVERY_FAILED: ("Awizo: odbiorca nieobecny", "Nieudana próba doręczenia"),
    M.AVAILABLE_FOR_PICKUP: ("Gotowa do odbioru w placówce {city}", "Oczekuje na odbiór"),
    M.DELIVERED: ("Doręczono", "Przesyłka doręczona adresatowi", "Odebrana przez adresata"),
    M.COLLECTED: ("Odebrano w placówce", "Odebrana w punkcie przez odbiorcę"),
    M.REFUSED: ("Odmowa przyjęcia przez adresata",),
    M.DAMAGED: ("Przesyłka uszkodzona, nie zostanie doręczona",),
    M.UNCLAIMED: ("Nie podjęto w terminie",),
    M.RETURNING: ("Zwrot do nadawcy w drodze",),
    M.RETURNED: ("Zwrócono do nadawcy", "Doręczono zwrot nadawcy"),
}
