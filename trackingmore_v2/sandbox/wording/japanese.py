"""What carriers that write Japanese say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("発送情報を受信しました", "ラベル作成済み、引受前"),
    M.PICKED_UP: ("引受", "{city}郵便局で引き受けました"),
    M.IN_TRANSIT: ("輸送中", "区分作業中"),
    M.ARRIVED_HUB: ("{city}の中継局に到着", "到着"),
    M.DEPARTED_HUB: ("{city}の中継局から発送", "中継"),
    M.DEPARTED_ORIGIN: ("国際交換局から発送", "航空会社へ引渡し"),
    M.ARRIVED_DESTINATION: ("国際交換局に到着", "国内へ到着しました"),
    M.CUSTOMS_PROCESSING: ("通関手続中", "税関検査のため税関へ提示"),
    M.CUSTOMS_HOLD: ("税関で保留、書類の提出が必要です",),
    M.CUSTOMS_CLEARED: ("通関手続が完了しました", "税関から受領"),
    M.AT_DELIVERY_OFFICE: ("配達担当局に到着", "{city}の配達担当局に到着"),
    M.OUT_FOR_DELIVERY: ("持ち出し中", "配達に出発しました"),
    M.DELIVERY_FAILED: ("ご不在のため持ち戻り", "不在通知を投函しました"),
    M.AVAILABLE_FOR_PICKUP: ("窓口でお渡しできます", "{city}郵便局で保管中"),
    M.DELIVERED: ("お届け先にお届け済み", "配達完了", "郵便受けに配達しました"),
    M.COLLECTED: ("窓口でお渡し", "受取人が窓口で受け取りました"),
    M.REFUSED: ("受取拒否",),
    M.DAMAGED: ("破損のため配達できません",),
    M.UNCLAIMED: ("保管期間経過",),
    M.RETURNING: ("差出人へ返送中", "返送手続を開始しました"),
    M.RETURNED: ("差出人に返送済み", "差出人へ返還しました"),
}
