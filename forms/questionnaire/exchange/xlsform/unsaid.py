"""What other programs will not see of a questionnaire that is written as XLSForm."""

from __future__ import annotations

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.xlsform import overlay
from forms.questionnaire.exchange.xlsform.tables import EXTRA
from forms.questionnaire.exchange.xlsform.workbook import sheets
from translations import gettext as _
from translations import isolate_ltr


def losses(questionnaire: Questionnaire) -> list[Problem]:
    """Everything that stands in our own sheet only, once for each place and key; reading it here brings it back."""
    _tables, entries, hints, ending = sheets(questionnaire)
    found: dict[tuple[str, str], None] = {}
    for entry in entries:
        steps = overlay.steps(entry.place)
        if entry.key in {overlay.IN, "gone"} or (entry.key == "shown_if" and entry.standard):
            # Where the columns say when something is shown, they say more: that nothing ended before.
            continue
        if entry.key == "ends_if" and steps[-1] in ending:
            continue
        if steps[0] == "form":
            place, key = "", (*steps[1:], entry.key)[0]
        elif len(steps) > 1:
            place, key = ".".join(steps[:2]), (*steps[2:], entry.key)[0]
        else:
            place, key = steps[0], entry.key
        found[place, key] = None
    for kind, name in hints:
        if kind == "types" and hints[kind, name] != "statements":
            found[f"questions.{name}", "type"] = None
    message = _("Other programs do not see this; it stands in the sheet %(sheet)s only.", sheet=isolate_ltr(EXTRA))
    return [Problem(f"{place}.{key}".strip("."), message) for place, key in found]
