"""What a certificate does, in words, and the diagrams that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proofkit.certificates import Claim
from proofkit.diagrams import Expression, Scope, draw
from proofkit.diagrams.drawing import text
from proofkit.errors import ProofkitError
from proofkit.statements import Node, at_sizes, infer, to_text, walk

WORDS = {
    "isomorphism": "{left} == {right}: the diagrams correspond box by box",
    "rewrite": "{left} == {right}: by {count} replacements with what is known, after which the diagrams correspond",
    "expand": "{left} == {right}: the same polynomials in the entries",
    "inverse": "({right}) @ ({left}) is the identity too, both being square",
    "equal_ranks": "equal matrices have equal rank",
    "transpose": "rank(({matrix}).T) == rank({matrix})",
    "cut": "rank({matrix}) <= the product of the sizes that a cut of its diagram goes through",
    "wires": "{matrix} is made of wires, whose sizes give its rank",
    "product": "rank({whole}) <= rank({middle})",
    "sum": "rank(({left}) + ({right})) <= rank({left}) + rank({right})",
    "frobenius": "Frobenius's inequality for {left}, {middle}, {right}",
    "factor": "{matrix} == {names[0]} @ {names[1]} with its rank {size} between; {names[2]} and {names[3]} undo the factors",
    "gram": "rank(X.T @ X) == rank(X) over the reals, for X = {matrix}",
    "scale": "rank({factor} * X) == rank(X), for X = {matrix}",
    "arrange": "{left} and {right} differ in the order of their rows and columns only",
    "generic": "rank({matrix}) >= {bound} almost everywhere, because it is so at a witness",
    "generic_products": "rank(khatri_rao(({left}) @ {first}, ({right}) @ {second})) for almost all {first}, {second}",
    "minor": "a minor of {matrix} that is not zero at a point",
    "induction": "induction over the levels of {tensor}",
    "premise": "an instance of a lemma",
    "cp_rank": "rank(odd_even(T)) <= cp_rank(T) for T = {tensor}",
    "unfold": "the rank of an unfolding is at most cp_rank({tensor})",
    "decompose": "cp_rank({tensor}) <= the sizes of the indices that hold its modes together",
    "cp_terms": "{tensor} is a sum of rank-one tensors by definition",
}


def steps(proof: Mapping[str, Any]) -> list[str]:
    """The steps of a derivation, one line each."""
    return [_words(step) for step in proof.get("steps", [])]


def _words(step: Mapping[str, Any]) -> str:
    rule = str(step["rule"])
    known = {key: value for key, value in step.items() if isinstance(value, str | int | list)}
    known["count"] = len(step.get("moves", []))
    if rule == "product":
        known["whole"] = " @ ".join(f"({part})" for part in (step["left"], step["middle"], step["right"]) if part)
    return WORDS[rule].format(**known) if rule in WORDS else rule


def sides(claim: Claim) -> list[tuple[str, Expression]]:
    """The tensors and matrices that a claim compares, with their diagrams; those without any are left out."""
    typed = infer(claim.statement, claim.where, claim.given)
    fixed = {name: size for name, size in claim.sizes.items() if not isinstance(size, str)}
    if fixed:
        typed = at_sizes(typed, fixed)
    scope = Scope.of(typed.declarations)
    scope.channels = {name: tuple(size) for name, size in fixed.items() if isinstance(size, list)}
    scope.sizes |= {name: (size,) if size > 1 else () for name, size in fixed.items() if isinstance(size, int)}
    found: dict[str, Expression] = {}
    for comparison in typed.statement.comparisons:
        parts = [comparison.left, comparison.right]
        for node in parts if not comparison.numeric else [n.args[0] for part in parts for n in walk(part) if n.op == "rank"]:
            _add(found, node, scope)
    return list(found.items())


def _add(found: dict[str, Expression], node: Node, scope: Scope) -> None:
    try:
        found[to_text(node)] = draw(node, scope)
    except (ProofkitError, KeyError):
        return


def pictures(claim: Claim) -> list[str]:
    """Every side in index notation."""
    lines: list[str] = []
    for title, value in sides(claim):
        lines += [f"{title} =", *(f"    {line}" for line in text(value))]
    return lines


def explained(claim: Claim, proof: Mapping[str, Any] | None, answer: str, notes: Sequence[str]) -> str:
    """The answer, the diagrams, and how it was reached."""
    lines = [answer, "", "diagrams", *(f"  {line}" for line in pictures(claim))]
    known = steps(proof) if proof is not None else []
    if notes:
        lines += ["", "sizes and names", *(f"  {note}" for note in notes)]
    if known:
        lines += ["", "steps", *(f"  {number}. {line}" for number, line in enumerate(known, 1))]
    return "\n".join(lines)
