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
import spelling
import systematic
from kit import Forgery, encode
from mutants import Check, checks, stopped_by, without

DEMAND = "bounds time and memory, see test_hostile.py"
LATER = "says what is wrong: without it an exception further on refuses the certificate as well"

NO_FORGERY: dict[str, tuple[str, ...]] = {
    DEMAND: (
        "read: f'larger than {MAX_BYTES} bytes'",
        "read: f'more than {MAX_ITEMS} items'",
        "column_sums: products of this size are not computed",
        "product: products of this size are not computed",
        "Pooling.diagonal: a diagonal core of this size is not formed",
    ),
    LATER: (
        "Scope.value: f'no function {node.func.id[:40]}'",
        "Instance.array: f'no entries for {box.name}'",
        "Instance.declaration: f'{box.name} has symbolic sizes'",
        "Derivation.run: a step is an object with a rule of the judge",
        "Derivation.extreme: not a minimum or maximum",
        "Network.__init__: r is a list of channel counts",
        "Network.__init__: from 1 to L levels are kept",
        "call_blocks: blocks(T, L2) with a symbolic or large L2 stands inside odd_even or cp_rank, T a network",
        "truncation_base: truncation_base(L2, M, r): r a list of channel counts, L2 <= 6",
        "certificate: f'no kind {kind[:20]}'",
        "Given.modulo: a denominator is divisible by the prime",
        "Pooling.read: the children of a node have equally many channels",
        "shown: f\"this bound is by {', '.join(ways)}\"",
        "box_certificate: f\"a box of networks shows {', '.join(BOXES)}\"",
    ),
    "the fact holds for every tensor; the check makes the certificate carry the lemma that says why": (
        "rule_cp_rank: not the premise that this rule needs",
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
    for forgery in [*attacks.forgeries(), *systematic.forgeries(), *ranks.forgeries(), *spelling.forgeries()]:
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
