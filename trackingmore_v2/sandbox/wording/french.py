"""What carriers that write French say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: (
        "Votre colis est attendu : l'expéditeur ne nous l'a pas encore remis",
        "Nous avons reçu l'annonce de votre envoi",
    ),
    M.PICKED_UP: ("Votre colis a été déposé au guichet", "Pris en charge par nos services"),
    M.IN_TRANSIT: ("Votre colis est en cours d'acheminement", "En cours de traitement"),
    M.ARRIVED_HUB: (
        "Arrivé sur la plateforme de {city}",
        "Votre colis est arrivé au centre de tri",
    ),
    M.DEPARTED_HUB: ("Votre colis a quitté {city}", "Parti de {city} vers {next}"),
    M.DEPARTED_ORIGIN: (
        "Votre colis a quitté le pays d'expédition",
        "Remis au transporteur aérien",
    ),
    M.ARRIVED_DESTINATION: (
        "Votre colis est arrivé dans le pays de destination",
        "Arrivé au bureau d'échange de {city}",
    ),
    M.CUSTOMS_PROCESSING: ("Présenté au service des douanes", "Dédouanement en cours"),
    M.CUSTOMS_HOLD: ("Retenu en douane : une pièce justificative vous est demandée",),
    M.CUSTOMS_CLEARED: ("Votre colis est sorti de douane", "Dédouanement terminé"),
    M.AT_DELIVERY_OFFICE: (
        "Votre colis est sur le site qui dessert votre adresse",
        "Arrivé à l'agence de livraison, il sera livré prochainement",
    ),
    M.OUT_FOR_DELIVERY: ("Votre colis est en cours de livraison", "Confié au livreur"),
    M.DELIVERY_FAILED: (
        "Destinataire absent : un avis de passage a été déposé",
        "Votre colis n'a pas pu être livré aujourd'hui",
    ),
    M.AVAILABLE_FOR_PICKUP: (
        "Votre colis vous attend au bureau de poste de {city}",
        "Disponible dans votre point de retrait",
    ),
    M.DELIVERED: (
        "Votre colis est livré",
        "Livré dans la boîte aux lettres",
        "Distribué au destinataire contre signature",
    ),
    M.COLLECTED: ("Votre colis a été retiré au guichet", "Remis au destinataire en point relais"),
    M.REFUSED: ("Refusé par le destinataire",),
    M.DAMAGED: ("Colis endommagé, il ne peut être livré",),
    M.UNCLAIMED: ("Non réclamé dans le délai de garde",),
    M.RETURNING: ("Votre colis est retourné à l'expéditeur", "Retour en cours"),
    M.RETURNED: ("Le colis a été remis à l'expéditeur", "Retour livré à l'expéditeur"),
}
