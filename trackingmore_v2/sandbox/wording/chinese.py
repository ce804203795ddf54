"""What carriers that write Chinese say; names and telephone numbers are invented."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: (
        "已收到预录单电子信息。",
        "商家已下单，等待揽收",
        "运单信息已录入，等待寄件人交货",
    ),
    M.PICKED_UP: (
        "【{city}】的{courier}（{phone}）已揽收",
        "{city}邮政营业部 已收寄，揽投员：{courier}，电话：{phone}",
        "快件已由{city}网点收入",
    ),
    M.IN_TRANSIT: ("快件运输途中", "已安检，等待发运", "邮件处理中"),
    M.ARRIVED_HUB: ("到达【{city}转运中心】", "快件已到达{city}分拨中心", "到达{city}处理中心"),
    M.DEPARTED_HUB: (
        "离开【{city}转运中心】，下一站【{next}】",
        "{city}处理中心 已封发，正发往{next}",
        "快件由{city}发往{next}",
    ),
    M.DEPARTED_ORIGIN: (
        "已交航空公司运输",
        "离开{city}国际互换局，发往目的国",
        "航班已从{city}起飞",
    ),
    M.ARRIVED_DESTINATION: ("到达目的国，进口互换局接收", "航班已抵达目的地国家", "到达寄达地"),
    M.CUSTOMS_PROCESSING: ("送交进口海关", "海关清关中"),
    M.CUSTOMS_HOLD: ("海关扣留，等待收件人提供资料", "清关异常，需补充材料"),
    M.CUSTOMS_CLEARED: ("清关完成，海关已放行", "进口海关放行"),
    M.AT_DELIVERY_OFFICE: ("到达【{city}】投递站", "快件到达{city}营业点，等待派送"),
    M.OUT_FOR_DELIVERY: (
        "【{city}】快递员{courier}（{phone}）正在派件",
        "正在派送途中，派件员：{courier}，电话：{phone}",
        "安排投递，请保持电话畅通",
    ),
    M.DELIVERY_FAILED: (
        "派送不成功：收件人不在，改日再派",
        "投递未果，{courier}（{phone}）已电话联系",
    ),
    M.AVAILABLE_FOR_PICKUP: (
        "已放入【{city}快递柜】，请凭取件码取件",
        "快件已到驿站，代收点电话{phone}，请及时领取",
    ),
    M.DELIVERED: (
        "已签收，签收人：本人签收",
        "已签收，投递员：{courier}，电话：{phone}",
        "已妥投，签收人：{courier}",
    ),
    M.COLLECTED: ("客户已取件，感谢使用", "收件人已从快递柜取走"),
    M.REFUSED: ("收件人拒收", "客户拒签，原因：不想要了"),
    M.DAMAGED: ("快件破损，无法派送", "包裹内件损毁，已作废处理"),
    M.UNCLAIMED: ("逾期未领取", "超过保管期限，无人领取"),
    M.RETURNING: ("快件退回中", "已安排退件，正退往寄件人"),
    M.RETURNED: ("退件已签收，寄件人已收回", "已退回寄件人"),
}
