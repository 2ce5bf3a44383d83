"""Files that people bring, read into rows of text: delimited text, workbooks and XML. Pure: no database, no meaning.

What a column means and whether a value is right is the business of whoever asked for the rows.
"""

from survey_app.readers.opening import open_table, read_bytes
from survey_app.readers.table import Fault, Record, Table, Unreadable

__all__ = ["Fault", "Record", "Table", "Unreadable", "open_table", "read_bytes"]
