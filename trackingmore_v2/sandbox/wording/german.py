"""What carriers that write German say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("Die Sendung wurde elektronisch angekündigt", "Auftragsdaten übermittelt"),
    M.PICKED_UP: ("Die Sendung wurde in der Filiale eingeliefert", "Vom Absender abgeholt"),
    M.IN_TRANSIT: ("Die Sendung ist unterwegs", "In Bearbeitung"),
    M.ARRIVED_HUB: ("Im Paketzentrum {city} eingetroffen", "Im Start-Paketzentrum bearbeitet"),
    M.DEPARTED_HUB: ("Das Paketzentrum {city} verlassen", "Von {city} nach {next} weitergeleitet"),
    M.DEPARTED_ORIGIN: ("Die Sendung hat das Ursprungsland verlassen", "Der Airline übergeben"),
    M.ARRIVED_DESTINATION: (
        "Die Sendung ist im Zielland eingetroffen",
        "In der Import-Stelle {city} angekommen",
    ),
    M.CUSTOMS_PROCESSING: ("Dem Zoll vorgeführt", "Die Sendung wird verzollt"),
    M.CUSTOMS_HOLD: ("Vom Zoll angehalten, es fehlen Unterlagen des Empfängers",),
    M.CUSTOMS_CLEARED: ("Zollabfertigung abgeschlossen", "Vom Zoll freigegeben"),
    M.AT_DELIVERY_OFFICE: ("In der Zustellbasis {city} eingetroffen", "Im Ziel-Paketzentrum"),
    M.OUT_FOR_DELIVERY: (
        "Die Sendung wurde in das Zustellfahrzeug geladen",
        "Wird heute zugestellt",
    ),
    M.DELIVERY_FAILED: (
        "Zustellversuch: Empfänger nicht angetroffen, Benachrichtigung hinterlassen",
        "Die Sendung konnte nicht zugestellt werden",
    ),
    M.AVAILABLE_FOR_PICKUP: (
        "Liegt in der Filiale {city} zur Abholung bereit",
        "In der Packstation",
    ),
    M.DELIVERED: (
        "Die Sendung wurde erfolgreich zugestellt",
        "Zugestellt, einem Nachbarn übergeben",
        "Dem Empfänger übergeben",
    ),
    M.COLLECTED: ("Vom Empfänger in der Filiale abgeholt", "Aus der Packstation entnommen"),
    M.REFUSED: ("Annahme durch den Empfänger verweigert",),
    M.DAMAGED: ("Die Sendung ist beschädigt und wird nicht zugestellt",),
    M.UNCLAIMED: ("Nicht abgeholt, Lagerfrist abgelaufen",),
    M.RETURNING: ("Rücksendung an den Absender eingeleitet", "Auf dem Rückweg zum Absender"),
    M.RETURNED: ("An den Absender zurückgegeben", "Rücksendung dem Absender zugestellt"),
}
