"""A tensor expression as a sum of diagrams.

A diagram has boxes (named tensors) whose legs are attached to index classes. A class is one index, however many legs
share it: a wire, or a copy node. Classes in ``out`` are open; every other class is summed over. A class ranges over the
least of its ``ranges`` (``eye(m, n)`` is one class of ranges m and n that is open twice). Copy nodes are never stored, so
they are always fused. The numbering is that of docs/certificate-format.md, since certificates name boxes and classes.

Source: M. Hasegawa, M. Hofmann, G. Plotkin, Finite dimensional vector spaces are complete for traced symmetric monoidal
categories (2008); A. Kissinger, Finite matrices are complete for (dagger-)hypergraph categories (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import TypeVar

from proofkit.errors import StatementError
from proofkit.statements import Declarations, Group, Node, Shape, group_text, monomial, to_text
from proofkit.statements.syntax import output_groups

Label = int | str
T = TypeVar("T")

REGROUP = "*"  # the box of entries 1 where two flat indices of one number are equal, and 0 elsewhere


@dataclass(frozen=True)
class Box:
    """A tensor by name; ``legs`` are the classes of its indices, ``argument`` the vector of a polynomial matrix."""

    name: str
    legs: tuple[int, ...]
    argument: Expression | None = None


@dataclass(frozen=True)
class Diagram:
    """One term: an integer times a sum over all classes that are not open."""

    coefficient: int
    boxes: tuple[Box, ...]
    out: tuple[tuple[int, ...], ...]
    ranges: tuple[frozenset[str | int], ...]

    def loops(self) -> list[int]:
        """Classes that nothing touches: each multiplies by its size."""
        touched = set(chain(*self.out, *(box.legs for box in self.boxes)))
        return [cls for cls in range(len(self.ranges)) if cls not in touched]


@dataclass(frozen=True)
class Expression:
    """A sum of diagrams of one shape; ``out`` of each lists the groups of the shape in order."""

    shape: Shape
    terms: tuple[Diagram, ...]

    @property
    def groups(self) -> list[Group]:
        """The flat indices of all modes; a bundle has two."""
        return [group for mode in self.shape for group in mode]


@dataclass
class Scope:
    """What names mean: shapes of tensors, and expressions that stand for a name (witnesses, holes)."""

    shapes: dict[str, Shape]
    polynomials: dict[str, tuple[Group, Shape]] = field(default_factory=dict)
    sizes: dict[str, Group] = field(default_factory=dict)
    channels: dict[str, tuple[int, ...]] = field(default_factory=dict)
    values: dict[str, Expression] = field(default_factory=dict)

    @classmethod
    def of(cls, declarations: Declarations) -> Scope:
        """The scope of complete declarations."""
        plain = {name: each.shape for name, each in declarations.items() if each.argument is None}
        polynomials = {name: (each.argument, each.shape) for name, each in declarations.items() if each.argument is not None}
        return cls(plain, polynomials, {name: (name,) for name in declarations.sizes})

    def copy(self) -> Scope:
        """A scope that can be extended without changing this one."""
        return Scope(dict(self.shapes), dict(self.polynomials), dict(self.sizes), dict(self.channels), dict(self.values))

    def box(self, name: str) -> Expression:
        """The tensor of that name, as one box, or what was put in its place."""
        if name not in self.values:
            self.values[name] = single(name, self.shapes[name])
        return self.values[name]


def least(ranges: Iterable[str | int]) -> frozenset[str | int]:
    """A set of sizes of which the least counts: its integers become one, and 1 alone remains where it occurs."""
    atoms = set(ranges)
    numbers = {atom for atom in atoms if isinstance(atom, int)}
    if 1 in numbers:
        return frozenset({1})
    return frozenset(atoms - numbers | ({min(numbers)} if numbers else set()))


def contract(operands: Sequence[Expression], inputs: Sequence[Sequence[Label]], output: list[list[list[Label]]]) -> Expression:
    """Sum of products: ``inputs`` labels the groups of each operand, ``output`` gives modes as groups of labels."""
    sizes: dict[Label, Group] = {}
    operands = list(operands)
    for number, labels in enumerate(inputs):
        for place, label in enumerate(labels):
            operands[number] = regrouped(operands[number], place, sizes.setdefault(label, operands[number].groups[place]))
    shape = tuple(tuple(tuple(chain(*(sizes[label] for label in group))) for group in mode) for mode in output)
    flat = [group for mode in output for group in mode]
    terms = (glued(choice, inputs, flat) for choice in product(*(operand.terms for operand in operands)))
    return Expression(shape, tuple(terms))


def regrouped(value: Expression, place: int, group: Group) -> Expression:
    """The same entries, with one flat index read as another product that is the same number (m*n as n*m)."""
    old = value.groups[place]
    if old == group:
        return value
    if monomial(old) != monomial(group):
        raise StatementError(f"sizes differ: {group_text(old)} and {group_text(group)}", 1)
    shape = tuple((each,) for each in sorted((old, group), key=str))
    box = single(REGROUP, shape, constant(shape))
    labels: list[Label] = list(range(len(value.groups)))
    new = len(labels)
    count = iter(labels[:place] + [new] + labels[place + 1 :])
    output = [[[label] for label in islice(count, len(mode))] for mode in value.shape]
    return contract([value, box], [labels, [place, new] if shape[0][0] == old else [new, place]], output)


def glued(parts: Sequence[Diagram], inputs: Sequence[Sequence[Label]], flat: list[list[Label]]) -> Diagram:
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(cls: tuple[int, int]) -> tuple[int, int]:
        while cls in parent:
            cls = parent[cls]
        return cls

    at: dict[Label, list[tuple[int, int]]] = {}
    for place, (part, labels) in enumerate(zip(parts, inputs)):
        for group, label in zip(part.out, labels):
            mine = [(place, cls) for cls in group]
            for one, other in zip(at.setdefault(label, mine), mine):
                one, other = sorted((root(one), root(other)))
                if one != other:
                    parent[other] = one
    coefficient = 1
    ranges: dict[tuple[int, int], set[str | int]] = {}
    for place, part in enumerate(parts):
        coefficient *= part.coefficient
        for cls, atoms in enumerate(part.ranges):
            ranges.setdefault(root((place, cls)), set()).update(atoms)
    out = [[root(cls) for label in group for cls in at[label]] for group in flat]
    boxes = [(box, [root((place, leg)) for leg in box.legs]) for place, part in enumerate(parts) for box in part.boxes]
    return _fused(_numbered(coefficient, boxes, out, ranges))


def _fused(diagram: Diagram) -> Diagram:
    """Regroup boxes simplified: equal on one side, they are equal on both; summed over one side, the entries add up to 1."""
    for i, box in enumerate(diagram.boxes):
        if box.name == REGROUP and box.argument is not None:
            others = diagram.boxes[:i] + diagram.boxes[i + 1 :]
            simpler = _joined(diagram, box, others) or _summed(diagram, box, others)
            if simpler is not None:
                return _fused(simpler)
    return diagram


def _joined(diagram: Diagram, box: Box, others: tuple[Box, ...]) -> Diagram | None:
    cut = len(box.argument.groups[0]) if box.argument else 0
    for twin in others:
        same = twin.name == REGROUP and twin.argument == box.argument
        if same and (box.legs[:cut] == twin.legs[:cut] or box.legs[cut:] == twin.legs[cut:]):
            root = list(range(len(diagram.ranges)))
            for pair in zip(box.legs, twin.legs):
                one, other = sorted(root[leg] for leg in pair)
                root = [one if cls == other else cls for cls in root]
            return _rebuilt(diagram, others, root)
    return None


def _summed(diagram: Diagram, box: Box, others: tuple[Box, ...]) -> Diagram | None:
    groups = box.argument.groups if box.argument else []
    cut = len(groups[0])
    met = [*chain(*diagram.out, *(other.legs for other in others)), *box.legs]
    for side, group in zip((box.legs[:cut], box.legs[cut:]), groups):
        full = all(diagram.ranges[cls] == {atom} for cls, atom in zip(side, group))
        if full and all(met.count(cls) == 1 for cls in side):
            return _rebuilt(diagram, others, [-1 if cls in side else cls for cls in range(len(diagram.ranges))])
    return None


def _rebuilt(diagram: Diagram, boxes: Sequence[Box], root: Sequence[int]) -> Diagram:
    """With classes merged into their roots; those of root -1 vanish."""
    ranges: dict[tuple[int, int], set[str | int]] = {}
    for cls, atoms in enumerate(diagram.ranges):
        if root[cls] >= 0:
            ranges.setdefault((0, root[cls]), set()).update(atoms)
    out = [[(0, root[cls]) for cls in group] for group in diagram.out]
    return _numbered(diagram.coefficient, [(box, [(0, root[leg]) for leg in box.legs]) for box in boxes], out, ranges)


def _numbered(
    coefficient: int,
    boxes: list[tuple[Box, list[tuple[int, int]]]],
    out: list[list[tuple[int, int]]],
    ranges: dict[tuple[int, int], set[str | int]],
) -> Diagram:
    number: dict[tuple[int, int], int] = {}
    for cls in chain(*out, *(legs for _, legs in boxes)):
        number.setdefault(cls, len(number))
    for cls in sorted(ranges.keys() - number.keys()):
        (size, *rest) = least(ranges[cls])
        if isinstance(size, int) and not rest:
            coefficient *= size
        else:
            number[cls] = len(number)
    return Diagram(
        coefficient,
        tuple(Box(box.name, tuple(number[leg] for leg in legs), box.argument) for box, legs in boxes),
        tuple(tuple(number[cls] for cls in group) for group in out),
        tuple(least(ranges[cls]) for cls in number),
    )


def constant(shape: Shape) -> Expression:
    """All ones."""
    sizes = [group for mode in shape for group in mode]
    ranges = [frozenset({atom}) for group in sizes for atom in group]
    count = iter(range(len(ranges)))
    return Expression(shape, (Diagram(1, (), tuple(tuple(next(count) for _ in group) for group in sizes), tuple(ranges)),))


def single(name: str, shape: Shape, argument: Expression | None = None) -> Expression:
    """One box with all legs open."""
    (free,) = constant(shape).terms
    box = Box(name, tuple(range(len(free.ranges))), argument)
    return Expression(shape, (Diagram(1, (box,), free.out, free.ranges),))


def equal_indices(rows: Group, columns: Group) -> Expression:
    """``eye(rows, columns)``: ones where the two indices are equal."""
    if rows == columns:
        return contract([constant(((rows,),))], [[0]], [[[0]], [[0]]])
    if monomial(rows) == monomial(columns):
        return regrouped(equal_indices(rows, rows), 1, columns)
    if len(rows) > 1 or len(columns) > 1:
        raise StatementError("a rectangular eye needs sizes that are not products", 1)
    ranges = least([*(rows or (1,)), *(columns or (1,))])
    return Expression(((rows,), (columns,)), (Diagram(1, (), ((0,) * len(rows), (0,) * len(columns)), (ranges,)),))


def scaled(factor: int, value: Expression) -> Expression:
    """An integer multiple; zero has no terms."""
    terms = (Diagram(factor * each.coefficient, each.boxes, each.out, each.ranges) for each in value.terms)
    return Expression(value.shape, tuple(terms) if factor else ())


def added(left: Expression, right: Expression) -> Expression:
    """The sum of two expressions of one shape."""
    if [len(mode) for mode in left.shape] != [len(mode) for mode in right.shape]:
        raise StatementError(f"shapes differ: {left.shape} and {right.shape}", 1)
    for place, group in enumerate(left.groups):
        right = regrouped(right, place, group)
    return Expression(left.shape, left.terms + right.terms)


def parity(shape: Shape) -> tuple[list[Label], list[Label]]:
    """The labels of the groups of odd and of even modes (counted from 1); a bundle keeps the parity."""
    sides: tuple[list[Label], list[Label]] = ([], [])
    odd = label = 0
    for mode in shape:
        for position in range(len(mode)):
            sides[odd ^ position].append(label)
            label += 1
        odd ^= len(mode) & 1
    return sides


def matricized(value: Expression) -> Expression:
    """``odd_even`` of a tensor."""
    odd, even = parity(value.shape)
    return contract([value], [list(range(len(value.groups)))], [[odd], [even]])


def relabelled(value: Expression, labels: Sequence[Label], output: list[list[Label]]) -> Expression:
    """One operand, its indices rearranged, merged or summed."""
    return contract([value], [labels], [[group] for group in output])


def tensor_product(values: Sequence[Expression]) -> Expression:
    """All modes side by side."""
    return pooled(None, values)


def pooled(weights: Expression | None, children: Sequence[Expression]) -> Expression:
    """``level``: the tensor product of the children with one channel (their last mode) in common, weighted by W."""
    inputs: list[list[Label]] = []
    output: list[list[list[Label]]] = []
    for place, child in enumerate(children):
        modes: list[list[list[Label]]] = [[[f"{place}.{i}.{j}"] for j in range(len(mode))] for i, mode in enumerate(child.shape)]
        if weights is not None:
            modes[-1] = [["channel"]]
        inputs.append([group[0] for mode in modes for group in mode])
        output += modes[:-1] if weights is not None else modes
    if weights is None:
        return contract(children, inputs, output)
    above: list[Label] = ["out", "channel"] if len(weights.shape) == 2 else ["channel"]
    return contract([weights, *children], [above, *inputs], output + [[[label]] for label in above[:-1]])


def draw(node: Node, scope: Scope) -> Expression:
    """The diagrams of a tensor expression; boxes are numbered in the order of the text."""
    if node.op in _BUILDERS:
        return _BUILDERS[node.op](node, scope)
    if node.op in ("name", "subscript") and (node.op == "subscript" or str(node.value) in scope.sizes):
        return contract([constant(((size_of(node, scope),),))], [[0]], [])
    if node.op == "name":
        return scope.box(str(node.value))
    raise StatementError(f"not a tensor expression: {to_text(node)}", node.column)


def size_of(node: Node, scope: Scope) -> Group:
    """The size that a node in the place of a size stands for."""
    if node.op == "int":
        return (int(str(node.value)),) if node.value != 1 else ()
    if node.op == "mul":
        return size_of(node.args[0], scope) + size_of(node.args[1], scope)
    if node.op == "subscript":
        name, index = str(node.value), node.args[0]
        place = concrete(size_of(index.args[0], scope)) if index.op == "sub" else int(str(index.value)) + 1
        if place is None:
            return (f"{name}[{group_text(size_of(index.args[0], scope))} - 1]",)
        if name in scope.channels:
            count = scope.channels[name][place - 1]
            return (count,) if count > 1 else ()
        return (f"{name}[{place - 1}]",)
    return scope.sizes[str(node.value)]


def _operands(node: Node, scope: Scope) -> list[Expression]:
    return [draw(arg, scope) for arg in node.args]


def _sum(node: Node, scope: Scope) -> Expression:
    left, right = _operands(node, scope)
    return added(left, scaled(-1, right) if node.op == "sub" else right)


def _matmul(node: Node, scope: Scope) -> Expression:
    left, right = _operands(node, scope)
    first: list[Label] = [0, 1] if len(left.shape) == 2 else [1]
    second: list[Label] = [1, 2] if len(right.shape) == 2 else [1]
    return contract([left, right], [first, second], [[[label]] for label in first[:-1] + second[1:]])


def _transposed(node: Node, scope: Scope) -> Expression:
    value = draw(node.args[0], scope)
    labels: list[Label] = list(range(len(value.shape)))
    return relabelled(value, labels, [[label] for label in reversed(labels)])


def _kron(node: Node, scope: Scope) -> Expression:
    values = _operands(node, scope)
    inputs: list[list[Label]] = [[f"{i}.{k}" for k in range(len(value.shape))] for i, value in enumerate(values)]
    return contract(values, inputs, [[[labels[k] for labels in inputs]] for k in range(len(values[0].shape))])


def _khatri_rao(node: Node, scope: Scope) -> Expression:
    values = _operands(node, scope)
    rows: list[Label] = [f"row {i}" for i in range(len(values))]
    return contract(values, [[row, "column"] for row in rows], [[rows], [["column"]]])


def _hadamard(node: Node, scope: Scope) -> Expression:
    values = _operands(node, scope)
    labels: list[Label] = list(range(len(values[0].shape)))
    return contract(values, [labels] * len(values), [[[label]] for label in labels])


def _eye(node: Node, scope: Scope) -> Expression:
    sizes = [size_of(arg, scope) for arg in node.args]
    return equal_indices(sizes[0], sizes[-1])


def _ones(node: Node, scope: Scope) -> Expression:
    return scaled(node.op == "ones", constant(tuple((size_of(arg, scope),) for arg in node.args)))


def _commutation(node: Node, scope: Scope) -> Expression:
    m, n = (size_of(arg, scope) for arg in node.args)
    return contract([equal_indices(m, m), equal_indices(n, n)], [[0, 1], [2, 3]], [[[0, 2]], [[3, 1]]])


def _rearranged(labels: list[Label], output: list[list[Label]]) -> Callable[[Node, Scope], Expression]:
    return lambda node, scope: relabelled(draw(node.args[0], scope), labels, output)


def _odd_even(node: Node, scope: Scope) -> Expression:
    inner = node.args[0]
    if inner.op == "cp" and not isinstance(concrete(size_of(inner.args[0], scope)), int):
        return _symbolic_cp(inner, scope)
    if inner.op == "ht" and not concrete_depth(inner, scope):
        return _symbolic_ht(inner, scope)
    if inner.op == "blocks" and symbolic_blocks(inner, scope):
        return _symbolic_blocks(inner, scope)
    return matricized(draw(inner, scope))


def _blocks(node: Node, scope: Scope) -> Expression:
    value, cut = draw(node.args[0], scope), concrete(size_of(node.args[1], scope)) or 1
    labels: list[Label] = list(range(len(value.groups)))
    width = 1 << (cut - 1)
    return relabelled(value, labels, [labels[i : i + width] for i in range(0, len(labels), width)])


def _fold(node: Node, scope: Scope) -> Expression:
    value = draw(node.args[0], scope)
    rest: list[list[list[Label]]] = [[[label]] for label in range(2, len(value.shape))]
    return contract([value], [list(range(len(value.shape)))], [[[0], [1]], *rest])


def _matricize(node: Node, scope: Scope) -> Expression:
    value = draw(node.args[0], scope)
    if not isinstance(node.value, tuple):
        raise StatementError("matricize names its rows and columns", node.column)
    return relabelled(value, list(range(len(value.shape))), [list(side) for side in node.value])


def _mode_product(node: Node, scope: Scope) -> Expression:
    value, factor = _operands(node, scope)
    count, mode = len(value.shape), int(str(node.value))
    kept: list[Label] = [count if i == mode else i for i in range(count)]
    return contract([value, factor], [list(range(count)), [count, mode]], [[[label]] for label in kept])


def _einsum(node: Node, scope: Scope) -> Expression:
    left, _, right = str(node.value).replace(" ", "").partition("->")
    modes: list[list[list[Label]]] = [[list(group)] for group in output_groups(right)]
    words = [output_groups(word) for word in left.split(",")]
    operands = [split(value, list(map(len, word))) for value, word in zip(_operands(node, scope), words, strict=True)]
    return contract(operands, ["".join(word) for word in words], modes)


def split(value: Expression, counts: Sequence[int]) -> Expression:
    """The factors of a flat index as modes of their own, where a mode is counted more than once."""
    if max(counts, default=1) == 1:
        return value

    def parts(groups: Iterable[tuple[T, ...]]) -> list[tuple[T, ...]]:
        return [part for k, group in zip(counts, groups) for part in ([group] if k == 1 else [(one,) for one in group])]

    terms = (Diagram(t.coefficient, t.boxes, tuple(parts(t.out)), t.ranges) for t in value.terms)
    return Expression(tuple((group,) for group in parts(value.groups)), tuple(terms))


def _level(node: Node, scope: Scope) -> Expression:
    weights, *children = _operands(node, scope)
    return pooled(weights, children)


def _apply(node: Node, scope: Scope) -> Expression:
    name = str(node.value)
    return single(name, scope.polynomials[name][1], draw(node.args[0], scope))


def concrete(size: Group) -> int | None:
    """The integer that a single size is, if it is one."""
    if len(size) > 1 or any(not isinstance(atom, int) for atom in size):
        return None
    return int(size[0]) if size else 1


def concrete_depth(node: Node, scope: Scope) -> int | None:
    """The number of levels of a network that is small enough to be written out."""
    depth = concrete(size_of(node.args[0], scope))
    return depth if depth is not None and depth <= 6 else None


def symbolic_blocks(node: Node, scope: Scope) -> bool:
    """Whether these are the blocks of a network that is not written out."""
    inner, cut = node.args
    written = inner.op not in ("ht", "truncated") or (concrete_depth(inner, scope) and concrete(size_of(cut, scope)))
    return not written


def _weight(scope: Scope, name: str, *sizes: Group) -> Expression:
    scope.shapes.setdefault(name, tuple((size,) for size in sizes))
    return scope.box(name)


def _cp(node: Node, scope: Scope) -> Expression:
    order, size, terms = (size_of(arg, scope) for arg in node.args)
    factors = [_weight(scope, f"cp.{i}", size, terms) for i in range(concrete(order) or 0)]
    return pooled(_weight(scope, "cp.c", terms), factors)


def _symbolic_cp(node: Node, scope: Scope) -> Expression:
    order, size, terms = (size_of(arg, scope) for arg in node.args)
    modes = [(side, f"{group_text(size)}^{side}({group_text(order)})") for side in ("odd", "even")]
    sides = [_weight(scope, f"cp.{side}", (together,), terms) for side, together in modes]
    return contract([_weight(scope, "cp.c", terms), *sides], [[0], [1, 0], [2, 0]], [[[1]], [[2]]])


def _side(node: Node, scope: Scope) -> Group:
    return tuple(f"{atom}**(2 ** ({to_text(node.args[0])} - 1))" for atom in size_of(node.args[-2], scope))


def _symbolic_ht(node: Node, scope: Scope) -> Expression:
    side = _side(node, scope)
    return single(to_text(node), ((side,), (side,)))


def _symbolic_blocks(node: Node, scope: Scope) -> Expression:
    """Of a deep network a box; of one cut short a sum of products of two boxes, over the channels of its last window."""
    inner, cut = node.args
    side = _side(inner, scope)
    if inner.op == "ht":
        return single(to_text(node), ((side,), (side,)))
    index = Node("sub", (cut, Node("int", (), 1)))
    channel = size_of(Node("subscript", (index,), inner.args[-1].value), scope)
    sides = [_weight(scope, f"truncated.{name}", side, channel) for name in ("odd", "even")]
    return contract([_weight(scope, "truncated.c", channel), *sides], [[0], [1, 0], [2, 0]], [[[1]], [[2]]])


def _deep(node: Node, scope: Scope) -> Expression:
    depth = concrete_depth(node, scope) or 0
    last = depth if node.op == "ht" else concrete(size_of(node.args[1], scope)) or 0
    size, counts, shared = size_of(node.args[-2], scope), node.args[-1], bool(node.value)

    def channel(level: int) -> Group:
        return size_of(Node("subscript", (Node("int", (), level),), counts.value), scope)

    def built(level: int, position: int) -> Expression:
        name = f"{node.op}.{level}" if shared else f"{node.op}.{level}.{position}"
        if level == 0:
            return _weight(scope, name, size, channel(0))
        own = [] if level == last else [channel(level)]
        weights = _weight(scope, name, *own, channel(level - 1))
        below = range(2 ** (depth - last + 1)) if level == last else (2 * position, 2 * position + 1)
        return pooled(weights, [built(level - 1, place) for place in below])

    return built(last, 0)


_BUILDERS: dict[str, Callable[[Node, Scope], Expression]] = {
    "add": _sum, "sub": _sum, "neg": lambda node, scope: scaled(-1, draw(node.args[0], scope)),
    "mul": lambda node, scope: tensor_product(_operands(node, scope)), "matmul": _matmul, "T": _transposed,
    "int": lambda node, scope: scaled(int(str(node.value)), constant(())), "kron": _kron, "khatri_rao": _khatri_rao,
    "hadamard": _hadamard, "tensor_product": lambda node, scope: tensor_product(_operands(node, scope)),
    "outer": lambda node, scope: tensor_product(_operands(node, scope)), "eye": _eye, "ones": _ones, "zeros": _ones,
    "commutation": _commutation, "vec": _rearranged([0, 1], [[1, 0]]), "diag": _rearranged([0], [[0], [0]]),
    "diagonal": _rearranged([0, 0], [[0]]), "trace": _rearranged([0, 0], []), "odd_even": _odd_even, "fold": _fold,
    "matricize": _matricize, "mode_product": _mode_product, "einsum": _einsum, "level": _level, "apply": _apply,
    "cp": _cp, "ht": _deep, "truncated": _deep, "blocks": _blocks,
}  # fmt: skip
