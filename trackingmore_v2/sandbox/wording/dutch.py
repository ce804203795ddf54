"""What carriers that write Dutch say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: (
        "Zending is aangemeld",
        "De verzender heeft de zending nog niet overgedragen",
    ),
    M.PICKED_UP: ("Zending is door ons ontvangen", "Aangenomen bij postkantoor"),
    M.IN_TRANSIT: ("Zending is onderweg", "Zending wordt verwerkt"),
    M.ARRIVED_HUB: ("Aangekomen in sorteercentrum {city}", "Zending is gesorteerd"),
    M.DEPARTED_HUB: ("Vertrokken uit {city}", "Doorgestuurd van {city} naar {next}"),
    M.DEPARTED_ORIGIN: (
        "Zending heeft het land van herkomst verlaten",
        "Overgedragen aan de luchtvaart",
    ),
    M.ARRIVED_DESTINATION: ("Zending is aangekomen in het land van bestemming",),
    M.CUSTOMS_PROCESSING: ("Aangeboden aan de douane", "Douanebehandeling loopt"),
    M.CUSTOMS_HOLD: ("Vastgehouden door de douane, documenten van ontvanger nodig",),
    M.CUSTOMS_CLEARED: ("Vrijgegeven door de douane", "Inklaring afgerond"),
    M.AT_DELIVERY_OFFICE: ("Aangekomen op bezorglocatie {city}", "Op de bezorglocatie"),
    M.OUT_FOR_DELIVERY: ("Bezorger is onderweg", "Zending is geladen voor bezorging"),
    M.DELIVERY_FAILED: ("Niet thuis: bericht achtergelaten", "Bezorgpoging mislukt"),
    M.AVAILABLE_FOR_PICKUP: ("Zending ligt klaar bij het afhaalpunt in {city}",),
    M.DELIVERED: ("Zending is bezorgd", "Bezorgd bij de buren", "Bezorgd in de brievenbus"),
    M.COLLECTED: ("Zending is opgehaald bij het afhaalpunt",),
    M.REFUSED: ("Geweigerd door de ontvanger",),
    M.DAMAGED: ("Zending is beschadigd en kan niet worden bezorgd",),
    M.UNCLAIMED: ("Niet opgehaald binnen de bewaartermijn",),
    M.RETURNING: ("Zending gaat terug naar de afzender",),
    M.RETURNED: ("Retour bezorgd bij de afzender", "Teruggestuurd en ontvangen door afzender"),
}
