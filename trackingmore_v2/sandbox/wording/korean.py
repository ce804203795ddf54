"""What carriers that write Korean say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: ("발송 정보 접수", "운송장 등록, 접수 대기"),
    M.PICKED_UP: ("접수", "{city} 우체국 접수"),
    M.IN_TRANSIT: ("운송 중", "구분 작업 중"),
    M.ARRIVED_HUB: ("{city} 집중국 도착", "도착"),
    M.DEPARTED_HUB: ("{city} 집중국 발송", "발송: {next} 방면"),
    M.DEPARTED_ORIGIN: ("발송교환국에서 발송", "항공사 인계"),
    M.ARRIVED_DESTINATION: ("교환국 도착", "상대국 도착"),
    M.CUSTOMS_PROCESSING: ("통관 검사 대기", "통관 진행 중"),
    M.CUSTOMS_HOLD: ("통관 보류: 서류 제출 필요",),
    M.CUSTOMS_CLEARED: ("통관 완료", "통관 및 분류 완료"),
    M.AT_DELIVERY_OFFICE: ("배달 우체국 도착", "{city} 배달국 도착"),
    M.OUT_FOR_DELIVERY: ("배달 준비", "집배원이 배달 중입니다"),
    M.DELIVERY_FAILED: ("미배달: 수취인 부재", "부재로 안내문 부착"),
    M.AVAILABLE_FOR_PICKUP: ("우체국 보관, 창구 수령 가능",),
    M.DELIVERED: ("배달 완료", "배달완료: 본인 수령", "우편함 배달"),
    M.COLLECTED: ("창구에서 교부", "수취인 방문 수령"),
    M.REFUSED: ("수취 거절",),
    M.DAMAGED: ("파손으로 배달 불가",),
    M.UNCLAIMED: ("보관 기간 경과, 미수령",),
    M.RETURNING: ("반송 중", "발송인에게 반송 시작"),
    M.RETURNED: ("반송 완료", "발송인에게 반환"),
}
