"""Each check of the judge is switched off in turn, and some forgery must then get through: else the check is not tested.

``NO_FORGERY`` lists the checks that no forgery needs, each with the reason why it is there all the same.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import attacks
import depths  # noqa: F401 (attacks of its own)
import pytest
import ranks
import readings  # noqa: F401
import rules_of_prove  # noqa: F401
import systematic
from kit import Forgery, encode
from mutants import Check, checks, stopped_by, without

DEMAND = "bounds time and memory, see test_hostile.py"
STRICT = (
    "one spelling for one certificate: without it the same content could be written in a second way, or an exception refuses it"
)
LATER = "says what is wrong: without it an exception further on refuses the certificate as well"

NO_FORGERY: dict[str, tuple[str, ...]] = {
    DEMAND: (
        "Budget.spend: checking this needs more work than the judge allows",
        "read: f'larger than {MAX_BYTES} bytes'",
        "read: f'more than {MAX_ITEMS} items'",
        "glue: a coefficient is too large",
        "parse: the statement is nested too deeply",
        "Scope.declare: f'declarations are at most {MAX_TEXT} characters'",
        "Scope.polynomial: the argument of a polynomial contains no polynomial",
        "Table.integer: an integer is too large",
        "times: an integer expression is too large",
        "Field.reduce: entries grow too large",
        "Instance.extent: an instance is too large",
        "Table.exponent.fixed: an exponent is too large",
        "Derivation.inner: derivations are nested too deeply",
        "family_cp: too many modes",
        "certificate: premises are nested too deeply",
        "column_sums: products of this size are not computed",
        "Given.__init__: f'sizes are at most {MAX_SIZE}'",
        "Given.integral: the common denominator is too large",
        "Pooling.__init__: a network of these sizes is not read",
        "Pooling.__init__: a matricization of this size is not checked",
        "rank_at_least: a minor of this size is not eliminated",
        "Pooling.read: the common denominator is too large",
        "Pooling.together: the common denominator is too large",
        "product: products of this size are not computed",
        "Pooling.merged: a matricization of this size is not formed",
        "Pooling.entries: the entries are too large",
        "box_certificate: a matricization of this size is not formed",
        "box_rank: a minor of 1 to 64 rows is checked",
        "units: f'more than {SMALL_MINOR} columns are compared at hashed vectors'",
    ),
    STRICT: (
        "read.whole: integers beyond 2^53 are written as decimal strings",
        "read: not canonical JSON (keys sorted and distinct, no spaces, one newline at the end)",
        "record: f\"expected an object with the keys {', '.join(types)}\"",
        "record: f'{key} must be of type {kind.__name__}'",
        "listed: f'expected a list of {kind.__name__}'",
        "mapped: f'expected an object of {kind.__name__}'",
        "item: f'no {what} {number}'",
        "integer: f'not a canonical integer: {thing[:20]}'",
        "integer: integers up to 2^53 are written as numbers",
        "integer: expected an integer",
        "Field.number: not a fraction",
        "Field.number: not a reduced fraction",
        "Field.number: entries over GF(p) are residues 0 .. p-1",
        "Instance.flat: entries are nested lists",
        "Instance.at_point: a polynomial is a list of terms",
        "with_sizes: f'a size is an integer or a list of integers: {name[:20]}'",
        "Derivation.instance: a premise needs a size for each of its sizes",
        "Derivation.instance: a premise needs an expression for each of its names",
        "Derivation.fact: a fact is a number or [split, argument]",
        "Derivation.shows_case: a summand is [fact, multiplier]",
        "Induction.__init__: direction is at_least or at_most",
        "Induction.__init__: a lower bound has the witness U, W1, W",
        "Induction.attained: one value a parameter",
        "derivation_kind: an instance is for hypotheses",
        "words: f\"an array of {' or '.join(types)} is needed here\"",
        "words: an array is canonical base64",
        "Pooling.__init__: weights of a node that the tree does not have",
        "indices: rows and columns strictly increase",
        "read_rank_claim: bounds on a rank are between 0 and the smaller size",
        "rank_at_least: a solution is not a residue in 0 .. p - 1",
        "rank_at_most: hashed is 0 or 1",
        "opened: f'not of the format {FORMAT}, or with premises'",
        "box_certificate: f\"a box of networks shows {', '.join(BOXES)}\"",
        "box_rank: the denominator is a positive integer",
        "distance_certificate: a distance is a fraction",
        "witness_network: shared is 0 or 1",
        "witness_network: leaves of a shared network lie at one depth",
        "witness_network: weights are given for every node, of a shared network for every level",
        "generic_certificate: bounds on a rank are between 0 and the smaller size",
    ),
    LATER: (
        "einsum: an output index is nowhere",
        "Scope.value: f'no function {node.func.id[:40]}'",
        "Instance.array: f'no entries for {box.name}'",
        "Instance.at_point: a term of a polynomial is [exponents, coefficients]",
        "Instance.declaration: f'{box.name} has symbolic sizes'",
        "Derivation.run: a step is an object with a rule",
        "Network.__init__: r is a list of channel counts",
        "Derivation.run: f\"no rule {step['rule'][:20]}\"",
        "Derivation.extreme: not a minimum or maximum",
        "Network.__init__: from 1 to L levels are kept",
        "call_blocks: blocks(T, L2) with a symbolic or large L2 stands inside odd_even or cp_rank, T a network",
        "truncation_base: truncation_base(L2, M, r): r a list of channel counts, L2 <= 6",
        "rule_chain: an empty chain",
        "rule_arrange: one diagram on each side",
        "rule_decompose: a decomposition is of one diagram",
        "rule_factor: a rank factorization has the names U, V, P, Q",
        "certificate: f'no kind {kind[:20]}'",
        "words: a word has another width",
        "words: f'an array has {count} words here'",
        "Given.modulo: a denominator is divisible by the prime",
        "Pooling.__init__: pooling is by product, max or average",
        "Pooling.read: a tree is a mode or a list of trees",
        "Pooling.read: the children of a node have equally many channels",
        "Pooling.read: f'the weights of the node {name!r} are missing'",
        "Pooling.read: a node has a channel",
        "Pooling.minor_times: a network has a node",
        "Pooling.diagonal: a network has a node",
        "indices: a row or column is out of range",
        "read_rank_claim: a matrix is given by entries or by a network",
        "rank_at_least: a lower bound is by elimination, solutions, a diagonal core",
        "rank_at_most: an upper bound is by shape, cut, factorization, core or primes",
        "distance_certificate: a distance from a network, by z to 1024 vectors",
        "branches: a tree is a mode or a list of trees",
    ),
    "the fact holds for every tensor; the check makes the certificate carry the lemma that says why": (
        "rule_cp_rank: not the premise that this rule needs",
        "rule_depth: this rule has three premises",
    ),
    "the fact would be an equation of two shapes, which only the rule on ranks uses, of which it is true": (
        "rule_inverse: X and Y have to be square",
    ),
    "the language has equations as hypotheses and nothing else": ("read_claim: hypotheses are equations of tensors",),
}


@cache
def by_check() -> dict[str, list[Forgery]]:
    """The forgeries that each check refuses."""
    found = defaultdict(list)
    for forgery in [*attacks.forgeries(), *systematic.forgeries(), *ranks.forgeries()]:
        found[str(stopped_by(encode(forgery.content)))].append(forgery)
    return found


def exempt() -> set[str]:
    return {name for names in NO_FORGERY.values() for name in names}


def test_the_list_of_exceptions_names_checks_of_the_judge() -> None:
    known = {str(check) for check in checks()}
    assert exempt() <= known, f"no longer in the judge: {exempt() - known}"
    assert sum(map(len, NO_FORGERY.values())) == len(exempt())
    assert len(known) == len(checks()), "two checks of one function with one reason"


@pytest.mark.slow
def test_every_other_check_refuses_some_forgery() -> None:
    idle = {str(check) for check in checks()} - exempt() - set(by_check())
    assert not idle, f"write a forgery that only this check refuses, or say in NO_FORGERY why there is none: {sorted(idle)}"


@pytest.mark.slow
@pytest.mark.parametrize("check", [check for check in checks() if str(check) not in exempt()], ids=str)
def test_without_the_check_a_forgery_gets_through(check: Check) -> None:
    judge = without(check)
    assert any(judge.check(encode(forgery.content)).valid for forgery in by_check()[str(check)])


@pytest.mark.slow
def test_no_exception_is_needless() -> None:
    for check in checks():
        if str(check) in exempt() and by_check()[str(check)]:
            judge = without(check)
            accepted = [one.name for one in by_check()[str(check)] if judge.check(encode(one.content)).valid]
            assert not accepted, f"{check}: a forgery needs it after all: {accepted}"
