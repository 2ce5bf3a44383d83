"""Measurements: ``make bench`` runs them all and prints one table, with the sizes and versions they hold for.

Every measurement is bounded in count, talks to this machine's loopback address only, and checks that what it timed did
happen.
"""
