"""Responses out: as CSV, as a workbook, for SPSS and as JSON lines. Pure writers over a stream of records."""
