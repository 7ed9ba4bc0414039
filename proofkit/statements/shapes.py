"""The shape of every expression of the statement language, one rule an operation.

The rules demand that certain sizes are equal and leave it to ``equate`` what that means: inference solves the
demands, a check of complete declarations refuses those that do not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proofkit.errors import StatementError
from proofkit.statements.declarations import Declaration, Group, Mode, Shape, describe, group_text
from proofkit.statements.syntax import Comparison, Node, output_groups, to_text

# A network of more modes than this keeps an opaque shape.
MAX_MODES = 64


@dataclass(frozen=True)
class Demand:
    """Two sizes that an operation requires to be equal, with what an error has to say."""

    left: Group
    right: Group
    node: Node
    rule: str
    shapes: tuple[Shape, ...]
    source: str


class ShapeRules:
    """Shapes of expressions over the given tensors and sizes.

    ``shape`` raises :class:`StatementError` at the operation whose operands are of a wrong kind; equal sizes
    that an operation requires are handed to ``equate``.
    """

    def __init__(
        self,
        tensors: Mapping[str, Declaration],
        sizes: frozenset[str],
        lists: frozenset[str],
        equate: Callable[[Demand], None],
    ) -> None:
        self.tensors = tensors
        self.sizes = sizes
        self.lists = lists
        self.equate = equate
        self.source = ""
        self._known: dict[Node, Shape] = {}

    def comparison(self, comparison: Comparison) -> None:
        """Check both sides of a comparison, and that they can be compared."""
        if comparison.numeric:
            self.number(comparison.left)
            self.number(comparison.right)
            return
        left, right = self.shape(comparison.left), self.shape(comparison.right)
        at = Node("==", (comparison.left, comparison.right), None, comparison.column)
        self._same(at, left, right, "both sides of == have one shape")

    def shape(self, node: Node) -> Shape:
        """The shape of a tensor expression."""
        if node not in self._known:
            rule = self._RULES.get(node.op)
            if rule is None:
                raise self._error(node, f"found {_shown(node)}, an integer; a tensor expression is allowed here")
            self._known[node] = rule(self, node)
        return self._known[node]

    def number(self, node: Node) -> None:
        """Check an integer expression: ranks, sizes, integers, + - * **, min, max."""
        if node.op == "rank":
            self._of_order(node, node.args[0], 2)
        elif node.op == "cp_rank":
            if not self.shape(node.args[0]):
                raise self._error(node, "cp_rank takes a tensor with at least one mode, found a scalar")
        elif node.op == "truncation_base":
            for argument in node.args[:-1]:
                self.number(argument)
            self._list(node)
        elif node.op == "name":
            self._size_name(node)
        elif node.op == "subscript":
            self._subscript(node)
        elif node.op in ("add", "sub", "mul", "neg", "pow", "min", "max"):
            for argument in node.args:
                self.number(argument)
        elif node.op != "int":
            allowed = "a rank is compared with ranks, sizes, integers, + - * **, min and max"
            raise self._error(node, f"found {_shown(node)}, a tensor; {allowed}")

    def group(self, node: Node) -> Group:
        """A size written as an argument, as in ``eye(m * n)``."""
        if node.op == "int" and isinstance(node.value, int) and node.value >= 1:
            return (node.value,) if node.value > 1 else ()
        if node.op == "name":
            return (self._size_name(node),)
        if node.op == "subscript":
            return (self._subscript(node),)
        if node.op == "mul":
            return self.group(node.args[0]) + self.group(node.args[1])
        raise self._error(node, f"found {_shown(node)}; a size is a name, a positive integer or a product of sizes")

    def _error(self, node: Node, problem: str) -> StatementError:
        return StatementError(problem, node.column, self.source)

    def _demand(self, node: Node, left: Group, right: Group, rule: str, *shapes: Shape) -> None:
        self.equate(Demand(left, right, node, rule, shapes, self.source))

    def _same(self, node: Node, left: Shape, right: Shape, rule: str) -> None:
        if [len(mode) for mode in left] != [len(mode) for mode in right]:
            raise self._error(node, f"{rule}; found {describe(left)} and {describe(right)}")
        for one, other in zip(left, right, strict=True):
            for first, second in zip(one, other, strict=True):
                self._demand(node, first, second, rule, left, right)

    def _size_name(self, node: Node) -> str:
        name = str(node.value)
        if name in self.tensors:
            raise self._error(node, f"{name} is a tensor ({describe(self.tensors[name].shape)}); a size is allowed here")
        if name not in self.sizes:
            raise self._error(node, f"{name} is not a size; a size is allowed here")
        return name

    def _subscript(self, node: Node) -> str:
        index = node.args[0]
        if node.value not in self.lists:
            raise self._error(node, f"{node.value} is not the channel list of a family such as ht(L, M, {node.value})")
        if index.op == "sub" and index.args[0].op == "name" and index.args[1].value == 1:
            self.number(index.args[0])
            return to_text(node)
        if index.op != "int":
            raise self._error(
                node, f"found {_shown(node)}; an entry of a channel list is written {node.value}[0] or {node.value}[L - 1]"
            )
        return f"{node.value}[{index.value}]"

    def _plain(self, node: Node, argument: Node) -> Shape:
        shape = self.shape(argument)
        if any(len(mode) == 2 for mode in shape):
            raise self._error(node, f"{node.op} takes single modes, found {describe(shape)}; use odd_even")
        return shape

    def _of_order(self, node: Node, argument: Node, order: int) -> tuple[Group, ...]:
        shape = self._plain(node, argument)
        if len(shape) != order:
            kind = {1: "a vector", 2: "a matrix"}[order]
            hint = "; use matricize or odd_even" if len(shape) > 2 == order else ""
            name = node.value if node.op == "apply" else node.op
            raise self._error(node, f"{name} takes {kind}, found {describe(shape)}{hint}")
        return tuple(mode[0] for mode in shape)

    def _square(self, node: Node) -> Group:
        rows, columns = self._of_order(node, node.args[0], 2)
        rule = f"{node.op} takes a square matrix"
        self._demand(node, rows, columns, rule, ((rows,), (columns,)))
        return rows

    # one rule an operation

    def _name(self, node: Node) -> Shape:
        name = str(node.value)
        if name in self.lists:
            raise self._error(node, f"{name} is a channel list; its entries are written {name}[0]")
        if name not in self.tensors:
            self._size_name(node)
            return ()
        if self.tensors[name].argument is not None:
            raise self._error(node, f"{name} is a polynomial matrix; write {name}(v) with v a vector")
        return self.tensors[name].shape

    def _int(self, node: Node) -> Shape:
        return ()

    def _entry(self, node: Node) -> Shape:
        self._subscript(node)
        return ()

    def _sum(self, node: Node) -> Shape:
        left, right = self.shape(node.args[0]), self.shape(node.args[1])
        self._same(node, left, right, f"both sides of {_NAMES[node.op]} have one shape")
        return left

    def _neg(self, node: Node) -> Shape:
        return self.shape(node.args[0])

    def _mul(self, node: Node) -> Shape:
        left, right = self.shape(node.args[0]), self.shape(node.args[1])
        if left and right:
            found = f"found {describe(left)} and {describe(right)}"
            raise self._error(node, f"* multiplies by a scalar, {found}; use @ or hadamard")
        return left or right

    def _pow(self, node: Node) -> Shape:
        raise self._error(node, "** is for integers in a claim about ranks; write a product out")

    def _matmul(self, node: Node) -> Shape:
        left, right = (self._plain(node, argument) for argument in node.args)
        if not (1 <= len(left) <= 2 and 1 <= len(right) <= 2):
            hint = "; use *" if not left or not right else "; use mode_product or einsum"
            raise self._error(node, f"@ takes matrices and vectors, found {describe(left)} and {describe(right)}{hint}")
        rule = "the columns on the left of @ are the rows on its right"
        self._demand(node, left[-1][0], right[0][0], rule, left, right)
        return left[:-1] + right[1:]

    def _transpose(self, node: Node) -> Shape:
        shape = self._plain(node, node.args[0])
        if len(shape) > 2:
            raise self._error(node, f".T takes a matrix or a vector, found {describe(shape)}; use einsum")
        return shape[::-1]

    def _kron(self, node: Node) -> Shape:
        shapes = [self._plain(node, argument) for argument in node.args]
        orders = {len(shape) for shape in shapes}
        if orders not in ({1}, {2}):
            found = " and ".join(dict.fromkeys(map(describe, shapes)))
            hint = "use outer or ones to make a matrix of a vector" if orders == {1, 2} else "use tensor_product"
            raise self._error(node, f"kron takes matrices only or vectors only, found {found}; {hint}")
        return tuple((_joined(modes),) for modes in zip(*shapes, strict=True))

    def _khatri_rao(self, node: Node) -> Shape:
        matrices = [self._of_order(node, argument, 2) for argument in node.args]
        for rows, columns in matrices[1:]:
            shapes = (((matrices[0][0],), (matrices[0][1],)), ((rows,), (columns,)))
            self._demand(node, matrices[0][1], columns, "khatri_rao takes matrices with the same columns", *shapes)
        return ((_joined([(rows,) for rows, _ in matrices]),), (matrices[0][1],))

    def _hadamard(self, node: Node) -> Shape:
        shapes = [self._plain(node, argument) for argument in node.args]
        for shape in shapes[1:]:
            self._same(node, shapes[0], shape, "hadamard takes tensors of one shape")
        return shapes[0]

    def _vec(self, node: Node) -> Shape:
        rows, columns = self._of_order(node, node.args[0], 2)
        return ((columns + rows,),)

    def _diag(self, node: Node) -> Shape:
        (size,) = self._of_order(node, node.args[0], 1)
        return ((size,), (size,))

    def _diagonal(self, node: Node) -> Shape:
        return ((self._square(node),),)

    def _trace(self, node: Node) -> Shape:
        self._square(node)
        return ()

    def _inv(self, node: Node) -> Shape:
        size = self._square(node)
        return ((size,), (size,))

    def _eye(self, node: Node) -> Shape:
        sizes = [self.group(argument) for argument in node.args]
        return ((sizes[0],), (sizes[-1],))

    def _ones(self, node: Node) -> Shape:
        return tuple((self.group(argument),) for argument in node.args)

    def _commutation(self, node: Node) -> Shape:
        m, n = (self.group(argument) for argument in node.args)
        return ((m + n,), (n + m,))

    def _outer(self, node: Node) -> Shape:
        return tuple((self._of_order(node, argument, 1)[0],) for argument in node.args)

    def _tensor_product(self, node: Node) -> Shape:
        shapes = [self.shape(argument) for argument in node.args]
        for argument, shape in zip(node.args, shapes, strict=True):
            self._known_parity(argument, shape)
        return tuple(mode for shape in shapes for mode in shape)

    def _known_parity(self, node: Node, shape: Shape) -> None:
        atoms = (atom for mode in shape for group in mode for atom in group)
        if any(isinstance(atom, str) and "//" in atom for atom in atoms):
            raise self._error(
                node,
                f"whether the number of modes of {_shown(node)} is even is not known; give it an integer",
            )

    def _matricize(self, node: Node) -> Shape:
        shape = self._plain(node, node.args[0])
        if not isinstance(node.value, tuple):
            raise self._error(node, "matricize needs its rows and columns")
        rows, columns = node.value
        if sorted(rows + columns) != list(range(len(shape))):
            listed = f"found rows {list(rows)} and columns {list(columns)}"
            raise self._error(node, f"rows and columns list each of the {len(shape)} modes (from 0) once, {listed}")
        return tuple((_joined([shape[mode] for mode in side]),) for side in (rows, columns))

    def _odd_even(self, node: Node) -> Shape:
        shape = self.shape(node.args[0])
        if not shape:
            raise self._error(node, "odd_even takes a tensor with at least one mode, found a scalar")
        sides: tuple[list[Group], list[Group]] = ([], [])
        parity = 0
        for mode in shape:
            for place, group in enumerate(mode):
                sides[(parity + place) % 2].append(group)
            parity += len(mode)
        return tuple((sum(side, ()),) for side in sides)

    def _blocks(self, node: Node) -> Shape:
        tensor, cut = node.args
        shape = self.shape(tensor)
        self.number(cut)
        level = tensor.args[0] if tensor.op in ("ht", "truncated") else cut
        if isinstance(cut.value, int) and (cut.value < 1 or (isinstance(level.value, int) and cut.value > level.value)):
            raise self._error(cut, f"a network is cut to 1 .. L levels, found {cut.value} for {_shown(tensor)}")
        if len(shape) == 1 and len(shape[0]) == 2:
            return shape
        if cut.op != "int" or not isinstance(cut.value, int):
            return _halves(shape)
        width = 1 << (cut.value - 1)
        if any(len(mode) == 2 for mode in shape) or len(shape) % width:
            raise self._error(node, f"blocks of {width} modes do not fit {describe(shape)}")
        return tuple((_joined(shape[i : i + width]),) for i in range(0, len(shape), width))

    def _fold(self, node: Node) -> Shape:
        shape = self._plain(node, node.args[0])
        if len(shape) < 2:
            raise self._error(node, f"fold bundles the first two modes of a tensor, found {describe(shape)}")
        return ((shape[0][0], shape[1][0]), *shape[2:])

    def _mode_product(self, node: Node) -> Shape:
        tensor = self._plain(node, node.args[0])
        rows, columns = self._of_order(node, node.args[1], 2)
        mode = node.value
        if not isinstance(mode, int) or not 0 <= mode < len(tensor):
            raise self._error(node, f"mode_product found mode {mode}; modes count from 0, in {describe(tensor)}")
        rule = f"the columns of the matrix contract mode {mode} of the tensor"
        self._demand(node, tensor[mode][0], columns, rule, tensor, ((rows,), (columns,)))
        return (*tensor[:mode], (rows,), *tensor[mode + 1 :])

    def _einsum(self, node: Node) -> Shape:
        inputs, output = _einsum_words(str(node.value))
        if "(" in "".join(inputs):
            raise self._error(node, "einsum has brackets in its output only, such as ij,kl->(ik)(jl)")
        if len(inputs) != len(node.args):
            raise self._error(node, f"einsum has {len(inputs)} words of subscripts for {len(node.args)} tensors")
        sizes: dict[str, tuple[Group, Shape]] = {}
        for word, argument in zip(inputs, node.args, strict=True):
            shape = self._plain(node, argument)
            if len(word) != len(shape):
                raise self._error(node, f"einsum has {len(word)} subscripts {word!r} for {describe(shape)}")
            for letter, mode in zip(word, shape, strict=True):
                group, other = sizes.setdefault(letter, (mode[0], shape))
                self._demand(node, group, mode[0], f"the index {letter} has one size", other, shape)
        letters = "".join(output)
        for letter in letters:
            if letter not in sizes or letters.count(letter) > 1:
                what = "twice in the output" if letter in sizes else "in the output only"
                allowed = "an index of the output stands there once, and in a factor"
                raise self._error(node, f"the index {letter} stands {what}; {allowed}")
        return tuple((tuple(atom for letter in group for atom in sizes[letter][0]),) for group in output)

    def _level(self, node: Node) -> Shape:
        weights = self._plain(node, node.args[0])
        if len(weights) not in (1, 2):
            raise self._error(node, f"level takes weights g a or a, found {describe(weights)}")
        shape: list[Mode] = []
        for argument in node.args[1:]:
            child = self.shape(argument)
            if not child or len(child[-1]) != 1:
                raise self._error(node, f"level takes tensors whose last mode is the channel, found {describe(child)}")
            self._known_parity(argument, child)
            self._demand(node, weights[-1][0], child[-1][0], "level sums over one channel size", weights, child)
            shape.extend(child[:-1])
        return (*shape, *weights[:-1])

    def _apply(self, node: Node) -> Shape:
        name = str(node.value)
        if name not in self.tensors or self.tensors[name].argument is None:
            raise self._error(node, f"{name} is neither a function nor a polynomial matrix; declare {name}(k): m n")
        declaration = self.tensors[name]
        (size,) = self._of_order(node, node.args[0], 1)
        wanted = declaration.argument or ()
        self._demand(
            node,
            wanted,
            size,
            f"{name} takes a vector of size {group_text(wanted)}",
            ((wanted,),),
            ((size,),),
        )
        return declaration.shape

    def _ht(self, node: Node) -> Shape:
        level, mode = node.args[0], node.args[-2]
        for argument in node.args[:-2]:
            self.number(argument)
        size = self.group(mode)
        self._list(node)
        if level.op == "int" and isinstance(level.value, int):
            if level.value < 1:
                raise self._error(level, f"{node.op} has at least one level, found {level.value}")
            if level.value < MAX_MODES.bit_length():
                return ((size,),) * (1 << level.value)
        return _opaque(size, Node("pow", (Node("int", (), 2), level)))

    def _list(self, node: Node) -> None:
        channels = node.args[-1]
        if channels.op != "name" or channels.value not in self.lists:
            raise self._error(channels, f"found {_shown(channels)}; {node.op} ends with the name of a channel list")

    def _cp(self, node: Node) -> Shape:
        count, mode, channels = node.args
        self.number(count)
        self.number(channels)
        size = self.group(mode)
        if count.op == "int" and isinstance(count.value, int):
            if count.value < 1:
                raise self._error(count, f"cp has at least one mode, found {count.value}")
            if count.value <= MAX_MODES:
                return ((size,),) * count.value
        return _opaque(size, count)

    _RULES: dict[str, Callable[[ShapeRules, Node], Shape]] = {
        "name": _name, "int": _int, "subscript": _entry, "add": _sum, "sub": _sum, "neg": _neg, "mul": _mul,
        "pow": _pow, "matmul": _matmul, "T": _transpose, "kron": _kron, "khatri_rao": _khatri_rao,
        "hadamard": _hadamard, "vec": _vec, "diag": _diag, "diagonal": _diagonal, "trace": _trace,
        "inv": _inv, "eye": _eye, "ones": _ones, "zeros": _ones, "commutation": _commutation,
        "outer": _outer, "tensor_product": _tensor_product, "matricize": _matricize, "odd_even": _odd_even,
        "blocks": _blocks, "fold": _fold, "mode_product": _mode_product, "einsum": _einsum, "level": _level, "apply": _apply,
        "ht": _ht, "truncated": _ht, "cp": _cp,
    }  # fmt: skip


_NAMES = {"add": "+", "sub": "-", "matmul": "@", "T": ".T"}


def _shown(node: Node) -> str:
    text = to_text(node)
    return text if len(text) <= 40 else text[:37] + "..."


def _joined(modes: list[Mode] | tuple[Mode, ...]) -> Group:
    return tuple(atom for mode in modes for atom in mode[0])


def _einsum_words(subscripts: str) -> tuple[list[str], list[str]]:
    """The words of the factors, and the output as groups of letters: "ia,ka->(ik)a" ends in two modes."""
    inputs, output = re.split("->", subscripts)
    return inputs.split(","), output_groups(output)


def _halves(shape: Shape) -> Shape:
    """A bundle of one half of the modes and the other, which a symbolic number of blocks makes of equal modes."""
    half = len(shape) // 2
    return ((_joined(shape[:half]), _joined(shape[half:])),)


def _opaque(size: Group, count: Node) -> Shape:
    """One bundle of ``count`` modes; its flat sizes are powers that no declaration can write."""
    if not size:
        return (((), ()),)
    base = group_text(size) if len(size) == 1 else f"({group_text(size)})"
    two, one = Node("int", (), 2), Node("int", (), 1)
    if count.op == "pow" and count.args[0] == two:
        half = to_text(Node("pow", (two, Node("sub", (count.args[1], one)))))
        return (((f"{base} ** ({half})",), (f"{base} ** ({half})",)),)
    modes = to_text(count) if count.op == "name" else f"({to_text(count)})"
    return (((f"{base} ** (({modes} + 1) // 2)",), (f"{base} ** ({modes} // 2)",)),)
