"""Random identities: an expression rewritten by valid rules is proved; an altered one is refuted, or is equal by evaluation.

Values come from the evaluator of the corpus, which shares no code with proofkit.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import proofkit
from proofkit.statements import Node, parse_expression, to_text, walk

sys.path.insert(0, str(Path(__file__).parents[1] / "corpus"))
from oracle import World  # noqa: E402

WHERE = "A: m n; B: n m; C: n n; D: m m; E: m n; u: m; v: n; c:"
SHAPES = {"A": "mn", "B": "nm", "C": "nn", "D": "mm", "E": "mn", "u": "m", "v": "n", "c": ""}
LARGE = 2**61 - 1


def name(text: str) -> Node:
    return Node("name", (), text)


def made(op: str, *args: Node) -> Node:
    return Node(op, args)


@st.composite
def matrices(draw: st.DrawFn, rows: str, columns: str, depth: int) -> Node:
    """An expression of the given shape."""
    plain = [name(one) for one, shape in SHAPES.items() if shape == rows + columns]
    plain += [made("T", name(one)) for one, shape in SHAPES.items() if shape == columns + rows]
    plain.append(made("ones", name(rows), name(columns)))
    vectors = {"m": name("u"), "n": name("v")}
    plain.append(made("outer", vectors[rows], vectors[columns]))
    if rows == columns:
        plain += [made("eye", name(rows)), made("diag", vectors[rows])]
    if depth == 0:
        return draw(st.sampled_from(plain))
    kind = draw(st.sampled_from(["plain", "add", "sub", "matmul", "matmul", "T", "hadamard", "mul", "neg", "diag"]))
    below = depth - 1
    if kind in ("add", "sub", "hadamard"):
        return made(kind, draw(matrices(rows, columns, below)), draw(matrices(rows, columns, below)))
    if kind == "matmul":
        middle = draw(st.sampled_from("mn"))
        return made("matmul", draw(matrices(rows, middle, below)), draw(matrices(middle, columns, below)))
    if kind == "T":
        return made("T", draw(matrices(columns, rows, below)))
    if kind == "mul":
        factor = draw(st.sampled_from([name("c"), Node("int", (), 2), Node("int", (), 3), made("trace", name("C")), name("n")]))
        return made("mul", factor, draw(matrices(rows, columns, below)))
    if kind == "neg":
        return made("neg", draw(matrices(rows, columns, below)))
    if kind == "diag" and rows == columns:
        return made("diag", made("diagonal", draw(matrices(rows, columns, below))))
    return draw(st.sampled_from(plain))


@st.composite
def expressions(draw: st.DrawFn) -> Node:
    """A matrix, a Kronecker or Khatri-Rao product, a vec or a trace."""
    rows, columns = draw(st.sampled_from("mn")), draw(st.sampled_from("mn"))
    one = draw(matrices(rows, columns, 2))
    kind = draw(st.sampled_from(["plain", "plain", "kron", "khatri_rao", "vec", "trace", "kron of products"]))
    if kind == "kron":
        return made("kron", one, draw(matrices(draw(st.sampled_from("mn")), draw(st.sampled_from("mn")), 2)))
    if kind == "kron of products":
        return made("kron", made("matmul", one, draw(matrices(columns, "n", 1))), made("matmul", name("A"), name("B")))
    if kind == "khatri_rao":
        return made("khatri_rao", one, draw(matrices(draw(st.sampled_from("mn")), columns, 2)))
    if kind == "vec":
        return made("vec", one)
    return made("trace", draw(matrices("n", "n", 2))) if kind == "trace" else one


def square(node: Node) -> str:
    """The size of a square matrix as the generator writes it; empty where it is not known to be square."""
    return {"C": "n", "D": "m"}.get(str(node.value), "") if node.op == "name" else ""


def rewritings(node: Node) -> list[Node]:
    """Equal expressions, by one rule at the top of the node."""
    found: list[Node] = []
    args = node.args
    inner = args[0] if args else node
    if node.op == "add":
        found.append(made("add", args[1], args[0]))
        found.append(made("sub", args[0], made("neg", args[1])))
    if node.op == "sub":
        found.append(made("add", args[0], made("mul", Node("int", (), -1), args[1])))
        found.append(made("neg", made("sub", args[1], args[0])))
    if node.op == "matmul":
        left, right = args
        if right.op in ("add", "sub"):
            found.append(made(right.op, *(made("matmul", left, part) for part in right.args)))
        if left.op in ("add", "sub"):
            found.append(made(left.op, *(made("matmul", part, right) for part in left.args)))
        if right.op == "matmul":
            found.append(made("matmul", made("matmul", left, right.args[0]), right.args[1]))
        found.append(made("T", made("matmul", made("T", right), made("T", left))))
        if square(left):
            found.append(made("matmul", left, made("matmul", made("eye", name(square(left))), right)))
    if node.op == "T" and inner.op == "matmul":
        found.append(made("matmul", made("T", inner.args[1]), made("T", inner.args[0])))
    if node.op == "T" and inner.op in ("add", "sub", "hadamard", "kron"):
        found.append(made(inner.op, *(made("T", part) for part in inner.args)))
    if node.op == "hadamard":
        found.append(made("hadamard", *reversed(args)))
        if args[0].op in ("add", "sub"):
            found.append(made(args[0].op, *(made("hadamard", part, args[1]) for part in args[0].args)))
    if node.op == "mul" and args[1].op in ("add", "sub"):
        found.append(made(args[1].op, *(made("mul", args[0], part) for part in args[1].args)))
    if node.op == "kron" and all(part.op == "matmul" for part in args):
        pairs = list(zip(*(part.args for part in args)))
        found.append(made("matmul", made("kron", *pairs[0]), made("kron", *pairs[1])))
    if node.op == "vec" and inner.op == "matmul":
        right = inner.args[1]
        if square(inner.args[0]):
            found.append(
                made(
                    "matmul", made("kron", made("T", right), made("eye", name(square(inner.args[0])))), made("vec", inner.args[0])
                )
            )
    if node.op == "trace" and inner.op == "matmul":
        found.append(made("trace", made("matmul", *reversed(inner.args))))
        found.append(made("einsum", *inner.args))
        found[-1] = replace(found[-1], value="ij,ji->")
    if node.op == "trace":
        found.append(made("trace", made("T", inner)))
    found += [made("T", made("T", node))] if node.op == "name" and len(SHAPES.get(str(node.value), "")) == 2 else []
    return found


def places(node: Node, path: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Node]]:
    return [(path, node), *(each for i, part in enumerate(node.args) for each in places(part, (*path, i)))]


def put(node: Node, path: tuple[int, ...], new: Node) -> Node:
    if not path:
        return new
    return replace(node, args=tuple(put(part, path[1:], new) if i == path[0] else part for i, part in enumerate(node.args)))


def alterations(node: Node) -> list[Node]:
    """Expressions of the same shape that are most likely not equal."""
    other = {"A": "E", "E": "A", "m": "n", "n": "m"}
    found: list[Node] = []
    if node.op == "name" and node.value in ("A", "E"):
        found.append(name(other[str(node.value)]))
    if node.op == "name" and square(node):
        found += [made("T", node), made("hadamard", node, node), made("matmul", node, node)]
    if node.op in ("add", "sub"):
        found += [made({"add": "sub", "sub": "add"}[node.op], *node.args), node.args[0]]
    if node.op == "hadamard":
        found.append(node.args[1])
    if node.op == "mul":
        found += [node.args[1], made("mul", Node("int", (), 2), node)]
    if node.op == "T" and node.args[0].op == "name" and square(node.args[0]):
        found.append(node.args[0])
    if node.op == "neg":
        found.append(node.args[0])
    return found


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[Node, Node]:
    """Two equal expressions."""
    start = draw(expressions())
    current = start
    for _ in range(draw(st.integers(1, 5))):
        options = [(path, new) for path, part in places(current) for new in rewritings(part)]
        if options:
            path, new = draw(st.sampled_from(options))
            current = put(current, path, new)
    return start, current


@st.composite
def altered(draw: st.DrawFn) -> tuple[Node, Node]:
    """Two expressions of one shape, most likely not equal."""
    left, right = draw(rewritten())
    options = [(path, new) for path, part in places(right) for new in alterations(part)]
    if options:
        path, new = draw(st.sampled_from(options))
        right = put(right, path, new)
    return left, right


def equal_by_evaluation(line: str, p: int, sizes: tuple[int, int], seed: int) -> bool:
    draw = random.Random(seed)
    extents = {"m": sizes[0], "n": sizes[1]}
    world = World(p, extents, {})
    for one, shape in SHAPES.items():
        entries = [draw.randrange(p) for _ in range(int(np.prod([extents[letter] for letter in shape], dtype=int)))]
        world.arrays[one] = world.array(np.array(entries, dtype=object).reshape([extents[letter] for letter in shape]))
    return world.holds(line)


def check_proved(pair: tuple[Node, Node]) -> None:
    line = f"{to_text(pair[0])} == {to_text(pair[1])}"
    found = proofkit.prove(line, WHERE)
    assert found.verdict == "proved", str(found)


def check_altered(pair: tuple[Node, Node]) -> None:
    line = f"{to_text(pair[0])} == {to_text(pair[1])}"
    found = proofkit.prove(line, WHERE)
    same = all(
        equal_by_evaluation(line, p, sizes, k) for k, (p, sizes) in enumerate([(LARGE, (3, 2)), (LARGE, (2, 3)), (2, (2, 2))])
    )
    assert found.verdict == ("proved" if same else "refuted"), str(found)
    if found.counterexample is not None:
        example = found.counterexample
        p = 0 if example.field == "Q" else int(example.field[3:-1])
        world = World(p, dict(example.sizes), {})  # type: ignore[arg-type]
        world.arrays = {one: world.array(array) for one, array in example.arrays.items()}
        assert not world.holds(line)


FAST = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SLOW = settings(max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


@FAST
@given(rewritten())
def test_what_valid_rules_make_of_an_expression_is_proved_equal_to_it(pair: tuple[Node, Node]) -> None:
    check_proved(pair)


@FAST
@given(altered())
def test_what_is_altered_is_refuted_or_equal_by_evaluation(pair: tuple[Node, Node]) -> None:
    check_altered(pair)


@pytest.mark.slow
@SLOW
@given(rewritten())
def test_many_rewritten_expressions(pair: tuple[Node, Node]) -> None:
    check_proved(pair)


@pytest.mark.slow
@SLOW
@given(altered())
def test_many_altered_expressions(pair: tuple[Node, Node]) -> None:
    check_altered(pair)


def test_the_text_of_an_expression_is_read_back() -> None:
    node = parse_expression("vec(A @ (C + c * C)) ")
    assert [part.op for part in walk(node)][:3] == ["vec", "matmul", "name"]
