"""What carriers say: sentences for every milestone, in the language of the carrier."""

from trackingmore_v2.sandbox.milestones import Milestone
from trackingmore_v2.sandbox.wording import (
    chinese,
    dutch,
    english,
    french,
    german,
    italian,
    japanese,
    korean,
    polish,
    portuguese,
    russian,
    spanish,
    ukrainian,
)

# {city} and {next} are places, {courier} and {phone} the person who brings the parcel
LANGUAGES: dict[str, dict[Milestone, tuple[str, ...]]] = {
    "de": german.PHRASES,
    "en": english.PHRASES,
    "es": spanish.PHRASES,
    "fr": french.PHRASES,
    "it": italian.PHRASES,
    "ja": japanese.PHRASES,
    "ko": korean.PHRASES,
    "nl": dutch.PHRASES,
    "pl": polish.PHRASES,
    "pt": portuguese.PHRASES,
    "ru": russian.PHRASES,
    "uk": ukrainian.PHRASES,
    "zh": chinese.PHRASES,
}
COURIERS = ("张伟", "李强", "王磊", "刘洋", "陈静", "杨帆", "赵敏", "黄勇")
