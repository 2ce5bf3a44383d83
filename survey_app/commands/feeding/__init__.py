"""Files of interactions, of people not to be asked and of opt-outs: kept in our own form, then taken in by a worker.

A file is uploaded, dropped into a folder or named on the command line; from there on its way is the same. It is a run
(``ImportRun``); a killed worker's run goes on where it stood, and a row told twice is stored once.
"""
