"""Patterns of wording that lead, ask two things at once or deny twice: data, one table per language.

Only forms that a simple rule can see without guessing. Tuned on the library, where nearly every hit must be right: an
adverb such as "clearly" leads in "clearly the best" and not in "explained clearly", so it is not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: What a word begins or ends with, for scripts that join prefixes to it.
_EDGE_BEFORE, _EDGE_AFTER = r"(?<!\w)", r"(?!\w)"


def _any(*patterns: str) -> re.Pattern[str]:
    """One pattern of several, each standing as words of its own."""
    return re.compile(_EDGE_BEFORE + "(?:" + "|".join(patterns) + ")" + _EDGE_AFTER, re.IGNORECASE)


def _two(stems: str, joint: str) -> re.Pattern[str]:
    """Two words of a list joined by ``joint``: two things judged by one answer."""
    return re.compile(rf"{_EDGE_BEFORE}(?:{stems}){joint}(?:{stems})", re.IGNORECASE)


@dataclass(frozen=True)
class Phrasing:
    """What is looked for in one language.

    ``suggests``: the question hints at the answer; ``assumes``: it takes something for granted; ``loaded``: it praises
    or blames what is to be judged; ``double``: two judgements in one; ``negation``: words that deny (of Russian pairs
    only the first); ``lacking``: words that deny a noun, harmless by themselves.
    """

    suggests: re.Pattern[str]
    assumes: re.Pattern[str]
    loaded: re.Pattern[str]
    double: tuple[re.Pattern[str], ...]
    negation: re.Pattern[str]
    lacking: re.Pattern[str]
    #: Words of a scale's points that are good and bad, for its balance.
    good: re.Pattern[str]
    bad: re.Pattern[str]
    middle: re.Pattern[str]
    #: A sentence of more words, and a word of more letters, is hard to read.
    sentence: int
    word: int


_HE_QUALITIES = (
    r"[הבל]?(?:אדיב|מקצועי|מהיר|יעיל|ברור|נעים|מכבד|נקי|מסודר|נוח|קל|פשוט|סבלני|זמין|אמין|הוגן|מועיל|זריז)(?:ה|ים|ות)?"
)
_HE_THINGS = (
    r"[הבלמ]{0,2}(?:שירות|מחיר|מהירות|אדיבות|מקצועיות|יחס|זמינות|ניקיון|איכות|יעילות|נוחות|עמלות|המתנה|הסברים|אמינות|"
    r"פתרון|מענה|צוות|סניף|אתר|יישומון|אפליקציה)"
)
_EN_QUALITIES = (
    r"(?:polite|courteous|professional|fast|quick|efficient|clear|pleasant|respectful|clean|tidy|convenient|easy|simple|"
    r"patient|available|reliable|fair|helpful|friendly|useful|knowledgeable)"
)
_EN_THINGS = (
    r"(?:service|price|speed|courtesy|professionalism|attitude|availability|cleanliness|quality|efficiency|convenience|"
    r"fees|reliability|solution|staff|branch|website|app)"
)
_AR_QUALITIES = (
    r"(?:ال)?(?:مهذّ?ب|مهنيّ?|سريع|فعّ?ال|واضح|لطيف|محترم|نظيف|مرتّ?ب|مريح|سهل|بسيط|صبور|متاح|موثوق|عادل|مفيد)"
    r"(?:ًا|ة|ين|ون)?"
)
_RU_QUALITIES = (
    r"(?:вежлив|профессиональн|быстр|эффективн|понятн|приятн|уважительн|чист|аккуратн|удобн|л[её]гк|прост|терпелив|"
    r"доступн|надёжн|справедлив|полезн)\w*"
)

PHRASING: Final[Mapping[str, Phrasing]] = {
    "he": Phrasing(
        suggests=_any(r"האם אינ\w+", r"האם לא", r"האם אין", r"הלוא", r"הלא", r"נכון ש\w+", r"האם \w+ מסכי\w+ ש\w*"),
        assumes=_any(r"כולם יודעים", r"כידוע", r"ידוע ש\w+", r"ברור ש\w+", r"מובן מאליו", r"אין ספק", r"כמובן",
                     r"כפי שידוע ל\w+", r"(?:עד כמה|כמה|באיזו מידה) (?:נהנית|אהבת|שמחת|התלהבת|סבלת|התאכזבת|התרגזת)"),
        loaded=_any(r"[לבמו]?ה(?:מצוינ?|מעול|נפל|נהדר|מדהי|מושל|מסור|איכותי|נדיב|גרוע|כושל|איט|מתסכל|מעצבנ?)(?:א|ה|ם|מ|ן|י|ימ|ים|ות|ת|ית|מת)?"),
        double=(_two(_HE_QUALITIES, r"\s+ו(?:גם )?-?"), _two(_HE_THINGS, r"\s+ו(?:גם )?(?:את )?"),
                re.compile(r"ו/או")),
        negation=_any(r"[שוכ]?לא", r"[שו]?אין", r"[שו]?אינ\w{1,3}", r"אל", r"מעולם"),
        lacking=_any(r"[שו]?בלי", r"ללא"),
        good=re.compile(r"מצוין|מצוינת|טוב|מרוצה|רבה|מסכי|קל|גבוה|בהחלט|תמיד"),
        bad=re.compile(r"לא|גרוע|רע|מועטה|קשה|נמוך|אף פעם|לעולם|מתנגד"),
        middle=re.compile(r"בינונ|סביר|ככה|לעיתים|ניטרל|נייטרל"),
        sentence=24, word=11,
    ),
    "en": Phrasing(
        suggests=_any(r"(?:do|did|would|are|is|was|were|should|could|have|has)n['’]t (?:you|it|we|they|our|the)",
                      r"(?:do|did|would) you (?:not )?agree that", r"isn['’]t it", r"right\?", r"wouldn['’]t you say"),
        assumes=_any(r"everyone knows", r"as you know", r"it is (?:clear|obvious|well known) that", r"obviously",
                     r"of course", r"no doubt", r"how much did you (?:enjoy|love|like|hate|suffer)",
                     r"how (?:delighted|disappointed|annoyed) (?:are|were) you"),
        loaded=_any(r"(?:our|the|your) (?:excellent|wonderful|great|amazing|outstanding|superb|fantastic|dedicated|"
                    r"terrible|awful|poor|slow|frustrating)"),
        double=(_two(_EN_QUALITIES, r"(?:,? and(?:/or)? (?:also )?|/)"),
                _two(_EN_THINGS, r"(?:,? and(?:/or)? (?:the )?|/)"),
                re.compile(r"and/or")),
        negation=_any(r"not", r"no", r"never", r"none", r"cannot", r"\w+n['’]t"),
        lacking=_any(r"without"),
        good=re.compile(r"excellent|good|satisfied|great|agree|easy|likely|high|always|definitely", re.IGNORECASE),
        bad=re.compile(r"not |dis|poor|bad|small|difficult|low|never|hard", re.IGNORECASE),
        middle=re.compile(r"moderate|fair|neither|average|neutral|sometimes|acceptable", re.IGNORECASE),
        sentence=28, word=13,
    ),
    "ar": Phrasing(
        suggests=_any(r"ألا", r"أليس\w*", r"هل توافق\w* على أن\w*", r"أما"),
        assumes=_any(r"كما تعلم\w*", r"الجميع يعرف\w*", r"من الواضح أن\w*", r"بالطبع", r"لا شكّ?", r"كم استمتعت\w*",
                     r"إلى أيّ? مدى استمتعت\w*"),
        loaded=_any(r"(?:ال|لل)(?:ممتازة?|رائعة?|مذهلة?|سيّ?ئة?|بطيئة?)"),
        double=(_two(_AR_QUALITIES, r"\s+و"), re.compile(r"و/أو")),
        negation=_any(r"لا", r"لم", r"لن", r"ليس\w*", r"غير"),
        lacking=_any(r"دون", r"بدون"),
        good=re.compile(r"ممتاز|جيّ?د|راض|رضا عال|كبيرة|سهل|أوافق|دائم"),
        bad=re.compile(r"ليس|لا |منخفض|قليل|سيّ?ئ|صعب|أبد"),
        middle=re.compile(r"متوسّ?ط|مقبول|محايد|أحيان"),
        sentence=24, word=12,
    ),
    "ru": Phrasing(
        suggests=_any(r"не правда ли", r"не так ли", r"не считаете ли", r"разве", r"согласны ли вы,? что",
                      r"вы ведь", r"не кажется ли"),
        assumes=_any(r"как известно", r"очевидно", r"конечно", r"разумеется", r"все знают", r"вне сомнений",
                     r"насколько вам понравил\w+", r"насколько вы (?:наслаждались|разочарованы)"),
        loaded=_any(r"наш\w* (?:отличн|прекрасн|замечательн|великолепн|ужасн|плох|медленн)\w*"),
        double=(_two(_RU_QUALITIES, r" и "), re.compile(r"и/или")),
        negation=_any(r"не", r"нет", r"нельзя"),
        lacking=_any(r"без"),
        good=re.compile(r"отличн|хорош|удовлетвор|больш|легк|соглас|высок|всегда", re.IGNORECASE),
        bad=re.compile(r"не |плох|мал|трудн|низк|никогда|совсем нет", re.IGNORECASE),
        middle=re.compile(r"средн|нейтральн|иногда|приемлем", re.IGNORECASE),
        sentence=24, word=15,
    ),
}  # fmt: skip
