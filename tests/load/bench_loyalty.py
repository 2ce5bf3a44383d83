"""Are effects on loyalty found where there are any, and nothing where there are none? Simulated banks, known truth.

``python -m tests.load.bench_loyalty [--banks 100]`` prints a table: how often intervals hold the truth, how often a
planted effect is told, and how often one is told where there is none.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np

from reports import employees, loyalty
from reports.agents import _reached
from reports.loop import loyalty_effect, recovered, share, speed_effect
from reports.ranking import shrink_nested
from survey_app.commands.fitting.cases import read
from survey_app.loop import likeness
from tests.load import loyal_bank as bank
from tests.load.judgement import Share, judge_recovery

_BRANCHES: Final = 20
#: Windows of likenesses are looked at so often, in hours.
_LOOKS: Final = 6


@dataclass
class Judged:
    """One effect: intervals that hold the truth, effects told where there is one, and where there is none."""

    covered: Share = field(default_factory=lambda: Share(wanted="≈ 95%"))
    told: Share = field(default_factory=Share)
    wrong: Share = field(default_factory=lambda: Share(wanted="≤ 5%"))

    def planted(self, found: Any, truth: float) -> None:
        """An interval around an effect that is there."""
        if found is not None:
            self.covered.count(found.low <= truth <= found.high)
            self.told.count(found.low > 0 or found.high < 0)

    def none(self, found: Any) -> None:
        """An interval where nothing is."""
        if found is not None:
            self.wrong.count(found.low > 0 or found.high < 0)

    def lines(self, what: str) -> Iterator[tuple[str, Share]]:
        """Rows of the table."""
        yield f"{what}: 95% intervals hold the truth", self.covered
        yield "  told where it is planted", self.told
        yield "  told where there is none", self.wrong


def judge_cases(banks: int) -> Iterator[tuple[str, Share]]:
    """Won back, quick first contact, and who leaves; times with those who wait."""
    saved, in_branch = Share(wanted="≈ 95%"), Share(wanted="≈ 95%")
    speed, leaving = Judged(), Judged()
    late = Share(wanted="≥ 90%")
    true_won = bank.QUICK * bank.WON[0] + (1 - bank.QUICK) * bank.WON[1]
    true_won *= 1 - bank.GONE
    stays = [(1 - one) ** 3 for one in bank.LEAVES]
    # Half of all have had a first contact when this part of those who are ever contacted has.
    truth = 8.5 + 17.5 * (0.5 / (1 - bank.NEVER) - bank.QUICK) / (1 - bank.QUICK)
    truth = truth if 0.5 / (1 - bank.NEVER) > bank.QUICK else 0.3 + 7.5 * 0.5 / (1 - bank.NEVER) / bank.QUICK
    for seed in range(banks):
        for effects in (True, False):
            random = np.random.default_rng([seed, 5, effects])
            given = bank.cases(random, _BRANCHES, 1500, effects=effects)
            rows = read(given, bank.MONTH, 3, bank.RULES, bank.MONTH)
            year = [one for one in rows if one.how]
            if not effects:
                speed.none(speed_effect(year, 8.0))
                leaving.none(loyalty_effect(rows))
                continue
            whole = recovered(rows)
            if whole.saved is not None and whole.contact is not None and whole.contact.median is not None:
                saved.count(whole.saved.low <= 100 * true_won <= whole.saved.high)
                late.count(abs(whole.contact.median - truth) <= 1.0)
            for branch in range(_BRANCHES):
                own = recovered([one for one in rows if one.branch == branch]).saved
                if own is not None and own.of >= 10:
                    in_branch.count(own.low <= 100 * true_won <= own.high)
            speed.planted(speed_effect(year, 8.0), 100 * (bank.WON[0] - bank.WON[1]) * (1 - bank.GONE))
            leaving.planted(loyalty_effect(rows), 100 * (stays[1] - stays[0]))
    yield "won back, organisation: 95% intervals hold the truth", saved
    yield "won back, branches with 10 closed cases: the same", in_branch
    yield "time to first contact, an eighth never contacted: within an hour", late
    yield from speed.lines("quick first contact and confirmation")
    yield from leaving.lines("not won back and leaving")


def judge_counts(banks: int) -> Iterator[tuple[str, Share]]:
    """Promises by branch, who was reached, gifts and staying, newcomers."""
    kept = Share(wanted="≈ 95%")
    reached, staying, own, new, mixed = (Judged() for _each in range(5))
    giant = np.random.default_rng(1)
    rho = float(np.mean([_rho(giant, -2.5) for _each in range(300)]))
    for seed in range(banks):
        random = np.random.default_rng([seed, 6])
        true = random.beta(18, 6, _BRANCHES)
        for rate, n in zip(true.tolist(), random.poisson(25, _BRANCHES).tolist(), strict=True):
            found = share(int(random.binomial(n, rate)), n)
            if found is not None and n >= 10:
                kept.count(found.low <= 100 * rate <= found.high)
        for helped in (True, False):
            groups = {"reached": (120, 0.74 if helped else 0.56), "not_reached": (60, 0.56), "unaffected": (900, 0.8)}
            effect = loyalty.effect({k: (int(random.binomial(n, p)), n) for k, (n, p) in groups.items()}, 10)
            reached.planted(effect.outreach, 18.0) if helped else reached.none(effect.outreach)
        gave, idle = bank.giving(random, 40, -2.5, 0.75), bank.giving(random, 40, 0.0, 1.0)
        staying.planted(loyalty.association(gave.gifts, gave.gone), rho)
        own.planted(loyalty.apart(gave.given, gave.others, 10), gave.truth)
        staying.none(loyalty.association(idle.gifts, idle.gone))
        own.none(loyalty.apart(idle.given, idle.others, 10))
        new.planted(loyalty.newcomers(bank.newcomers(random, 40, 6, mixed=False), 10).difference, 6.0)
        new.none(loyalty.newcomers(bank.newcomers(random, 40, 0, mixed=False), 10).difference)
        mixed.none(loyalty.newcomers(bank.newcomers(random, 40, 0, mixed=True), 10).difference)
    yield "promises kept, by branch: 95% intervals hold the truth", kept
    yield from reached.lines("reached minus not reached")
    yield from staying.lines("giving and staying over branches")
    yield from own.lines("given something and leaving")
    yield from new.lines("newcomers minus existing")
    yield "  told where newcomers only come to the better branches", mixed.wrong


def _rho(random: bank.Random, effect: float) -> float:
    given = bank.giving(random, 40, effect, 0.75)
    found = loyalty.association(given.gifts, given.gone)
    return found.rho if found is not None else 0.0


def judge_pulse(banks: int) -> Iterator[tuple[str, Share]]:
    """Employees' answers and customers' scores, in the same month and later, both ways."""
    found, forward, backward = Judged(), Share(), Share(wanted="not before it")
    true = employees.association(*bank.pulses(np.random.default_rng(2), 20_000, 15, 0.5), 1)
    for seed in range(banks):
        random = np.random.default_rng([seed, 7])
        for lead in (0.5, 0.0):
            after, before = employees.both_ways(*bank.pulses(random, 40, 15, lead))
            told = [isinstance(one, employees.Association) and one.found for one in (*after, *before)]
            if lead and isinstance(true, employees.Association):
                found.planted(after[1], true.slope)
                forward.count(told[1])
                backward.count(any(told[len(after) :]))
            else:
                found.wrong.count(any(told))
    yield "pulse and scores a month later: intervals (all seven at once) hold the truth", found.covered
    yield "  told where it is planted", forward
    yield "  the other way round told as well, where branches stay as they are", backward
    yield "  any of seven told where there is none", found.wrong


def judge_recognition(banks: int) -> Iterator[tuple[str, Share]]:
    """Employees proposed as excellent whose true level is below the target."""
    for above in (0.0, 0.5, 1.0):
        wrong = Share(wanted="≤ 10%")
        for seed in range(banks):
            random = np.random.default_rng([seed, 4])
            home = np.repeat(np.arange(40), 5)
            true = np.clip(random.normal(0.80, 0.04, 40)[home] + random.normal(0, 0.05, home.size), 0.02, 0.98)
            n = random.integers(10, 150, home.size)
            good = random.binomial(n, true) / n
            whole = float((good * n).sum() / n.sum())
            fit = shrink_nested(100 * good, 1e4 * whole * (1 - whole) / n, home)
            target = 80 + 6.4 * above
            proposed = (_reached(fit.mean, fit.sd, target) >= 0.9) & (n >= 30)
            wrong.count((100 * true < target)[proposed])
        yield f"excellent employees, target {above} sd above the mean: proposed wrongly", wrong


def judge_incidents(banks: int) -> Iterator[tuple[str, Share]]:
    """Incidents proposed in a quiet month, and a fault of ten cases on one day."""
    for branches, a_day in ((12, 3.0), (60, 8.0), (60, 25.0)):
        false, found = Share(wanted="seldom"), Share()
        for seed in range(max(banks // 5, 1)):
            random = np.random.default_rng([seed, 8])
            false.hits += len(list(_proposed(list(bank.quiet(random, branches, a_day, 62)), 32, 62)))
            false.of += 1
            struck = list(bank.quiet(random, branches, a_day, 62, fault=10))
            found.count(any("cards" in key or "digital" in key for key in _proposed(struck, 58, 62)))
        yield f"{branches} branches, {a_day:.0f} cases a day: incidents proposed in a month without one", false
        yield "  a fault with ten cases in a day is proposed", found


def _proposed(cases: list[likeness.Opened], first: int, last: int) -> Iterator[str]:
    taken: set[int] = set()
    passed: dict[str, Any] = {}
    for look in range((last - first) * 24 // _LOOKS):
        now = bank.START + timedelta(days=first, hours=_LOOKS * (look + 1))
        since = now - timedelta(hours=48)
        recent = [one for one in cases if since <= one.at < now and one.id not in taken]
        before = [one for one in cases if since - timedelta(days=likeness.DAYS_BEFORE) <= one.at < since]
        for group in likeness.groups(recent, before, least=4, hours=48, passed=passed):
            taken |= set(group.ids)
            passed[group.key] = now
            yield group.key


def judge_headline(banks: int) -> Iterator[tuple[str, Share]]:
    """Recovery by customers' answers, and the paradox."""
    healed = judge_recovery(banks, 1500)
    yield "recovery, handled minus not handled: 95% intervals hold the truth", healed.covered
    yield "  told where it is planted", healed.found
    yield "  paradox told where handled is 8 points below no problem", healed.paradox
    yield "  paradox told where handled is as good as no problem", healed.paradox_even


PARTS: Final[tuple[Callable[[int], Iterator[tuple[str, Share]]], ...]] = (
    judge_cases,
    judge_headline,
    judge_counts,
    judge_pulse,
    judge_recognition,
    judge_incidents,
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--banks", type=int, default=100)
    banks = parser.parse_args().banks
    print(f"{f'{banks} banks, 95% intervals':<84}{'':<22}wanted")
    for part in PARTS:
        for what, found in part(banks):
            print(f"{what:<84}{f'{found.value:.1%} ({found.hits} of {found.of})':<22}{found.wanted}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
