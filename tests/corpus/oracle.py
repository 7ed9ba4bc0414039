"""What a line of the statement language says at concrete arrays, computed without proofkit.

Arrays of Python integers, reduced modulo p where p is given; every operation checks shapes itself, so that the sizes at which
a line makes sense are found by trying, not by proofkit's inference.
"""

from __future__ import annotations

import ast
import itertools
import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np


class Mismatch(Exception):
    """The shapes do not fit."""


def need(condition: object) -> None:
    if not condition:
        raise Mismatch


class World:
    """Sizes, arrays and a field (p = 0: Q) for one line."""

    def __init__(self, p: int, sizes: dict[str, int], arrays: dict[str, np.ndarray]) -> None:
        self.p, self.sizes, self.arrays = p, sizes, arrays

    def array(self, values: Any) -> np.ndarray:
        flat = np.array(values, dtype=object)
        return np.array(flat % self.p, dtype=object) if self.p else flat

    def holds(self, line: str) -> bool:
        tree = ast.parse(line, mode="eval").body
        parts = tree.values if isinstance(tree, ast.BoolOp) else [tree]
        return all(self.compares(part) for part in parts)

    def compares(self, node: Any) -> bool:
        left, right = node.left, node.comparators[0]
        if any(isinstance(part, ast.Call) and part.func.id in ("rank", "cp_rank") for part in ast.walk(node)) or not isinstance(
            node.ops[0], ast.Eq
        ):
            a, b = self.integer(left), self.integer(right)
            return {ast.Eq: a == b, ast.LtE: a <= b, ast.GtE: a >= b}[type(node.ops[0])]
        a, b = self.tensor(left), self.tensor(right)
        need(a.shape == b.shape)
        return bool(np.all(self.array(a - b) == 0))

    def integer(self, node: Any) -> int:
        if isinstance(node, ast.Constant):
            return int(node.value)
        if isinstance(node, ast.Name):
            return self.sizes[node.id]
        if isinstance(node, ast.BinOp):
            a, b = self.integer(node.left), self.integer(node.right)
            return {ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b}.get(
                type(node.op), a**b if isinstance(node.op, ast.Pow) else 0
            )
        if node.func.id == "rank":
            return rank(self.tensor(node.args[0]), self.p)
        if node.func.id == "cp_rank":
            array = np.squeeze(self.tensor(node.args[0]))
            need(array.ndim <= 2)
            return rank(array.reshape(array.shape[0] if array.ndim else 1, -1), self.p)
        return {"min": min, "max": max}[node.func.id](self.integer(arg) for arg in node.args)

    def tensor(self, node: Any) -> np.ndarray:
        if isinstance(node, ast.Constant):
            return self.array(node.value)
        if isinstance(node, ast.Name):
            return self.arrays[node.id] if node.id in self.arrays else self.array(self.sizes[node.id])
        if isinstance(node, ast.UnaryOp):
            return self.array(-self.tensor(node.operand))
        if isinstance(node, ast.Attribute):
            return self.tensor(node.value).T
        if isinstance(node, ast.BinOp):
            a, b = self.tensor(node.left), self.tensor(node.right)
            if isinstance(node.op, ast.MatMult):
                need(a.ndim and b.ndim and a.shape[-1] == b.shape[0])
                return self.array(np.tensordot(a, b, axes=(a.ndim - 1, 0)))
            if isinstance(node.op, ast.Mult):
                need(not (a.ndim and b.ndim))
                return self.array(a * b)
            need(a.shape == b.shape)
            return self.array(a + b if isinstance(node.op, ast.Add) else a - b)
        return self.call(node.func.id, node)

    def size(self, node: Any) -> int:
        return self.integer(node)

    def call(self, name: str, node: Any) -> np.ndarray:
        if name in ("eye", "ones", "zeros"):
            shape = [self.size(arg) for arg in node.args]
            if name == "eye":
                return self.array(np.eye(shape[0], shape[-1], dtype=int))
            return self.array(np.full(shape, int(name == "ones")))
        if name == "commutation":
            m, n = (self.size(arg) for arg in node.args)
            k = np.zeros((m * n, m * n), dtype=int)
            for i, j in itertools.product(range(m), range(n)):
                k[i * n + j, j * m + i] = 1
            return self.array(k)
        if name == "einsum":
            return self.einsum(node.args[0].value, [self.tensor(arg) for arg in node.args[1:]])
        values = [self.tensor(arg) for arg in node.args if not isinstance(arg, ast.Constant) or name == "kron"]
        if name == "matricize":
            words = {keyword.arg: [item.value for item in keyword.value.elts] for keyword in node.keywords}
            return unfold(values[0], words["rows"], words["columns"])
        if name == "mode_product":
            k = node.args[2].value
            need(values[0].shape[k] == values[1].shape[1])
            return self.array(np.moveaxis(np.tensordot(values[1], values[0], axes=(1, k)), 0, k))
        return self.array(FUNCTIONS[name](self, *values))

    def einsum(self, text: str, values: list[np.ndarray]) -> np.ndarray:
        left, right = text.replace(" ", "").split("->")
        extent: dict[str, int] = {}
        for word, value in zip(left.split(","), values):
            need(len(word) == value.ndim)
            for letter, n in zip(word, value.shape):
                need(extent.setdefault(letter, n) == n)
        groups = [group.strip("()") for group in re.findall(r"\w|\(\w+\)", right)]
        out = "".join(groups)
        total = np.zeros([extent[letter] for letter in out], dtype=object)
        letters = sorted(extent)
        for index in itertools.product(*(range(extent[letter]) for letter in letters)):
            at = dict(zip(letters, index))
            entry = 1
            for word, value in zip(left.split(","), values):
                entry = entry * value[tuple(at[letter] for letter in word)]
            total[tuple(at[letter] for letter in out)] += entry
        return self.array(total.reshape([int(np.prod([extent[letter] for letter in group], dtype=int)) for group in groups]))


def unfold(value: np.ndarray, rows: list[int], columns: list[int]) -> np.ndarray:
    extent = [int(np.prod([value.shape[k] for k in side], dtype=int)) for side in (rows, columns)]
    return value.transpose([*rows, *columns]).reshape(extent)


def kron(world: World, *values: np.ndarray) -> np.ndarray:
    need(len({value.ndim for value in values}) == 1)
    answer = values[0]
    for value in values[1:]:
        answer = np.kron(answer, value)
    return answer


def khatri_rao(world: World, *values: np.ndarray) -> np.ndarray:
    need(all(value.ndim == 2 and value.shape[1] == values[0].shape[1] for value in values))
    columns = [kron(world, *(value[:, j] for value in values)) for j in range(values[0].shape[1])]
    return np.stack(columns, axis=1)


def hadamard(world: World, *values: np.ndarray) -> np.ndarray:
    need(all(value.shape == values[0].shape for value in values))
    answer = values[0]
    for value in values[1:]:
        answer = answer * value
    return answer


def outer(world: World, *values: np.ndarray) -> np.ndarray:
    answer = values[0]
    for value in values[1:]:
        answer = np.multiply.outer(answer, value)
    return answer


def square(value: np.ndarray) -> np.ndarray:
    need(value.ndim == 2 and value.shape[0] == value.shape[1])
    return value


def diag(world: World, value: np.ndarray) -> np.ndarray:
    need(value.ndim == 1)
    return np.array([[value[i] if i == j else 0 for j in range(len(value))] for i in range(len(value))], dtype=object)


def inverse(world: World, value: np.ndarray) -> np.ndarray:
    n = len(square(value))
    wide = [[*row, *(int(i == j) for j in range(n))] for i, row in enumerate(value.tolist())]
    for column in range(n):
        pivot = next((i for i in range(column, n) if wide[i][column]), None)
        if pivot is None:
            raise Mismatch
        wide[column], wide[pivot] = wide[pivot], wide[column]
        scale = pow(wide[column][column], -1, world.p) if world.p else Fraction(1) / wide[column][column]
        wide[column] = [x * scale for x in wide[column]]
        for i in range(n):
            if i != column:
                wide[i] = [x - wide[i][column] * y for x, y in zip(wide[i], wide[column])]
        if world.p:
            wide = [[x % world.p for x in row] for row in wide]
    return np.array([row[n:] for row in wide], dtype=object)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "kron": kron,
    "khatri_rao": khatri_rao,
    "hadamard": hadamard,
    "outer": outer,
    "tensor_product": outer,
    "vec": lambda world, a: a.T.reshape(-1),
    "diag": diag,
    "diagonal": lambda world, a: np.array([square(a)[i, i] for i in range(len(a))], dtype=object),
    "trace": lambda world, a: sum(square(a)[i, i] for i in range(len(a))),
    "inv": inverse,
    "odd_even": lambda world, t: unfold(t, list(range(0, t.ndim, 2)), list(range(1, t.ndim, 2))),
}


def rank(matrix: np.ndarray, p: int) -> int:
    rows = [[Fraction(int(x)) if not p and not isinstance(x, Fraction) else x for x in row] for row in matrix.tolist()]
    found = 0
    for column in range(matrix.shape[1]):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        scale = pow(int(rows[found][column]), -1, p) if p else 1 / rows[found][column]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] * scale
            rows[i] = [(x - factor * y) % p if p else x - factor * y for x, y in zip(rows[i], rows[found])]
        found += 1
    return found


# instances


def declared(where: str) -> dict[str, list[str]]:
    entries = (entry.partition(":") for entry in where.split(";") if entry.strip())
    return {name.strip(): modes.split() for name, _, modes in entries}


def worlds(item: dict[str, Any], p: int, count: int, draw: random.Random, spread: int = 3) -> Iterator[World]:
    """Instances at which the line makes sense and its hypotheses hold; at most `count`, fewer where most draws do not fit."""
    where = declared(item.get("where", ""))
    lines = [item["line"], *item.get("given", [])]
    text = " ".join(re.sub(r'"[^"]*"', "", line) for line in lines)
    words = [
        word
        for word in dict.fromkeys(re.findall(r"(?<![\w.])[A-Za-z]\w*(?!\s*[\w(])", text))
        if word not in ("and", "rows", "columns")
    ]
    atoms = {atom for modes in where.values() for mode in modes for atom in re.split(r"[~*]", mode) if not atom.isdigit()}
    matrices = [word for word in words if word not in where and word not in atoms and word[0].isupper()]
    loose = [word for word in words if word not in where and word not in matrices]
    names = sorted(atoms | set(loose))
    found = 0
    for _ in range(400 * count):
        sizes = {name: item.get("sizes", {}).get(name, draw.randint(1, spread)) for name in names}
        shapes = {name: shape_of(modes, sizes) for name, modes in where.items()}
        shapes |= {name: (draw.randint(1, spread), draw.randint(1, spread)) for name in matrices}
        sparse = 0.0 if item.get("almost_everywhere") else draw.choice((0.0, 0.3, 0.7))
        world = World(p, sizes, {})
        try:
            for name, shape in shapes.items():
                world.arrays[name] = world.array(entries(shape, p, draw, sparse))
            for name, recipe in item.get("sample", []):
                world.arrays[name] = world.array(built(recipe, world, draw))
                need(world.arrays[name].shape == shapes[name])
            if not all(world.holds(given) for given in item.get("given", [])):
                continue
            world.holds(item["line"])
        except Mismatch:
            continue
        yield world
        found += 1
        if found == count:
            return


def shape_of(modes: list[str], sizes: dict[str, int]) -> tuple[int, ...]:
    def extent(mode: str) -> int:
        return int(np.prod([int(atom) if atom.isdigit() else sizes[atom] for atom in mode.split("*")]))

    return tuple(extent(part) for mode in modes for part in mode.split("~"))


def entries(shape: tuple[int, ...], p: int, draw: random.Random, sparse: float) -> np.ndarray:
    top = p - 1 if p else 3
    flat = [0 if draw.random() < sparse else draw.randint(0 if p else -3, top) for _ in range(int(np.prod(shape, dtype=int)))]
    return np.array(flat, dtype=object).reshape(shape)


def built(recipe: str, world: World, draw: random.Random) -> np.ndarray:
    """A recipe of the corpus: an expression in its names, or one of the constructions below."""

    def some(*shape: int) -> np.ndarray:
        return world.array(entries(shape, world.p, draw, 0.2))

    def invertible(n: int) -> np.ndarray:
        lower = world.array(np.tril(some(n, n).astype(object), -1) + np.eye(n, dtype=int))
        upper = world.array(np.triu(some(n, n).astype(object), 1) + np.eye(n, dtype=int))
        return world.array(lower.dot(upper))

    def orthonormal(m: int, r: int) -> np.ndarray:
        need(r <= m)
        order, signs = draw.sample(range(m), r), [draw.choice((1, -1)) for _ in range(r)]
        q = np.zeros((m, r), dtype=object)
        for column, (row, sign) in enumerate(zip(order, signs)):
            q[row, column] = sign
        if world.p == 0 and m >= 2:  # a rotation by (3/5, 4/5), so that the columns are not of a permutation
            a, b = q[0].copy(), q[1].copy()
            q[0], q[1] = (3 * a - 4 * b) * Fraction(1, 5), (4 * a + 3 * b) * Fraction(1, 5)
        return q

    def idempotent(n: int) -> np.ndarray:
        s = invertible(n)
        d = np.array([[int(i == j) * draw.randint(0, 1) for j in range(n)] for i in range(n)], dtype=object)
        return world.array(s.dot(d).dot(inverse(world, s)))

    def injective(m: int, r: int) -> np.ndarray:
        need(r <= m)
        return world.array(invertible(m)[:, :r])

    def left_inverse(u: np.ndarray) -> np.ndarray:
        gram = world.array(u.T.dot(u))
        return world.array(inverse(world, gram).dot(u.T))

    def generalized_inverse(a: np.ndarray) -> np.ndarray:
        return np.zeros((a.shape[1], a.shape[0]), dtype=object) if not np.any(a != 0) else _generalized(world, a)

    scope = {
        "random": some, "invertible": invertible, "orthonormal": orthonormal, "idempotent": idempotent,
        "injective": injective, "left_inverse": left_inverse, "generalized_inverse": generalized_inverse,
        "inverse": lambda a: inverse(world, a), "identity": lambda n: np.eye(n, dtype=int).astype(object),
        "zeros": lambda *shape: np.zeros(shape, dtype=int).astype(object), **world.sizes, **world.arrays,
    }  # fmt: skip
    return eval(recipe, {"__builtins__": {}}, scope)  # noqa: S307 - the corpus is part of these tests


def _generalized(world: World, a: np.ndarray) -> np.ndarray:
    """G with A G A = A: the inverse of a regular block of full rank, zeros elsewhere."""
    r = rank(a, world.p)
    for rows in itertools.combinations(range(a.shape[0]), r):
        for columns in itertools.combinations(range(a.shape[1]), r):
            block = a[np.ix_(rows, columns)]
            if rank(block, world.p) == r:
                g = np.zeros((a.shape[1], a.shape[0]), dtype=object)
                g[np.ix_(columns, rows)] = inverse(world, block)
                return g
    raise AssertionError("a matrix has a regular block of its rank")
