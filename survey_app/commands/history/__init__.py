"""Historic responses: a file of another system is looked at, its columns are matched, and its rows are tried.

Then they are imported, and all of them can be taken back. Every step is a run (``ImportRun``); what takes long is a job
that goes on where a killed worker stopped.
"""
