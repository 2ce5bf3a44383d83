"""The rotation planner without a database: who visits which branch when in a month, and why somebody could not.

Four steps, each small enough to be solved by itself. *Targets* deal scenarios, windows and weekdays by their shares
(:mod:`targets`). *People* chooses shopper and window for each visit (:mod:`people`), *days* a day for each of them
(:mod:`days`); both are OR-Tools CP-SAT models. What has no day goes back to the first as a combination that cannot be,
and at the end *filling* tries whatever is left one by one (:mod:`solving`). :mod:`explaining` says in words why a visit
has no place, :mod:`summing` and :mod:`connected` say how good a plan is, whoever made it.
"""
