"""The Bank of Israel's register of bank branches (open government data), XML and CSV: its names put into ours.

The XML names two date columns otherwise than the CSV. Its peculiarities:

- ``X_Coordinate`` holds the latitude in most rows and the longitude in some; ``BranchRow`` sorts that out for any file.
- ``Merge_Bank`` is the receiving bank's number with 001 after it (10001 is bank 10); empty, it is the same bank. Alone,
  without ``Merge_Branch``, it says which bank took over and names no branch.
- ``Branch_Type`` tells counters from units that serve no customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from survey_app.commands.imports.columns import key
from survey_app.commands.imports.parsers import code
from translations.spelling import fold

#: Columns of the register that no branch keeps.
PASSED_OVER: Final = frozenset(
    key(name) for name in ("Bank_Name", "Zip_Code", "POB", "Telephone", "Fax", "Free_Tel", "Handicap_Access")
)
#: The column that says at which bank the receiving branch is.
ASIDES: Final[Mapping[str, str]] = {key("Merge_Bank"): "merge_bank"}
#: How the register names a whole bank where a branch is asked for.
_HEAD_OFFICE: Final = "001"

#: Types of units that serve no customers, in the register's words and in those of banks' own lists: they come in with
#: ``ranked`` off. The register's two other types, רגיל (regular) and מיוחד (special), are counters for customers.
WITHOUT_CUSTOMERS: Final = frozenset(
    fold(name)
    for name in ("מחלקה", "יחידת ביצוע", "הנהלה", "מטה", "department", "operations unit", "head office", "back office")
)


def serves_customers(branch_type: str) -> bool:
    """Whether a unit of this type is a branch that customers come to."""
    return fold(branch_type) not in WITHOUT_CUSTOMERS


def receiving_branch(bank: str, merge_bank: str, merge_branch: str) -> str:
    """The branch that a unit merged into, ``bank-code``; empty where the register names no branch."""
    if not merge_branch.strip():
        return ""
    number = code(merge_bank)
    if len(number) > len(_HEAD_OFFICE) and number.endswith(_HEAD_OFFICE):
        number = number.removesuffix(_HEAD_OFFICE)
    return f"{number if merge_bank.strip() else code(bank)}-{code(merge_branch)}"


def adapt(texts: dict[str, str]) -> dict[str, str]:
    """A row's cells with the receiving branch written our way; the cells of other files stay as they are."""
    if "merge_bank" not in texts:
        return texts
    merge_bank = texts.pop("merge_bank")
    receiver = receiving_branch(texts.get("bank", ""), merge_bank, texts.get("merged_into", ""))
    return {**texts, "merged_into": receiver}
