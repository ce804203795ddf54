"""What carriers that write Italian say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("Spedizione annunciata dal mittente", "In attesa di presa in carico"),
    M.PICKED_UP: ("Presa in carico", "Accettata allo sportello"),
    M.IN_TRANSIT: ("In transito", "In lavorazione"),
    M.ARRIVED_HUB: ("Arrivata al centro operativo di {city}", "In lavorazione presso {city}"),
    M.DEPARTED_HUB: ("Partita dal centro operativo", "In viaggio da {city} verso {next}"),
    M.DEPARTED_ORIGIN: ("Partita dal paese di origine", "Affidata al vettore aereo"),
    M.ARRIVED_DESTINATION: ("Arrivata nel paese di destinazione", "Arrivata al centro scambi"),
    M.CUSTOMS_PROCESSING: ("Presentata in dogana", "In attesa di sdoganamento"),
    M.CUSTOMS_HOLD: ("Fermata in dogana: richiesti documenti al destinatario",),
    M.CUSTOMS_CLEARED: ("Sdoganata", "Operazioni doganali concluse"),
    M.AT_DELIVERY_OFFICE: ("Arrivata all'ufficio di recapito", "Arrivata alla filiale di {city}"),
    M.OUT_FOR_DELIVERY: ("In consegna", "Affidata al portalettere"),
    M.DELIVERY_FAILED: ("Tentata consegna: destinatario assente, lasciato avviso",),
    M.AVAILABLE_FOR_PICKUP: (
        "In giacenza presso l'ufficio postale di {city}",
        "Pronta per il ritiro",
    ),
    M.DELIVERED: ("Consegnata", "La spedizione è stata consegnata", "Consegnata al portiere"),
    M.COLLECTED: ("Ritirata dal destinatario allo sportello",),
    M.REFUSED: ("Rifiutata dal destinatario",),
    M.DAMAGED: ("Danneggiata, non consegnabile",),
    M.UNCLAIMED: ("Compiuta giacenza, non ritirata",),
    M.RETURNING: ("In restituzione al mittente",),
    M.RETURNED: ("Restituita al mittente", "Riconsegnata al mittente"),
}
