"""All words of a campaign at once, as they will leave in the worst case: before it opens, not after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.messages.compose import KINDS, PARTS, SMS, Texts, Values, fill, words
from forms.messages.lint import Problem, lint
from forms.messages.parts import MOST, parts
from translations import gettext as _


def check(
    texts: Texts,
    *,
    channels: Sequence[str],
    languages: Sequence[str],
    worst: Mapping[str, Values],
    product_names: Sequence[str] = (),
    questionnaire: str = "",
    kinds: Sequence[str] = KINDS,
) -> list[Problem]:
    """Every problem of a campaign's messages. ``worst``: language -> values with the longest branch name and link."""
    found: list[Problem] = []
    for channel in channels:
        for kind in kinds if channel in PARTS else ():
            for language in languages:
                for part, text in words(texts, channel, kind, language, questionnaire).items():
                    place = f"{channel}.{kind}.{language}.{part}"
                    found.extend(lint(text, product_names, channel=channel, part=part, place=place))
                    if channel == SMS:
                        found.extend(_too_long(text, worst[language], language, place))
    return found


def _too_long(text: str, values: Values, language: str, place: str) -> list[Problem]:
    counted = parts(fill(text, values, language))
    if counted.fits:
        return []
    message = _(
        "With the longest name of a branch (%(branch)s) it takes %(count)s parts; %(most)s are allowed. "
        "Characters too many: %(over)s.",
        branch=values.branch,
        count=counted.count,
        most=MOST,
        over=max(1, -counted.room),
    )
    return [Problem(message, place)]
