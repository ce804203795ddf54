"""What carriers that write Portuguese say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("Etiqueta emitida", "Informações enviadas para análise, aguarde a postagem"),
    M.PICKED_UP: ("Objeto postado", "Objeto recebido na agência"),
    M.IN_TRANSIT: ("Objeto em trânsito - por favor aguarde", "Em processamento"),
    M.ARRIVED_HUB: ("Objeto recebido na unidade de tratamento", "Chegou à unidade de {city}"),
    M.DEPARTED_HUB: ("Objeto encaminhado de {city} para {next}", "Saiu da unidade de tratamento"),
    M.DEPARTED_ORIGIN: ("Objeto saiu do país de origem", "Encaminhado para o exterior"),
    M.ARRIVED_DESTINATION: (
        "Objeto recebido pelos correios do país de destino",
        "Recebido na unidade de troca internacional",
    ),
    M.CUSTOMS_PROCESSING: ("Encaminhado para fiscalização aduaneira", "Em análise na alfândega"),
    M.CUSTOMS_HOLD: ("Retido na alfândega: aguardando pagamento ou documentos",),
    M.CUSTOMS_CLEARED: ("Fiscalização aduaneira finalizada", "Liberado pela alfândega"),
    M.AT_DELIVERY_OFFICE: ("Objeto na unidade de distribuição", "Recebido em {city}"),
    M.OUT_FOR_DELIVERY: ("Objeto saiu para entrega ao destinatário", "Com o carteiro"),
    M.DELIVERY_FAILED: ("Tentativa de entrega: destinatário ausente", "Carteiro não atendido"),
    M.AVAILABLE_FOR_PICKUP: ("Objeto aguardando retirada na agência", "Disponível em {city}"),
    M.DELIVERED: ("Objeto entregue ao destinatário", "Entregue", "Entregue na caixa de correio"),
    M.COLLECTED: ("Objeto retirado na agência pelo destinatário",),
    M.REFUSED: ("Objeto recusado pelo destinatário",),
    M.DAMAGED: ("Objeto avariado, entrega não possível",),
    M.UNCLAIMED: ("Prazo de retirada encerrado, não procurado",),
    M.RETURNING: ("Objeto em devolução ao remetente",),
    M.RETURNED: ("Objeto devolvido ao remetente", "Devolução entregue ao remetente"),
}
