"""``prove``: one line in, a certificate of a proof or of a counterexample out."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import combinations, islice, product
from math import prod
from typing import Any, NamedTuple

from proofkit.certificates import Certificate, Claim, Refused, seal
from proofkit.diagrams import Diagram, Scope, minimal_cuts
from proofkit.diagrams.build import concrete_depth, size_of, symbolic_blocks
from proofkit.diagrams.drawing import svg
from proofkit.errors import ProofkitError, StatementError, UsageError
from proofkit.evaluate import Unsupported
from proofkit.fields import GF
from proofkit.search import arithmetic, capacity, counterexample, explanation, factors, ranks
from proofkit.search.arithmetic import Fact, plus
from proofkit.search.counterexample import Counterexample
from proofkit.search.derivation import Derivation
from proofkit.search.theory import Theory
from proofkit.search.witness import PRIME, candidates, random_minor, unit_minor
from proofkit.statements import (
    Comparison,
    Declaration,
    Declarations,
    Node,
    Typed,
    at_sizes,
    group_text,
    infer,
    names,
    parse_expression,
    statement_of,
    substitute,
    to_text,
    walk,
)
from proofkit.statements.syntax import FAMILIES

MAX_FRAMES = 20_000
MAX_WITNESSES = 200
MAX_DECOMPOSITIONS = 6
MAX_CLASSES = 12
MAX_EXPANSION = 20_000  # products of entries on both sides of an identity at integer sizes
TERMS = ("rank(odd_even(cp(N, M, Z))) <= Z", "", ())  # what bounds a CP rank from below
PRODUCTS = (  # by what the ranks of networks grow below a cut
    "rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H)) and "
    "2 * rank(khatri_rao(G @ A, G @ A)) >= min(2 * a, rank(G) ** 2 + rank(G))",
    "G: m b; A: b a; H: n c; B: c a",
    ("A", "B"),
)
METHODS = {
    "isomorphism": "diagrams",
    "rewrite": "rewriting by the hypotheses",
    "expand": "expansion to polynomials in the entries",
    "gram": "Gram matrix",
    "cut": "cut",
    "generic": "witness",
    "minor": "witness",
    "induction": "induction over levels",
    "generic_products": "generic products",
    "premise": "lemmas",
    "frobenius": "Frobenius's inequality",
    "factor": "rank factorization",
    "product": "submultiplicativity",
    "sum": "subadditivity",
    "wires": "rank of identities",
    "unfold": "ranks of unfoldings",
    "decompose": "decomposition into rank-one tensors",
}


class Premise(NamedTuple):
    """An instance of a lemma that a proof may use: its certificate, an expression for each of its names, and whether it is
    used at the top ("") or in the step of an induction ("level")."""

    certificate: Certificate
    names: Mapping[str, str]
    place: str = ""


@dataclass(frozen=True)
class Result:
    """What is known of a statement. ``verdict`` is "proved" or "refuted" only by the judge's word, else "undecided"."""

    claim: Claim
    verdict: str
    scope: str
    method: str
    notes: tuple[str, ...] = ()  # size equalities that inference imposed, sizes that were assumed
    counterexample: Counterexample | None = None
    sealed: Certificate | None = None
    tried: str = ""
    elsewhere: str = ""  # what is known over another field, where nothing is over the one asked for

    def certificate(self) -> dict[str, Any]:
        """The certificate that the judge accepted; raise :class:`UsageError` where there is none."""
        if self.sealed is None:
            raise UsageError(f"{self.claim.statement}: undecided, so there is no certificate")
        return self.sealed.content

    @property
    def derivation(self) -> list[str]:
        """The steps of the proof, in words; empty where there is none."""
        return explanation.steps(self.sealed.content["proof"]) if self.sealed is not None else []

    def explain(self) -> str:
        """The answer, the diagrams of what it compares, and the steps that lead to it, as text for a terminal."""
        proof = None if self.sealed is None else self.sealed.content["proof"]
        return explanation.explained(self.claim, proof, str(self), self.notes)

    def svg(self) -> str:
        """The diagrams of what the statement compares, side by side."""
        return svg(explanation.sides(self.claim))

    def _repr_html_(self) -> str:
        steps = "".join(f"<li><code>{escape(step)}</code></li>" for step in self.derivation)
        details = f"<details><summary>{len(self.derivation)} steps</summary><ol>{steps}</ol></details>" if steps else ""
        return f"<p><code>{escape(self.claim.statement)}</code></p><p>{escape(str(self))}</p>{self.svg()}{details}"

    def content(self) -> dict[str, Any]:
        """The answer as ``prove --json`` writes it."""
        example = self.counterexample
        return {
            "verdict": self.verdict, "scope": self.scope, "field": self.claim.field, "sizes": dict(self.claim.sizes),
            "method": self.method, "hypotheses": [*self.claim.given, *self.notes],
            "counterexample": None if example is None else {"sizes": example.sizes, "field": example.field,
                                                            "entries": example.entries, "text": str(example)},
            "certificate": self.sealed.content if self.sealed else None,
        }  # fmt: skip

    def __str__(self) -> str:
        if self.verdict == "refuted":
            return f"refuted: {self.counterexample}" if self.counterexample else f"refuted, {self.scope}: {self.method}"
        if self.verdict == "undecided":
            return f"undecided{self.elsewhere}: {self.tried}"
        notes = f" with {' and '.join(self.notes)}" if self.notes else ""
        return f"proved, {self.scope}{notes}: {self.method}"

    __repr__ = __str__


def prove(
    statement: str,
    where: str = "",
    given: Sequence[str] = (),
    sizes: Mapping[str, int | list[int]] | None = None,
    almost_everywhere: bool = False,
    field: str = "any",
    *,
    almost_every: Sequence[str] = (),
    premises: Sequence[Premise] = (),
    witness: str = "structured",
    seed: int = 0,
) -> Result:
    """Prove or refute a line of the statement language.

    ``almost_every`` names the tensors that the claim holds for up to measure zero, the others being arbitrary;
    ``almost_everywhere`` names them all. ``premises`` are instances of lemmas that the proof rests on. With a random
    ``witness`` a rank at integer sizes over Q, R or C is shown by a minor at random entries by ``seed``, with no theorem
    behind it. Raises :class:`proofkit.StatementError` for what cannot be read.
    """
    with deep():
        return _proved(statement, where, given, sizes, almost_everywhere, field, almost_every, premises, witness, seed)


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Room for products of some hundred factors, which are trees of that depth."""
    frames = sys.getrecursionlimit()
    sys.setrecursionlimit(max(frames, MAX_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(frames)


def _proved(
    statement: str,
    where: str,
    given: Sequence[str],
    sizes: Mapping[str, int | list[int]] | None,
    almost_everywhere: bool,
    field: str,
    almost_every: Sequence[str],
    premises: Sequence[Premise],
    witness: str,
    seed: int,
) -> Result:
    typed, inverses = without_inverses(infer(statement, where, given))
    families = sorted({node.op for part in sides(typed) for node in walk(part) if node.op in FAMILIES})
    generic = [name for name in (*typed.declarations, *families) if almost_everywhere or name in almost_every]
    _check_options(typed, generic, almost_every, families, field)
    hypotheses = tuple(each.text for each in typed.givens)
    known = {**dict.fromkeys(sorted(typed.declarations.sizes), "any"), **(sizes or {})}
    claim = Claim(typed.statement.text, typed.declarations.text(), hypotheses, tuple(generic), field, known)
    if sizes:
        typed = at_sizes(typed, sizes)
    if witness not in ("structured", "random"):
        raise UsageError(f"{witness} is no kind of witness; write structured or random")
    found = _Prover(typed, claim, premises, witness == "random", seed).result()
    return replace(found, notes=(*inverses, *found.notes)) if inverses else found


def without_inverses(typed: Typed) -> tuple[Typed, tuple[str, ...]]:
    """The statement with a name N for every inv(A), under the hypotheses A @ N == eye(n) and N @ A == eye(n).

    The second part says what the names stand for.
    """
    parts = [typed.statement, *typed.givens]
    declared = dict(typed.declarations)
    notes: list[str] = []
    while True:
        nodes = [node for part in parts for c in part.comparisons for side in (c.left, c.right) for node in walk(side)]
        node = next((node for node in nodes if node.op == "inv" and all(inner.op != "inv" for inner in walk(node.args[0]))), None)
        if node is None:
            break
        name = _fresh_name(node.args[0], {*declared, *typed.declarations.sizes})
        inner = to_text(node.args[0])
        known = Declarations(declared.values(), typed.declarations.sizes)
        shape = infer(f"{inner} == {inner}", known).shape_of(node.args[0])
        declared[name] = Declaration(name, shape)
        named, one = Node("name", (), name), parse_expression(f"eye({group_text(shape[0][0])})")
        inverse = [Comparison("==", Node("matmul", pair), one) for pair in ((node.args[0], named), (named, node.args[0]))]
        parts = [statement_of(*(_with(c, node, named) for c in part.comparisons)) for part in parts]
        parts += map(statement_of, inverse)
        notes.append(f"{name} = {to_text(node)}")
    if not notes:
        return typed, ()
    goal, *givens = parts
    complete = infer(goal, Declarations(declared.values(), typed.declarations.sizes, typed.declarations.lists), givens)
    return replace(complete, notes=typed.notes, assumed_sizes=typed.assumed_sizes), tuple(notes)


def _fresh_name(node: Node, taken: set[str]) -> str:
    name = f"{node.value}_inv" if node.op == "name" else "inverse"
    while name in taken:
        name += "_"
    return name


def _with(comparison: Comparison, old: Node, new: Node) -> Comparison:
    def put(node: Node) -> Node:
        return new if node == old else replace(node, args=tuple(map(put, node.args)))

    return replace(comparison, left=put(comparison.left), right=put(comparison.right))


def _check_options(
    typed: Typed, generic: Sequence[str], almost_every: Sequence[str], families: Sequence[str], field: str
) -> None:
    known = [*typed.declarations, *families]
    unknown = [name for name in almost_every if name not in known]
    if unknown:
        raise UsageError(f"{unknown[0]} is not a tensor of the statement; almost every speaks of: {', '.join(known)}")
    if generic and (typed.givens or field.startswith("GF")):
        raise UsageError("almost everywhere cannot be combined with hypotheses or with a finite field; leave one of them out")
    for number, each in enumerate(typed.givens, 1):
        for comparison in each.comparisons:
            if comparison.numeric:
                problem = "a hypothesis is an equation of tensors, such as U.T @ U == eye(r)"
                raise StatementError(problem, comparison.column, f"given {number}")
    try:
        digits = re.fullmatch(r"GF\(([1-9][0-9]{0,19})\)", field)
        known_field = field in ("any", "R", "C", "Q") or bool(digits and GF(int(digits[1])))
    except ValueError:
        known_field = False
    if not known_field:
        raise UsageError(f"{field} is not a field that is known here; write any, R, C, Q or GF(p) with a prime p below 2^64")


def sides(typed: Typed) -> list[Node]:
    """All sides of all comparisons."""
    return [side for comparison in typed.statement.comparisons for side in (comparison.left, comparison.right)]


def decompositions(derivation: Derivation, tensor: str) -> Iterator[tuple[int, ...]]:
    """Sets of classes without which no two modes of a diagram are connected, smallest first."""
    value = derivation.value(tensor)
    if len(value.terms) != 1 or len(value.terms[0].ranges) > MAX_CLASSES:
        return
    (term,) = value.terms
    found: list[set[int]] = []
    for size in range(len(term.ranges) + 1):
        for cut in combinations(range(len(term.ranges)), size):
            if not any(other <= set(cut) for other in found) and _separates_modes(term, cut):
                found.append(set(cut))
                yield cut


def _separates_modes(term: Diagram, cut: Sequence[int]) -> bool:
    part = list(range(len(term.ranges)))
    for box in term.boxes:
        joined = {part[leg] for leg in box.legs if leg not in cut}
        part = [min(joined) if cls in joined else cls for cls in part]
    reached = [{part[cls] for cls in group if cls not in cut} for group in term.out]
    return all(not one & other for one, other in combinations(reached, 2))


class _Prover:
    def __init__(self, typed: Typed, claim: Claim, premises: Sequence[Premise], random: bool, seed: int) -> None:
        self.typed, self.claim, self.uses, self.random, self.seed = typed, claim, premises, random, seed
        self.premises = list({use.certificate.claim_digest: use.certificate for use in premises}.values())
        self.scope = Scope.of(typed.declarations)
        for name, size in claim.sizes.items():
            if isinstance(size, list):
                self.scope.channels[name] = tuple(size)
            elif isinstance(size, int):
                self.scope.sizes[name] = (size,) if size > 1 else ()
        self.notes = (*typed.notes, *self.forced())
        self.modulus = int(claim.field[3:-1]) if claim.field.startswith("GF") else 0

    def result(self) -> Result:
        """Proved, else refuted, else undecided."""
        hopeless = self.claim.almost_every and next(counterexample.failing_sizes(self.typed, self.claim), None) is not None
        sealed, why = None, "it fails at generic entries"
        if not hopeless:
            sealed, why = self.derivation(thorough=bool(self.claim.almost_every))
        if sealed is None and not self.claim.almost_every:
            quick = counterexample.find(self.typed, self.claim, quick=True)
            if quick is not None:
                return self.refuted(quick)
            sealed, why = self.derivation(thorough=True)
        if sealed is not None:
            return Result(self.claim, "proved", sealed.verdict.scope, self.method(sealed), self.notes, None, sealed)
        contrary = self.refutation()
        if contrary is not None:
            sizes = contrary.content["proof"]["sizes"]
            scope = contrary.verdict.scope
            if sizes:
                at = ", ".join(f"{name} = {size}" for name, size in sizes.items())
                scope = f"at {at}, for almost all entries, over {scope.rpartition(', over ')[2]}"
            return Result(self.claim, "refuted", scope, "the contrary is proved", self.notes, None, contrary)
        search = counterexample.exceeding if self.claim.almost_every else counterexample.find
        found = search(self.typed, self.claim)
        if found is not None:
            return self.refuted(found)
        looked = "" if self.claim.almost_every else "; no counterexample among the small matrices tried"
        return Result(self.claim, "undecided", "", "", self.notes, tried=why + looked, elsewhere=self.over_the_reals())

    def refuted(self, found: Counterexample) -> Result:
        """The answer that a counterexample gives."""
        scope = f"at {', '.join(f'{k} = {v}' for k, v in found.sizes.items()) or 'one point'}, over {found.field}"
        return Result(self.claim, "refuted", scope, "counterexample", self.notes, found, found.certificate)

    def over_the_reals(self) -> str:
        """A rank claim about every field that is not decided may be proved over R."""
        ranks_only = any(comparison.numeric for comparison in self.typed.statement.comparisons)
        if self.claim.field != "any" or self.claim.almost_every or not ranks_only:
            return ""
        claim = replace(self.claim, field="R")
        sealed, _ = _Prover(self.typed, claim, self.uses, self.random, self.seed).derivation(thorough=True)
        return " over any field; proved over R" if sealed is not None else ""

    def forced(self) -> tuple[str, ...]:
        """The size relations that hypotheses force: an identity of size r that passes through m dimensions needs r <= m."""
        found = []
        derivation = Derivation(self.scope.copy())
        for comparison in (comparison for given in self.typed.givens for comparison in given.comparisons):
            for product_, one in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
                if one.op != "eye" or len(one.args) != 1 or product_.op != "matmul":
                    continue
                term = factors.single(derivation, to_text(product_))
                for cut in islice(minimal_cuts(term), 3) if term is not None else ():
                    sizes = ["*".join(sorted(map(str, term.ranges[cls]))) for cls in sorted(cut)] if term is not None else []
                    if sizes and sorted(sizes) != sorted(map(str, size_of(one.args[0], self.scope))):
                        found.append(f"{to_text(one.args[0])} <= {'*'.join(sizes)}")
        return tuple(dict.fromkeys(found))

    def derivation(self, thorough: bool) -> tuple[Certificate | None, str]:
        self.thorough = thorough
        derivation = Derivation(self.scope.copy())
        self.theory = Theory(derivation, self.modulus)
        self.theory.assume([(each.left, each.right) for given in self.typed.givens for each in given.comparisons])
        self.use(derivation, "")
        self.ranks_of_hypotheses(derivation)
        ends = []
        for comparison in self.typed.statement.comparisons:
            try:
                end = self.comparison(derivation, comparison)
            except ProofkitError as error:
                return None, f"the search for a proof stopped ({error})"
            if end is None:
                return None, self.tried(comparison)
            ends.append(end)
        instance: dict[str, Any] | None = {}
        if self.typed.givens:
            instance = counterexample.satisfying(self.typed, self.claim)
            if instance is None:
                return None, "the hypotheses may contradict each other: no small instance satisfies them all"
            instance["sizes"] = {k: v for k, v in instance["sizes"].items() if self.claim.sizes.get(k, "any") == "any"}
        steps, goals = derivation.pruned(ends)
        steps, premises = self.with_premises(steps)
        try:
            return seal("derivation", self.claim, {"steps": steps, "goals": goals, "instance": instance}, premises), ""
        except Refused as error:
            return None, f"the judge refused the proof that was found ({error})"

    def refutation(self) -> Certificate | None:
        """A proof that a comparison fails by at least one for almost all entries, at all sizes or at small ones."""
        if not self.claim.almost_every:
            return None
        for sizes in ({}, *counterexample.failing_sizes(self.typed, self.claim)):
            there = self.at(sizes)
            for number, comparison in enumerate(self.typed.statement.comparisons):
                found = there.contrary(comparison) if comparison.numeric else None
                if found is not None:
                    steps, direction, shows = found
                    steps, premises = there.with_premises(steps)
                    content = {"sizes": sizes, "steps": steps, "comparison": number, "direction": direction, "shows": shows}
                    with contextlib.suppress(Refused):
                        return seal("refutation", self.claim, content, premises)
        return None

    def at(self, sizes: Mapping[str, int | list[int]]) -> _Prover:
        """The prover of the same claim at some sizes."""
        claim = replace(self.claim, sizes={**self.claim.sizes, **sizes})
        return _Prover(at_sizes(self.typed, sizes) if sizes else self.typed, claim, self.uses, self.random, self.seed)

    def contrary(self, comparison: Comparison) -> tuple[list[dict[str, Any]], str, object] | None:
        """How a comparison fails for almost all entries: steps, direction, and how they show it."""
        derivation = Derivation(self.scope.copy())
        try:
            self.by_induction(derivation, comparison)
            for tensor in map(to_text, ranks.cp_ranks(comparison)):
                for cut in islice(decompositions(derivation, tensor), MAX_DECOMPOSITIONS):
                    derivation.decompose(tensor, cut)
            for matrix in ranks.matrices(comparison):
                self.by_minor(derivation, parse_expression(matrix))
            ends = ranks.contrary(derivation, comparison)
        except ProofkitError:
            return None
        if ends is None:
            return None
        steps, proof = derivation.pruned({"shows": ends[1]})
        return steps, ends[0], proof["shows"]

    def with_premises(self, steps: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Certificate]]:
        """The steps, with the premises that they use numbered anew, and these premises."""
        used = sorted(set(_premises(steps)))
        numbers = {old: new for new, old in enumerate(used)}
        return _with_premises(steps, numbers), [self.premises[number] for number in used]

    def all_sizes_fixed(self, derivation: Derivation, left: str, right: str) -> bool:
        """Whether both sides are polynomials in finitely many entries, few enough to be expanded."""
        terms = [term for text in (left, right) for term in derivation.value(text).terms]
        if any(not isinstance(atom, int) for term in terms for ranges in term.ranges for atom in ranges):
            return False
        return sum(prod(int(min(ranges, key=str)) for ranges in term.ranges) for term in terms) <= MAX_EXPANSION

    def tried(self, comparison: Comparison) -> str:
        if not comparison.numeric:
            return "the two sides have different diagrams"
        return "no derivation by cuts, rank factorizations, subadditivity, Frobenius's inequality" + (
            " or witnesses" if self.claim.almost_every else ""
        )

    def method(self, sealed: Certificate) -> str:
        rules = [step["rule"] for step in sealed.content["proof"]["steps"]]
        if not self.claim.given:
            rules = [rule for rule in rules if rule != "rewrite"] or ["isomorphism"]
        found = dict.fromkeys(METHODS[rule] for rule in rules if rule in METHODS)
        if set(rules) <= {"isomorphism"}:
            return "the two diagrams are the same"
        if "diagrams" in found and len(found) > 1:
            found.pop("diagrams")
        return ", ".join(found)

    def comparison(self, derivation: Derivation, comparison: Comparison) -> dict[str, object] | None:
        if not comparison.numeric:
            left, right = to_text(comparison.left), to_text(comparison.right)
            number = self.theory.equal(left, right, complete=self.thorough)
            if number is None and self.all_sizes_fixed(derivation, left, right):
                number = derivation.expand(left, right)
            return None if number is None else {"equality": number}
        if not self.random:
            self.by_induction(derivation, comparison)
        for tensor in ranks.cp_ranks(comparison):
            self.cp_rank(derivation, tensor, comparison)
        if self.claim.almost_every:
            self.almost_everywhere(derivation, comparison)
        return ranks.prove(derivation, comparison, self.theory, self.claim.field, self.thorough)

    def cp_rank(self, derivation: Derivation, tensor: Node, comparison: Comparison) -> None:
        """Add what bounds a CP rank: a matricization from below, a decomposition from above."""
        if tensor.op in ("ht", "cp") or (tensor.op == "blocks" and symbolic_blocks(tensor, self.scope)):
            derivation.cp_rank(self.premise_that(*TERMS), to_text(tensor))
            if tensor.op == "cp" or tensor.args[0].op == "truncated":
                derivation.cp_terms(tensor)
            return
        order = len(derivation.value(to_text(tensor)).shape)
        known = {(tuple(range(0, order, 2)), tuple(range(1, order, 2)))}
        matrices = [parse_expression(text) for text in ranks.matrices(comparison)]
        known |= {node.value for node in matrices if node.op == "matricize" and node.args[0] == tensor}  # type: ignore[misc]
        for rows, columns in sorted(known):
            derivation.unfold(to_text(tensor), rows, columns)
            unfolded = to_text(Node("matricize", (tensor,), (rows, columns)))
            for matrix in map(to_text, matrices):
                derivation.same_rank(unfolded, matrix)
        for cut in islice(decompositions(derivation, to_text(tensor)), MAX_DECOMPOSITIONS):
            derivation.decompose(to_text(tensor), cut)

    # networks and almost everywhere

    def by_induction(self, derivation: Derivation, comparison: Comparison) -> None:
        """Add what induction over the levels shows of the networks, or blocks of networks, whose ranks are compared."""
        for tensor in ranks.networks(comparison):
            if tensor.op == "ht" and self.scope.channels:
                self.at_fixed_sizes(derivation, tensor)
            elif tensor.op == "blocks" or concrete_depth(tensor, self.scope) is None:
                capacity.upper_bound(derivation, tensor)
                capacity.dimension_bound(derivation, tensor)
                if "ht" in self.claim.almost_every:
                    cut = size_of(tensor.args[1], self.scope) if tensor.op == "blocks" else ()
                    premises = [self.premise_that(*PRODUCTS)] if cut else []
                    capacity.lower_bound(derivation, tensor, premises, lambda step: self.use(step, "level"))

    def at_fixed_sizes(self, derivation: Derivation, family: Node) -> None:
        """Add the theorem for all sizes, at these: a matrix of any size is never formed."""
        call = to_text(Node("ht", (Node("name", (), "L"), Node("name", (), "M"), family.args[2]), family.value))
        op = "==" if "ht" in self.claim.almost_every else "<="
        theorem = prove(
            f"rank(odd_even({call})) {op} min({family.args[2].value}[0], M) ** (2 ** (L - 1))",
            almost_every=["ht"] if op == "==" else [],
        )
        if theorem.sealed is None:
            raise ProofkitError(f"{theorem.claim.statement} was not proved")
        self.premises.append(theorem.sealed)
        sizes = {"L": size_of(family.args[0], self.scope), "M": size_of(family.args[1], self.scope)}
        derivation.premise(len(self.premises) - 1, theorem.sealed.content["claim"], {}, sizes)

    def ranks_of_hypotheses(self, derivation: Derivation) -> None:
        """rank(X) == rank(Y) for every hypothesis X == Y between matrices; hypotheses are the first facts."""
        if not any(comparison.numeric for comparison in self.typed.statement.comparisons):
            return
        for number, given in enumerate(each for part in self.typed.givens for each in part.comparisons):
            if [len(mode) for mode in derivation.equality(number).left.shape] == [1, 1]:
                derivation.equal_ranks(number, to_text(given.left), to_text(given.right))

    def use(self, derivation: Derivation, place: str) -> None:
        """Add the instances of lemmas that are meant for this place."""
        digests = [certificate.claim_digest for certificate in self.premises]
        for premise in self.uses:
            if premise.place == place and premise.names:
                claim = premise.certificate.content["claim"]
                derivation.premise(digests.index(premise.certificate.claim_digest), claim, premise.names)

    def premise_that(self, statement: str, where: str, almost_every: Sequence[str]) -> int:
        """The number of the premise that states this; it is proved where no lemma in use does."""
        for number, certificate in enumerate(self.premises):
            claim = certificate.content["claim"]
            if (claim["statement"], claim["where"]) == (statement, where):
                return number
        sealed = prove(statement, where, almost_every=almost_every).sealed
        if sealed is None:
            raise ProofkitError(f"{statement} was not proved")
        self.premises.append(sealed)
        return len(self.premises) - 1

    def almost_everywhere(self, derivation: Derivation, comparison: Comparison) -> None:
        """Add what a witness shows of the side that is bounded from below."""
        for larger, smaller in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            direction = ">=" if larger is comparison.left else "<="
            if comparison.op not in ("==", direction):
                continue
            for node in walk(larger):
                if node.op == "rank":
                    self.by_products(derivation, node.args[0])
            bound = self.bounded_above(derivation, smaller)
            if larger.op == "rank" and not self.by_witness(derivation, larger.args[0], bound):
                self.by_minor(derivation, larger.args[0])
            if larger.op == "cp_rank":
                self.by_minor(derivation, Node("odd_even", larger.args))

    def bounded_above(self, derivation: Derivation, node: Node) -> Node:
        """An integer expression with every rank of a generic matrix replaced by the least of its cuts, added as facts."""
        if node.op == "rank" and not self.generic_names(node):
            return node
        if node.op == "rank":
            matrix = to_text(node.args[0])
            term = factors.single(derivation, matrix)
            everything = {str(atom) for ranges in (term.ranges if term else ()) for atom in ranges}
            before = len(derivation.facts)
            factors.cuts(derivation, matrix, everything)
            bounds = [fact.polynomial for fact in derivation.facts[before:] if isinstance(fact, Fact)]
            texts = [arithmetic.text(plus(bound, derivation.rank(matrix))) for bound in bounds]
            return parse_expression(f"min({', '.join(texts)})" if len(texts) > 1 else texts[0]) if texts else node
        return replace(node, args=tuple(self.bounded_above(derivation, argument) for argument in node.args))

    def by_minor(self, derivation: Derivation, matrix: Node) -> None:
        """At integer sizes: in characteristic 0 a minor that is not zero at random entries modulo a prime; else one that is
        1 or -1 at integer entries."""
        if any(size == "any" for size in self.claim.sizes.values()) or self.typed.declarations.sizes:
            return
        if self.claim.field in ("Q", "R", "C"):
            found = None
            with contextlib.suppress(Unsupported):  # a network of too many modes
                found = random_minor(self.typed, matrix, self.claim, self.seed)
            if found is not None:
                derivation.minor(to_text(matrix), str(PRIME), *found)
        elif not any(node.op in FAMILIES for node in walk(matrix)):
            unit = unit_minor(self.typed, matrix, self.claim)
            if unit is not None:
                derivation.minor(to_text(matrix), "", *unit)

    def generic_names(self, node: Node) -> list[str]:
        return [name for name in names(node) if name in self.claim.almost_every]

    def by_witness(self, derivation: Derivation, matrix: Node, bound: Node) -> bool:
        if self.by_prepared_witness(derivation, matrix, bound):
            return True
        generic = self.generic_names(matrix)
        fixed = self.scope.copy()
        for name in self.claim.almost_every:
            fixed.shapes.pop(name, None)
        options = [list(candidates(self.scope.shapes[name], fixed)) for name in generic]
        for choice in islice(product(*options), MAX_WITNESSES):
            witness = dict(zip(generic, choice))
            point = self.scope.copy()
            for name, text in witness.items():
                point.values[name] = Derivation(fixed.copy()).value(text)
            child = Derivation(point)
            proof = ranks.prove(child, Comparison(">=", Node("rank", (matrix,)), bound))
            if proof is not None:
                steps, shown = child.pruned(proof)
                self._generic(derivation, matrix, bound, witness, ([], steps), shown)
                return True
        return False

    def _generic(
        self,
        derivation: Derivation,
        matrix: Node,
        bound: Node,
        witness: dict[str, str],
        steps: tuple[Sequence[Any], Sequence[Any]],
        shown: Mapping[str, Any],
    ) -> None:
        derivation.generic(to_text(matrix), derivation.integer(bound), to_text(bound), witness, steps, shown["at_least"])

    def by_prepared_witness(self, derivation: Derivation, matrix: Node, bound: Node) -> bool:
        """A witness of independent columns: Q @ eye(r, n) for X = U @ V of rank r and V @ Q = eye(r), where X is fixed and its
        columns meet the rows of the generic matrix; ones for vectors. P with P @ U = eye(r) undoes what remains of X."""
        child = Derivation(self.scope.copy())
        for name in self.claim.almost_every:
            child.scope.shapes.pop(name, None)
        fixed = [name for name in names(matrix) if len(child.scope.shapes.get(name, ())) == 2]
        factored = {name: child.factor(name) for name in fixed}
        if not factored:
            return False
        prepared = len(child.steps)
        witness: dict[str, str] = {}
        core = {name: f"eye({size})" for name, (size, _, _) in factored.items()}
        for name in self.generic_names(matrix):
            rows, *columns = (group for mode in self.scope.shapes[name] for group in mode)
            match = next((x for x in fixed if child.scope.shapes[x][1] == (rows,)), None)
            if len(columns) == 1 and match is not None:
                core[name] = f"eye({factored[match][0]}, {group_text(columns[0])})"
                witness[name] = f"{factored[match][1][3]} @ {core[name]}"
            elif not columns:
                witness[name] = core[name] = f"ones({group_text(rows)})"
            else:
                return False
        values = {name: child.value(text) for name, text in witness.items()}
        child.scope.shapes |= {name: value.shape for name, value in values.items()}
        child.scope.values |= values
        if not factors.undone(child, matrix, substitute(matrix, {name: parse_expression(text) for name, text in core.items()})):
            return False
        proof = ranks.prove(child, Comparison(">=", Node("rank", (matrix,)), bound))
        if proof is not None:
            self._generic(derivation, matrix, bound, witness, (child.steps[:prepared], child.steps[prepared:]), proof)
        return proof is not None

    def by_products(self, derivation: Derivation, matrix: Node) -> None:
        """Add the generic rank of khatri_rao(X @ A, Y @ B) for fixed X, Y and generic A, B; X and Y may be left out."""
        parts = [self._fixed_times_generic(factor) for factor in matrix.args]
        if matrix.op != "khatri_rao" or len(parts) != 2 or None in parts:
            return
        (left, first), (right, second) = ((x, a) for x, a in filter(None, parts))
        if first != second or left == right:
            derivation.generic_products(left, first, right, second)
            derivation.same_rank(f"khatri_rao(({left}) @ {first}, ({right}) @ {second})", to_text(matrix))
            for factor in (left, right):
                derivation.wires(factor)

    def _fixed_times_generic(self, node: Node) -> tuple[str, str] | None:
        """X and A of X @ A, or eye and A of A."""
        last = node.args[1] if node.op == "matmul" else node
        if last.op != "name" or last.value not in self.claim.almost_every:
            return None
        fixed = to_text(node.args[0]) if node.op == "matmul" else f"eye({group_text(self.scope.shapes[str(last.value)][0][0])})"
        return None if self.generic_names(parse_expression(fixed)) else (fixed, str(last.value))


def _premises(thing: Any) -> Iterator[int]:
    """The numbers of the premises that steps use, those inside an induction too."""
    if isinstance(thing, Mapping):
        if "rule" in thing:
            yield from thing.get("premises", [thing[key] for key in ("premise",) if key in thing])
        thing = list(thing.values())
    if isinstance(thing, list):
        for part in thing:
            yield from _premises(part)


def _with_premises(thing: Any, numbers: Mapping[int, int]) -> Any:
    if isinstance(thing, Mapping):
        found = {key: _with_premises(part, numbers) for key, part in thing.items()}
        if "rule" in thing and "premise" in thing:
            found["premise"] = numbers[thing["premise"]]
        if "rule" in thing and "premises" in thing:
            found["premises"] = [numbers[number] for number in thing["premises"]]
        return found
    return [_with_premises(part, numbers) for part in thing] if isinstance(thing, list) else thing
