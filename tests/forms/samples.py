"""Small questionnaires for tests, written as documents; every part that matters to a test is written in the test."""

from __future__ import annotations

from typing import Any

from forms.questionnaire.definition import Questionnaire, load

YNNA = {
    "points": [
        {"value": "yes", "text": {"he": "כן", "en": "Yes"}, "score": 100},
        {"value": "no", "text": {"he": "לא", "en": "No"}, "score": 0},
    ],
    "extra": [{"value": "na", "text": {"he": "לא רלוונטי", "en": "Not applicable"}}],
}
SAT5 = {
    "points": [{"value": value, "text": {"he": f"דרגה {value}"}} for value in range(1, 6)],
    "extra": [{"value": "dk", "text": {"he": "קשה לומר"}}],
}
NPS11 = {
    "min": 0,
    "max": 10,
    "anchors": [{"value": 0, "text": {"he": "אין נכונות"}}, {"value": 10, "text": {"he": "נכונות רבה"}}],
    "extra": [{"value": "dk", "text": {"he": "קשה לומר"}}],
}
SCALES = {"ynna": YNNA, "sat5": SAT5, "nps11": NPS11}


def he(text: str) -> dict[str, str]:
    """A text in Hebrew only."""
    return {"he": text}


PRIVACY = {part: he(f"הודעה: {part}") for part in ("purposes", "recipients", "duty", "officer")}


def question(code: str, kind: str, **more: Any) -> dict[str, Any]:
    """A question's document."""
    return {"code": code, "type": kind, "text": he(f"שאלה {code}"), **more}


def item(code: str, points: int, **more: Any) -> dict[str, Any]:
    """A yes/no/not applicable item's document."""
    return question(code, "item", scale="ynna", points=points, **more)


def scored(code: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A scored section's document; its points are those of its items."""
    points = sum(one["points"] for one in items)
    return {"code": code, "title": he(f"פרק {code}"), "points": points, "scored": True, "questions": list(items)}


def asked(*questions: dict[str, Any], code: str = "main", **more: Any) -> dict[str, Any]:
    """A section without points."""
    return {"code": code, "questions": list(questions), **more}


def document(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole document with the three scales; the total is that of its scored sections."""
    total = sum(section.get("points", 0) for section in sections)
    return {
        "format": 1,
        "code": "sample",
        "kind": "customer_survey",
        "title": he("דוגמה"),
        "languages": {"he": "source", "en": "draft"},
        **({"total_points": total} if total else {}),
        "privacy": PRIVACY,
        "scales": SCALES,
        "sections": list(sections),
        **more,
    }


def questionnaire(*sections: dict[str, Any], **more: Any) -> Questionnaire:
    """The questionnaire of :func:`document`."""
    return load(document(*sections, **more))
