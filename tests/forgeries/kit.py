"""Writes certificates without the judge, and finds out without the judge whether what they claim is false.

``untrue`` is the oracle: it reads a claim with the parser of ``proofkit.statements`` and evaluates it with ``proofkit.evaluate``
at chosen points, exactly; neither shares code with the judge.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, family_weights, holds
from proofkit.fields import GF, NumberSystem, Q
from proofkit.statements import Typed, cuts, infer, names, parse_declarations, to_text, walk
from proofkit.statements.syntax import FAMILIES

Json = dict[str, Any]
LARGE = 2**31 - 1
NOTHING: Json = {"split": [], "cases": [{"assume": [], "sum": []}]}


class Forgery(NamedTuple):
    """A certificate of something that it does not show."""

    name: str
    content: Json
    why: str  # established without the judge


# ------------------------------------------------------------------------------------------------------- writing


def encode(thing: Any) -> bytes:
    """Canonical JSON, written here once more; bytes are a file as it is."""
    if isinstance(thing, bytes):
        return thing
    return json.dumps(thing, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def sealed(content: Json) -> Json:
    """The same certificate with the digests of its contents, premises first."""
    body = {key: part for key, part in content.items() if key != "digest"}
    body["premises"] = [sealed(premise) for premise in body["premises"]]
    return {**body, "digest": hashlib.sha256(encode(body)).hexdigest()}


def claim(
    statement: str,
    where: str = "",
    given: Sequence[str] = (),
    almost: Sequence[str] = (),
    field: str = "any",
    sizes: Mapping[str, Any] | None = None,
) -> Json:
    return {
        "statement": statement, "where": where, "given": list(given), "almost_every": list(almost),
        "field": field, "sizes": dict(sizes or {}),
    }  # fmt: skip


def certificate(kind: str, claimed: Json, proof: Json, premises: Sequence[Json] = ()) -> Json:
    return sealed(
        {"format": "proofkit-certificate/2", "kind": kind, "claim": claimed, "proof": proof, "premises": list(premises)}
    )  # fmt: skip


def derivation(
    claimed: Json, steps: Sequence[Json], *goals: Json, instance: Json | None = None, premises: Sequence[Json] = ()
) -> Json:
    return certificate("derivation", claimed, {"steps": list(steps), "goals": list(goals), "instance": instance or {}}, premises)


def point(entries: Json, field: str = "Q", **sizes: Any) -> Json:
    return {"sizes": sizes, "field": field, "entries": entries}


def adds(*summands: tuple[Any, str]) -> Json:
    """A proof of an inequality as a sum of facts with multipliers, without cases."""
    return {"split": [], "cases": [{"assume": [], "sum": [list(summand) for summand in summands]}]}


def below(*summands: tuple[Any, str]) -> Json:
    return {"at_least": adds(*summands)}


def above(*summands: tuple[Any, str]) -> Json:
    return {"at_most": adds(*summands)}


def same(left: str, right: str, *members: Sequence[tuple[int, Sequence[int]]]) -> Json:
    """A step of the rule isomorphism; by default two diagrams with their boxes in one order."""
    groups = members or ([(0, [0]), (1, [0])],)
    return {
        "rule": "isomorphism", "left": left, "right": right,
        "groups": [[{"term": term, "boxes": list(boxes)} for term, boxes in group] for group in groups],
    }  # fmt: skip


def pair(count: int) -> list[tuple[int, list[int]]]:
    """One diagram a side with `count` boxes in one order."""
    return [(0, list(range(count))), (1, list(range(count)))]


def rule(name: str, **content: Any) -> Json:
    return {"rule": name, **content}


# ------------------------------------------------------------------------------------------------------ the oracle


def untrue(content: Json) -> str | None:
    """Why a certificate shows nothing, or None where this oracle does not know."""
    claimed, proof = content["claim"], content["proof"]
    try:
        typed = _typed(claimed)
    except ProofkitError as error:
        return f"no statement: {error}"
    if content["kind"] == "counterexample":
        return _no_counterexample(typed, claimed, proof)
    if content["kind"] == "refutation":
        return _never_false(typed, claimed)
    return _vacuous(typed, claimed, proof) or _false_somewhere(typed, claimed)


def _typed(claimed: Json) -> Typed:
    declared = parse_declarations(claimed["where"])
    typed = infer(claimed["statement"], claimed["where"], claimed["given"])
    known = {*declared, *declared.sizes, *claimed["sizes"], *typed.declarations.lists}
    for comparison in [*typed.statement.comparisons, *(one for each in typed.givens for one in each.comparisons)]:
        for side in (comparison.left, comparison.right):
            for name in names(side):
                if name not in known:
                    raise ProofkitError(f"{name} is not declared")
    if typed.notes or {n: d.text for n, d in typed.declarations.items()} != {n: d.text for n, d in declared.items()}:
        raise ProofkitError(f"the sizes declared do not fit: {typed.notes}")
    unused = set(claimed["almost_every"]) - {*(name for name, one in declared.items() if one.argument is None), *FAMILIES}
    if unused or set(declared) & set(claimed["sizes"]):
        raise ProofkitError(f"names of two meanings, or of none: {unused}")
    return typed


def system(field: str) -> NumberSystem:
    return GF(int(field[3:-1])) if field.startswith("GF") else Q


def _array(value: Any, over: NumberSystem, polynomial: bool) -> Any:
    if polynomial:
        return PolynomialMatrix(tuple((tuple(exponents), over.array(matrix)) for exponents, matrix in value))
    return over.array(value)


def _at(typed: Typed, claimed: Json, thing: Json) -> Instance:
    """The point that a certificate gives."""
    fixed = {name: size for name, size in claimed["sizes"].items() if size != "any"}
    over = system(thing["field"])
    arrays = {}
    for name, value in thing["entries"].items():
        declared = typed.declarations.get(name)
        arrays[name] = _array(value, over, declared is not None and declared.argument is not None)
    return Instance({**thing["sizes"], **fixed}, arrays, over)


def _vacuous(typed: Typed, claimed: Json, proof: Json) -> str | None:
    if not claimed["given"]:
        return None
    instance = proof["instance"]
    if not instance or not _field_fits(claimed["field"], instance["field"]):
        return "no instance of the hypotheses over the field of the claim"
    satisfied = all(holds(each, _at(typed, claimed, instance)) for each in typed.givens)
    return None if satisfied else "the hypotheses do not hold there"


def _field_fits(claimed: str, field: str) -> bool:
    return claimed in ("any", field) or (claimed in ("R", "C") and field == "Q")


def _no_counterexample(typed: Typed, claimed: Json, proof: Json) -> str | None:
    if claimed["almost_every"]:
        return _never_false(typed, claimed)
    if not _field_fits(claimed["field"], proof["field"]):
        return "a point over another field"
    try:
        instance = _at(typed, claimed, proof)
        if not all(holds(each, instance) for each in typed.givens):
            return "the hypotheses do not hold there"
        return "the claim holds there" if holds(typed.statement, instance) else None
    except (ProofkitError, ValueError, KeyError, TypeError) as error:
        return f"no point: {error}"


def _never_false(typed: Typed, claimed: Json) -> str | None:
    """Random points at which every comparison holds: then none of them fails almost everywhere."""
    if all(np.all(holds(typed.statement, batch)) for batch in points(typed, claimed, 12)):
        return "the claim holds at random points of several sizes"
    return None


def _false_somewhere(typed: Typed, claimed: Json) -> str | None:
    """A point where the claim fails; almost everywhere: three random points of one size where it fails."""
    failed: dict[str, int] = {}
    evaluated, problem = 0, ""
    for batch in points(typed, claimed, 60):
        for part in chain([batch], map(batch.item, range(batch.batch or 0))):  # one by one only where the batch has no value
            try:
                true = _true(typed, part)
            except (ProofkitError, ValueError) as error:
                problem = str(error)
                continue
            evaluated += true.size
            key = str(part.sizes)
            failed[key] = failed.get(key, 0) + true.size - int(true.sum())
            if failed[key] >= (3 if claimed["almost_every"] else 1):
                return f"false over {part.system.name} at {part.sizes}"
            if part is batch:
                break
    unknown = evaluated or "cp_rank" in claimed["statement"]
    return None if unknown else f"it has no value anywhere: {problem}"


def _true(typed: Typed, batch: Instance) -> NDArray[np.bool_]:
    """For each point, whether the claim holds or a hypothesis does not."""
    true = np.atleast_1d(holds(typed.statement, batch))
    for each in typed.givens:
        true = true | ~np.atleast_1d(holds(each, batch))
    return true


def points(typed: Typed, claimed: Json, count: int) -> Iterator[Instance]:
    """Batches of instances of the claim, one or more a size: what is generic is random modulo a large prime, the rest small
    integers; where every field is meant and nothing is generic, over Q and over GF(2)."""
    generic, field = set(claimed["almost_every"]), claimed["field"]
    for over in [GF(LARGE)] if generic else [Q, GF(2)] if field == "any" else [system(field)]:
        yield from _points(typed, claimed, count, generic, over)


def _points(typed: Typed, claimed: Json, count: int, generic: set[str], over: NumberSystem) -> Iterator[Instance]:
    source = random.Random(1)
    modulus = getattr(over, "p", None)
    choices = list(_sizes(typed, claimed))
    for sizes in choices:
        try:
            shapes = list(_shapes(typed, sizes))
        except (ProofkitError, ValueError):
            continue
        drawn: dict[str, list[Any]] = {name: [] for name, _, _ in shapes}
        for _ in range(max(3, count // len(choices))):
            for name, shape, _ in shapes:
                free = name.split(".")[0] in generic
                values: list[int] = [source.randrange(LARGE) if free else _small(source) for _ in range(prod(shape))]
                drawn[name].append(_nested([value % modulus if modulus else value for value in values], shape))
        if any(polynomial for _, _, polynomial in shapes):  # which have no batches
            for entries in zip(*drawn.values()):
                arrays = [_array(_linear(each) if poly else each, over, poly) for each, (_, _, poly) in zip(entries, shapes)]
                yield Instance(sizes, dict(zip(drawn, arrays)), over)
        else:
            yield Instance(sizes, {name: over.array(entries, batch=True) for name, entries in drawn.items()}, over)


def _small(source: random.Random) -> int:
    return source.choice([0, 0, 0, 1, 1, -1, 2])


def _sizes(typed: Typed, claimed: Json) -> Iterator[dict[str, Any]]:
    fixed = {name: size for name, size in claimed["sizes"].items() if size != "any"}
    free = sorted({*typed.declarations.sizes, *claimed["sizes"]} - fixed.keys())
    few = len(free) <= 3 and not _networks(typed)  # a network of three levels takes as long as all others together
    for choice in product((1, 2, 3) if few else (1, 2), repeat=len(free)):
        sizes = {**fixed, **dict(zip(free, choice))}
        if any(int(str(sizes.get(str(cut.value), cut.value))) > int(str(sizes.get(str(top.value), top.value)))
               for top, cut in cuts(typed.statement)):  # fmt: skip
            continue
        lists = sorted(typed.declarations.lists - sizes.keys())
        depth = next((node.args[0] for node in _networks(typed) if node.op in ("ht", "truncated")), None)
        levels = 1 if depth is None else depth.value if depth.op == "int" else sizes[str(depth.value)]
        for counts in product((1, 2), repeat=int(str(levels))) if lists else [()]:
            yield {**sizes, **dict.fromkeys(lists, list(counts))}


def _networks(typed: Typed) -> list[Any]:
    comparisons = typed.statement.comparisons
    found = (node for one in comparisons for side in (one.left, one.right) for node in walk(side) if node.op in FAMILIES)
    return list({to_text(node): node for node in found}.values())


def _shapes(typed: Typed, sizes: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...], bool]]:
    frame = Instance(sizes, {}, Q)
    for name, declared in typed.declarations.items():
        shape = concrete_shape(declared.shape, frame)
        if declared.argument is not None:
            shape = (1 + frame.extent(declared.argument), *shape)
        yield name, shape, declared.argument is not None
    for node in _networks(typed):
        for name, shape in family_weights(node, sizes).items():
            yield name, shape, False


def _linear(parts: list[Any]) -> list[Any]:
    """A polynomial matrix of degree one: its constant part and one part for each variable."""
    return [[[int(variable == place) for variable in range(1, len(parts))], part] for place, part in enumerate(parts)]


def _nested(flat: list[int], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0]
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
