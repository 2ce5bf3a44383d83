"""Types of XLSForm and our own: which says which, and why some say nothing to a questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pyxform import aliases
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json import RE_SELECT

from translations import lazy_gettext as _l


class Standard(NamedTuple):
    """How one of our types is written: the type in the survey sheet, and the appearance that goes with it."""

    type: str
    appearance: str = ""


#: Our types as XLSForm has them. A list's name follows the select types; statements are a group of them.
WRITTEN: Final[Mapping[str, Standard]] = {
    "scale": Standard("select_one", "likert"),
    "item": Standard("select_one"),
    "statements": Standard("begin_group", "field-list"),
    "single": Standard("select_one"),
    "dropdown": Standard("select_one", "minimal"),
    "multiple": Standard("select_multiple"),
    "ranking": Standard("rank"),
    "text": Standard("text", "multiline"),
    "line": Standard("text"),
    "email": Standard("text"),
    "phone": Standard("text", "numbers"),
    "checkbox": Standard("acknowledge"),
    "consent": Standard("select_one"),
    "note": Standard("note"),
    "minutes": Standard("integer"),
    "duration": Standard("integer"),
    "int": Standard("integer"),
    "number": Standard("decimal"),
    "date": Standard("date"),
    "time": Standard("time"),
    "datetime": Standard("dateTime"),
    "ref": Standard("text"),
    "photo": Standard("image"),
    "file": Standard("file"),
}

#: What a row asks for: the type it becomes when nothing else says more, by control and kind of data.
_BY_CONTROL: Final[Mapping[tuple[str, str], str]] = {
    ("input", "string"): "line",
    ("input", "int"): "number",
    ("input", "decimal"): "number",
    ("input", "date"): "date",
    ("input", "time"): "time",
    ("input", "dateTime"): "datetime",
    ("input", "barcode"): "line",
    ("upload", "image/*"): "photo",
    ("upload", "application/*"): "file",
    ("trigger", "string"): "checkbox",
    ("range", "int"): "range",
}
_SELECTS: Final = {"select one": "single", "select all that apply": "multiple", "rank": "ranking"}
#: Types of ours that a row may become, by the type it becomes by itself.
MAY_BE: Final[Mapping[str, frozenset[str]]] = {
    "single": frozenset({"scale", "item", "single", "dropdown", "consent"}),
    "line": frozenset({"text", "line", "email", "phone", "ref"}),
    "number": frozenset({"minutes", "duration", "int", "number"}),
}
_PLACE: Final = _l("Places on a map cannot be asked for.")
_RECORDING: Final = _l("Recordings cannot be asked for; a file can.")
_COLLECTED: Final = _l("This is collected by a device, not answered; the response keeps its own times.")
#: Why a type is not carried.
REASONS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        ("geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint", "location", "gps"), _PLACE
    ),
    **dict.fromkeys(("audio", "video", "background-audio"), _RECORDING),
    **dict.fromkeys(
        (
            "start",
            "end",
            "today",
            "deviceid",
            "imei",
            "subscriberid",
            "simserial",
            "phonenumber",
            "username",
            "email",
            "audit",
        ),
        _COLLECTED,
    ),
    "calculate": _l("Answers are not calculated from others."),
    "hidden": _l("Hidden values are not kept."),
    "repeat": _l("Questions are not repeated; a repeated part cannot be carried."),
    "csv-external": _l("Lists in files of their own cannot be carried."),
    "xml-external": _l("Lists in files of their own cannot be carried."),
    "osm": _PLACE,
}
OTHERWISE: Final = _l("Questionnaires have nothing for this type.")
FROM_FILE: Final = REASONS["csv-external"]
FROM_ANSWERS: Final = _l("Choices cannot be made of earlier answers.")


class Asked(NamedTuple):
    """What a row's type says: what it becomes by itself (empty: nothing), the list it chooses from, ``or_other``.

    ``whole`` tells numbers without a fraction, ``given`` are constraint and the like that the type brings along.
    """

    becomes: str
    list: str = ""
    or_other: bool = False
    whole: bool = False
    constraint: str = ""
    reason: Any = ""


def asked(kind: str) -> Asked:
    """What the type column of a row says."""
    select = RE_SELECT.search(kind)
    if select:
        command, name = aliases.select[select["select_command"]], select["list_name"]
        if command not in _SELECTS or (
            "." in name.rpartition("/")[2] and select["select_command"] in aliases.select_from_file
        ):
            return Asked("", reason=FROM_FILE)
        if "${" in name:
            return Asked("", reason=FROM_ANSWERS)
        return Asked(_SELECTS[command], name, bool(select["specify_other"]))
    known = QUESTION_TYPE_DICT.get(kind) or QUESTION_TYPE_DICT.get(aliases._type_alias_map.get(kind, ""))  # noqa: SLF001
    if known is None:
        return Asked("", reason=REASONS.get(kind, OTHERWISE))
    control, bind = known.get("control", {}), known.get("bind", {})
    if bind.get("readonly"):
        return Asked("note")
    data = control.get("mediatype") or bind.get("type", "string")
    becomes = _BY_CONTROL.get((control.get("tag", ""), data), "")
    reason = "" if becomes else REASONS.get(kind) or (_COLLECTED if "jr:preload" in bind else _media(data, kind))
    return Asked(becomes, whole=data == "int", constraint=bind.get("constraint", ""), reason=reason)


def _media(data: str, kind: str) -> Any:
    if data.startswith(("audio", "video")):
        return _RECORDING
    if data.startswith(("geo", "osm")):
        return _PLACE
    return REASONS["calculate"] if "calculate" in kind else OTHERWISE
