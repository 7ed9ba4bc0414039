"""The syntax of the statement language: text to trees and back.

A statement is a subset of Python expressions. It is read with ``ast.parse`` and never evaluated as code;
whatever the grammar does not name is refused with the column at which it stands. Columns count from 1.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from proofkit.errors import StatementError

MAX_TEXT = 20_000
MAX_DEPTH = 400  # a product of so many factors

Value = str | int | tuple[tuple[int, ...], tuple[int, ...]] | None

# Calls whose arguments are all expressions, with the least and the greatest number of arguments.
CALLS: dict[str, tuple[int, int | None]] = {
    "kron": (1, None),
    "khatri_rao": (1, None),
    "hadamard": (1, None),
    "vec": (1, 1),
    "diag": (1, 1),
    "diagonal": (1, 1),
    "trace": (1, 1),
    "eye": (1, 2),
    "ones": (1, None),
    "zeros": (1, None),
    "commutation": (2, 2),
    "outer": (1, None),
    "tensor_product": (1, None),
    "odd_even": (1, 1),
    "blocks": (2, 2),
    "fold": (1, 1),
    "level": (2, None),
    "inv": (1, 1),
    "rank": (1, 1),
    "cp_rank": (1, 1),
    "min": (2, None),
    "max": (2, None),
}
FAMILIES: dict[str, int] = {"ht": 3, "cp": 3, "truncated": 4}
OF_NETWORKS: dict[str, int] = {**FAMILIES, "truncation_base": 3}  # calls that take shared=True
SPECIAL_CALLS = frozenset({"matricize", "mode_product", "einsum"})
RESERVED = frozenset(CALLS) | frozenset(OF_NETWORKS) | SPECIAL_CALLS
NUMERIC = frozenset({"rank", "cp_rank", "min", "max", "truncation_base"})

_BINARY: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("add", "+"),
    ast.Sub: ("sub", "-"),
    ast.Mult: ("mul", "*"),
    ast.MatMult: ("matmul", "@"),
    ast.Pow: ("pow", "**"),
}
_COMPARE: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.LtE: "<=", ast.GtE: ">="}
_REFUSED_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "write 'a + 1 <= b'"),
    ast.Gt: (">", "write 'a >= b + 1'"),
    ast.NotEq: ("!=", "state the equality and let it be refuted"),
}
_SYMBOL = dict(_BINARY.values())
_PRECEDENCE = {"add": 1, "sub": 1, "mul": 2, "matmul": 2, "neg": 3, "pow": 4}
_ATOM = 5
_SUBSCRIPTS = re.compile(r"([A-Za-z]|\([A-Za-z]+\)|,)*->([A-Za-z]|\([A-Za-z]+\))*")


@dataclass(frozen=True)
class Node:
    """One operation of an expression.

    ``op`` is ``name`` or ``int`` (``value`` holds it), ``add sub mul matmul pow neg T``, the name of a call,
    ``apply`` (``B(v)``: ``value`` is the name of the polynomial matrix) or ``subscript`` (``r[0]``: ``value``
    is the name, the argument the index). ``value`` is also the subscripts of ``einsum``, the mode of
    ``mode_product``, the pair (rows, columns) of ``matricize`` and the truth value ``shared`` of a family.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Value = None
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Comparison:
    """``left op right`` with ``op`` one of ``==``, ``<=``, ``>=``."""

    op: str
    left: Node
    right: Node
    column: int = field(default=1, compare=False)

    @property
    def numeric(self) -> bool:
        """Whether the two sides are integers (ranks and sizes) rather than tensors over the ring."""
        return self.op != "==" or any(node.op in NUMERIC for node in (*walk(self.left), *walk(self.right)))

    @property
    def text(self) -> str:
        """The comparison as it was read."""
        return f"{to_text(self.left)} {self.op} {to_text(self.right)}"


@dataclass(frozen=True)
class Statement:
    """One or several comparisons, all claimed; ``text`` is re-rendered from what was read."""

    comparisons: tuple[Comparison, ...]
    text: str


def output_groups(output: str) -> list[str]:
    """The modes of an einsum's output, each with its letters, slowest first: "(ik)a" has the modes "ik" and "a"."""
    return [group.strip("()") for group in re.findall(r"\w|\(\w+\)", output)]


def statement_of(*comparisons: Comparison) -> Statement:
    """The statement that claims all of ``comparisons``."""
    return Statement(comparisons, " and ".join(comparison.text for comparison in comparisons))


def parse_statement(text: str, source: str = "") -> Statement:
    """Read ``text`` as a statement; raise :class:`StatementError` at the column that cannot be read."""
    return _Reader(text, source).statement()


def parse_expression(text: str, source: str = "") -> Node:
    """Read ``text`` as one expression; raise :class:`StatementError` at the column that cannot be read."""
    return _Reader(text, source).expression()


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including ``node``, in the order in which they are written."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.args))


def cuts(statement: Statement) -> list[tuple[Node, Node]]:
    """L and L2 of every ``blocks(ht(L, ..), L2)`` and ``truncated(L, L2, ..)``: a statement with these is one for L2 <= L."""
    sides = (side for each in statement.comparisons for side in (each.left, each.right))
    found = []
    for node in (part for side in sides for part in walk(side)):
        if node.op == "blocks" and node.args[0].op == "ht":
            found.append((node.args[0].args[0], node.args[1]))
        elif node.op == "truncated":
            found.append((node.args[0], node.args[1]))
    return found


def names(node: Node) -> tuple[str, ...]:
    """The names that occur in ``node``, in order of first appearance."""
    found: dict[str, None] = {}
    for part in walk(node):
        if part.op in ("name", "apply", "subscript") and isinstance(part.value, str):
            found.setdefault(part.value)
    return tuple(found)


def substitute(node: Node, replacements: Mapping[str, Node]) -> Node:
    """``node`` with every name that ``replacements`` has replaced, all at once.

    A polynomial matrix or a channel list can only be renamed; anything else raises :class:`StatementError`.
    """
    if node.op == "name":
        return replacements.get(str(node.value), node)
    args = tuple(substitute(argument, replacements) for argument in node.args)
    if node.op in ("apply", "subscript") and node.value in replacements:
        new = replacements[str(node.value)]
        if new.op != "name":
            raise StatementError(f"{node.value} can only be replaced by a name, not {to_text(new)}", node.column)
        return replace(node, args=args, value=new.value)
    return replace(node, args=args)


def to_text(node: Node) -> str:
    """``node`` with as few parentheses as its reading needs: ``parse_expression(to_text(n)) == n``."""
    return _text(node)[0]


def _text(node: Node) -> tuple[str, int]:
    if node.op in _SYMBOL:
        own = _PRECEDENCE[node.op]
        left, right = node.args
        # Only ** groups to the right, and its right side may be a bare negation.
        needs = (_ATOM, _PRECEDENCE["neg"]) if node.op == "pow" else (own, own + 1)
        return f"{_inside(left, needs[0])} {_SYMBOL[node.op]} {_inside(right, needs[1])}", own
    if node.op == "neg":
        return f"-{_inside(node.args[0], _PRECEDENCE['neg'])}", _PRECEDENCE["neg"]
    if node.op == "T":
        operand = node.args[0]
        inner = f"({operand.value})" if operand.op == "int" else _inside(operand, _ATOM)
        return f"{inner}.T", _ATOM
    return _atom_text(node), _ATOM


def _inside(node: Node, least: int) -> str:
    text, precedence = _text(node)
    return text if precedence >= least else f"({text})"


def _atom_text(node: Node) -> str:
    if node.op in ("name", "int"):
        return str(node.value)
    arguments = [to_text(argument) for argument in node.args]
    if node.op == "subscript":
        return f"{node.value}[{arguments[0]}]"
    if node.op == "apply":
        return f"{node.value}({arguments[0]})"
    if node.op == "einsum":
        arguments.insert(0, f'"{node.value}"')
    elif node.op == "mode_product":
        arguments.append(str(node.value))
    elif node.op == "matricize" and isinstance(node.value, tuple):
        arguments += [f"{key}={list(modes)}" for key, modes in zip(("rows", "columns"), node.value, strict=True)]
    elif node.op in OF_NETWORKS and node.value:
        arguments.append("shared=True")
    return f"{node.op}({', '.join(arguments)})"


class _Reader:
    """Turns one text into trees; every refusal names the column at which the text stands."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.text = text
        self._check_characters()
        self.offset = len(text) - len(text.lstrip(" "))
        self.text = text.strip(" ")
        if not self.text:
            raise self.error("found nothing; write a statement such as 'A @ B == C'", 1)
        self.root = self._parse()
        self._check_depth()

    def statement(self) -> Statement:
        """The whole text as a statement."""
        return statement_of(*self._comparisons(self.root))

    def expression(self) -> Node:
        """The whole text as one expression."""
        return self._convert(self.root)

    def error(self, problem: str, column: int) -> StatementError:
        return StatementError(problem, column, self.source)

    def _refuse(self, node: ast.expr, problem: str) -> StatementError:
        return self.error(problem, self._column(node))

    def _column(self, node: ast.expr) -> int:
        return node.col_offset + 1 + self.offset

    def _segment(self, node: ast.expr) -> str:
        return self.text[node.col_offset : node.end_col_offset]

    def _shown(self, node: ast.expr) -> str:
        segment = self._segment(node)
        return segment if len(segment) <= 40 else segment[:37] + "..."

    def _check_characters(self) -> None:
        if len(self.text) > MAX_TEXT:
            raise self.error(f"the text has {len(self.text)} characters; at most {MAX_TEXT} are read", MAX_TEXT + 1)
        refused = re.search(r"[^ -~]|[#\\]", self.text)
        if refused:
            hint = "comments are not part of a statement" if refused[0] == "#" else "write printable ASCII on one line"
            raise self.error(f"found {ascii(refused[0])}; {hint}", refused.start() + 1)
        # Python reads 0x10, 1_000, 1e5, 2j and "1and" in ways that a reader of formulas would not.
        joined = re.search(r"(?<![A-Za-z0-9_])[0-9]+[A-Za-z_]", self.text)
        if joined:
            problem = f"found {joined[0]!r}; integers are decimal digits, with an operator before a name"
            raise self.error(problem, joined.start() + 1)

    def _parse(self) -> ast.expr:
        try:
            return ast.parse(self.text, mode="eval").body
        except SyntaxError as found:
            # Python names no column where the text ends too early.
            column = min(found.offset or len(self.text), len(self.text)) + self.offset
            hint = "; equality is written ==" if self.text[column - self.offset - 1] == "=" else ""
            raise self.error(f"cannot be read as an expression: {found.msg}{hint}", column) from None
        except (ValueError, RecursionError, MemoryError):
            raise self.error("nested too deeply, or a number too long, to be read", 1 + self.offset) from None

    def _check_depth(self) -> None:
        stack: list[tuple[ast.AST, int]] = [(self.root, 1)]
        while stack:
            node, depth = stack.pop()
            if depth > MAX_DEPTH and isinstance(node, ast.expr):
                raise self._refuse(node, f"nested more than {MAX_DEPTH} deep; split the statement")
            stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    def _comparisons(self, node: ast.expr) -> list[Comparison]:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return [comparison for value in node.values for comparison in self._comparisons(value)]
        if not isinstance(node, ast.Compare):
            allowed = "allowed: X == Y, e <= f, e >= f, joined by 'and'"
            raise self._refuse(node, f"found {self._shown(node)!r}, which claims nothing; {allowed}")
        return [self._comparison(node)]

    def _comparison(self, node: ast.Compare) -> Comparison:
        right = node.comparators[0]
        kind = type(node.ops[0])
        if kind in _REFUSED_COMPARE:
            symbol, remedy = _REFUSED_COMPARE[kind]
            raise self.error(f"found '{symbol}'; {remedy}", self._between(node.left, right, symbol))
        if kind not in _COMPARE:
            raise self._refuse(node, f"found {self._shown(node)!r}; allowed comparisons: ==, <=, >=")
        if len(node.ops) > 1:
            problem = "found a chain of comparisons; write 'a <= b and b <= c'"
            raise self._refuse(node.comparators[1], problem)
        column = self._between(node.left, right, _COMPARE[kind])
        return Comparison(_COMPARE[kind], self._convert(node.left), self._convert(right), column)

    def _between(self, left: ast.expr, right: ast.expr, symbol: str) -> int:
        place = self.text.find(symbol, left.end_col_offset, right.col_offset)
        return place + 1 + self.offset

    def _convert(self, node: ast.expr) -> Node:
        for kind, convert in self._CONVERT.items():
            if isinstance(node, kind):
                return convert(self, node)
        remedy = {
            ast.Compare: "a comparison stands only between whole expressions",
            ast.BoolOp: "only 'and' between comparisons is allowed",
            ast.List: "a list stands only after rows= and columns=",
        }.get(type(node), "allowed: names, integers, + - * @ **, .T and the functions of the language")
        raise self._refuse(node, f"found {self._shown(node)!r}; {remedy}")

    def _name(self, node: ast.Name) -> Node:
        if node.id in RESERVED:
            raise self._refuse(node, f"{node.id} is a function of the language; write {node.id}(...) or another name")
        return Node("name", (), node.id, self._column(node))

    def _constant(self, node: ast.Constant) -> Node:
        return Node("int", (), self._integer(node), self._column(node))

    def _integer(self, node: ast.expr) -> int:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        raise self._refuse(node, f"found {self._shown(node)!r}; an integer such as 2 is allowed here")

    def _unary(self, node: ast.UnaryOp) -> Node:
        if not isinstance(node.op, ast.USub):
            raise self._refuse(node, f"found {self._shown(node)!r}; the only sign is '-'")
        return Node("neg", (self._convert(node.operand),), None, self._column(node))

    def _binary(self, node: ast.BinOp) -> Node:
        if type(node.op) not in _BINARY:
            raise self._refuse(node, f"found {self._shown(node)!r}; allowed operators: + - * @ **")
        op, symbol = _BINARY[type(node.op)]
        column = self._between(node.left, node.right, symbol)
        return Node(op, (self._convert(node.left), self._convert(node.right)), None, column)

    def _attribute(self, node: ast.Attribute) -> Node:
        column = self.text.find(".", node.value.end_col_offset) + 1 + self.offset
        if node.attr != "T":
            raise self.error(f"found '.{node.attr}'; the only attribute is .T, the transpose", column)
        return Node("T", (self._convert(node.value),), None, column)

    def _subscript(self, node: ast.Subscript) -> Node:
        if not isinstance(node.value, ast.Name) or node.value.id in RESERVED:
            raise self._refuse(node, f"found {self._shown(node)!r}; only a channel list has entries, as in r[0]")
        return Node("subscript", (self._convert(node.slice),), node.value.id, self._column(node))

    def _call(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name):
            raise self._refuse(node, f"found {self._shown(node)!r}; only functions of the language are called")
        starred = next((a for a in node.args if isinstance(a, ast.Starred)), None)
        if starred is not None:
            raise self._refuse(starred, f"found {self._shown(starred)!r}; write the arguments out")
        op = node.func.id
        if op in self._SPECIAL:
            return self._SPECIAL[op](self, node)
        if op in OF_NETWORKS:
            return self._family(node, op)
        self._no_keywords(node, op)
        if op in CALLS:
            self._count(node, op, *CALLS[op])
            return self._made(node, op, None, node.args)
        if len(node.args) != 1:
            raise self._refuse(node, f"{op} is not a function of the language; a polynomial matrix takes one vector")
        return Node("apply", (self._convert(node.args[0]),), op, self._column(node))

    def _made(self, node: ast.Call, op: str, value: Value, args: list[ast.expr]) -> Node:
        return Node(op, tuple(map(self._convert, args)), value, self._column(node))

    def _no_keywords(self, node: ast.Call, op: str) -> None:
        for keyword in node.keywords:
            raise self._refuse(keyword.value, f"{op} takes no keyword {keyword.arg or '**'}")

    def _count(self, node: ast.Call, op: str, least: int, most: int | None) -> None:
        found = len(node.args)
        if found < least or (most is not None and found > most):
            wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
            raise self._refuse(node, f"{op} takes {wanted} argument{'s' if wanted != '1' else ''}, found {found}")

    def _matricize(self, node: ast.Call) -> Node:
        self._count(node, "matricize", 1, 1)
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if set(keywords) != {"rows", "columns"}:
            raise self._refuse(node, "matricize is written matricize(T, rows=[...], columns=[...])")
        return self._made(node, "matricize", (self._modes(keywords["rows"]), self._modes(keywords["columns"])), node.args)

    def _modes(self, node: ast.expr) -> tuple[int, ...]:
        if not isinstance(node, ast.List):
            raise self._refuse(node, f"found {self._shown(node)!r}; a list of modes such as [0, 2] is allowed here")
        return tuple(self._integer(item) for item in node.elts)

    def _mode_product(self, node: ast.Call) -> Node:
        self._no_keywords(node, "mode_product")
        self._count(node, "mode_product", 3, 3)
        return self._made(node, "mode_product", self._integer(node.args[2]), node.args[:2])

    def _einsum(self, node: ast.Call) -> Node:
        self._no_keywords(node, "einsum")
        self._count(node, "einsum", 2, None)
        first = node.args[0]
        text = first.value if isinstance(first, ast.Constant) else None
        if not isinstance(text, str) or self._segment(first)[1:-1] != text:
            raise self._refuse(first, 'einsum begins with its subscripts, such as "ij,jk->ik"')
        subscripts = text.replace(" ", "")
        if not _SUBSCRIPTS.fullmatch(subscripts):
            allowed = "letters, commas, one '->' and, after it, groups such as (ik) are allowed"
            raise self._refuse(first, f"found subscripts {text!r}; {allowed}")
        return self._made(node, "einsum", subscripts, node.args[1:])

    def _family(self, node: ast.Call, op: str) -> Node:
        self._count(node, op, OF_NETWORKS[op], OF_NETWORKS[op])
        shared = False
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg != "shared" or not isinstance(value, ast.Constant) or type(value.value) is not bool:
                raise self._refuse(value, f"{op} takes only the keyword shared=True")
            shared = value.value
        return self._made(node, op, shared, node.args)

    _CONVERT: dict[type[ast.expr], Callable[[_Reader, ast.expr], Node]] = {
        ast.Name: _name,  # type: ignore[dict-item]
        ast.Constant: _constant,  # type: ignore[dict-item]
        ast.UnaryOp: _unary,  # type: ignore[dict-item]
        ast.BinOp: _binary,  # type: ignore[dict-item]
        ast.Attribute: _attribute,  # type: ignore[dict-item]
        ast.Subscript: _subscript,  # type: ignore[dict-item]
        ast.Call: _call,  # type: ignore[dict-item]
    }
    _SPECIAL: dict[str, Callable[[_Reader, ast.Call], Node]] = {
        "matricize": _matricize,
        "mode_product": _mode_product,
        "einsum": _einsum,
    }
