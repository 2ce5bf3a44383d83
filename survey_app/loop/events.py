"""What happens to a case, as its log tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

EVENTS: Final[Mapping[str, Any]] = {
    "opened": _l("Case opened"),
    "assigned": _l("Given to a new owner"),
    "escalated": _l("Rose a level: its time was over"),
    "delegated": _l("Went to whoever stands in"),
    "adopted": _l("Taken over personally"),
    "contacted": _l("Contact with the customer"),
    "step": _l("Next step set"),
    "agreed": _l("Solution agreed"),
    "done": _l("Work done"),
    "told": _l("The customer was told"),
    "survey": _l("Recovery survey sent"),
    "confirmed": _l("The customer confirmed"),
    "alert": _l("The customer's answer needs a look"),
    "closed": _l("Case closed"),
    "reopened": _l("Reopened"),
    "merged": _l("Merged"),
    "repeat": _l("Repeats an earlier problem"),
    "checked": _l("Quality check"),
    "account": _l("The employee's own account"),
    "not_me": _l('"It was not me"'),
    "moved": _l("Answer moved to another employee"),
    "subject": _l("Subject changed"),
    "compensated": _l("Compensation set"),
    "removal": _l("Removal of the score"),
    "incident": _l("Joined to an incident"),
    "note": _l("Note"),
    "withdrawn": _l("Consent to contact withdrawn"),
    "erased": _l("Customer's details deleted"),
    "overdue": _l("Overdue"),
}
#: How customers are contacted.
CHANNELS: Final[Mapping[str, Any]] = {
    "phone": _l("Telephone"),
    "sms": _l("Text message"),
    "email": _l("E-mail"),
    "branch": _l("In the branch"),
    "letter": _l("Letter"),
}
