"""Integer polynomials in sizes and ranks, and the search for a combination of facts that shows an inequality.

The judge accepts "g >= 0" when g minus a combination of known facts has no negative coefficient once every size s >= 1 is
written 1 + s'. Finding the multipliers is linear programming over the rationals, solved exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Monomial = tuple[str, ...]
Polynomial = dict[Monomial, int]

ONE: Polynomial = {(): 1}
MAX_COLUMNS = 400
MAX_DEPTH = 3


def plus(*summands: Polynomial) -> Polynomial:
    """The sum; monomials with coefficient 0 are dropped."""
    answer: Polynomial = {}
    for summand in summands:
        for monomial, coefficient in summand.items():
            answer[monomial] = answer.get(monomial, 0) + coefficient
    return {monomial: coefficient for monomial, coefficient in answer.items() if coefficient}


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product."""
    return plus(*({tuple(sorted(a + b)): x * y} for a, x in left.items() for b, y in right.items()))


def scaled(factor: int, poly: Polynomial) -> Polynomial:
    """An integer multiple."""
    return {monomial: factor * coefficient for monomial, coefficient in poly.items() if factor}


def product(factors: Iterable[Polynomial]) -> Polynomial:
    """The product of many."""
    answer = ONE
    for factor in factors:
        answer = times(answer, factor)
    return answer


def text(poly: Polynomial) -> str:
    """A polynomial as the statement language writes it; variables are named by their text."""
    terms = [" * ".join([str(coefficient), *monomial]) for monomial, coefficient in sorted(poly.items())]
    return " + ".join(terms) or "0"


@dataclass(frozen=True)
class Fact:
    """``polynomial`` >= 0, or = 0 when exact; ``source`` is how the certificate names the fact."""

    polynomial: Polynomial
    exact: bool
    source: object


def shifted(poly: Polynomial, positive: frozenset[str]) -> Polynomial:
    """The polynomial in v' = v - 1 for every variable v that is at least 1."""
    answer: list[Polynomial] = []
    for monomial, coefficient in poly.items():
        factors: list[Polynomial] = [{(v,): 1, (): 1} if v in positive else {(v,): 1} for v in monomial]
        answer.append(scaled(coefficient, product(factors)))
    return plus(*answer)


def combination(goal: Polynomial, facts: Sequence[Fact], positive: frozenset[str]) -> list[tuple[object, Polynomial]] | None:
    """Multipliers with goal - sum multiplier * fact certainly >= 0, or None where the search finds none.

    Facts are used as they stand, and multiplied by monomials that make their leading terms meet the goal.
    """
    if all(coefficient >= 0 for coefficient in shifted(goal, positive).values()):
        return []
    for fact in facts:
        left = plus(goal, scaled(-1, fact.polynomial))
        if all(coefficient >= 0 for coefficient in shifted(left, positive).values()):
            return [(fact.source, ONE)]
    rest, renamed = _renamed(goal, facts)
    return _combined(rest, renamed, [(fact, ()) for fact in facts], positive) or _combined(
        rest, renamed, _columns(rest, facts), positive
    )


def _combined(
    rest: Polynomial,
    used: Sequence[tuple[Fact, Polynomial]],
    columns: Sequence[tuple[Fact, Monomial]],
    positive: frozenset[str],
    depth: int = 0,
) -> list[tuple[object, Polynomial]] | None:
    table = [shifted(times({monomial: 1}, fact.polynomial), positive) for fact, monomial in columns]
    weights = _feasible(shifted(rest, positive), table, [fact.exact for fact, _ in columns])
    if weights is None:
        return None
    broken = [place for place, weight in enumerate(weights) if weight.denominator != 1]
    if broken:  # the judge takes integers only: without one of these facts another vertex may be found
        fewer = ([c for i, c in enumerate(columns) if i != place] for place in broken[:2] if depth < MAX_DEPTH)
        return next((way for each in fewer if (way := _combined(rest, used, each, positive, depth + 1)) is not None), None)
    chosen = [(fact, {monomial: int(weight)}) for (fact, monomial), weight in zip(columns, weights) if weight]
    found: dict[int, tuple[object, Polynomial]] = {}
    for fact, multiplier in [*used, *chosen]:
        source, before = found.get(id(fact), (fact.source, {}))
        found[id(fact)] = (source, plus(before, multiplier))
    return [(source, multiplier) for source, multiplier in found.values() if multiplier]


def _renamed(goal: Polynomial, facts: Sequence[Fact]) -> tuple[Polynomial, list[tuple[Fact, Polynomial]]]:
    """The goal with every rank that equals a size written as that size, and the multiples of equations that this took."""
    used: list[tuple[Fact, Polynomial]] = []
    for fact in facts:
        names = sorted(fact.polynomial.items(), key=lambda item: item[1])
        if not fact.exact or len(names) != 2 or [c for _, c in names] != [-1, 1] or any(len(m) != 1 for m, _ in names):
            continue
        (size,), (rank,) = names[0][0], names[1][0]
        if size.startswith("rank(") or not rank.startswith("rank("):
            continue
        while any(rank in monomial for monomial in goal):
            monomial = next(monomial for monomial in goal if rank in monomial)
            multiplier = {_quotient(monomial, (rank,)) or (): goal[monomial]}
            used.append((fact, multiplier))
            goal = plus(goal, scaled(-1, times(multiplier, fact.polynomial)))
    return goal, used


def _columns(goal: Polynomial, facts: Sequence[Fact]) -> list[tuple[Fact, Monomial]]:
    """Each fact times 1 and times the cofactors by which one of its monomials divides one that is in play."""
    columns: dict[tuple[int, Monomial], tuple[Fact, Monomial]] = {(id(fact), ()): (fact, ()) for fact in facts}
    support = set(goal) | {monomial for fact in facts for monomial in fact.polynomial}
    for _ in range(3):
        fresh = set()
        for fact in facts:
            for mine in fact.polynomial:
                for wanted in list(support):
                    cofactor = _quotient(wanted, mine)
                    if mine and cofactor and (id(fact), cofactor) not in columns and len(columns) < MAX_COLUMNS:
                        columns[id(fact), cofactor] = (fact, cofactor)
                        fresh |= set(times({cofactor: 1}, fact.polynomial))
        if not fresh - support:
            break
        support |= fresh
    return list(columns.values())


def _quotient(wanted: Monomial, mine: Monomial) -> Monomial | None:
    rest = list(wanted)
    for variable in mine:
        if variable not in rest:
            return None
        rest.remove(variable)
    return tuple(rest)


def _feasible(goal: Polynomial, table: Sequence[Polynomial], free: Sequence[bool]) -> list[Fraction] | None:
    """Weights w (>= 0 unless free) with goal - sum w * table >= 0 coefficientwise: phase one of the simplex method, with
    Bland's rule, over the rationals."""
    monomials = sorted(set(goal).union(*table))
    columns: list[tuple[int, int]] = [(j, sign) for j in range(len(table)) for sign in ((1, -1) if free[j] else (1,))]
    width = len(columns)
    rows: list[dict[int, Fraction]] = []
    for i, monomial in enumerate(monomials):
        # sum_j w_j table_j + slack_i = goal_i; a row with a negative right side is negated and gets an artificial
        row = {c: Fraction(sign * table[j][monomial]) for c, (j, sign) in enumerate(columns) if monomial in table[j]}
        row[width + i] = Fraction(1)
        row[-1] = Fraction(goal.get(monomial, 0))
        rows.append({key: -value for key, value in row.items()} if row[-1] < 0 else row)
    basis = [width + i if rows[i][width + i] > 0 else -2 - i for i in range(len(rows))]
    while any(variable < -1 and rows[i][-1] for i, variable in enumerate(basis)):
        gain: dict[int, Fraction] = {}
        for i, variable in enumerate(basis):
            if variable < -1:
                for key, value in rows[i].items():
                    gain[key] = gain.get(key, Fraction(0)) + value
        entering = min((key for key, value in gain.items() if key >= 0 and value > 0), default=None)
        if entering is None:
            return None
        leaving = [i for i in range(len(rows)) if rows[i].get(entering, 0) > 0]
        _, _, pivot = min((rows[i][-1] / rows[i][entering], basis[i], i) for i in leaving)
        _pivot(rows, pivot, entering)
        basis[pivot] = entering
    attained = {variable: rows[i][-1] for i, variable in enumerate(basis)}
    weights = [Fraction(0)] * len(table)
    for c, (j, sign) in enumerate(columns):
        weights[j] += sign * attained.get(c, Fraction(0))
    return weights


def _pivot(rows: list[dict[int, Fraction]], pivot: int, entering: int) -> None:
    lead = rows[pivot][entering]
    rows[pivot] = {key: value / lead for key, value in rows[pivot].items()}
    for i, row in enumerate(rows):
        factor = row.get(entering, Fraction(0))
        if i != pivot and factor:
            for key, value in rows[pivot].items():
                row[key] = row.get(key, Fraction(0)) - factor * value
            rows[i] = {key: value for key, value in row.items() if value or key == -1}


def substituted(poly: Polynomial, values: Mapping[str, Polynomial]) -> Polynomial:
    """Variables replaced by polynomials."""
    return plus(*(scaled(c, product(values.get(v, {(v,): 1}) for v in monomial)) for monomial, c in poly.items()))
