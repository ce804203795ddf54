"""What carriers that write Spanish say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("Prerregistrado: pendiente de depósito", "Información del envío recibida"),
    M.PICKED_UP: ("Admitido en oficina", "Envío recogido al remitente"),
    M.IN_TRANSIT: ("En tránsito", "Su envío está en camino"),
    M.ARRIVED_HUB: ("Recibido en el centro logístico de {city}", "Clasificado en {city}"),
    M.DEPARTED_HUB: ("Salida del centro logístico", "Enviado de {city} a {next}"),
    M.DEPARTED_ORIGIN: (
        "Salida de la oficina internacional de origen",
        "En tránsito internacional",
    ),
    M.ARRIVED_DESTINATION: ("Llegada al país de destino", "Recibido en la oficina internacional"),
    M.CUSTOMS_PROCESSING: ("Presentado en aduana", "En trámite de despacho aduanero"),
    M.CUSTOMS_HOLD: ("Retenido en aduana: falta documentación del destinatario",),
    M.CUSTOMS_CLEARED: ("Despacho de aduana finalizado", "Liberado por la aduana"),
    M.AT_DELIVERY_OFFICE: ("En la unidad de reparto", "Recibido en la unidad de {city}"),
    M.OUT_FOR_DELIVERY: ("En reparto", "El envío ha salido a reparto"),
    M.DELIVERY_FAILED: ("Ausente en reparto, se ha dejado aviso", "Intento de entrega fallido"),
    M.AVAILABLE_FOR_PICKUP: ("Disponible en oficina para su recogida", "A su espera en {city}"),
    M.DELIVERED: ("Entregado", "Envío entregado al destinatario", "Entregado en el buzón"),
    M.COLLECTED: ("Entregado en oficina", "Recogido por el destinatario"),
    M.REFUSED: ("Rehusado por el destinatario",),
    M.DAMAGED: ("Envío deteriorado, no se puede entregar",),
    M.UNCLAIMED: ("Caducado: no retirado en plazo",),
    M.RETURNING: ("En devolución al remitente", "Iniciada la devolución"),
    M.RETURNED: ("Devuelto al remitente", "Devolución entregada al remitente"),
}
