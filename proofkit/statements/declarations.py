"""Shapes and declarations: what the names of a statement stand for.

A size is a product of atoms, slowest first: names (any positive integer) and integers of at least 2; size 1
is the empty product ``()``. A plain mode has one size; a bundle (any even number of modes) has two, of its
odd and of its even modes. ``A: m n; v: n; C: m*n p; S: p~q m; c:; B(k): m n`` declares a matrix, a vector,
a matrix whose rows are pairs, a bundle with one more mode, a scalar, and a matrix of polynomials in a vector
of size k.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from keyword import kwlist
from math import prod

from proofkit.errors import StatementError
from proofkit.statements.syntax import MAX_TEXT, RESERVED

Atom = str | int
Group = tuple[Atom, ...]
Mode = tuple[Group, ...]
Shape = tuple[Mode, ...]

# Two kinds of atom are not names: sizes of undeclared matrices while they are unknown ("?A.rows"), and those
# of networks with symbolic levels ("M ** (2 ** (L - 1))"), which no declaration can write.
UNKNOWN = "?"

_TOKEN = re.compile(r" *(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9]+)|([:~*()])|(\S))")
_KEYWORDS = frozenset(kwlist)


@dataclass(frozen=True)
class Declaration:
    """A tensor of the given shape; with ``argument``, of polynomials in a vector of that size."""

    name: str
    shape: Shape
    argument: Group | None = None

    @property
    def text(self) -> str:
        """The declaration as the language writes it."""
        head = self.name if self.argument is None else f"{self.name}({group_text(self.argument)})"
        return " ".join([f"{head}:", *map(mode_text, self.shape)])


class Declarations(Mapping[str, Declaration]):
    """Declared tensors in order, and the names of the ``sizes`` and channel ``lists`` they go with."""

    def __init__(self, tensors: Iterable[Declaration] = (), sizes: Iterable[str] = (), lists: Iterable[str] = ()) -> None:
        self._tensors = {declaration.name: declaration for declaration in tensors}
        self.sizes = frozenset(sizes) | {name for d in self._tensors.values() for name in _size_names(d)}
        self.lists = frozenset(lists)

    def __getitem__(self, name: str) -> Declaration:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __repr__(self) -> str:
        return f"Declarations({self.text()!r})"

    def text(self) -> str:
        """The canonical string, which :func:`parse_declarations` reads back to the same tensors."""
        return "; ".join(declaration.text for declaration in self.values())


def parse_declarations(text: str) -> Declarations:
    """Read ``"A: m n; v: n"``, whose entries end with ``;`` or the line.

    Raise :class:`StatementError` with the column, and the line where there are several.
    """
    if len(text) > MAX_TEXT:
        raise StatementError(f"{len(text)} characters; at most {MAX_TEXT} are read", MAX_TEXT + 1, "declarations")
    tensors: dict[str, Declaration] = {}
    sizes: dict[str, tuple[int, str]] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        source = "declarations" if len(lines) == 1 else f"declarations, line {number}"
        start = 0
        for entry in line.split(";"):
            reader = _Entry(entry, start, source)
            start += len(entry) + 1
            declaration = reader.read()
            if declaration is None:
                continue
            if declaration.name in tensors:
                raise StatementError(f"{declaration.name} is declared twice", reader.column, source)
            tensors[declaration.name] = declaration
            for name, column in reader.sizes.items():
                sizes.setdefault(name, (column, source))
    for name, (column, source) in sizes.items():
        if name in tensors:
            raise StatementError(f"{name} is declared both as a tensor and as a size", column, source)
    return Declarations(tensors.values())


class _Entry:
    """Reads one entry; ``column`` is that of its name and ``sizes`` the columns of the size names."""

    def __init__(self, entry: str, start: int, source: str) -> None:
        self.source = source
        self.tokens = [(match[0].strip(), match.end() - len(match[0].strip()) + start + 1) for match in _TOKEN.finditer(entry)]
        self.end = start + len(entry.rstrip()) + 1
        self.place = 0
        self.column = self.tokens[0][1] if self.tokens else self.end
        self.sizes: dict[str, int] = {}

    def read(self) -> Declaration | None:
        if not self.tokens:
            return None
        name = self._name("a name to declare")
        argument = self._argument()
        if self._peek() == ":":
            self._next()
        elif self._peek():
            raise self._refuse("':' and the sizes of the modes")
        shape: list[Mode] = []
        while self._peek():
            shape.append(self._mode())
        return Declaration(name, tuple(shape), argument)

    def _peek(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def _next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1][0]

    def _refuse(self, allowed: str) -> StatementError:
        found, column = self.tokens[self.place] if self.place < len(self.tokens) else ("the end", self.end)
        return StatementError(
            f"found {found if found == 'the end' else ascii(found)}; allowed here: {allowed}",
            column,
            self.source,
        )

    def _name(self, allowed: str) -> str:
        token = self._peek()
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
            raise self._refuse(allowed)
        if token in RESERVED or token in _KEYWORDS:
            raise self._refuse(f"{allowed}, but {token} is a word of the language")
        return self._next()

    def _argument(self) -> Group | None:
        if self._peek() != "(":
            return None
        self._next()
        size = self._group()
        if self._peek() != ")":
            raise self._refuse("')' after the size of the argument")
        self._next()
        return size

    def _mode(self) -> Mode:
        first = self._group()
        if self._peek() != "~":
            return (first,)
        self._next()
        return (first, self._group())

    def _group(self) -> Group:
        atoms = self._atom()
        while self._peek() == "*":
            self._next()
            atoms += self._atom()
        return atoms

    def _atom(self) -> Group:
        token = self._peek()
        if token.isdigit():
            # The judge reads sizes of at most 15 digits.
            if len(token) > 15 or int(token) < 1:
                raise self._refuse("a size from 1 to 10^15 - 1")
            self._next()
            return (int(token),) if int(token) > 1 else ()
        column = self.tokens[self.place][1] if token else self.end
        name = self._name("a size, which is a name, an integer or a product such as m*n")
        self.sizes.setdefault(name, column)
        return (name,)


def _size_names(declaration: Declaration) -> set[str]:
    groups = [group for mode in declaration.shape for group in mode] + [declaration.argument or ()]
    return {atom for group in groups for atom in group if isinstance(atom, str) and atom.isidentifier()}


def monomial(group: Group) -> tuple[int, Counter[str]]:
    """The value of a size as a number times names with multiplicities: equal exactly when always equal."""
    number = prod(atom for atom in group if isinstance(atom, int))
    return number, Counter(atom for atom in group if isinstance(atom, str))


def group_text(group: Group) -> str:
    """``m*n``; size 1 is ``1``."""
    return "*".join(str(atom).removeprefix(UNKNOWN) for atom in group) or "1"


def mode_text(mode: Mode) -> str:
    """``m`` or, for a bundle, ``p~q``."""
    return "~".join(map(group_text, mode))


def describe(shape: Shape) -> str:
    """The shape in words, with sizes as declarations write them."""
    kind = {0: "a scalar", 1: "a vector", 2: "a matrix"}.get(len(shape), "a tensor")
    if any(len(mode) == 2 for mode in shape):
        kind = "a tensor with a bundle"
    return " ".join([kind, *map(mode_text, shape)])
