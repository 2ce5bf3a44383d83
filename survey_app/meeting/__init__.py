"""The monthly meeting without pages or a database: its agenda, its reasons, its files."""
