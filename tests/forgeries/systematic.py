"""Forgeries made from genuine certificates: the claim altered until the oracle finds it false, the proof kept or adapted."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache

from kit import Forgery, Json, encode, sealed, untrue

from proofkit import prove
from proofkit.errors import ProofkitError
from proofkit.lemma import load
from proofkit.rungs import symbolic
from proofkit.rungs.evidence import Context

MOST = 4  # false variants of one certificate
PROVED: list[tuple[str, str, tuple[str, ...], tuple[str, ...], str]] = [
    ("A @ (B + C) == A @ B + A @ C", "A: m n; B: n k; C: n k", (), (), "any"),
    ("(A + B) @ (A - B) == A @ A - A @ B + B @ A - B @ B", "A: n n; B: n n", (), (), "any"),
    ("vec(A @ X @ B) == kron(B.T, A) @ vec(X)", "A: m n; X: n k; B: k p", (), (), "any"),
    ("commutation(m, n) @ vec(A) == vec(A.T)", "A: m n", (), (), "any"),
    ("hadamard(outer(u, v), A) == diag(u) @ A @ diag(v)", "A: m n; u: m; v: n", (), (), "any"),
    ("khatri_rao(A @ C, B @ C) == kron(A, B) @ khatri_rao(C, C)", "A: m n; B: k n; C: n p", (), (), "any"),
    ("trace(A @ B) == vec(A.T) @ vec(B)", "A: m n; B: n m", (), (), "any"),
    ("m * eye(n) == trace(eye(m)) * eye(n)", "A: m n", (), (), "any"),
    ("mode_product(mode_product(T, A, 0), B, 1) == mode_product(mode_product(T, B, 1), A, 0)",
     "T: m n k; A: p m; B: q n", (), (), "any"),
    ("matricize(tensor_product(S, T), rows=[0, 2], columns=[1, 3]) == kron(S, T)", "S: m n; T: p q", (), (), "any"),
    ("rank(A) <= m", "A: m n", (), (), "any"),
    ("rank(A @ B) <= min(rank(A), rank(B))", "A: m n; B: n k", (), (), "any"),
    ("rank(A + B) <= rank(A) + rank(B)", "A: m n; B: m n", (), (), "any"),
    ("rank(A @ B) >= rank(A) + rank(B) - n", "A: m n; B: n k", (), (), "any"),
    ("rank(A @ B) + rank(B @ C) <= rank(B) + rank(A @ B @ C)", "A: m n; B: n k; C: k p", (), (), "any"),
    ("rank(eye(n)) == n", "A: n n", (), (), "any"),
    ("rank(kron(A, eye(n))) == n * rank(A)", "A: m k", (), (), "any"),
    ("rank(hadamard(A, B)) <= rank(A) * rank(B)", "A: m n; B: m n", (), (), "any"),
    ("rank(khatri_rao(A, B)) <= min(n, rank(A) * rank(B))", "A: m n; B: k n", (), (), "any"),
    ("rank(A.T) == rank(A)", "A: m n", (), (), "any"),
    ("rank(A - B) >= rank(A) - rank(B)", "A: m n; B: m n", (), (), "any"),
    ("Y @ X == eye(n)", "X: n n; Y: n n", ("X @ Y == eye(n)",), (), "any"),
    ("(Q @ Q.T) @ (Q @ Q.T) == Q @ Q.T", "Q: m r", ("Q.T @ Q == eye(r)",), (), "any"),
    ("A @ B == B @ A", "A: n n; B: n n", ("A.T == A", "B.T == B", "(A @ B).T == A @ B"), (), "any"),
    ("rank(P) + rank(eye(n) - P) == n", "P: n n", ("P @ P == P",), (), "any"),
    ("2 * (A @ A) - 2 * trace(A) * A + (trace(A) * trace(A) - trace(A @ A)) * eye(2) == zeros(2, 2)", "A: 2 2", (), (), "any"),
    ("hadamard(A, A, A) == A", "A: m n", (), (), "GF(3)"),
    ("rank(A.T @ A) == rank(A)", "A: m n", (), (), "R"),
    ("rank(2 * A) == rank(A)", "A: m n", (), (), "R"),
    ("rank(khatri_rao(A, B)) == rank(khatri_rao(B, A))", "A: m n; B: k n", (), (), "any"),
    ("commutation(m, n).T @ X == commutation(n, m) @ X", "X: n*m p", (), (), "any"),
    ("rank(hadamard(A, A)) >= 2", "A: 2 2", (), ("A",), "any"),
    ("rank(A @ B) == min(m, n, k)", "A: m n; B: n k", (), ("A", "B"), "any"),
    ("rank(A) == min(m, n)", "A: m n", (), ("A",), "any"),
    ("rank(A + F) >= rank(F)", "A: m n; F: m n", (), ("A",), "any"),
    ("rank(A @ F) == rank(F)", "A: m m; F: m n", (), ("A",), "any"),
    ("rank(odd_even(tensor_product(S, T))) <= p * s", "S: p~q; T: s~t", (), (), "any"),
    ("rank(hadamard(A, A)) >= 2", "A: 2 2", (), ("A",), "Q"),
    ("rank(A @ B - B @ A) >= 2", "A: 2 2; B: 2 2", (), ("A", "B"), "Q"),
]  # fmt: skip
REFUTED: list[tuple[str, str, tuple[str, ...], str]] = [
    ("rank(A + B) == rank(A) + rank(B)", "A: m n; B: m n", (), "any"),
    ("A @ B == B @ A", "A: n n; B: n n", (), "any"),
    ("inv(A) @ B == B @ inv(A)", "A: n n; B: n n", (), "any"),
    ("rank(A.T @ A) == rank(A)", "A: m n", (), "any"),
    ("rank(A.T @ A) == rank(A)", "A: m n", (), "GF(2)"),
    ("Y @ X == eye(n)", "X: m n; Y: n m", ("X @ Y == eye(m)",), "any"),
    ("rank(hadamard(A, B)) == rank(A) * rank(B)", "A: m n; B: m n", (), "any"),
    ("hadamard(A, A) == A", "A: m n", (), "GF(3)"),
    ("trace(A @ B) == trace(A) * trace(B)", "A: n n; B: n n", (), "R"),
    ("rank(odd_even(cp(2, M, Z))) == min(M, Z)", "", (), "any"),
]


@cache
def genuine() -> dict[str, bytes]:
    """Certificates that the judge accepts, by what they are of: all lemmas with their siblings, and the lines above."""
    found: dict[str, bytes] = {}
    lemmas = load()
    context = Context(lemmas=lemmas)
    for lemma in (each for each in lemmas.values() if not each.in_words):
        for title, sealed_ in symbolic.run(lemma, context).certificates:
            found[title] = sealed_.data
    for statement, where, given, almost, field in PROVED:
        witness = "random" if field == "Q" else "structured"
        result = prove(statement, where, given, almost_every=almost, field=field, witness=witness)
        if result.verdict == "proved":
            found[statement] = encode(result.certificate())
    for statement, where, given, field in REFUTED:
        result = prove(statement, where, given, field=field)
        if result.verdict == "refuted":
            found[f"not {statement} over {field}"] = encode(result.certificate())
    return found


@cache
def forgeries() -> list[Forgery]:
    answer = []
    for title, data in genuine().items():
        content = json.loads(data)
        found = list(_false_variants(title, content))
        answer += found[: 2 * MOST]
    return answer


def _false_variants(title: str, content: Json) -> Iterator[Forgery]:
    count = 0
    for number, altered in enumerate(_claims(content)):
        try:
            why = untrue({**content, "claim": altered})
        except (ProofkitError, ValueError, KeyError):
            continue
        if why is None or (why.startswith("no statement") and count > 1):
            continue
        yield Forgery(f"{title} | claim {number}", sealed({**content, "claim": altered}), why)
        adapted = _adapted(content, altered)
        if adapted != content["proof"]:
            yield Forgery(f"{title} | claim and proof {number}", sealed({**content, "claim": altered, "proof": adapted}), why)
        count += 1
        if count == MOST:
            return


def _claims(content: Json) -> Iterator[Json]:
    """Claims like this one: a hypothesis, an "almost", a direction, a name, a number or a function changed."""
    original = content["claim"]
    statement = original["statement"]
    if original["almost_every"]:
        yield {**original, "almost_every": []}
        for name in original["almost_every"]:
            yield {**original, "almost_every": [one for one in original["almost_every"] if one != name]}
    for number in range(len(original["given"])):
        yield {**original, "given": original["given"][:number] + original["given"][number + 1 :]}
    if "rank" in statement:
        yield {**original, "statement": f"{statement} + 1"}
        yield {**original, "statement": f"{statement} - 1"}
    for old, new in (("==", "<="), ("==", ">="), ("<=", ">="), (">=", "<="), ("<=", "=="), (">=", "=="), ("min", "max"),
                     ("max", "min"), (" + ", " - "), (" - ", " + "), (" * ", " + "), ("kron", "hadamard"), ("hadamard", "kron"),
                     (".T", ""), ("trace", "rank"), ("odd_even", ""), ("cp_rank", "rank"), ("rank(A)", "rank(B)")):  # fmt: skip
        for place in re.finditer(re.escape(old), statement):
            yield {**original, "statement": statement[: place.start()] + new + statement[place.end() :]}
    names = re.findall(r"(\w+)(?:\(\w+\))?:", original["where"])
    for place in re.finditer(r"\b\w+\b", statement):
        for name in [one for one in names if one != place[0]] if place[0] in names else []:
            yield {**original, "statement": statement[: place.start()] + name + statement[place.end() :]}
        if place[0] in names:
            yield {**original, "statement": statement[: place.start()] + f"(2 * {place[0]})" + statement[place.end() :]}
            yield {**original, "statement": statement[: place.start()] + f"{place[0]}.T" + statement[place.end() :]}
        if place[0].isdigit():
            yield {**original, "statement": statement[: place.start()] + str(int(place[0]) + 1) + statement[place.end() :]}
    for field in ("R", "GF(2)", "GF(3)"):
        yield {**original, "field": field}


def _adapted(content: Json, altered: Json) -> Json:
    """The proof with the sides of the old claim replaced by those of the new one, wherever they stand alone."""
    old, new = (re.split(r" (?:==|<=|>=) ", one["statement"]) for one in (content["claim"], altered))
    if len(old) != len(new):
        return dict(content["proof"])
    table = dict(zip(old, new))
    for before, after in zip(old, new):
        inner = re.fullmatch(r"rank\((.*)\)", before), re.fullmatch(r"rank\((.*)\)", after)
        if inner[0] and inner[1]:
            table[inner[0][1]] = inner[1][1]

    def walk(thing: object) -> object:
        if isinstance(thing, dict):
            return {key: walk(part) for key, part in thing.items()}
        if isinstance(thing, list):
            return [walk(part) for part in thing]
        return table.get(thing, thing) if isinstance(thing, str) else thing

    return walk(copy.deepcopy(content["proof"]))  # type: ignore[return-value]
