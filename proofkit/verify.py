"""The judge: decides whether a proofkit certificate shows the claim that it states.

    python -I verify.py FILE...        one line a file; exit 0 all valid, 1 some invalid, 2 some not a certificate

    check(data: bytes) -> Verdict      the same for the bytes of one certificate

This file is all that has to be trusted.  It needs the standard library alone, imports nothing of proofkit, and never
evaluates what it reads: a certificate is data.  It searches for nothing either; whatever had to be found (bijections,
cuts, witnesses, multipliers) is written in the certificate.  docs/certificate-format.md is the specification.

A rule is right for a reason that its docstring gives.  Those of two rules are longer than a line, and no certificate spells
them out: generic_products, and what induction says of the levels below a cut.

Reading order
    1  reading        bytes -> canonical JSON, with every limit
    2  diagrams       a tensor expression as a sum of diagrams: boxes, index classes, open legs
    3  language       text -> diagrams, text -> integer expressions
    4  numbers        integer polynomials in sizes and ranks; when one is certainly >= 0
    5  instances      a diagram evaluated at given entries over Q or GF(p); ranks by elimination
    6  derivations    the rules; a rule adds facts to what is known
    7  families       networks known by their two equations; induction over their levels
    8  ranks          of one matrix, of almost all networks, of all networks of a box; distances from matrices of low rank
    9  certificates   claim, kind, verdict; the command
"""

import ast
import base64
import bisect
import copy
import functools
import hashlib
import itertools
import json
import keyword
import math
import operator
import os
import re
import stat
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeGuard, TypeVar, Union

Item = TypeVar("Item")

FORMAT = "proofkit-certificate/2"
MAX_BYTES = 64_000_000  # of one file
MAX_ITEMS = 1_000_000  # lists, objects and commas in it
MAX_TEXT = 20_000  # characters of one statement
MAX_DEPTH = 400  # nesting of one statement: a product of so many factors
MAX_FRAMES = 20_000  # of this file at once, for statements nested so deep
MAX_PREMISES = 20  # nesting of premises in premises
MAX_WORK = 4_000_000  # units of work that a certificate may cost, about a microsecond each
MAX_BITS = 4_000  # of one integer
FIELD = "any field"
ZERO_SET = (
    "the zero set of a nonzero polynomial has measure zero "
    "(R. Caron and T. Traynor, The zero set of a polynomial, WSMR Report 05-02, University of Windsor, 2005)"
)


class Verdict(NamedTuple):
    """What the judge says.  `verdict` is "proved", "refuted" or "certified .." when `valid`, else "invalid" or "malformed"."""

    valid: bool
    verdict: str
    claim: str = ""  # the claim as the judge read it
    scope: str = ""  # for which sizes, entries and fields
    method: str = ""
    assumes: tuple[str, ...] = ()  # cited facts that the proof rests on
    premises: tuple[str, ...] = ()  # digests of the claims of the lemmas that it uses
    reason: str = ""  # why not, when not valid


class Malformed(Exception):
    """The bytes are not a certificate."""


class Invalid(Exception):
    """A certificate that does not show its claim."""


def require(condition: object, reason: str) -> None:
    """Every check of a proof goes through here (and is switched off, one at a time, by the mutation tests)."""
    if not condition:
        raise Invalid(reason)


def expect(condition: object, reason: str) -> None:
    """Every check of the form of a certificate goes through here."""
    if not condition:
        raise Malformed(reason)


class Budget(threading.local):
    """Work is paid for before it is done, so that no certificate keeps the judge busy, or its memory full, for long.
    One unit is about a microsecond."""

    left = MAX_WORK

    def spend(self, work: int) -> None:
        self.left -= work
        require(self.left >= 0, "checking this needs more work than the judge allows")


BUDGET = Budget()


# ------------------------------------------------------------------------------------------------------ 1 reading


def canonical(thing: Any) -> bytes:
    """The one way to write a certificate: sorted keys, no spaces, ASCII, a newline at the end."""
    return json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def digest(thing: Any) -> str:
    return hashlib.sha256(canonical(thing)).hexdigest()


def read(data: bytes) -> Any:
    """Canonical JSON of integers up to 2^53, ASCII strings, lists and objects; anything else is malformed."""

    def whole(digits: str) -> int:
        expect(len(digits) <= 17 and abs(int(digits)) <= 2**53, "integers beyond 2^53 are written as decimal strings")
        return int(digits)

    def never(text: str) -> Any:
        raise Malformed(f"numbers are integers or strings, not {text[:20]}")

    expect(len(data) <= MAX_BYTES, f"larger than {MAX_BYTES} bytes")
    expect(data.isascii() and data.count(b"\\") == data.count(b'\\"'), "not ASCII, or an escape other than of a quotation mark")
    expect(sum(map(data.count, (b"[", b"{", b","))) <= MAX_ITEMS, f"more than {MAX_ITEMS} items")
    try:
        thing = json.loads(data, parse_int=whole, parse_float=never, parse_constant=never)
        same = canonical(thing) == data
    except ValueError as error:
        raise Malformed(f"not JSON: {str(error)[:80]}") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    expect(same, "not canonical JSON (keys sorted and distinct, no spaces, one newline at the end)")
    return thing


def record(thing: Any, **types: type) -> list[Any]:
    """The values of an object that has exactly these keys with exactly these types (a bool is not an int)."""
    expect(type(thing) is dict and set(thing) == set(types), f"expected an object with the keys {', '.join(types)}")
    for key, kind in types.items():
        expect(type(thing[key]) is kind, f"{key} must be of type {kind.__name__}")
    return [thing[key] for key in types]


def listed(thing: Any, kind: type) -> list[Any]:
    expect(type(thing) is list and all(type(item) is kind for item in thing), f"expected a list of {kind.__name__}")
    return list(thing)


def mapped(thing: Any, kind: type) -> dict[str, Any]:
    expect(type(thing) is dict and all(type(item) is kind for item in thing.values()), f"expected an object of {kind.__name__}")
    return dict(thing)


def item(things: list[Item], number: int, what: str) -> Item:
    """Number `number` of a list, counted from 0."""
    require(0 <= number < len(things), f"no {what} {number}")
    return things[number]


def integer(thing: Any) -> int:
    """An integer, given as such or as a canonical decimal string."""
    if type(thing) is str:
        expect(len(thing) <= 1_200 and re.fullmatch(r"-?[1-9][0-9]*", thing), f"not a canonical integer: {thing[:20]}")
        expect(abs(int(thing)) > 2**53, "integers up to 2^53 are written as numbers")
        return int(thing)
    expect(type(thing) is int, "expected an integer")
    return int(thing)


# ----------------------------------------------------------------------------------------------------- 2 diagrams
#
# A tensor expression is a sum of diagrams.  A diagram has boxes (named tensors), whose legs are attached to index
# classes.  A class is one summation index, however many legs share it (a wire, or a copy node); the classes listed in
# `out` are the open legs.  A class has a set of sizes and ranges over the smallest of them: `eye(m, n)` is one class
# of sizes {m, n} that is open twice.  The diagram's entry at given open indices is
#     coefficient * sum over the classes that are not open of the product of the boxes' entries,
# and 0 where two open legs of one class differ or lie beyond its range.  A class that nothing touches is a closed wire: it
# multiplies by its size.


class Power(NamedTuple):
    """The size of all odd (or even) modes of a network together: M ** (2 ** (L - 1)), never expanded."""

    base: "Atom"
    exponent: Union[str, int]


class Rank(NamedTuple):
    """The size of a rank factorization, which alone of all sizes may be 0."""

    name: str


Atom = Union[str, int, Power, Rank]  # a size: a name, an integer >= 2, a power, or a rank
Group = tuple[Atom, ...]  # a flat index of the product of these sizes, first slowest; size 1 is ()
Mode = tuple[Group, ...]  # a plain mode is one group; a bundle (any even number of modes) is its odd and even groups


class Box(NamedTuple):
    name: str
    legs: tuple[int, ...]
    argument: "Value | None" = None  # of a polynomial matrix B(v)


class Term(NamedTuple):
    coefficient: int
    boxes: tuple[Box, ...]
    out: tuple[tuple[int, ...], ...]  # classes, per group of the shape
    sizes: tuple[frozenset[Atom], ...]  # per class


class Value(NamedTuple):
    shape: tuple[Mode, ...]
    terms: tuple[Term, ...]


def dependencies(value: Value) -> set[str]:
    """The names that occur in a sum of diagrams, in arguments of polynomials too."""
    boxes = [box for term in value.terms for box in term.boxes]
    return {box.name for box in boxes}.union(*(dependencies(box.argument) for box in boxes if box.argument))


def cost(term: Term) -> int:
    """What it costs to copy, compare or hash a diagram."""
    arguments = sum(cost(part) for box in term.boxes if box.argument for part in box.argument.terms)
    return 3 + 2 * len(term.sizes) + sum(1 + len(box.legs) for box in term.boxes) + arguments


def groups(value: Value) -> list[Group]:
    return [group for mode in value.shape for group in mode]


def may_vanish(atoms: Iterable[Atom]) -> bool:
    return any(isinstance(atom, Rank) for atom in atoms)


def smallest(sizes: Iterable[Atom]) -> frozenset[Atom]:
    """A set of sizes with at most one integer, its least; a set with 1 is {1} where no other size may be 0."""
    atoms = set(sizes)
    numbers = [atom for atom in atoms if type(atom) is int]
    if numbers:
        atoms -= set(numbers)
        atoms = {1} if min(numbers) == 1 and not may_vanish(atoms) else atoms | {min(numbers)}
    return frozenset(atoms)


REGROUP = "*"  # the box of entries 1 where two flat indices of one number are equal, and 0 elsewhere


def same_number(one: Group, other: Group) -> bool:
    """Whether two flat sizes are certainly the same number, as m*n and n*m are."""
    parts = [(math.prod(a for a in g if type(a) is int), sorted(str(a) for a in g if type(a) is not int)) for g in (one, other)]
    return parts[0] == parts[1]


def regrouped(value: Value, place: int, group: Group) -> Value:
    """The same entries, with flat index number `place` read as another product of sizes that is the same number."""
    old = groups(value)[place]
    if old == group:
        return value
    require(same_number(old, group), f"sizes differ: {show_group(old)} and {show_group(group)}")
    shape = tuple((each,) for each in sorted((old, group), key=str))
    box = named(REGROUP, shape, wires(shape))
    count, new = itertools.count(), len(groups(value))
    output = [[[new if label == place else label] for label in itertools.islice(count, len(mode))] for mode in value.shape]
    return einsum([value, box], [list(range(new)), [place, new] if shape[0][0] == old else [new, place]], output)


def settled(
    coefficient: int, boxes: list[Box], out: list[tuple[int, ...]], sizes: list[frozenset[Atom]], root: list[int]
) -> Term:
    """Number the classes by first occurrence (open legs, then boxes, then closed wires); count closed wires."""
    number: dict[int, int] = {}
    for cls in itertools.chain(*out, *(box.legs for box in boxes)):
        number.setdefault(root[cls], len(number))
    merged: dict[int, set[Atom]] = {}
    for cls, atoms in enumerate(sizes):
        merged.setdefault(root[cls], set()).update(atoms)
    table = [smallest(merged[cls]) for cls in number]
    for cls in sorted(merged):
        if cls not in number:
            (atom, *others) = loop = smallest(merged[cls])
            if isinstance(atom, int) and not others:
                coefficient *= atom
            else:
                number[cls] = len(table)
                table.append(loop)
    place = [number.get(cls, -1) for cls in root]
    return Term(
        coefficient,
        tuple(Box(box.name, tuple(place[leg] for leg in box.legs), box.argument) for box in boxes),
        tuple(tuple(place[cls] for cls in group) for group in out),
        tuple(table),
    )


def glue(terms: tuple[Term, ...], inputs: list[list[int]], output: list[list[int]]) -> Term:
    """Side by side, with the groups of equal label made one; the open groups are as `output` lists them."""
    boxes: list[Box] = []
    sizes: list[frozenset[Atom]] = []
    root: list[int] = []
    at: dict[int, tuple[int, ...]] = {}

    def find(cls: int) -> int:
        while root[cls] != cls:
            root[cls] = cls = root[root[cls]]
        return cls

    BUDGET.spend(15 + 5 * sum(map(cost, terms)) // 2)
    for term, labels in zip(terms, inputs):
        base = len(sizes)
        sizes.extend(term.sizes)
        root.extend(range(base, len(sizes)))
        boxes.extend(Box(box.name, tuple(leg + base for leg in box.legs), box.argument) for box in term.boxes)
        for group, label in zip(term.out, labels):
            shifted = tuple(cls + base for cls in group)
            for one, other in zip(at.setdefault(label, shifted), shifted):
                one, other = sorted((find(one), find(other)))
                root[other] = one
    coefficient = 1
    for term in terms:
        coefficient *= term.coefficient
        require(abs(coefficient).bit_length() <= MAX_BITS, "a coefficient is too large")
    out = [tuple(cls for label in group for cls in at[label]) for group in output]
    return fused(settled(coefficient, boxes, out, sizes, [find(cls) for cls in range(len(root))]))


def fused(term: Term) -> Term:
    """Two regroup boxes with one side in common have both in common; a side that nothing else meets is summed away, since for
    every flat index on the other side exactly one entry is 1."""
    size = len(term.sizes) + sum(map(len, term.out)) + sum(1 + len(box.legs) for box in term.boxes)
    for i, box in enumerate(term.boxes):
        if box.name != REGROUP or box.argument is None:
            continue
        cut = len(box.argument.shape[0][0])
        BUDGET.spend((1 + cut) * (1 + size // 32))
        others = term.boxes[:i] + term.boxes[i + 1 :]
        root = list(range(len(term.sizes)))
        for twin in others:
            halves = [(one[:cut], one[cut:]) for one in (box.legs, twin.legs)]
            half = halves[0][0] == halves[1][0] or halves[0][1] == halves[1][1]
            if half and (twin.name, twin.argument) == (REGROUP, box.argument):
                for pair in zip(box.legs, twin.legs):
                    one, other = sorted(root[leg] for leg in pair)
                    root = [one if cls == other else cls for cls in root]
                return fused(settled(term.coefficient, list(others), list(term.out), list(term.sizes), root))
        met = [*itertools.chain(*term.out, *(other.legs for other in others)), *box.legs]
        for place, side in enumerate((box.legs[:cut], box.legs[cut:])):
            full = all(term.sizes[cls] == {atom} for cls, atom in zip(side, box.argument.shape[place][0]))
            if full and all(met.count(cls) == 1 for cls in side):
                number = {cls: new for new, cls in enumerate(cls for cls in root if cls not in side)}
                sizes = [term.sizes[cls] for cls in number]
                moved = [Box(other.name, tuple(number[leg] for leg in other.legs), other.argument) for other in others]
                out = [tuple(number[cls] for cls in group) for group in term.out]
                return fused(settled(term.coefficient, moved, out, sizes, list(range(len(sizes)))))
    return term


def einsum(values: list[Value], inputs: list[list[int]], output: list[list[list[int]]]) -> Value:
    """Sum of products.  `inputs` labels the groups of each value; `output` lists modes of groups of labels.  Terms
    multiply out with the leftmost factor varying slowest."""
    sizes: dict[int, Group] = {}
    values = list(values)
    for number, labels in enumerate(inputs):
        require(len(labels) == len(groups(values[number])), "a tensor has another number of modes here")
        for place, label in enumerate(labels):
            values[number] = regrouped(values[number], place, sizes.setdefault(label, groups(values[number])[place]))
    shape = tuple(tuple(tuple(atom for label in group for atom in sizes[label]) for group in mode) for mode in output)
    flat = [group for mode in output for group in mode]
    return Value(shape, tuple(glue(terms, inputs, flat) for terms in itertools.product(*(v.terms for v in values))))


def total(left: Value, right: Value) -> Value:
    same_form = [len(mode) for mode in left.shape] == [len(mode) for mode in right.shape]
    require(same_form, f"shapes differ: {show_shape(left.shape)} and {show_shape(right.shape)}")
    for place, group in enumerate(groups(left)):
        right = regrouped(right, place, group)
    BUDGET.spend(sum(map(cost, left.terms + right.terms)))
    return Value(left.shape, left.terms + right.terms)


def scaled(factor: int, value: Value) -> Value:
    terms = [term._replace(coefficient=factor * term.coefficient) for term in value.terms]
    return Value(value.shape, tuple(terms) if factor else ())


def wires(shape: tuple[Mode, ...]) -> Value:
    """All ones: every group open, no box."""
    flat = [group for mode in shape for group in mode]
    sizes = [frozenset([atom]) for group in flat for atom in group]
    count = itertools.count()
    return Value(shape, (Term(1, (), tuple(tuple(next(count) for _ in group) for group in flat), tuple(sizes)),))


def identity(rows: Group, columns: Group) -> Value:
    """Ones where the two indices are equal."""
    if rows == columns:
        return einsum([wires(((rows,),))], [[0]], [[[0]], [[0]]])
    if same_number(rows, columns):
        return regrouped(identity(rows, rows), 1, columns)
    require(len(rows) <= 1 and len(columns) <= 1, "a rectangular eye needs sizes that are not products")
    one = smallest([*(rows or (1,)), *(columns or (1,))])
    return Value(((rows,), (columns,)), (Term(1, (), ((0,) * len(rows), (0,) * len(columns)), (one,)),))


def named(name: str, shape: tuple[Mode, ...], argument: "Value | None" = None) -> Value:
    """One box, all of whose legs are open."""
    free = wires(shape)
    legs = tuple(range(len(free.terms[0].sizes)))
    return Value(shape, (free.terms[0]._replace(boxes=(Box(name, legs, argument),)),))


def odd_even(value: Value, keep: int = 0) -> list[list[int]]:
    """The labels of the groups of odd and of even modes (counted from 1), of all modes but the last `keep`.  A bundle
    has an even number of modes, so it swaps its two groups at an odd place and leaves the parity as it is."""
    sides: list[list[int]] = [[], []]
    parity = label = 0
    for mode in value.shape[: len(value.shape) - keep]:
        for group in range(len(mode)):
            sides[parity ^ group].append(label)
            label += 1
        parity ^= len(mode) % 2
    return sides


def bundled(value: Value, keep: int = 0) -> Value:
    """All modes but the last `keep` taken as one bundle, which is known by its matricization alone."""
    size = len(groups(value))
    rest: list[list[list[int]]] = [[[label]] for label in range(size - keep, size)]
    return einsum([value], [list(range(size))], [odd_even(value, keep), *rest])


def isomorphic(one: Term, other: Term, boxes: list[int]) -> bool:
    """Whether sending box i of `one` to box boxes[i] of `other` makes the two the same diagram (up to coefficient)."""
    if len(one.boxes) != len(other.boxes) or sorted(boxes) != list(range(len(boxes))) or len(boxes) != len(one.boxes):
        return False
    pairs = list(zip(itertools.chain(*one.out), itertools.chain(*other.out)))
    for box, image in zip(one.boxes, boxes):
        twin = other.boxes[image]
        if (box.name, len(box.legs), box.argument) != (twin.name, len(twin.legs), twin.argument):
            return False
        pairs += zip(box.legs, twin.legs)
    forward, backward = dict(pairs), {right: left for left, right in pairs}
    if any(forward[left] != right or backward[right] != left or one.sizes[left] != other.sizes[right] for left, right in pairs):
        return False
    loops = [
        sorted(sorted(map(str, term.sizes[cls])) for cls in range(len(term.sizes)) if cls not in seen)
        for term, seen in ((one, forward), (other, backward))
    ]
    return loops[0] == loops[1]


# ----------------------------------------------------------------------------------------------------- 3 language


def parse(text: str) -> ast.expr:
    """One line of the statement language (a subset of Python expressions) as a tree; nothing is evaluated."""
    expect(
        len(text) <= MAX_TEXT and text.isprintable() and not set(text) & set("#\\;"),
        "a statement is one line of printable ASCII without comments",
    )
    expect(not re.search(r"(?<![A-Za-z0-9_])[0-9]+[A-Za-z_]", text), "integers are decimal digits")
    BUDGET.spend(30 + 2 * len(text))
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Malformed(f"not a statement: {text[:60]}") from None
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    expect(not level, "the statement is nested too deeply")
    return tree


def show_atom(atom: Atom) -> str:
    if isinstance(atom, Power):
        return f"{show_atom(atom.base)}**({atom.exponent})"
    return atom.name if isinstance(atom, Rank) else str(atom)


def show_group(group: Group) -> str:
    return "*".join(map(show_atom, group)) or "1"


def show_shape(shape: tuple[Mode, ...]) -> str:
    return " x ".join("~".join(map(show_group, mode)) for mode in shape) or "scalar"


def calls(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


class Scope:
    """What the names mean.  Sizes are groups; tensors are diagrams (a declared name is a box of its own)."""

    def __init__(self) -> None:
        self.sizes: dict[str, Group] = {}
        self.names: dict[str, Value] = {}
        self.polynomials: dict[str, tuple[Group, tuple[Mode, ...]]] = {}
        self.lists: list[str] = []  # the names of lists of channel counts
        self.channels: dict[str, list[int]] = {}  # those that are concrete
        self.families: dict[str, str] = {}  # the one network of each family that a statement speaks of
        self.ordered: list[tuple[Group, Group]] = []  # sizes of which the second is at most the first
        self.declared: list[str] = []
        self.fixed: list[str] = []  # sizes that the user fixed to integers

    def copy(self) -> "Scope":
        twin = Scope()
        for part in vars(self):
            content = getattr(self, part)
            BUDGET.spend(1 + len(content) // 20)
            setattr(twin, part, content.copy())
        return twin

    def new(self, name: str) -> str:
        expect(name.isidentifier() and name not in RESERVED, f"not a name: {name[:20]}")
        require(name not in self.sizes and name not in self.names and name not in self.polynomials, f"{name} is taken")
        return name

    def declare(self, where: str) -> None:
        """Read declarations "A: m n; X: p~q k; B(k): m n; c"; a size name stands for any positive integer."""
        expect(len(where) <= MAX_TEXT, f"declarations are at most {MAX_TEXT} characters")
        for entry in filter(None, map(str.strip, where.split(";"))):
            head, _, tail = entry.partition(":")
            shape = tuple(tuple(self.declared_size(part) for part in word.split("~")) for word in tail.split())
            expect(all(len(mode) <= 2 for mode in shape), f"a bundle has an odd and an even size: {entry[:40]}")
            name, bracket, size = head.strip().partition("(")
            if bracket:
                expect(size.endswith(")"), f"not a declaration: {entry[:40]}")
                self.polynomials[self.new(name)] = (self.declared_size(size[:-1]), shape)
            else:
                self.names[self.new(name)] = named(name, shape)
            self.declared.append(name)

    def declared_size(self, word: str) -> Group:
        group: Group = ()
        for part in word.split("*"):
            if part.isdigit():
                expect(len(part) <= 15 and int(part) >= 1, f"a size is from 1 to 10**15 - 1: {part[:20]}")
                group += (int(part),) if int(part) > 1 else ()
            else:
                expect(part.isidentifier() and part not in RESERVED, f"not a size: {part[:20]}")
                require(part not in self.names and part not in self.polynomials, f"{part} is a tensor, not a size")
                group += self.sizes.setdefault(part, (part,))
        return group

    # sizes

    def size(self, node: ast.expr) -> Group:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            require(node.value >= 1, "a size is positive")
            return (node.value,) if node.value > 1 else ()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self.size(node.left) + self.size(node.right)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            name, index = node.value.id, self.index(node.slice)
            if name in self.channels:
                count = item(self.channels[name], index if type(index) is int else -1, f"entry of {name}")
                return (count,) if count > 1 else ()
            return (f"{name}[{index}]",)
        if isinstance(node, ast.Name) and node.id in self.sizes:
            return self.sizes[node.id]
        raise Invalid(f"not a size: {ast.unparse(node)[:40]}")

    def positive(self, node: ast.expr) -> Group:
        """A size that is not 0: of a network, in an exponent, or in a premise."""
        size = self.size(node)
        require(not may_vanish(size), "a size that may be zero")
        return size

    def index(self, node: ast.expr) -> Union[int, str]:
        """The place in a list of channel counts: an integer, or "s - 1" for a symbolic size s."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.right) == "1"):
            raise Invalid("a channel count is r[0], r[1], ... or r[L - 1]")
        size = self.positive(node.left)
        return concrete(size) - 1 if concrete(size) else f"{show_group(size)} - 1"

    # tensors

    def value(self, node: ast.expr) -> Value:
        """The diagrams of a tensor expression.  Boxes are numbered in the order of the text."""
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            if isinstance(node.op, ast.Add):
                return total(left, right)
            if isinstance(node.op, ast.Sub):
                return total(left, scaled(-1, right))
            if isinstance(node.op, ast.MatMult):
                return matmul(left, right)
            require(isinstance(node.op, ast.Mult), "operators are + - * @")
            require(left.shape == () or right.shape == (), "* multiplies by a scalar; hadamard is entrywise")
            return tensor_product([left, right])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return scaled(-1, self.value(node.operand))
        if isinstance(node, ast.Attribute) and node.attr == "T":
            value = self.plain(node.value)
            require(len(value.shape) <= 2, ".T is for vectors and matrices")
            labels = range(len(value.shape))
            return einsum([value], [list(labels)], [[[label]] for label in reversed(labels)])
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return scaled(node.value, wires(()))
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, (ast.Name, ast.Subscript)):
            group = self.size(node)  # a size in a tensor expression is a number: a closed wire
            return einsum([wires(((group,),))], [[0]], [])
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            raise Invalid(f"not understood: {ast.unparse(node)[:40]}")
        if node.func.id in self.polynomials:
            return self.polynomial(node.func.id, node)
        if node.func.id in FAMILIES:
            return FAMILIES[node.func.id](self, node, False)
        require(node.func.id in FUNCTIONS, f"no function {node.func.id[:40]}")
        return FUNCTIONS[node.func.id](self, node)

    def plain(self, node: ast.expr, order: Union[int, None] = None) -> Value:
        value = self.value(node)
        require(all(len(mode) == 1 for mode in value.shape), "a tensor with bundles has to go through odd_even here")
        require(order is None or len(value.shape) == order, f"expected a tensor of order {order}: {ast.unparse(node)[:40]}")
        return value

    def polynomial(self, name: str, node: ast.Call) -> Value:
        size, shape = self.polynomials[name]
        require(len(node.args) == 1 and not node.keywords, f"{name} takes one vector")
        argument = self.value(node.args[0])
        boxes = [box for term in argument.terms for box in term.boxes]
        require(not any(box.argument for box in boxes), "the argument of a polynomial contains no polynomial")
        require(argument.shape == ((size,),), f"{name} takes a vector of size {show_group(size)}")
        return named(name, shape, argument)


def matmul(left: Value, right: Value) -> Value:
    ranks = len(left.shape), len(right.shape)
    require(
        all(len(mode) == 1 for mode in left.shape + right.shape) and ranks in {(1, 1), (1, 2), (2, 1), (2, 2)},
        "@ is for vectors and matrices",
    )
    first = [0, 1][2 - ranks[0] :]
    second = [1, 2][: ranks[1]]
    return einsum([left, right], [first, second], [[[label]] for label in first[:-1] + second[1:]])


def tensor_product(values: list[Value]) -> Value:
    inputs, output, count = [], [], itertools.count()
    for value in values:
        modes = [[[next(count)] for _ in mode] for mode in value.shape]
        inputs.append([label for mode in modes for group in mode for label in group])
        output += modes
    return einsum(values, inputs, output)


def arguments(node: ast.Call, least: int, most: int = 1000) -> list[ast.expr]:
    require(not node.keywords and least <= len(node.args) <= most, f"wrong arguments: {ast.unparse(node)[:60]}")
    return node.args


def call_kron(scope: Scope, node: ast.Call) -> Value:
    values = [scope.plain(arg) for arg in arguments(node, 1)]
    order = len(values[0].shape)
    require(order in (1, 2) and all(len(value.shape) == order for value in values), "kron takes matrices, or vectors")
    inputs = [[order * i + k for k in range(order)] for i in range(len(values))]
    return einsum(values, inputs, [[[labels[k] for labels in inputs]] for k in range(order)])


def call_khatri_rao(scope: Scope, node: ast.Call) -> Value:
    values = [scope.plain(arg, 2) for arg in arguments(node, 1)]
    return einsum(values, [[1 + i, 0] for i in range(len(values))], [[[1 + i for i in range(len(values))]], [[0]]])


def call_hadamard(scope: Scope, node: ast.Call) -> Value:
    values = [scope.plain(arg) for arg in arguments(node, 1)]
    labels = list(range(len(values[0].shape)))
    return einsum(values, [labels] * len(values), [[[label]] for label in labels])


def call_tensor_product(scope: Scope, node: ast.Call) -> Value:
    return tensor_product([scope.value(arg) for arg in arguments(node, 1)])


def call_outer(scope: Scope, node: ast.Call) -> Value:
    return tensor_product([scope.plain(arg, 1) for arg in arguments(node, 1)])


def call_eye(scope: Scope, node: ast.Call) -> Value:
    sizes = [scope.size(arg) for arg in arguments(node, 1, 2)]
    return identity(sizes[0], sizes[-1])


def call_ones(scope: Scope, node: ast.Call) -> Value:
    return wires(tuple((scope.size(arg),) for arg in arguments(node, 1)))


def call_zeros(scope: Scope, node: ast.Call) -> Value:
    return scaled(0, call_ones(scope, node))


def call_commutation(scope: Scope, node: ast.Call) -> Value:
    m, n = (scope.size(arg) for arg in arguments(node, 2, 2))
    return einsum([identity(m, m), identity(n, n)], [[0, 1], [2, 3]], [[[0, 2]], [[3, 1]]])


def rearrange(order: int, labels: list[int], output: list[list[int]]) -> Callable[[Scope, ast.Call], Value]:
    """A function of one plain tensor of this order that only relabels indices."""

    def call(scope: Scope, node: ast.Call) -> Value:
        return einsum([scope.plain(arguments(node, 1, 1)[0], order)], [labels], [[group] for group in output])

    return call


def call_odd_even(scope: Scope, node: ast.Call) -> Value:
    return matricized(scope, arguments(node, 1, 1)[0])


def matricized(scope: Scope, node: ast.expr) -> Value:
    """The matricization odd modes | even modes, of a network or its blocks without the tensor where that is not written out."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILIES:
        return FAMILIES[node.func.id](scope, node, True)
    return blocks_matrix(scope, node) if calls(node, "blocks") else as_odd_even(scope.value(node))


def as_odd_even(value: Value) -> Value:
    """The matricization odd modes | even modes."""
    return einsum([value], [list(range(len(groups(value))))], [[side] for side in odd_even(value)])


def call_fold(scope: Scope, node: ast.Call) -> Value:
    """The tensor whose first two modes, as a bundle, are the odd and the even ones: odd_even(fold(A)) is A."""
    value = scope.plain(arguments(node, 1, 1)[0])
    count = len(value.shape)
    return einsum([value], [list(range(count))], [[[0], [1]], *([[label]] for label in range(2, count))])


def call_blocks(scope: Scope, node: ast.Call) -> Value:
    """The same tensor, its modes taken together in blocks of 2 ** (cut - 1)."""
    tensor, cut = arguments(node, 2, 2)
    value, size = scope.plain(tensor), concrete(scope.size(cut))
    require(0 < size <= 7, "blocks(T, L2) with a symbolic or large L2 stands inside odd_even or cp_rank, T a network")
    width, count = 2 ** (size - 1), len(value.shape)
    require(count % width == 0, "blocks of another number of modes")
    labels = list(range(count))
    return einsum([value], [labels], [[labels[i : i + width]] for i in range(0, count, width)])


def call_matricize(scope: Scope, node: ast.Call) -> Value:
    keys = [word.arg for word in node.keywords]
    require(len(node.args) == 1 and sorted(map(str, keys)) == ["columns", "rows"], "matricize(T, rows=[...], columns=[...])")
    value = scope.plain(node.args[0])
    sides = {word.arg: integers(word.value) for word in node.keywords}
    count = len(value.shape)
    require(sorted(sides["rows"] + sides["columns"]) == list(range(count)), "rows and columns list each mode once")
    return einsum([value], [list(range(count))], [[sides["rows"]], [sides["columns"]]])


def integers(node: ast.expr) -> list[int]:
    items = node.elts if isinstance(node, ast.List) else [node]
    found = [item.value for item in items if isinstance(item, ast.Constant) and type(item.value) is int]
    require(len(found) == len(items), "expected integers")
    return found


def call_mode_product(scope: Scope, node: ast.Call) -> Value:
    tensor, matrix, mode = arguments(node, 3, 3)
    value, factor, (k,) = scope.plain(tensor), scope.plain(matrix, 2), integers(mode)
    count = len(value.shape)
    require(0 <= k < count, "mode_product: no such mode")
    return einsum([value, factor], [list(range(count)), [count, k]], [[[count if i == k else i]] for i in range(count)])


def call_einsum(scope: Scope, node: ast.Call) -> Value:
    text, *rest = arguments(node, 2)
    subscripts = text.value.replace(" ", "") if isinstance(text, ast.Constant) and type(text.value) is str else ""
    require(
        re.fullmatch(r"([A-Za-z]|\([A-Za-z]+\)|,)*->([A-Za-z]|\([A-Za-z]+\))*", subscripts),
        "einsum subscripts are letters, one word a factor, then -> and the output, such as ij,jk->ik or ia,ka->(ik)a",
    )
    left, _, right = subscripts.partition("->")
    words = left.split(",")
    require(len(words) == len(rest), "einsum has one word a factor")
    plain = all(len(group) <= 1 for group in scope.sizes.values())
    require(plain or "(" not in left, "a mode is split where a size stands for a product: which are its factors?")
    modes = [[[ord(letter) for letter in group]] for group in bracketed(right)]
    values = [split(scope.plain(arg), list(map(len, bracketed(word)))) for word, arg in zip(words, rest)]
    return einsum(values, [[ord(letter) for group in bracketed(word) for letter in group] for word in words], modes)


def bracketed(word: str) -> list[str]:
    """The letters of each mode: a(bc)d has the modes a, bc, d."""
    return [group.strip("()") for group in re.findall(r"\w|\(\w+\)", word)]


def split(value: Value, counts: list[int]) -> Value:
    """The flat indices of modes as modes of their own: a mode that is counted k > 1 times has k sizes."""
    if all(k == 1 for k in counts):
        return value
    require(len(counts) == len(value.shape), "one word has a letter, or letters in brackets, for each mode")
    require(all(k == 1 or k == len(mode[0]) for k, mode in zip(counts, value.shape)), "a mode is no product of so many sizes")

    def parts(groups: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [part for k, group in zip(counts, groups) for part in ([group] if k == 1 else [(one,) for one in group])]

    shape = tuple((group,) for group in parts(groups(value)))
    return Value(shape, tuple(term._replace(out=tuple(parts(term.out))) for term in value.terms))


def call_level(scope: Scope, node: ast.Call) -> Value:
    """level(W, X, Y): sum over a of W[g, a] X[.., a] (x) Y[.., a]: product pooling, then a 1 x 1 convolution."""
    weights, *children = (scope.value(arg) for arg in arguments(node, 2))
    return level(weights, children)


def level(weights: Value, children: list[Value]) -> Value:
    require(len(weights.shape) in (1, 2), "level: W is a matrix or a vector")
    count = itertools.count(2)
    inputs, output = [], []
    for child in children:
        modes = [[[next(count)] for _ in mode] for mode in child.shape[:-1]]
        inputs.append([label for mode in modes for group in mode for label in group] + [0])
        output += modes
    above = [1, 0][2 - len(weights.shape) :]
    return einsum([weights, *children], [above, *inputs], output + [[[label]] for label in above[:-1]])


FUNCTIONS: dict[str, Callable[[Scope, ast.Call], Value]] = {
    "kron": call_kron, "khatri_rao": call_khatri_rao, "hadamard": call_hadamard, "tensor_product": call_tensor_product,
    "outer": call_outer, "eye": call_eye, "ones": call_ones, "zeros": call_zeros, "commutation": call_commutation,
    "vec": rearrange(2, [0, 1], [[1, 0]]), "diag": rearrange(1, [0], [[0], [0]]),
    "diagonal": rearrange(2, [0, 0], [[0]]), "trace": rearrange(2, [0, 0], []),
    "odd_even": call_odd_even, "blocks": call_blocks, "fold": call_fold, "matricize": call_matricize,
    "mode_product": call_mode_product, "einsum": call_einsum, "level": call_level,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------ 4 numbers
#
# Both sides of a rank claim are integer polynomials in variables: sizes, ranks, minima, and powers that are not
# expanded.  A goal "g >= 0" is shown from facts "f >= 0" and equations "f = 0" by writing g as a combination of them plus a
# polynomial that has no negative coefficient once every size s >= 1 is written 1 + s'.

Polynomial = dict[tuple[int, ...], int]  # monomial (sorted variables, repeated for powers) -> coefficient
Frozen = frozenset[tuple[tuple[int, ...], int]]


class Variable(NamedTuple):
    kind: str  # size, rank, cp_rank, min, max, power, base
    content: Any  # size: atom; ranks: Value; min and max: set of frozen polynomials; power: (frozen base, exponent); base: text


class Table:
    """The variables of one certificate, numbered as they are met."""

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.number: dict[Variable, int] = {}

    def variable(self, kind: str, content: Any) -> Polynomial:
        one = Variable(kind, content)
        BUDGET.spend(1)
        if kind == "rank":
            BUDGET.spend(sum(map(cost, content.terms)))
        if one not in self.number:
            self.number[one] = len(self.variables)
            self.variables.append(one)
        return {(self.number[one],): 1}

    def atom(self, atom: Atom) -> Polynomial:
        if isinstance(atom, Power):
            return self.power(self.atom(atom.base), atom.exponent)
        return {(): atom} if isinstance(atom, int) else self.variable("size", atom)

    def product(self, atoms: Iterable[Atom]) -> Polynomial:
        answer: Polynomial = {(): 1}
        for atom in atoms:
            answer = times(answer, self.atom(atom))
        return answer

    def least(self, sizes: frozenset[Atom]) -> Polynomial:
        """The range of a class."""
        return self.extreme("min", [self.atom(atom) for atom in sizes])

    def extreme(self, kind: str, options: list[Polynomial]) -> Polynomial:
        distinct = frozenset(frozenset(option.items()) for option in options)
        return self.variable(kind, distinct) if len(distinct) > 1 else options[0]

    def floor(self, variable: int) -> Union[int, None]:
        """The least value that a variable certainly has; None where it may be negative."""
        kind, content = self.variables[variable]
        if kind in ("min", "max"):
            arguments = [dict(argument) for argument in content]
            floors = [one for one in (1, 0) if all(self.nonnegative(plus(argument, {(): -one})) for argument in arguments)]
            return floors[0] if floors else None
        return int(kind in ("power", "base") or (kind == "size" and not may_vanish([content])))

    def rank(self, value: Value) -> Polynomial:
        return self.variable("rank", value) if value.terms else {}

    def substitute(self, poly: Polynomial, chosen: dict[int, Polynomial]) -> Polynomial:
        """Replace minima and maxima by the argument that is assumed to attain them, inside powers too."""
        answer: Polynomial = {}
        for monomial, coefficient in poly.items():
            term: Polynomial = {(): coefficient}
            for variable in monomial:
                kind, content = self.variables[variable]
                replacement: Polynomial = {(variable,): 1}
                if variable in chosen:
                    replacement = self.substitute(chosen[variable], chosen)
                elif kind == "power":
                    replacement = self.power(self.substitute(dict(content[0]), chosen), content[1])
                term = times(term, replacement)
            answer = plus(answer, term)
        return answer

    def power(self, base: Polynomial, exponent: Union[int, str]) -> Polynomial:
        if base == {(): 1}:
            return base
        if type(exponent) is int and exponent <= 64:
            answer: Polynomial = {(): 1}
            for _ in range(exponent):
                answer = times(answer, base)
            return answer
        require(self.nonnegative(plus(base, {(): -1})), "a power with a symbolic exponent needs a base that is at least 1")
        return self.variable("power", (frozenset(base.items()), exponent))

    def nonnegative(self, poly: Polynomial) -> bool:
        """No negative coefficient after every variable that is at least 1 is written 1 + v."""
        shifted: Polynomial = {}
        if any(self.floor(variable) is None for monomial in poly for variable in monomial):
            return False
        for monomial, coefficient in poly.items():
            term: Polynomial = {(): coefficient}
            for variable in monomial:
                term = times(term, {(variable,): 1, (): 1} if self.floor(variable) else {(variable,): 1})
            shifted = plus(shifted, term)
        return all(coefficient >= 0 for coefficient in shifted.values())

    # integer expressions of the statement language

    def numeric(self, node: ast.expr) -> bool:
        """Whether an expression speaks of integers (ranks, minima) rather than of ring elements."""
        return any(calls(part, name) for part in ast.walk(node) for name in NUMERIC)

    def integer(self, scope: Scope, node: ast.expr) -> Polynomial:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            require(abs(node.value).bit_length() <= MAX_BITS, "an integer is too large")
            return {(): node.value} if node.value else {}
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return self.power(self.integer(scope, node.left), self.exponent(scope, node.right))
        if isinstance(node, ast.BinOp):
            left, right = self.integer(scope, node.left), self.integer(scope, node.right)
            if isinstance(node.op, ast.Mult):
                return times(left, right)
            require(isinstance(node.op, (ast.Add, ast.Sub)), "operators between integers are + - * **")
            return plus(left, right if isinstance(node.op, ast.Add) else times({(): -1}, right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return times({(): -1}, self.integer(scope, node.operand))
        if calls(node, "cp_rank"):
            return self.cp_rank(scope, arguments(node, 1, 1)[0])
        if calls(node, "truncation_base"):
            return truncation_base(self, scope, node)
        if calls(node, "rank"):
            return self.rank(scope.plain(arguments(node, 1, 1)[0], 2))
        for kind in ("min", "max"):
            if calls(node, kind):
                return self.extreme(kind, [self.integer(scope, arg) for arg in arguments(node, 1, 8)])
        return self.product(scope.size(node))

    def cp_rank(self, scope: Scope, tensor: ast.expr) -> Polynomial:
        """The variable of the CP rank of a tensor, or of a network, whose matricization stands for it.  (For other tensors it may
        not: two of different CP rank may have one matricization.)"""
        if any(calls(tensor, family) for family in FAMILIES) or symbolic_blocks(tensor, scope):
            return self.variable("cp_rank", matricized(scope, tensor))
        return self.variable("tensor_rank", scope.plain(tensor))

    def exponent(self, scope: Scope, node: ast.expr) -> Union[int, str]:
        """An integer if all its sizes are fixed, else its text in the sizes that it stands for."""

        def fixed(part: ast.expr) -> int:
            if isinstance(part, ast.Constant) and type(part.value) is int and 0 <= part.value <= 10**6:
                return part.value
            if isinstance(part, ast.Name):
                size = concrete(scope.size(part))
                if not size:
                    raise KeyError
                return size
            if not isinstance(part, ast.BinOp):
                raise Invalid("not an exponent")
            left, right = fixed(part.left), fixed(part.right)
            if isinstance(part.op, ast.Pow):
                require(abs(left) <= 64 and 0 <= right <= 64, "an exponent is too large")
                return int(left**right)
            require(isinstance(part.op, (ast.Add, ast.Sub, ast.Mult)), "not an exponent")
            return {ast.Add: left + right, ast.Sub: left - right}.get(type(part.op), left * right)

        try:
            number = fixed(node)
        except KeyError:
            require(never_negative(scope, node), "a symbolic exponent is built from sizes s, s - 1, and integers by + * **")
            return re.sub(r"[A-Za-z_]\w*", lambda name: f"({show_group(scope.positive(ast.Name(name[0])))})", ast.unparse(node))
        require(number >= 0, "an exponent is negative")
        return number


def never_negative(scope: Scope, node: ast.expr) -> bool:
    """Whether a symbolic exponent is at least 0 for all sizes."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        one = ast.unparse(node.right) == "1"
        return isinstance(node.left, ast.Name) and (one or (scope.size(node.left), scope.size(node.right)) in scope.ordered)
    if isinstance(node, ast.BinOp):
        parts = never_negative(scope, node.left) and never_negative(scope, node.right)
        return isinstance(node.op, (ast.Add, ast.Mult, ast.Pow)) and parts
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and type(node.value) is int)


NUMERIC = ("rank", "cp_rank", "min", "max", "truncation_base")


def plus(left: Polynomial, right: Polynomial) -> Polynomial:
    BUDGET.spend(1 + (len(left) + len(right)) // 4)
    answer = dict(left)
    for monomial, coefficient in right.items():
        answer[monomial] = answer.get(monomial, 0) + coefficient
    return {monomial: coefficient for monomial, coefficient in answer.items() if coefficient}


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    answer: Polynomial = {}
    degree = max(map(len, left), default=0) + max(map(len, right), default=0)
    BUDGET.spend(len(left) * len(right) * (6 + degree // 4))
    for one, a in left.items():
        for other, b in right.items():
            monomial = tuple(sorted(one + other))
            require((a * b).bit_length() <= MAX_BITS and len(monomial) <= 64, "an integer expression is too large")
            answer[monomial] = answer.get(monomial, 0) + a * b
    return {monomial: coefficient for monomial, coefficient in answer.items() if coefficient}


# ---------------------------------------------------------------------------------------------------- 5 instances

Scalar = Union[int, Fraction]
Entries = dict[tuple[int, ...], Scalar]  # nonzero entries by index, one flat index a group


def is_prime(p: int) -> bool:
    """Miller and Rabin with the first twelve primes as bases: correct below 3.1 * 10^23."""
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if p < 2 or any(p % base == 0 for base in bases):
        return p in bases
    odd, twos = p - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in bases:
        x = pow(base, odd, p)
        if x not in (1, p - 1) and all((x := x * x % p) != p - 1 for _ in range(twos - 1)):
            return False
    return True


class Field:
    """Q (modulus 0) or GF(p), p < 2^64."""

    def __init__(self, name: str) -> None:
        self.modulus = 0
        if name != "Q":
            digits = name[3:-1]
            expect(re.fullmatch(r"GF\([1-9][0-9]{0,19}\)", name), "a field is Q or GF(p)")
            self.modulus = int(digits)
            require(self.modulus < 2**64 and is_prime(self.modulus), f"{digits} is not a prime below 2^64")

    def number(self, thing: Any) -> Scalar:
        """An integer or "a/b" of the field, in canonical form."""
        if type(thing) is str and "/" in thing:
            form = len(thing) <= 2_400 and re.fullmatch(r"-?[1-9][0-9]*/[1-9][0-9]*", thing)
            expect(form and str(Fraction(thing)) == thing, "not a reduced fraction")
            require(not self.modulus, "entries over GF(p) are integers")
            return Fraction(thing)
        value = integer(thing)
        require(not self.modulus or 0 <= value < self.modulus, "entries over GF(p) are residues 0 .. p-1")
        return value

    def reduce(self, x: Scalar) -> Scalar:
        if self.modulus:
            return x % self.modulus
        bits = x.numerator.bit_length() + x.denominator.bit_length()
        BUDGET.spend(1 + (bits * bits >> 18))
        require(bits <= MAX_BITS, "entries grow too large")
        return x

    def pivots(self, matrix: Sequence[Sequence[Scalar]]) -> list[Scalar]:
        """Of elimination: as many as the rank; of a square matrix of full rank, up to sign the factors of its determinant."""
        rows, found, p = [list(row) for row in matrix if any(row)], list[Scalar](), self.modulus
        for column in range(len(rows[0]) if rows else 0):
            rank = len(found)
            BUDGET.spend(1 + (len(rows) - rank) // 8)
            pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
            if pivot is None:
                continue
            rows[rank], rows[pivot] = rows[pivot], rows[rank]
            lead = rows[rank][column:]
            inverse = pow(int(lead[0]), -1, p) if p else 1 / Fraction(lead[0])
            for row in rows[rank + 1 :]:
                if row[column]:
                    BUDGET.spend(1 + len(lead) // 8)
                    factor = self.reduce(row[column] * inverse)
                    rest = (x - factor * y for x, y in zip(row[column:], lead))
                    row[column:] = [x % p for x in rest] if p else [self.reduce(x) for x in rest]
            found.append(lead[0])
        return found

    def rank(self, matrix: Sequence[Sequence[Scalar]]) -> int:
        return len(self.pivots(matrix))


class Instance:
    """Integer sizes and entries for every name of a claim, over one field."""

    def __init__(self, scope: Scope, thing: Any) -> None:
        sizes, field, entries = record(thing, sizes=dict, field=str, entries=dict)
        self.scope, self.field = with_sizes(scope, sizes), Field(field)
        self.entries = entries
        self.arrays: dict[str, Entries] = {}

    def extent(self, group: Group) -> int:
        answer = 1
        for atom in group:
            if not isinstance(atom, int):
                raise Invalid(f"the size {show_group((atom,))} has no value")
            answer *= atom
        return answer

    def array(self, box: Box, value: Value) -> Entries:
        """The entries of the tensor that a box names, indexed by its legs."""
        key = box.name if box.argument is None else ""
        if key not in self.arrays or not key:
            regroup = box.name == REGROUP
            require(regroup or box.name in self.entries, f"no entries for {box.name}")
            atoms = [self.extent((atom,)) for group in groups(value) for atom in group]
            shape = [self.extent(group) for group in groups(value)]
            BUDGET.spend(4 * math.prod(shape))
            if regroup:
                flat: list[Scalar] = [int(i == j) for i in range(shape[0]) for j in range(shape[1])]
            elif box.argument is None:
                flat = self.flat(self.entries[box.name], shape)
            else:
                flat = self.at_point(self.entries[box.name], shape, box.argument)
            unravelled: Entries = {}
            for position, entry in enumerate(flat):
                index = []
                for extent in reversed(atoms):
                    position, remainder = divmod(position, extent)
                    index.append(remainder)
                if entry:
                    unravelled[tuple(reversed(index))] = entry
            self.arrays[key] = unravelled
        return self.arrays[key]

    def flat(self, thing: Any, shape: list[int]) -> list[Scalar]:
        """Nested lists of exactly this shape, flattened."""
        if not shape:
            return [self.field.number(thing)]
        expect(type(thing) is list, "entries are nested lists")
        require(len(thing) == shape[0], "entries do not have the declared shape")
        BUDGET.spend(len(thing))
        return [entry for part in thing for entry in self.flat(part, shape[1:])]

    def at_point(self, thing: Any, shape: list[int], argument: Value) -> list[Scalar]:
        """A polynomial, given as [[exponents, coefficients], ...], at the value of its argument."""
        point = self.evaluate(argument)
        size = self.extent(argument.shape[0][0])
        answer: list[Scalar] = [0] * math.prod(shape)
        expect(type(thing) is list, "a polynomial is a list of terms")
        for term in thing:
            BUDGET.spend(size + len(answer))
            expect(type(term) is list and len(term) == 2, "a term of a polynomial is [exponents, coefficients]")
            exponents = listed(term[0], int)
            require(len(exponents) == size and all(0 <= e <= 64 for e in exponents), "one exponent a variable, at most 64")
            monomial: Scalar = 1
            for i, exponent in enumerate(exponents):
                monomial = self.field.reduce(monomial * point.get((i,), 0) ** exponent)
            answer = [self.field.reduce(x + monomial * y) for x, y in zip(answer, self.flat(term[1], shape))]
        return answer

    def evaluate(self, value: Value) -> Entries:
        """The entries of a sum of diagrams, one flat index a group."""
        answer: Entries = {}
        for term in value.terms:
            table = self.contract(term)
            BUDGET.spend(len(table) * (3 + 2 * len(groups(value))))
            for index, entry in table.items():
                flat, at = [], 0
                for group in groups(value):
                    position = 0
                    for atom in group:
                        position = position * self.extent((atom,)) + index[at]
                        at += 1
                    flat.append(position)
                key = tuple(flat)
                answer[key] = self.field.reduce(answer.get(key, 0) + entry)
        return {index: entry for index, entry in answer.items() if entry}

    def contract(self, term: Term) -> Entries:
        """One diagram: join the boxes one after another, summing each class as soon as nothing needs it."""
        ranges = [min(self.extent((atom,)) if atom != 1 else 1 for atom in sizes) for sizes in term.sizes]
        out = list(itertools.chain(*term.out))
        scope: list[int] = []
        table: Entries = {(): self.field.reduce(term.coefficient)}
        rest = list(term.boxes)
        while rest:
            known = set(scope)
            BUDGET.spend(len(scope) + sum(1 + len(one.legs) for one in rest))
            box = min(rest, key=lambda one: len(set(one.legs).difference(known)))
            rest.remove(box)
            needed = set(out).union(*(other.legs for other in rest))
            scope, table = self.join(scope, table, box, ranges, needed)
        loops = set(range(len(ranges))) - set(out) - {leg for box in term.boxes for leg in box.legs}
        for cls in loops:
            table = {index: self.field.reduce(entry * ranges[cls]) for index, entry in table.items()}
        for cls in dict.fromkeys(out):
            if cls not in scope:
                BUDGET.spend(1 + len(table) * ranges[cls])
                scope, table = [*scope, cls], {(*index, i): entry for index, entry in table.items() for i in range(ranges[cls])}
        places = [scope.index(cls) for cls in out]
        return {tuple(index[place] for place in places): entry for index, entry in table.items()}

    def join(self, scope: list[int], table: Entries, box: Box, ranges: list[int], needed: set[int]) -> tuple[list[int], Entries]:
        legs = list(dict.fromkeys(box.legs))
        shared = [cls for cls in legs if cls in scope]
        fresh = [cls for cls in legs if cls not in scope]
        by_shared: dict[tuple[int, ...], list[tuple[tuple[int, ...], Scalar]]] = {}
        array = self.array(box, self.declaration(box))
        BUDGET.spend(2 * len(array))
        for index, entry in array.items():
            at = dict(zip(box.legs, index))
            if all(at[cls] == i and i < ranges[cls] for cls, i in zip(box.legs, index)):
                by_shared.setdefault(tuple(at[cls] for cls in shared), []).append((tuple(at[cls] for cls in fresh), entry))
        together = scope + fresh
        kept = [i for i, cls in enumerate(together) if cls in needed]
        places = [scope.index(cls) for cls in shared]
        answer: Entries = {}
        for index, entry in table.items():
            matches = by_shared.get(tuple(index[place] for place in places), [])
            BUDGET.spend(1 + 2 * len(matches))
            for more, factor in matches:
                whole = index + more
                key = tuple(whole[i] for i in kept)
                answer[key] = self.field.reduce(answer.get(key, 0) + entry * factor)
        return [together[i] for i in kept], {index: entry for index, entry in answer.items() if entry}

    def declaration(self, box: Box) -> Value:
        if box.name == REGROUP and box.argument is not None:
            return box.argument
        if box.argument is not None:
            return named(box.name, self.scope.polynomials[box.name][1])
        require(box.name in self.scope.names, f"{box.name} has symbolic sizes")
        return self.scope.names[box.name]

    def matrix(self, value: Value) -> list[list[Scalar]]:
        rows, columns = (self.extent(group) for group in groups(value))
        BUDGET.spend(rows * columns)
        dense: list[list[Scalar]] = [[0] * columns for _ in range(rows)]
        for (i, j), entry in self.evaluate(value).items():
            dense[i][j] = entry
        return dense

    def number(self, node: ast.expr) -> int:
        """An integer expression at this instance; ranks by elimination, CP ranks of what is a matrix but for modes of size 1."""
        if calls(node, "cp_rank"):
            value = self.scope.plain(arguments(node, 1, 1)[0])
            places = list(range(len(value.shape)))
            large = [place for place in places if self.extent(value.shape[place][0]) > 1]
            require(len(large) <= 2, "a CP rank has a value here where at most two modes are larger than 1")
            rest = [place for place in places if place not in large[:1]]
            return self.field.rank(self.matrix(einsum([value], [places], [[large[:1]], [rest]])))
        if calls(node, "rank"):
            return self.field.rank(self.matrix(self.scope.plain(arguments(node, 1, 1)[0], 2)))
        for kind, choose in (("min", min), ("max", max)):
            if calls(node, kind):
                return int(choose(self.number(arg) for arg in arguments(node, 1, 8)))
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            left, right = self.number(node.left), self.number(node.right)
            return {ast.Add: left + right, ast.Sub: left - right}.get(type(node.op), left * right)
        poly = Table().integer(self.scope, node)
        require(set(poly) <= {()}, f"this expression has no value: {ast.unparse(node)[:40]}")
        return poly.get((), 0)

    def holds(self, comparison: "Comparison") -> bool:
        left, right = comparison.left, comparison.right
        if comparison.numeric:
            a, b = self.number(left), self.number(right)
            return {"==": a == b, "<=": a <= b, ">=": a >= b}[comparison.op]
        return not self.evaluate(total(self.scope.value(left), scaled(-1, self.scope.value(right))))


def with_sizes(scope: Scope, sizes: dict[str, Any]) -> Scope:
    """The same names with sizes fixed: {"m": 2, "r": [2, 3]}."""
    fixed = scope.copy()
    for name, size in sizes.items():
        expect(type(size) in (int, list), f"a size is an integer or a list of integers: {name[:20]}")
        require(name not in scope.fixed, f"{name[:20]} is fixed by the claim")
        if type(size) is list:
            require(name in scope.lists, f"{name[:20]} is not a list of channel counts")
            require(all(count >= 1 for count in listed(size, int)), "channel counts are positive")
            fixed.channels[name] = size
        else:
            require(name in scope.sizes and size >= 1, f"not a size of the claim: {name[:20]} = {size}")
            fixed.sizes[name] = (size,) if size > 1 else ()
        fixed.fixed.append(name)
    for name, value in scope.names.items():
        fixed.names[name] = named(name, specialized(value.shape, fixed))
    for name, (size, shape) in scope.polynomials.items():
        fixed.polynomials[name] = (specialized(((size,),), fixed)[0][0], specialized(shape, fixed))
    fixed.ordered = [(pair[0][0], pair[1][0]) for one in scope.ordered for pair in [specialized(tuple((g,) for g in one), fixed)]]
    for larger, smaller in fixed.ordered:
        known = concrete(larger) and concrete(smaller)
        require(not known or concrete(smaller) <= concrete(larger), "a network is cut to at most as many levels as it has")
    return fixed


def specialized(shape: tuple[Mode, ...], scope: Scope) -> tuple[Mode, ...]:
    def group(old: Group) -> Group:
        return tuple(new for atom in old for new in (scope.sizes.get(atom, (atom,)) if type(atom) is str else (atom,)))

    return tuple(tuple(group(part) for part in mode) for mode in shape)


# -------------------------------------------------------------------------------------------------- 6 derivations
#
# A derivation is a list of steps.  A step names a rule and gives what the rule needs; it adds facts, numbered from 0,
# to what is known for all sizes and entries (in an almost-everywhere claim: for almost all).


class Equality(NamedTuple):
    left: Value
    right: Value


def equation(scope: Scope, comparison: "Comparison") -> Equality:
    """A comparison of tensors, which has to be one of equal shapes."""
    left, right = scope.value(comparison.left), scope.value(comparison.right)
    total(left, right)
    return Equality(left, right)


class Bound(NamedTuple):
    polynomial: Polynomial  # >= 0, or = 0 when exact
    exact: bool


class Comparison(NamedTuple):
    op: str
    left: ast.expr
    right: ast.expr
    numeric: bool


class Claim(NamedTuple):
    statement: str
    comparisons: list[Comparison]
    given: list[Comparison]
    almost_every: list[str]
    field: str
    scope: Scope

    def generic(self, name: str) -> bool:
        return name.split(".")[0] in self.almost_every

    def fixed_names(self) -> set[str]:
        """The declared names that are not generic (every value is meant, not almost every)."""
        return {name for name in self.scope.declared if not self.generic(name)}


class Derivation:
    """What has been derived so far, in one scope of names."""

    def __init__(self, claim: Claim, scope: Scope, table: Table, premises: list["Certificate"], almost: bool) -> None:
        self.claim, self.scope, self.table, self.premises = claim, scope.copy(), table, premises
        self.almost = almost  # whether a fact may fail on a set of measure zero
        self.depth = 0  # of derivations in derivations
        self.facts: list[Union[Equality, Bound]] = []
        self.assumes: set[str] = set()
        self.used: set[str] = set()
        self.over: set[str] = set()  # FIELD where a step is not right over every commutative ring

    def inner(self, scope: Scope) -> "Derivation":
        """A derivation at a witness or inside an induction: it starts from nothing, and holds everywhere."""
        child = Derivation(self.claim, scope, self.table, self.premises, almost=False)
        child.assumes, child.used, child.over, child.depth = self.assumes, self.used, self.over, self.depth + 1
        require(child.depth <= 3, "derivations are nested too deeply")
        return child

    def premise(self, number: int) -> "Certificate":
        """Premise `number`, which is used from now on, with all that it rests on."""
        lemma = item(self.premises, number, "premise")
        require(lemma.verdict == "proved", "a premise has to be proved")
        require(lemma.claim.field in ("any", self.claim.field), "the premise is proved over another field")
        self.assumes |= set(lemma.assumes)
        self.over |= lemma.over
        self.used.add(lemma.digest)
        return lemma

    def run(self, steps: list[Any]) -> None:
        for step in steps:
            expect(type(step) is dict and step.get("rule") in list(RULES), "a step is an object with a rule of the judge")
            BUDGET.spend(30)
            RULES[step["rule"]](self, {key: part for key, part in step.items() if key != "rule"})

    def value(self, text: str) -> Value:
        return self.scope.value(parse(text))

    def matrix(self, text: str) -> Value:
        return self.scope.plain(parse(text), 2)

    def diagram(self, text: str, order: Union[int, None] = 2) -> tuple[Value, Term]:
        """A matrix, or a tensor of any order, that is one diagram."""
        value = self.scope.plain(parse(text), order)
        require(len(value.terms) == 1, "this rule is for what is one diagram")
        return value, value.terms[0]

    def integer(self, text: str) -> Polynomial:
        return self.table.integer(self.scope, parse(text))

    def at_least(self, larger: Polynomial, smaller: Polynomial, exact: bool = False) -> None:
        self.facts.append(Bound(plus(larger, times({(): -1}, smaller)), exact))

    def equality(self, number: int) -> Equality:
        fact = item(self.facts, number, "fact")
        if isinstance(fact, Equality):
            return fact
        raise Invalid("that fact is not an equality")

    def instance(self, claim: "Claim", sizes: dict[str, str], names: dict[str, str]) -> Scope:
        """The scope of a premise with its sizes and names replaced by sizes and expressions of this one."""
        scope = claim.scope.copy()
        scope.families = {}  # the networks of the premise are of other sizes here, and so are their weights
        scope.names = {name: value for name, value in scope.names.items() if name in scope.declared}
        require(not scope.fixed, "a premise is for all sizes")
        require(set(sizes) == set(scope.sizes), "a premise needs a size for each of its sizes")
        require(set(names) == set(scope.declared) - set(scope.polynomials), "a premise needs an expression for each of its names")
        for one, text in sizes.items():
            scope.sizes[one] = self.scope.positive(parse(text))
        scope.channels, scope.ordered = self.scope.channels, self.scope.ordered
        for name, text in names.items():
            wanted = specialized(claim.scope.names[name].shape, scope)
            value = self.value(text)
            scope.names[name] = bundled(value) if [len(mode) for mode in wanted] == [2] else value
            require(scope.names[name].shape == wanted, f"{name} has another shape in the premise")
        for name, (argument, shape) in claim.scope.polynomials.items():
            scope.polynomials[name] = (specialized(((argument,),), scope)[0][0], specialized(shape, scope))
        if claim.almost_every:
            require(self.almost, "a premise that holds almost everywhere is used where everything is needed")
            images = [names.get(name, name) for name in claim.almost_every]
            require(
                len(set(images)) == len(images) and set(images) <= set(self.claim.almost_every),
                "generic names have to stay generic and distinct",
            )
            fixed = set().union(*(dependencies(scope.names[name]) for name in names if name not in claim.almost_every))
            require(fixed <= self.claim.fixed_names(), "what is fixed in a premise may not depend on what is generic")
        return scope

    def know(self, scope: Scope, comparison: "Comparison") -> None:
        """Take a comparison, read in this scope, as a fact."""
        if not comparison.numeric:
            self.facts.append(equation(scope, comparison))
            return
        left, right = self.table.integer(scope, comparison.left), self.table.integer(scope, comparison.right)
        if comparison.op == "<=":
            left, right = right, left
        self.at_least(left, right, exact=comparison.op == "==")

    def shows(self, goal: Polynomial, proof: Any) -> None:
        """goal >= 0, in every case of which argument attains each minimum and maximum."""
        split, cases = record(proof, split=list, cases=list)
        extremes = [self.extreme(text) for text in listed(split, str)]
        covered = set()
        for case in cases:
            assume, combination = record(case, assume=list, sum=list)
            picks = [frozenset(self.integer(text).items()) for text in listed(assume, str)]
            covered.add(tuple(picks))
            self.shows_case(goal, dict(zip(extremes, map(dict, picks))), extremes, combination)
        wanted = itertools.product(*(self.table.variables[variable].content for variable in extremes))
        require(all(case in covered for case in wanted), "a case is missing")

    def extreme(self, text: str) -> int:
        """The variable that is this minimum or maximum."""
        variables = [variable for monomial in self.integer(text) for variable in monomial]
        require(len(variables) == 1 and self.table.variables[variables[0]].kind in ("min", "max"), "not a minimum or maximum")
        return variables[0]

    def shows_case(self, goal: Polynomial, chosen: dict[int, Polynomial], extremes: list[int], combination: list[Any]) -> None:
        rest = self.table.substitute(goal, chosen)
        for item in combination:
            expect(type(item) is list and len(item) == 2 and type(item[1]) is str, "a summand is [fact, multiplier]")
            fact = self.fact(item[0], chosen, extremes)
            known, factor = (self.table.substitute(poly, chosen) for poly in (fact.polynomial, self.integer(item[1])))
            require(fact.exact or self.table.nonnegative(factor), "an inequality needs a multiplier that is not negative")
            rest = plus(rest, times({(): -1}, times(factor, known)))
        require(self.table.nonnegative(rest), "the facts named do not add up to this inequality")

    def fact(self, source: Any, chosen: dict[int, Polynomial], extremes: list[int]) -> Bound:
        """Fact number `source`; or, for [i, text], that the argument `text` is no better than the one chosen in split i."""
        if type(source) is int:
            known = item(self.facts, source, "fact")
            if isinstance(known, Bound):
                return known
            raise Invalid("that fact is an equality of tensors")
        expect(
            type(source) is list and len(source) == 2 and type(source[0]) is int and type(source[1]) is str,
            "a fact is a number or [split, argument]",
        )
        split = item(extremes, source[0], "split")
        variable, other, choice = self.table.variables[split], self.integer(source[1]), chosen[split]
        require(frozenset(other.items()) in variable.content, "not an argument of this minimum or maximum")
        larger, smaller = (other, choice) if variable.kind == "min" else (choice, other)
        return Bound(plus(larger, times({(): -1}, smaller)), False)


def same_by(one: Value, other: Value, groups: list[Any]) -> None:
    """The diagrams of one - other fall into groups of equal diagrams whose coefficients sum to 0."""
    cancel(total(one, scaled(-1, other)).terms, groups, 0)


def cancel(terms: tuple[Term, ...], groups: list[Any], modulus: int) -> None:
    """The diagrams fall into groups of equal ones whose coefficients sum to 0 (modulo p over GF(p))."""
    parts = [[record(member, term=int, boxes=list) for member in part] for part in listed(groups, list)]
    numbers = sorted(number for part in parts for number, _ in part)
    require(all(parts) and numbers == list(range(len(terms))), "every diagram is in one group")
    for part in parts:
        first = terms[part[0][0]]
        for number, boxes in part:
            BUDGET.spend(3 * cost(first))
            require(isomorphic(terms[number], first, listed(boxes, int)), "two diagrams are not the same by this bijection")
        left_over = sum(terms[number].coefficient for number, _ in part)
        require(not (left_over % modulus if modulus else left_over), "coefficients do not sum to zero")


def rule_isomorphism(self: Derivation, step: Any) -> None:
    """left == right by bijections between their diagrams."""
    left, right, groups = record(step, left=str, right=str, groups=list)
    one, other = self.value(left), self.value(right)
    same_by(one, other, groups)
    self.facts.append(Equality(one, other))


def rewritten(term: Term, equation: tuple[Term, ...], pattern: int, boxes: list[int], classes: list[int]) -> tuple[Term, ...]:
    """The diagrams that replace one, by an equation "sum of diagrams = 0" of which diagram number `pattern` occurs in it:
    box i of the pattern is box boxes[i] of the diagram, class c is class classes[c].  A class that is summed in the pattern
    is met by nothing else of the diagram, so that the rest is a factor outside of that sum; the other classes take the
    values at which the equation is used."""
    found, rest = equation[pattern], [box for i, box in enumerate(term.boxes) if i not in boxes]
    factor, remainder = divmod(term.coefficient, found.coefficient) if found.coefficient else (0, 1)
    require(not remainder, "the coefficient is not a multiple of that of the pattern")
    bijection = len(set(boxes)) == len(boxes) == len(found.boxes) and len(classes) == len(found.sizes)
    require(bijection, "one box for each box of the pattern, and one class for each of its classes")
    images = [item(list(term.sizes), cls, "class") for cls in classes]
    for box, image in zip(found.boxes, boxes):
        twin = item(list(term.boxes), image, "box")
        require((box.name, box.argument) == (twin.name, twin.argument), "another box")
        require(tuple(classes[leg] for leg in box.legs) == twin.legs, "a box is attached otherwise")
    opened = list(itertools.chain(*found.out))
    outside = set(itertools.chain(*term.out, *(box.legs for box in rest)))
    for cls, image in enumerate(classes):
        if cls in opened:
            require(found.sizes[cls] <= images[cls], "an index of the pattern has another size")
        else:
            free = image not in outside and classes.count(image) == 1
            require(free and found.sizes[cls] == images[cls], "an index that the pattern sums is used elsewhere")
    inner = {classes[cls] for cls in range(len(classes)) if cls not in opened}
    kept = [cls for cls in range(len(term.sizes)) if cls not in inner]
    place = {cls: i for i, cls in enumerate(kept)}
    shift = len(term.out)
    seam = list(range(shift, shift + len(opened)))
    context = Term(
        1,
        tuple(Box(box.name, tuple(place[leg] for leg in box.legs), box.argument) for box in rest),
        tuple(tuple(place[cls] for cls in group) for group in term.out) + tuple((place[classes[cls]],) for cls in opened),
        tuple(term.sizes[cls] for cls in kept),
    )
    answer = []
    for i, other in enumerate(equation):
        if i != pattern:
            flat = other._replace(
                coefficient=-factor * other.coefficient, out=tuple((cls,) for group in other.out for cls in group)
            )
            answer.append(glue((context, flat), [[*range(shift), *seam], seam], [[label] for label in range(shift)]))
    return tuple(answer)


def rule_rewrite(self: Derivation, step: Any) -> None:
    """left == right: the diagrams of left - right cancel, after some have been replaced by equations that are known.

    Over GF(p) coefficients count modulo p, and x ** p = x for every entry x."""
    left, right, moves, groups = record(step, left=str, right=str, moves=list, groups=list)
    one, other = self.value(left), self.value(right)
    modulus = Field(self.claim.field).modulus if self.claim.field.startswith("GF") else 0
    terms = total(one, scaled(-1, other)).terms
    for move in moves:
        number, fact, pattern, boxes, classes = record(move, term=int, equality=int, pattern=int, boxes=list, classes=list)
        known = self.equality(fact)
        equation = total(known.left, scaled(-1, known.right)).terms
        item(list(equation), pattern, "diagram")
        new = rewritten(item(list(terms), number, "diagram"), equation, pattern, listed(boxes, int), listed(classes, int))
        terms = terms[:number] + terms[number + 1 :] + new
        BUDGET.spend(len(terms))
    cancel(tuple(reduced(term, modulus) for term in terms) if modulus else terms, groups, modulus)
    self.facts.append(Equality(one, other))


def reduced(term: Term, p: int) -> Term:
    """Over GF(p), k equal boxes on the same indices count as (k - 1) mod (p - 1) + 1, since x ** p = x (Fermat)."""
    kept = [box for box in dict.fromkeys(term.boxes) for _ in range((term.boxes.count(box) - 1) % (p - 1) + 1)]
    return term._replace(boxes=tuple(kept))


def rule_inverse(self: Derivation, step: Any) -> None:
    """From X @ Y == eye(n), or eye(n) == X @ Y, with X and Y square: Y @ X == eye(n) (over any commutative ring)."""
    number, left, right = record(step, equality=int, left=str, right=str)
    x, y = self.matrix(left), self.matrix(right)
    require(x.shape[0] == x.shape[1] == y.shape[0] == y.shape[1], "X and Y have to be square")
    size = x.shape[0][0]
    sides = matmul(x, y), identity(size, size)
    require(self.equality(number) in (sides, sides[::-1]), "that fact is not X @ Y == eye(n)")
    self.facts.append(Equality(matmul(y, x), identity(size, size)))


def rule_equal_ranks(self: Derivation, step: Any) -> None:
    """From X == Y: rank(X) == rank(Y)."""
    (number,) = record(step, equality=int)
    left, right = self.equality(number)
    self.at_least(self.table.rank(left), self.table.rank(right), exact=True)


def rule_transpose(self: Derivation, step: Any) -> None:
    """rank(X) == rank(X.T)"""
    (text,) = record(step, matrix=str)
    value = self.matrix(text)
    self.at_least(self.table.rank(value), self.table.rank(einsum([value], [[0, 1]], [[[1]], [[0]]])), exact=True)


class Expanded(dict[tuple[tuple[int, int], ...], int]):
    """An integer polynomial in the entries: monomial (entry, exponent), ... -> coefficient."""

    def __add__(self, other: Any) -> "Expanded":
        BUDGET.spend(len(self) + 1)
        answer = Expanded(self)
        for monomial, coefficient in (other or {}).items():
            answer[monomial] = answer.get(monomial, 0) + coefficient
        return answer

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Expanded":
        factor = other if isinstance(other, dict) else {(): other}
        lengths = len(factor) * sum(map(len, self)) + len(self) * sum(map(len, factor))
        BUDGET.spend(len(self) * len(factor) + lengths // 2)
        answer = Expanded()
        for one, a in self.items():
            for two, b in factor.items():
                exponents = dict(one)
                for entry, exponent in two:
                    exponents[entry] = exponents.get(entry, 0) + exponent
                monomial = tuple(sorted(exponents.items()))
                answer[monomial] = answer.get(monomial, 0) + a * b
        return answer


class Generic(Instance):
    """All entries of all tensors as indeterminates, at integer sizes; over GF(p), x ** p = x and coefficients modulo p."""

    def __init__(self, scope: Scope, modulus: int) -> None:
        self.scope, self.modulus = scope, modulus
        self.field: Any = self
        self.arrays, self.entries, self.count = {}, dict.fromkeys(scope.names), itertools.count()

    def flat(self, thing: Any, shape: list[int]) -> list[Any]:
        BUDGET.spend(math.prod(shape))
        return [Expanded({((next(self.count), 1),): 1}) for _ in range(math.prod(shape))]

    def reduce(self, x: Any) -> Any:
        answer, p = Expanded(), self.modulus
        held = x if isinstance(x, dict) else {(): x}
        BUDGET.spend(len(held) + sum(map(len, held)) // 2)
        for monomial, coefficient in held.items():
            powers = tuple((entry, (k - 1) % (p - 1) + 1 if p else k) for entry, k in monomial)
            answer[powers] = answer.get(powers, 0) + coefficient
        return Expanded({m: c % p if p else c for m, c in answer.items() if (c % p if p else c)})


def rule_expand(self: Derivation, step: Any) -> None:
    """left == right at integer sizes: both sides are the same polynomials in the entries."""
    left, right = (self.value(text) for text in record(step, left=str, right=str))
    modulus = Field(self.claim.field).modulus if self.claim.field.startswith("GF") else 0
    require(not Generic(self.scope, modulus).evaluate(total(left, scaled(-1, right))), "the polynomials differ")
    self.facts.append(Equality(left, right))


def rule_gram(self: Derivation, step: Any) -> None:
    """rank(X.T @ X) == rank(X) over Q and R: X'X v = 0 gives (Xv)'(Xv) = 0, a sum of squares, so Xv = 0."""
    (text,) = record(step, matrix=str)
    require(self.claim.field in ("Q", "R"), "the rank of a Gram matrix is known over Q and R only")
    value = self.matrix(text)
    gram = matmul(einsum([value], [[0, 1]], [[[1]], [[0]]]), value)
    self.at_least(self.table.rank(gram), self.table.rank(value), exact=True)


def rule_scale(self: Derivation, step: Any) -> None:
    """rank(c * X) == rank(X) for an integer c that is not zero in the field: c = -1 anywhere, c != 0 over Q, R and C."""
    text, factor = record(step, matrix=str, factor=int)
    field = self.claim.field
    unit = (
        factor in (1, -1) or (factor and field in ("Q", "R", "C")) or (field.startswith("GF") and factor % Field(field).modulus)
    )
    require(unit, "the factor may be zero in the field")
    value = self.matrix(text)
    self.at_least(self.table.rank(scaled(factor, value)), self.table.rank(value), exact=True)


def sides(term: Term) -> list[tuple[bool, bool]]:
    """Of each class, whether it is open among the rows and among the columns."""
    return [(cls in term.out[0], cls in term.out[1]) for cls in range(len(term.sizes))]


def rule_arrange(self: Derivation, step: Any) -> None:
    """rank(X) == rank(Y) where X and Y are one diagram but for the order of their row indices, that of their column indices,
    an index that is listed twice or met by nothing (rows are permuted, repeated, or zero), and transposition."""
    left, right, boxes, transposed = record(step, left=str, right=str, boxes=list, transposed=bool)
    (one, x), (other, y) = self.diagram(left), self.diagram(right)
    y = y._replace(out=y.out[::-1]) if transposed else y
    require(abs(x.coefficient) == abs(y.coefficient) == 1, "a coefficient")
    require(sorted(listed(boxes, int)) == list(range(len(x.boxes))) and len(boxes) == len(y.boxes), "not a bijection")
    pairs: set[tuple[int, int]] = set()
    for box, image in zip(x.boxes, boxes):
        twin = y.boxes[image]
        require((box.name, box.argument, len(box.legs)) == (twin.name, twin.argument, len(twin.legs)), "another box")
        pairs |= set(zip(box.legs, twin.legs))
    require(len(dict(pairs)) == len(pairs) == len({right for _, right in pairs}), "indices are joined otherwise")
    of_x, of_y = sides(x), sides(y)
    require(all(x.sizes[c] == y.sizes[d] and of_x[c] == of_y[d] for c, d in pairs), "an index differs")
    bare = []
    for term, seen, where in ((x, dict(pairs), of_x), (y, {d: c for c, d in pairs}, of_y)):
        alone = [cls for cls in range(len(term.sizes)) if cls not in seen]
        require(all(any(where[cls]) and not may_vanish(term.sizes[cls]) for cls in alone), "a closed wire")
        bare.append(sorted(sorted(map(str, term.sizes[cls])) for cls in alone if all(where[cls])))
    require(bare[0] == bare[1], "wires from rows to columns differ")
    self.at_least(self.table.rank(one), self.table.rank(other), exact=True)


def cut_apart(table: Table, term: Term, classes: list[Any]) -> Polynomial:
    """The product of the sizes of classes without which no two modes of the diagram are connected: for each value of these
    indices the rest is a product of tensors, one for each mode."""
    cut = listed(classes, int)
    sizes = [item(list(term.sizes), cls, "class") for cls in cut]
    part = list(range(len(term.sizes)))  # the part of the diagram that a class lies in, without the classes cut
    for box in term.boxes:
        BUDGET.spend(1 + len(part) // 4)
        joined = {part[leg] for leg in box.legs if leg not in cut}
        part = [min(joined) if cls in joined else cls for cls in part]
    reached = [{part[cls] for cls in group if cls not in cut} for group in term.out]
    require(all(not a & b for a, b in itertools.combinations(reached, 2)), "two modes are connected")
    bound: Polynomial = {(): 1}
    for atoms in sizes:
        bound = times(bound, table.least(atoms))
    return bound


def rule_cut(self: Derivation, step: Any) -> None:
    """rank(X) <= the product of the sizes of a set of classes that separates the row legs from the column legs."""
    text, classes = record(step, matrix=str, classes=list)
    value, term = self.diagram(text)
    self.at_least(cut_apart(self.table, term, classes), self.table.rank(value))


def rule_wires(self: Derivation, step: Any) -> None:
    """The rank of a diagram without boxes: the product of the sizes of the classes open on both sides."""
    (text,) = record(step, matrix=str)
    value, term = self.diagram(text)
    rows, columns = map(set, term.out)
    require(not term.boxes and abs(term.coefficient) == 1, "wires have no boxes and no factor")
    require(
        not any(may_vanish(atoms) for cls, atoms in enumerate(term.sizes) if cls not in rows & columns),
        "a size that may be zero",
    )
    require(rows | columns == set(range(len(term.sizes))), "wires have no closed wire")
    bound: Polynomial = {(): 1}
    for cls in sorted(rows & columns):
        bound = times(bound, self.table.least(term.sizes[cls]))
    self.at_least(self.table.rank(value), bound, exact=True)


def rule_product(self: Derivation, step: Any) -> None:
    """rank(P @ X @ Q) <= rank(X); an empty text for P or Q leaves it out."""
    left, middle, right = record(step, left=str, middle=str, right=str)
    whole = value = self.matrix(middle)
    whole = matmul(self.matrix(left), whole) if left else whole
    whole = matmul(whole, self.matrix(right)) if right else whole
    self.at_least(self.table.rank(value), self.table.rank(whole))


def rule_sum(self: Derivation, step: Any) -> None:
    """rank(X + Y) <= rank(X) + rank(Y)"""
    left, right = (self.matrix(text) for text in record(step, left=str, right=str))
    self.at_least(plus(self.table.rank(left), self.table.rank(right)), self.table.rank(total(left, right)))


def rule_frobenius(self: Derivation, step: Any) -> None:
    """rank(P @ M) + rank(M @ Q) <= rank(M) + rank(P @ M @ Q); with M = eye(n) Sylvester's inequality"""
    p, m, q = (self.matrix(text) for text in record(step, left=str, middle=str, right=str))
    pm, mq = matmul(p, m), matmul(m, q)
    larger = plus(self.table.rank(m), self.table.rank(matmul(pm, q)))
    self.at_least(larger, plus(self.table.rank(pm), self.table.rank(mq)))


def rule_factor(self: Derivation, step: Any) -> None:
    """X of rank r is U @ V with U injective and V surjective: P @ U == eye(r) == V @ Q.  (r may be 0.)"""
    text, size, names = record(step, matrix=str, size=str, names=list)
    value = self.matrix(text)
    rank: Group = (Rank(self.scope.new(size)),)
    self.scope.sizes[size] = rank
    self.over.add(FIELD)
    (rows,), (columns,) = value.shape
    shapes = ((rows, rank), (rank, columns), (rank, rows), (columns, rank))
    for name, shape in zip(listed(names, str), shapes):
        self.scope.names[self.scope.new(name)] = named(name, tuple((group,) for group in shape))
    u, v, p, q = (self.scope.names[name] for name in names)
    one = identity(rank, rank)
    self.facts += [Equality(value, matmul(u, v)), Equality(matmul(p, u), one), Equality(matmul(v, q), one)]
    self.at_least(self.table.rank(value), self.table.variable("size", rank[0]), exact=True)


def rule_premise(self: Derivation, step: Any) -> None:
    """An instance of a lemma: its sizes and names replaced by sizes and expressions of this scope."""
    number, sizes, names, given = record(step, premise=int, sizes=dict, names=dict, given=list)
    claim = self.premise(number).claim
    scope = self.instance(claim, mapped(sizes, str), mapped(names, str))
    require(len(given) == len(claim.given), "one fact for each hypothesis of the premise")
    for comparison, fact in zip(claim.given, listed(given, int)):
        require(self.equality(fact) == equation(scope, comparison), "a hypothesis of the premise is not shown")
    for comparison in claim.comparisons:
        self.know(scope, comparison)


def rule_generic(self: Derivation, step: Any) -> None:
    """rank(X) >= bound for almost all entries of the generic names, because it is so at one point, the witness: a nonzero
    minor there is a nonzero polynomial.  What is fixed in X stays arbitrary; the bound speaks of fixed names only.  The witness
    may use the rank factorizations of what is fixed, which are prepared first."""
    text, bound, prepare, witness, steps, proof = record(
        step, matrix=str, bound=str, prepare=list, witness=dict, steps=list, shows=dict
    )
    require(self.almost, "this holds almost everywhere only")
    fixed = self.claim.scope.copy()
    for name in [name for name in fixed.names if self.claim.generic(name)]:
        del fixed.names[name]
    child = self.inner(fixed)
    child.run(prepare)
    require(not any(map(self.claim.generic, child.scope.names)), "a generic name is taken")
    point = {name: child.value(expression) for name, expression in mapped(witness, str).items()}
    for name, value in point.items():
        require(name in self.claim.almost_every and name in fixed.declared, f"{name[:20]} is not a generic name")
        require(value.shape == self.claim.scope.names[name].shape, f"the witness for {name} has another shape")
    child.scope.names.update(point)
    child.run(steps)
    smaller = self.table.integer(fixed, parse(bound))
    larger = self.table.rank(child.scope.plain(parse(text), 2))
    child.shows(plus(larger, times({(): -1}, smaller)), proof)
    self.assumes.add(ZERO_SET)
    self.at_least(self.table.rank(self.claim.scope.plain(parse(text), 2)), smaller)


def rule_generic_products(self: Derivation, step: Any) -> None:
    """rank(khatri_rao(X @ A, Y @ B)) >= min(n, rank(X) * rank(Y)) for almost all A, B of n columns; for one matrix A twice,
    2 * rank(khatri_rao(X @ A, X @ A)) >= min(2 * n, rank(X) ** 2 + rank(X)).

    The witness: let columns x_i of X, and y_j of Y, be independent.  Columns e_i of A and e_j of B give x_i (x) y_j, which are
    independent.  Columns e_i and e_i + e_j, i < j, of A give x_i (x) x_i and, up to these, x_i (x) x_j + x_j (x) x_i, which are
    independent in every characteristic; their number is r + r (r - 1) / 2 for rank r."""
    left, first, right, second = record(step, left=str, first=str, right=str, second=str)
    require(self.almost and {first, second} <= set(self.claim.almost_every), "A and B are generic names")
    x, y = (self.matrix(text) for text in (left, right))
    require((dependencies(x) | dependencies(y)) <= self.claim.fixed_names(), "X and Y are fixed")
    require(first != second or x == y, "one generic matrix is for one fixed matrix")
    product = self.matrix(f"khatri_rao(({left}) @ {first}, ({right}) @ {second})")
    one, other = self.table.rank(x), self.table.rank(y)
    twice: Polynomial = {(): 1} if first != second else {(): 2}
    count = times(one, other) if first != second else plus(times(one, one), one)
    bound = self.table.extreme("min", [times(twice, self.table.product(product.shape[1][0])), count])
    self.assumes.add(ZERO_SET)
    self.at_least(times(twice, self.table.rank(product)), bound)


def rule_minor(self: Derivation, step: Any) -> None:
    """rank(X) >= k for almost all entries, at integer sizes: at integer entries a k x k minor is not zero mod p, so that it is a
    nonzero polynomial in characteristic 0; or, without a prime, it is 1 or -1, so that it is one over every infinite field."""
    text, prime, entries, rows, columns = record(step, matrix=str, prime=str, entries=dict, rows=list, columns=list)
    generic = self.almost and all(self.claim.generic(name) for name in entries)
    require(generic, "a minor is for almost every value of the names of its matrix")
    require(not prime or self.claim.field in ("Q", "R", "C"), "a minor mod p shows a rank almost everywhere over Q, R or C")
    point = Instance(self.claim.scope, {"sizes": {}, "field": f"GF({prime})" if prime else "Q", "entries": entries})
    matrix = point.matrix(point.scope.plain(parse(text), 2))
    chosen = [item(matrix, i, "row") for i in listed(rows, int)]
    pivots = point.field.pivots([[item(row, j, "column") for j in listed(columns, int)] for row in chosen])
    require(len(rows) == len(columns) == len(pivots), "the minor is zero")
    whole = all(type(entry) is int for array in point.arrays.values() for entry in array.values())
    require(whole and (prime or abs(math.prod(pivots)) == 1), "the minor is not 1 or -1 at integers")
    self.assumes.add(ZERO_SET)
    self.at_least(self.table.rank(self.claim.scope.plain(parse(text), 2)), {(): len(rows)} if rows else {})


def rule_unfold(self: Derivation, step: Any) -> None:
    """rank(matricize(T, rows, columns)) <= cp_rank(T): a rank-one tensor unfolds to a matrix of rank at most one."""
    text, rows, columns = record(step, tensor=str, rows=list, columns=list)
    value = self.scope.plain(parse(text))
    labels = list(range(len(value.shape)))
    require(sorted(listed(rows, int) + listed(columns, int)) == labels, "rows and columns list each mode of the tensor once")
    unfolded = einsum([value], [labels], [[rows], [columns]])
    self.at_least(self.table.cp_rank(self.scope, parse(text)), self.table.rank(unfolded))


def rule_decompose(self: Derivation, step: Any) -> None:
    """cp_rank(T) <= the product of the sizes of classes that separate all modes: the tensors that are left are vectors."""
    text, classes = record(step, tensor=str, classes=list)
    _, term = self.diagram(text, None)
    self.at_least(cut_apart(self.table, term, classes), self.table.cp_rank(self.scope, parse(text)))


def rule_cp_terms(self: Derivation, step: Any) -> None:
    """cp_rank(cp(N, M, Z)) <= Z, by the equation that defines the network: a sum of Z rank-one tensors; and so for blocks of a
    network that is cut short, of r[L2 - 1] terms."""
    node = parse(record(step, tensor=str)[0])
    if calls(node, "cp"):
        terms = self.scope.size(item(node.args, 2, "argument"))
    else:
        require(
            symbolic_blocks(node, self.scope) and calls(node.args[0], "truncated"), "this is about cp, or truncated in blocks"
        )
        terms = Network(self.scope, *node.args).last_channel()  # type: ignore[attr-defined]
    self.at_least(self.table.product(terms), self.table.cp_rank(self.scope, node))


# ----------------------------------------------------------------------------------------------------- 7 families
#
# Networks are known by their defining equations (Cohen, Sharir and Shashua, COLT 2016).  The rules `induction` and `depth` go
# from level to level by these equations; what holds at a level is proved by steps, or by premises.
#     cp(N, M, Z)   = sum over z of c[z] a_0[., z] (x) ... (x) a_(N-1)[., z]                    shallow: CP decomposition
#     ht(L, M, r)   = level(w, Phi_(L-1), Phi'_(L-1)),  Phi_0 = a (M x r[0]),  Phi_l = level(W_l, Phi_(l-1), Phi'_(l-1))
#     truncated(L, L2, M, r) = level(w, all Phi_(L2-1)): the same to level L2 - 1, then one window of all 2 ** (L - L2 + 1) nodes
# where Phi' is the same with weights of its own, or equal to Phi when shared=True.  Weights are names "cp.c", "cp.0",
# "ht.0.3" (level 0, position 3), and "ht.1" for all positions of a shared network's level 1.


def weight(scope: Scope, name: str, *shape: Group) -> Value:
    """The weights of this name; a scope has one network of each family (see `families`), so that the shape is always the same."""
    return scope.names.setdefault(name, named(name, tuple((group,) for group in shape)))


def concrete(group: Group) -> int:
    """The integer that a size is fixed to, else 0."""
    return 1 if group == () else group[0] if len(group) == 1 and type(group[0]) is int else 0


def family_cp(scope: Scope, node: ast.Call, matricized: bool) -> Value:
    require(len(node.args) == 3 and not node.keywords, "cp(N, M, Z)")
    order, size, terms = (scope.positive(arg) for arg in node.args)
    key = f"{show_group(order)}, {show_group(size)}, {show_group(terms)}"
    require(scope.families.setdefault("cp", key) == key, "one statement speaks of one network cp(...)")
    count, output = concrete(order), weight(scope, "cp.c", terms)
    if count:
        require(count <= 64, "too many modes")
        value = level(output, [weight(scope, f"cp.{i}", size, terms) for i in range(count)])
        return as_odd_even(value) if matricized else value
    require(matricized, "cp(N, M, Z) with a symbolic N stands inside odd_even or cp_rank")
    sides = [weight(scope, f"cp.{side}", (f"{show_group(size)}^{side}({show_group(order)})",), terms) for side in ("odd", "even")]
    return einsum([output, *sides], [[0], [1, 0], [2, 0]], [[[1]], [[2]]])


def family_deep(scope: Scope, node: ast.Call, matricized: bool) -> Value:
    """ht(...) or truncated(...)"""
    net = Network(scope, node)
    if matricized and net.name == "ht":
        return net.matrix()
    require(net.small, "a network with symbolic or many levels stands inside odd_even or cp_rank, truncated(...) in blocks")
    value = net.tensor()
    return as_odd_even(value) if matricized else value


FAMILIES: dict[str, Callable[[Scope, ast.Call, bool], Value]] = {"cp": family_cp, "ht": family_deep, "truncated": family_deep}
RESERVED = {*FUNCTIONS, *FAMILIES, *NUMERIC, "inv", "tree", "_", *keyword.kwlist}


class Network:
    """The network of a call ht(L, M, r) or truncated(L, L2, M, r), shared=True or not; `cut` is L2, also of blocks(.., L2)."""

    def __init__(self, scope: Scope, node: ast.expr, cut: Union[ast.expr, None] = None) -> None:
        if not (calls(node, "ht") or calls(node, "truncated")):
            raise Invalid("not a deep network")
        words = ", ".join(f"{word.arg}={ast.unparse(word.value)}" for word in node.keywords)
        self.name = "ht" if calls(node, "ht") else "truncated"
        arity = len(node.args) == (3 if self.name == "ht" else 4)
        require(arity and words in ("", "shared=True", "shared=False"), "ht(L, M, r, shared=True), or truncated(L, L2, M, r)")
        levels, *own, self.dim, self.counts = node.args
        cut = own[0] if own else cut
        self.scope, self.shared = scope, words == "shared=True"
        depth, self.size = scope.positive(levels), scope.positive(self.dim)
        self.levels = cut or levels
        self.last = last = scope.positive(self.levels)
        require(isinstance(self.counts, ast.Name), "r is a list of channel counts")
        self.depth, self.cut = concrete(depth), concrete(last)
        fewer = self.cut == 1 or 0 < self.cut <= self.depth or last == depth or (depth, last) in scope.ordered
        require(fewer, "from 1 to L levels are kept")
        counts = scope.channels.get(ast.unparse(self.counts))
        fits = counts is None or len(counts) == self.depth or bool(own and len(counts) >= self.cut > 0)
        require(fits, "r has one entry a level: r[0] .. r[L-1]")
        self.small = 0 < self.depth <= 6 and self.cut > 0
        self.exponent = Table().exponent(scope, parse(f"2 ** ({ast.unparse(levels)} - 1)"))
        self.above = Table().exponent(scope, parse(f"2 ** ({ast.unparse(levels)} - {ast.unparse(cut)})")) if cut else 1
        sizes = [depth, *([last] if own else []), self.size]
        self.key = ", ".join([*map(show_group, sizes), str(counts or ast.unparse(self.counts)), *["shared=True"] * self.shared])
        one = scope.families.setdefault(self.name, self.key) == self.key
        require(one, f"one statement speaks of one network {self.name}(...)")
        self.where = f"{self.key}; {show_group(last)}"

    def channel(self, level: int) -> Group:
        return self.scope.size(parse(f"{ast.unparse(self.counts)}[{level}]"))

    def last_channel(self) -> Group:
        """r[L2 - 1], also for a symbolic L2."""
        return self.scope.size(parse(f"{ast.unparse(self.counts)}[{ast.unparse(self.levels)} - 1]"))

    def tensor(self) -> Value:
        if self.name == "ht":
            return self.node(self.depth, 0)
        top = f"truncated.{self.cut}" if self.shared else f"truncated.{self.cut}.0"
        nodes = [self.node(self.cut - 1, position) for position in range(2 ** (self.depth - self.cut + 1))]
        return level(weight(self.scope, top, self.channel(self.cut - 1)), nodes)

    def matrix(self) -> Value:
        """odd_even of the network; a box of its own where the levels are symbolic or many."""
        return as_odd_even(self.tensor()) if 0 < self.depth <= 6 else named(f"ht({self.key})", self.square())

    def square(self) -> tuple[Mode, ...]:
        side = tuple(Power(atom, self.exponent) for atom in self.size)
        return ((side,), (side,))

    def node(self, level_: int, position: int) -> Value:
        """Phi at this level and position; its last mode is the channel, except at the top."""
        name = f"{self.name}.{level_}" if self.shared else f"{self.name}.{level_}.{position}"
        if level_ == 0:
            return weight(self.scope, name, self.size, self.channel(0))
        own = [] if level_ == self.depth else [self.channel(level_)]
        weights = weight(self.scope, name, *own, self.channel(level_ - 1))
        return level(weights, [self.node(level_ - 1, 2 * position), self.node(level_ - 1, 2 * position + 1)])


# blocks(T, L2): the modes of T in blocks of 2 ** (L2 - 1).  A sum of Z tensor products of blocks is a network that is cut to
# L2 levels, with Z channels in its last window and blocks of any entries: cp_rank(blocks(T, L2)) is what such a network needs.


def cuts(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """L and L2 of blocks(ht(L, ..), L2) and truncated(L, L2, ..), which say that 1 <= L2 <= L."""
    if calls(node, "blocks") and len(node.args) == 2:
        inner = node.args[0]
        return [(inner.args[0], node.args[1])] if calls(inner, "ht") and inner.args else []
    return [(node.args[0], node.args[1])] if calls(node, "truncated") and len(node.args) == 4 else []


def symbolic_blocks(node: ast.expr, scope: Scope) -> TypeGuard[ast.Call]:
    """Whether these are blocks of a network that is not written out."""
    if not (calls(node, "blocks") and len(node.args) == 2 and not node.keywords):
        return False
    if not any(calls(node.args[0], name) for name in ("ht", "truncated")):
        return False
    return not (concrete(scope.size(node.args[1])) and Network(scope, *node.args).small)


def blocks_matrix(scope: Scope, node: ast.Call) -> Value:
    """odd_even of blocks; of a network with symbolic or many levels a box, or, cut short, a sum of products of two boxes."""
    if not symbolic_blocks(node, scope):
        return as_odd_even(call_blocks(scope, node))
    net = Network(scope, *node.args)
    if net.name == "ht":
        return named(f"blocks({net.where})", net.square())
    require(net.last == scope.size(node.args[1]), "the blocks of truncated(L, L2, M, r) are those of L2")
    channel = net.last_channel()
    sides = [weight(scope, f"truncated.{side}", net.square()[0][0], channel) for side in ("odd", "even")]
    return einsum([weight(scope, "truncated.c", channel), *sides], [[0], [1, 0], [2, 0]], [[[1]], [[2]]])


def truncation_base(table: Table, scope: Scope, node: ast.Call) -> Polynomial:
    """truncation_base(L2, M, r) = min(r[L2 - 1], e) where e = M for L2 = 1, else min(r[L2 - 2], e' ** 2) with the e' of L2 - 1;
    for shared weights min(r[L2 - 2], e' * (e' + 1) / 2).  A variable where it is not a minimum of integer polynomials."""
    words = [(word.arg, ast.unparse(word.value)) for word in node.keywords]
    require(len(node.args) == 3 and words in ([], [("shared", "True")], [("shared", "False")]), "truncation_base(L2, M, r)")
    cut, size, counts = concrete(scope.positive(node.args[0])), scope.positive(node.args[1]), ast.unparse(node.args[2])
    shared, known = words == [("shared", "True")], scope.channels.get(counts)
    require(isinstance(node.args[2], ast.Name) and cut <= 6, "truncation_base(L2, M, r): r a list of channel counts, L2 <= 6")
    channels = [table.product(scope.size(parse(f"{counts}[{level}]"))) for level in range(cut)]
    options = [table.product(size)]
    for channel in channels[:-1]:
        options = [channel, *(times(e, plus(e, {(): 1}) if shared else e) for e in options)]
        if shared:
            if not all(set(option) == {()} for option in options):
                break
            options = [{(): min(channel[()], *(option[()] // 2 for option in options[1:]))}]
    else:
        if cut:
            return table.extreme("min", [channels[-1], *options])
    key = f"{show_group(scope.size(node.args[0]))}, {show_group(size)}, {known or counts}{', shared=True' * shared}"
    return table.variable("base", key)


def general(claim: Claim, statement: str, where: str, almost_every: list[str]) -> bool:
    """Whether a premise says exactly this for all sizes, over every (infinite) field."""
    wanted = Scope()
    wanted.declare(where)
    names = {name: claim.scope.names.get(name) for name in claim.scope.declared}
    free = not (claim.scope.fixed or claim.given) and claim.field == "any"
    return free and claim.statement == statement and names == wanted.names and sorted(claim.almost_every) == sorted(almost_every)


def rule_cp_rank(self: Derivation, step: Any) -> None:
    """rank(odd_even(T)) <= cp_rank(T), from the premise rank(odd_even(cp(N, M, Z))) <= Z for all N, M, Z."""
    number, text = record(step, premise=int, tensor=str)
    shown = general(self.premise(number).claim, "rank(odd_even(cp(N, M, Z))) <= Z", "", [])
    require(shown, "not the premise that this rule needs")
    node = parse(text)
    self.at_least(self.table.cp_rank(self.scope, node), self.table.rank(matricized(self.scope, node)))


PRODUCTS = (
    "rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H)) and "
    "2 * rank(khatri_rao(G @ A, G @ A)) >= min(2 * a, rank(G) ** 2 + rank(G))",
    "G: m b; A: b a; H: n c; B: c a",
    ["A", "B"],
)


def rule_induction(self: Derivation, step: Any) -> None:
    """rank(odd_even(T)) >= truncation_base(L2, M, r) ** (2 ** (L - L2)) for almost all weights, or, for all weights,
    <= r[L2 - 1] ** (2 ** (L - L2)), for T = blocks(ht(L, M, r), L2); T = ht(L, M, r) is its case L2 = 1.

    With the inputs taken in blocks, every Phi_l, l >= L2, has the form of the invariant, an expression in parameters and in the
    number `a` of channels, and its quantity (a rank or a size) is at least (most) limit ** (2 ** (l - L2)): at level L2 it is at
    least (most) the limit, and from two children to their parent it is at least (most) the product.  At the top, with a = 1, the
    rank is at least (most) the quantity.

    From above the children at level L2 are any matrices U and V of r[L2 - 1] channels, one a column, and the limit is that
    number.  From below they are G @ A: A is a witness for the weights of level L2 - 1, and G is eye(M) for L2 = 1, else
    khatri_rao(X, Y) for the channels X, Y of two nodes below.  The limit is min(r[L2 - 1], rank(G)), whatever G is; it remains to
    say that some weights below give G the rank e(L2) or more, e being that of truncation_base.  For L2 = 1 it is e(1) = M.  If G
    and H have that rank for a node and its sibling, then by PRODUCTS some A and B give khatri_rao(G @ A, H @ B), or with shared
    weights khatri_rao(G @ A, G @ A), the rank e(L2 + 1).  From level L2 - 1 on the witness is the same at every position, so that
    weights may be shared.  What is so at one point is so almost everywhere."""
    Induction(self, step).conclude()


class Induction:
    def __init__(self, outer: Derivation, step: Any) -> None:
        texts = dict.fromkeys(("tensor", "direction", "parameters", "invariant", "quantity"), str)
        parts = dict.fromkeys(("witness", "base", "step", "top"), dict)
        tensor, direction, self.parameters, self.invariant, self.quantity, *rest, numbers = record(
            step, **texts, **parts, premises=list
        )
        witness, self.base, self.step, self.top = rest
        self.outer, self.table = outer, outer.table
        node = parse(tensor)
        deep, *cut = node.args if calls(node, "blocks") else [node]
        require(calls(deep, "ht") and len(cut) <= 1, "induction is over the levels of ht(L, M, r), or of its blocks")
        self.cut = cut[0] if cut else ast.Constant(1)
        self.net, self.matrix = Network(outer.scope, deep, self.cut), matricized(outer.scope, node)
        expect(direction in ("at_least", "at_most"), "direction is at_least or at_most")
        self.lower, self.witness = direction == "at_least", mapped(witness, str)
        expect(set(self.witness) == ({"A", "W1", "W"} if self.lower else set()), "a lower bound has the witness A, W1, W")
        require(not self.lower or (outer.almost and outer.claim.generic("ht")), "a lower bound holds for almost all weights only")
        grown = [general(outer.premise(number).claim, *PRODUCTS) for number in listed(numbers, int)]
        require(grown == [True] * (self.lower and self.net.cut != 1), "not the premise that this rule needs")
        self.declared = Scope()
        self.declared.declare(self.parameters)
        self.sizes = [size for size in self.declared.sizes if size != "a"]

    def conclude(self) -> None:
        self.check_base()
        self.check_step()
        self.check_top()
        rank, net = self.table.rank(self.matrix), self.net
        if not self.lower:
            self.outer.at_least(self.table.power(self.table.product(net.last_channel()), net.above), rank)
            return
        shared = ", shared=True" if net.shared else ""
        base = f"truncation_base({ast.unparse(self.cut)}, {ast.unparse(net.dim)}, {ast.unparse(net.counts)}{shared})"
        limits = [self.table.integer(self.outer.scope, parse(base))]
        if net.cut > 1:  # e * (e + 1) / 2 >= e
            known = [self.table.product(size) for size in (net.size, *map(net.channel, range(net.cut)))]
            limits.append(self.table.extreme("min", known))
        self.outer.assumes.add(ZERO_SET)
        for limit in limits:
            self.outer.at_least(rank, self.table.power(limit, net.above))

    def compare(self, child: Derivation, quantity: Polynomial, limit: Polynomial, proof: Any) -> None:
        positive = self.table.nonnegative(quantity) and self.table.nonnegative(limit)
        require(positive, "a quantity or bound that may be negative, so that products are no bounds")
        larger, smaller = (quantity, limit) if self.lower else (limit, quantity)
        child.shows(plus(larger, times({(): -1}, smaller)), proof)

    def weights(self, child: Derivation, name: str, shape: tuple[Mode, ...]) -> Value:
        """The witness for these weights; from above they are any."""
        value = child.value(self.witness[name]) if self.lower else child.scope.names[name]
        require(value.shape == shape, f"the witness for {name} has another shape")
        return value

    def form(self, sizes: dict[str, Group], names: dict[str, Value], channels: Group) -> tuple[Value, Polynomial]:
        """The invariant and its quantity at these parameters."""
        inside = self.declared.copy()
        inside.sizes.update(sizes)
        inside.sizes["a"] = channels
        for name, value in names.items():
            wanted = specialized(self.declared.names[name].shape, inside)
            inside.names[name] = bundled(value) if [len(mode) for mode in wanted] == [2] else value
            require(inside.names[name].shape == wanted, f"the parameter {name} has another shape")
        return bundled(inside.value(parse(self.invariant)), 1), self.table.integer(inside, parse(self.quantity))

    def prepared(self, part: Any, scope: Scope, **boxes: tuple[Mode, ...]) -> Derivation:
        """A derivation about these boxes that has run the steps of its part of the certificate."""
        for name, shape in boxes.items():
            scope.names[scope.new(name)] = named(name, shape)
        child = self.outer.inner(scope)
        child.run(part)
        return child

    def attained(self, child: Derivation, part: Any, parent: Value, channels: Group, limit: Polynomial) -> None:
        """The parent has the form of the invariant at the parameters given, and its quantity compares with the limit."""
        _, sizes, parameters, same, proof = part
        expect(set(sizes) == set(self.sizes) and set(parameters) == set(self.declared.names), "one value a parameter")
        found = {name: child.scope.positive(parse(text)) for name, text in mapped(sizes, str).items()}
        values = {name: child.value(text) for name, text in mapped(parameters, str).items()}
        form, quantity = self.form(found, values, channels)
        same_by(bundled(parent, 1), form, same)
        self.compare(child, quantity, limit, proof)

    def check_base(self) -> None:
        part = record(self.base, steps=list, sizes=dict, parameters=dict, groups=list, shows=dict)
        scope = Scope()
        scope.sizes = {"m": ("base:m",), "b": ("base:b",), "c": self.net.last_channel(), "r1": ("base:r1",)}
        m, b, c, r1 = ((group,) for group in scope.sizes.values())
        limit = self.table.product(c[0])
        if self.lower:
            child = self.prepared(part[0], scope, G=(m, b))
            below = child.scope.names["G"]
            children = [matmul(below, self.weights(child, "A", (b, c)))] * 2
            limit = self.table.extreme("min", [limit, self.table.rank(below)])
        else:
            child = self.prepared(part[0], scope, U=(m, c), V=(m, c), W1=(r1, c))
            children = [child.scope.names[name] for name in ("U", "V")]
        self.attained(child, part, level(self.weights(child, "W1", (r1, c)), children), r1[0], limit)

    def copies(self, scope: Scope, suffix: str, channels: Group) -> tuple[Value, Polynomial]:
        """Parameters of its own for one child."""
        sizes: dict[str, Group] = {size: (f"step:{size}{suffix}",) for size in self.sizes}
        for size, group in sizes.items():
            scope.sizes[scope.new(size + suffix)] = group
        inside = self.declared.copy()
        inside.sizes.update(sizes)
        inside.sizes["a"] = channels
        names = {}
        for name, value in self.declared.names.items():
            names[name] = named(name + suffix, specialized(value.shape, inside))
            scope.names[scope.new(name + suffix)] = names[name]
        return self.form(sizes, names, channels)

    def check_step(self) -> None:
        part = record(self.step, steps=list, sizes=dict, parameters=dict, groups=list, shows=dict)
        scope = Scope()
        scope.sizes = {"a": ("step:a",), "b": ("step:b",)}
        a, b = ((group,) for group in scope.sizes.values())
        (left, one), (right, other) = (self.copies(scope, suffix, b[0]) for suffix in ("", "2"))
        child = self.prepared(part[0], scope, **({} if self.lower else {"W": (a, b)}))
        self.attained(child, part, level(self.weights(child, "W", (a, b)), [left, right]), a[0], times(one, other))

    def check_top(self) -> None:
        steps, proof = record(self.top, steps=list, shows=dict)
        scope = Scope()
        form, quantity = self.copies(scope, "", ())
        matrix = einsum([form], [[0, 1, 2]], [[[0]], [[1]]])
        self.compare(self.prepared(steps, scope), self.table.rank(matrix), quantity, proof)


RULES = {name[5:]: function for name, function in list(globals().items()) if name.startswith("rule_")}


# ----------------------------------------------------------------------------------------- 8 ranks of given matrices
#
# The claims: r <= rank(A) <= s for one matrix A over Q or GF(p), given by its entries or by the network that it is a
# matricization of; the same for almost all networks of given sizes; a rank for all networks of a box; how far A is from low rank.
#
# A lower bound is a minor A[I, J] that is nonsingular mod a prime, which is shown by elimination, or, with one product, by
# solutions x of A[I, J] x = b for k right-hand sides b = hash(everything above): a singular matrix mod p has a solution for at
# most one in p of all b, so k of them have one with probability <= p^-k <= 2^-128 when the hash is a random function.  An upper
# bound is a cut of the network, or a factorization A = L R / d with s columns in L, multiplied out, or compared at hashed
# vectors, or s columns that span the others modulo hashed primes.  Both are read off a network that is diagonal in a product
# basis.  Products of a matrix with vectors are sums of columns, each column one long integer with its entries in slots.

RANK_FORMAT = "proofkit-rank/1"
SECURITY = 128  # bits: a false claim passes with probability at most 2^-SECURITY
SOUNDNESS = f"certified (soundness error <= 2^-{SECURITY}, random-oracle model)"
SMALL_MINOR = 256  # rows of a minor that is eliminated here
MAX_RANK_WORK = 120_000_000  # a minute or less: products with a large matrix take longer than a derivation
MAX_SUMS = 2**27  # bytes of the sums of columns that are held at one time
MAX_SIZE = 2**24  # rows or columns
MAX_FORMED = 2**21  # entries of a matricization, or of a diagonal core, that is formed


class Words(NamedTuple):
    """An array of little-endian words: "int" (two's complement), "uint", or "float" (IEEE 754)."""

    type: str
    width: int
    data: bytes

    def size(self) -> int:
        return len(self.data) // self.width

    def integers(self) -> list[int]:
        BUDGET.spend(8 * self.size())  # so that they fit in memory
        signed = self.type == "int"
        starts = range(0, len(self.data), self.width)
        return [int.from_bytes(self.data[i : i + self.width], "little", signed=signed) for i in starts]

    def floats(self) -> Iterator[float]:
        BUDGET.spend(self.size() // 4)
        return (value for (value,) in struct.iter_unpack("<d" if self.width == 8 else "<f", self.data))


def words(thing: Any, count: int, *types: str) -> Words:
    kind, width, text = record(thing, type=str, width=int, data=str)
    expect(kind in types, f"an array of {' or '.join(types)} is needed here")
    expect(width in (4, 8) if kind == "float" else 1 <= width <= 4096, "a word has another width")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Malformed("an array is base64") from None
    expect(base64.b64encode(data).decode() == text, "an array is canonical base64")
    expect(len(data) == count * width, f"an array has {count} words here")
    return Words(kind, width, data)


def packed(numbers: list[int]) -> Words:
    """Integers as an array."""
    width = max((abs(x).bit_length() // 8 + 1 for x in numbers), default=1)
    BUDGET.spend(len(numbers) * (1 + width // 8))
    return Words("int", width, b"".join(x.to_bytes(width, "little", signed=True) for x in numbers))


def column_sums(entries: Words, m: int, n: int, columns: Sequence[int], vectors: list[list[int]]) -> list[list[int]]:
    """The products, over Z, of some columns of an m x n matrix of integers with vectors of integers."""
    w, count = entries.width, len(vectors)
    most = max((max(map(abs, vector), default=0) for vector in vectors), default=0)
    slot = (8 * w + most.bit_length() + n.bit_length()) // 8 + 1
    require(m * slot * (count + 2) <= MAX_SUMS, "products of this size are not computed")
    BUDGET.spend(m * count + len(columns) * (1 + m * w // 16 + count * (m * slot // 64 + 1) * (most.bit_length() // 30 + 1) // 4))
    data, shift = entries.data, 0
    if entries.type == "int":  # as nonnegative numbers: plus 2^(8w - 1), which flips the highest bit
        shift = 1 << (8 * w - 1)
        flipped = bytearray(data)
        flipped[w - 1 :: w] = flipped[w - 1 :: w].translate(bytes(byte ^ 128 for byte in range(256)))
        data = bytes(flipped)
    sums = [0] * count
    for place, j in enumerate(columns):
        column = bytearray(m * slot)
        for b in range(w):
            column[b::slot] = data[j * w + b :: n * w]
        packed = int.from_bytes(column, "little")
        for k, vector in enumerate(vectors):
            sums[k] += vector[place] * packed
    half = (1 << (8 * slot - 1)).to_bytes(slot, "little") * m  # keeps the slots from being negative
    answer = []
    for number, vector in zip(sums, vectors):
        raw = (number + int.from_bytes(half, "little")).to_bytes(m * slot, "little")
        off = shift * sum(vector) + (1 << (8 * slot - 1))
        answer.append([int.from_bytes(raw[i * slot : (i + 1) * slot], "little") - off for i in range(m)])
    return answer


def product(matrix: list[list[int]], rows: list[list[int]], modulus: int = 0) -> list[list[int]]:
    """The product of two matrices of integers (mod p where it is not 0), a row of the second in the slots of one integer."""
    width, inner = len(rows[0]), len(rows)
    one, other = (max(max(map(abs, row)) for row in part).bit_length() for part in (matrix, rows))
    slot = (one + other + inner.bit_length()) // 8 + 1
    require(inner * width * slot <= MAX_SUMS, "products of this size are not computed")
    BUDGET.spend(len(matrix) * inner * (width * slot // 64 + 1) * (one // 30 + 1) // 8 + (len(matrix) + inner) * width // 2)
    half = 1 << (8 * slot - 1)
    halves = int.from_bytes(half.to_bytes(slot, "little") * width, "little")  # keeps the slots from being negative
    packed = [int.from_bytes(b"".join((x + half).to_bytes(slot, "little") for x in row), "little") - halves for row in rows]
    answer = []
    for row in matrix:
        raw = (sum(x * y for x, y in zip(row, packed) if x) + halves).to_bytes(width * slot, "little")
        line = [int.from_bytes(raw[i : i + slot], "little") - half for i in range(0, width * slot, slot)]
        answer.append([x % modulus for x in line] if modulus else line)
    return answer


def flipped(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows)]


class Given:
    """A matrix given by its entries: integers, floats (their exact values), or quotients of integers."""

    def __init__(self, thing: Any) -> None:
        _, self.m, self.n, entries, denominators = record(thing, kind=str, rows=int, columns=int, entries=dict, denominators=dict)
        expect(0 <= self.m <= MAX_SIZE and 0 <= self.n <= MAX_SIZE, f"sizes are at most {MAX_SIZE}")
        self.entries = words(entries, self.m * self.n, "int", "float")
        self.below = words(denominators, self.m * self.n, "uint").integers() if denominators else []
        expect(self.entries.type == "int" or not denominators, "floats have no denominators")
        expect(all(self.below), "a denominator is zero")
        expect(self.entries.type == "int" or all(map(math.isfinite, self.entries.floats())), "an entry is not finite")
        self.what = f"{self.m} x {self.n} matrix of {'floats' if self.entries.type == 'float' else 'numbers'}"

    def integral(self) -> tuple[Words, int]:
        """Integer entries and a number c > 0 such that they are c A."""
        if self.entries.type == "int" and not self.below:
            return self.entries, 1
        bits = max(8 * self.entries.width, max(self.below, default=0).bit_length())
        BUDGET.spend(self.entries.size() * (30 + (bits * bits >> 18)))
        if self.below:
            values = [Fraction(a, b) for a, b in zip(self.entries.integers(), self.below)]
        else:
            values = [Fraction(*value.as_integer_ratio()) for value in self.entries.floats()]
        scale = 1
        for below in {value.denominator for value in values}:
            scale = math.lcm(scale, below)
            require(scale.bit_length() <= MAX_BITS, "the common denominator is too large")
        return packed([int(value * scale) for value in values]), scale

    def largest(self) -> int:
        """The largest absolute value of an entry, brought to integers."""
        return max(map(abs, self.integral()[0].integers()), default=0)

    def has_residues(self, p: int) -> bool:
        """Whether the prime divides no denominator (floats have powers of two)."""
        return all(b % p for b in self.below) and (p > 2 or self.entries.type == "int")

    def modulo(self, p: int) -> Words:
        """The same entries mod p: integers as they are, others as residues."""
        if self.entries.type == "int" and not self.below:
            return self.entries
        require(self.has_residues(p), "a denominator is divisible by the prime")
        BUDGET.spend(2 * self.entries.size())
        if self.below:
            inverse = functools.lru_cache(maxsize=4096)(lambda b: pow(b, -1, p))
            residues = (a % p * inverse(b) % p for a, b in zip(self.entries.integers(), self.below))
        else:
            power = functools.lru_cache(maxsize=4096)(lambda e: pow(2, e, p))
            residues = (int(part * 2.0**53) * power(e - 53) % p for part, e in map(math.frexp, self.entries.floats()))
        data = bytearray()
        for residue in residues:
            data += residue.to_bytes(8, "little")
        return Words("uint", 8, bytes(data))

    def minor_times(self, rows: list[int], columns: list[int], vectors: list[list[int]], p: int) -> list[list[int]]:
        source = self.modulo(p)
        step = self.n * source.width
        chosen = source._replace(data=b"".join(source.data[i * step : (i + 1) * step] for i in rows))
        return [[x % p for x in product] for product in column_sums(chosen, len(rows), self.n, columns, vectors)]


class Interval(NamedTuple):
    """All numbers from ``low`` to ``high``: a weight, or an entry, of all networks of a box."""

    low: int
    high: int

    def __add__(self, other: Any) -> "Interval":
        low, high = ends(other)
        return Interval(self.low + low, self.high + high)

    def __mul__(self, other: Any) -> "Interval":
        products = [x * y for x in self for y in ends(other)]
        return Interval(min(products), max(products))

    def __abs__(self) -> int:
        return max(map(abs, self))

    def __radd__(self, other: Any) -> "Interval":
        return self.__add__(other)

    def __rmul__(self, other: Any) -> "Interval":
        return self.__mul__(other)


def ends(x: Any) -> Interval:
    return x if isinstance(x, Interval) else Interval(x, x)


def larger(x: Any, y: Any) -> Any:
    """The maximum of two numbers, or all that it may be."""
    return Interval(*map(max, ends(x), ends(y))) if isinstance(x, Interval) else max(x, y)


def child_of(name: str, i: int) -> str:
    """The name of child i of a node."""
    return f"{name}/{i}" if name else str(i)


def branches(node: Any, name: str = "") -> list[tuple[str, Any, int]]:
    """All nodes of a pooling tree as (path, node, level), children first; leaves have level 0."""
    if type(node) is int:
        return [(name, node, 0)]
    expect(type(node) is list and node and len(name) < 200, "a tree is a mode or a list of trees, not too deep")
    below = [branches(child, child_of(name, i)) for i, child in enumerate(node)]
    return [*itertools.chain(*below), (name, node, 1 + max(part[-1][2] for part in below))]


def one_depth(levels: dict[str, int]) -> bool:
    """Whether all leaves lie at one depth, given the levels of the nodes."""
    return all(levels[name.rpartition("/")[0]] == level + 1 for name, level in levels.items() if name)


def leaves_of(node: Any) -> list[int]:
    return [leaf for _, leaf, level in branches(node) if level == 0]


class Channels(NamedTuple):
    """Matricizations of the channels of a node at distinct rows and columns, and which of these every row and column is."""

    values: list[list[list[int]]]
    rows: list[int]
    columns: list[int]

    def whole(self) -> list[list[list[int]]]:
        BUDGET.spend(4 * len(self.values) * len(self.rows) * len(self.columns))
        return [[[matrix[i][j] for j in self.columns] for i in self.rows] for matrix in self.values]

    def distinct(self) -> "Channels":
        """With one of several rows that are equal in all channels, and one of several columns."""
        values, rows = repeated(self.values)
        across, columns = repeated(list(map(flipped, values)))
        return Channels(list(map(flipped, across)), [rows[i] for i in self.rows], [columns[j] for j in self.columns])


def repeated(matrices: list[list[list[int]]]) -> tuple[list[list[list[int]]], list[int]]:
    """The rows that differ from all before them in some matrix, and for each row which of them it is."""
    BUDGET.spend(len(matrices) * len(matrices[0]) * len(matrices[0][0]) // 4)
    found: dict[tuple[tuple[int, ...], ...], int] = {}
    places = [found.setdefault(tuple(map(tuple, lines)), len(found)) for lines in zip(*matrices)]
    return [[list(line) for line in lines] for lines in zip(*found)], places


POOLS = {"product": "", "max": " with pooling by max(x, 0)", "average": " with pooling by sums of max(x, 0)"}


class Pooling:
    """The matricization rows | other modes of one output of a network over a pooling tree; with product pooling never formed.

    Leaf i of the tree is mode i.  A node multiplies its matrix (one row a channel) with what it pools of its children's channels:
    their product, max(children, 0), or the sum of max(child, 0); one child passes its channels on.  A leaf multiplies its matrix
    with the unit vectors of its mode.  Row and column indices run over the modes in the tree's order, first slowest.  Weights
    are integers over a positive denominator a node; here they stand as integers, and the matrix as ``scale`` times itself.
    With a radius a node, over the same denominator, they stand for all weights of a box, as intervals.
    """

    def __init__(self, thing: Any, radii: Union[dict[str, int], None] = None) -> None:
        kind, self.pool, tree, self.dim, self.seed, weights, modes, self.output = record(
            thing, kind=str, pool=str, tree=list, dim=int, seed=str, weights=dict, rows=list, output=int
        )
        expect(kind == "network" and self.pool in POOLS, "a network pools by product, max or average")
        expect(1 <= self.dim <= 2**16 and len(self.seed) <= 100, "a network of these sizes is not read")
        self.row_modes = set(listed(modes, int))
        self.radii = radii
        self.weights: dict[str, list[list[Any]]] = {}
        self.scales: dict[str, int] = {}  # what the channels of a node are multiplied by
        self.seen = leaves_of(tree)
        self.held: dict[str, str] = {}  # under which name a certificate about almost all weights holds those of a node
        self.tree = tree
        count = len(self.seen)
        expect(count <= 64 and sorted(self.seen) == list(range(count)), "the modes are numbered from 0, to 63 at most")
        expect(self.row_modes <= set(self.seen) and len(self.row_modes) == len(modes), "no such modes")
        self.m = self.dim ** len(self.row_modes)
        self.n = self.dim ** (count - len(self.row_modes))
        require(max(self.m, self.n) <= MAX_SIZE, "a matricization of this size is not checked")
        require(radii is None or self.m * self.n <= MAX_FORMED // 32, "a matricization of this size is not formed")
        channels = self.read(tree, "", weights)
        expect(len(self.weights) == len(weights), "weights of a node that the tree does not have")
        expect(0 <= self.output < channels, "no such output")
        self.scale = self.scales[""]
        self.what = (
            f"{self.m} x {self.n} matricization of a network{POOLS[self.pool]} of {len(self.seen)} modes of size {self.dim}"
        )

    def has_residues(self, p: int) -> bool:
        return self.pool == "product" and self.scale % p > 0

    def read(self, node: Any, name: str, weights: dict[str, Any]) -> int:
        """Read the weights of a subtree; its number of channels."""
        if type(node) is int:
            width, scale = self.dim, 1
        else:
            names = [child_of(name, i) for i in range(len(node))]
            width, *others = {self.read(child, below, weights) for child, below in zip(node, names)}
            expect(not others, "the children of a node have equally many channels")
            scale = self.together(names)
        height, entries, denominator = record(weights.get(name), channels=int, entries=dict, denominator=str)
        expect(1 <= height <= 2**16, "a node has from 1 to 65536 channels")
        BUDGET.spend(0 if self.radii is None else 160 * height * width)  # intervals are large
        self.scales[name] = scale * positive(denominator)
        require(self.scales[name].bit_length() <= MAX_BITS, "the common denominator is too large")
        if self.seed:
            expect(not entries, "weights are given or drawn, not both")
            BUDGET.spend(height * width)
            drawn = hashlib.shake_256(canonical({"tag": "proofkit/weights/1", "seed": self.seed, "node": name}))
            flat = Words("int", 2, drawn.digest(2 * height * width)).integers()
        else:
            flat = words(entries, height * width, "int").integers()
        held: list[Any] = flat
        if self.radii is not None:
            radius = self.radii[name]
            require(radius > 0, "a radius is positive, so that the box has positive measure")
            held = [Interval(x - radius, x + radius) for x in flat]
        self.weights[name] = [held[i * width : (i + 1) * width] for i in range(height)]
        return int(height)

    def together(self, names: list[str]) -> int:
        """The scale of what is pooled of these nodes: products multiply scales; what is compared or added gets a common one."""
        scales = [self.scales[name] for name in names]
        if self.pool == "product":
            return math.prod(scales)
        common = math.lcm(*scales)
        for name, scale in zip(names, scales):
            BUDGET.spend(sum(map(len, self.weights[name])) * (1 + common.bit_length() // 32))
            self.weights[name] = [[x * (common // scale) for x in row] for row in self.weights[name]]
        return common

    def channels(self, node: Any, name: str, modulus: int) -> "Channels":
        """Every channel of a node, matricized (entries mod ``modulus``, or integers for 0)."""
        weights = [[x % modulus if modulus else x for x in row] for row in self.weights[name]]
        if type(node) is int:
            modes, one = list(range(self.dim)), [0]
            row = node in self.row_modes
            return Channels(
                [[[x] for x in line] if row else [line] for line in weights], modes if row else one, one if row else modes
            )
        values, rows, columns = self.joined(self.pooled(node, name, modulus), modulus)
        return Channels([combination(row, values, modulus) for row in weights], rows, columns)

    def joined(self, parts: "list[Channels]", modulus: int) -> "Channels":
        """The channels of several children pooled, at all pairs of rows and of columns."""
        values, rows, columns = parts[0]
        for other in parts[1:]:
            values = [self.merged(x, y) for x, y in zip(values, other.values)]
            values = [[[x % modulus for x in row] for row in matrix] for matrix in values] if modulus else values
            rows = [a * len(other.values[0]) + b for a in rows for b in other.rows]
            columns = [a * len(other.values[0][0]) + b for a in columns for b in other.columns]
            BUDGET.spend(len(rows) + len(columns))
        return Channels(values, rows, columns)

    def pooled(self, node: list[Any], name: str, modulus: int) -> "list[Channels]":
        """The channels of each child, rectified where that is how they are pooled, without repeated rows and columns."""
        children = [self.channels(child, child_of(name, i), modulus) for i, child in enumerate(node)]
        if self.pool != "product" and len(node) > 1:
            children = [
                part._replace(values=[[[larger(x, 0) for x in row] for row in m] for m in part.values]) for part in children
            ]
        return [part.distinct() for part in children]

    def merged(self, one: list[list[int]], other: list[list[int]]) -> list[list[int]]:
        """Two matricizations pooled: entries at all pairs of rows and of columns."""
        size = len(one) * len(one[0]) * len(other) * len(other[0])
        require(size <= MAX_FORMED, "a matricization of this size is not formed")
        BUDGET.spend(8 * size * longer([*one, *other]))
        pool = {"product": operator.mul, "max": larger, "average": operator.add}[self.pool]
        return [[pool(x, y) for x in left for y in right] for left in one for right in other]

    def whole(self) -> list[list[Any]]:
        """``scale`` times the matrix."""
        return self.channels(self.tree, "", 0).whole()[self.output]

    def formed(self) -> "Channels":
        """``scale`` times the matrix, without repeated rows and columns."""
        found = self.channels(self.tree, "", 0)
        return found._replace(values=[found.values[self.output]]).distinct()

    def cut(self, node: Any, name: str, given: bool) -> tuple[int, int]:
        """The least product of the sizes of what is cut between row and column modes below a node, with what leaves it on the
        rows' side, and on the columns' side.  The channels that enter a node are one index, cut once; so is a mode; a matrix is
        cut through at the price of its rank, where weights are ``given``, else of its size."""
        matrix = self.weights[name]
        if type(node) is int:
            one, other = (1, self.dim) if node in self.row_modes else (self.dim, 1)
        else:
            sides = [self.cut(child, child_of(name, i), given) for i, child in enumerate(node)]
            split = len(matrix[0]) * math.prod(min(pair) for pair in sides)
            one, other = (min(split, math.prod(pair[side] for pair in sides)) for side in (0, 1))
        through = Field("Q").rank([list(row) for row in matrix]) if given and name else min(len(matrix), len(matrix[0]))
        BUDGET.spend(len(matrix) * len(matrix[0]))
        return min(one, through * other), min(other, through * one)

    def drawn(self, facts: dict[str, Any], p: int) -> "Pooling":
        """The same network with weights that nobody chose, mod p, equal where they are shared."""
        other = copy.copy(self)
        other.weights = {}
        for name, matrix in self.weights.items():
            height, width = len(matrix), len(matrix[0])
            flat = hashed("weights", {**facts, "prime": str(p), "node": self.held[name]}, p, height * width)
            other.weights[name] = [flat[i * width : (i + 1) * width] for i in range(height)]
        return other

    def height(self, node: Any, name: str, given: bool) -> int:
        """No entry of ``scale`` times the matrix is larger; where all weights are meant, the number of its monomials."""
        size = max(sum(map(abs, row)) if given else len(row) for row in self.weights[name])
        if type(node) is int:
            return max(max(map(abs, row)) for row in self.weights[name]) if given else 1
        below = [self.height(child, child_of(name, i), given) for i, child in enumerate(node)]
        return size * (math.prod(below) if self.pool == "product" else max(below) if self.pool == "max" else sum(below))

    def times(self, rows: list[int], columns: list[int], vectors: list[list[int]], p: int) -> list[list[int]]:
        """Some rows and columns of ``scale`` times the matrix of a rectifier network, mod p, times vectors of residues.

        Few entries are formed; of many none is: the children are pooled into two, x and y, the vectors stand in the slots of one
        integer, and with sums of them over the columns of y, in the order of its entries, the sum of max(x, y) over these is
        x times the sum up to x, and what is left of that with y.
        """
        parts, channels = self.pooled(self.tree, "", 0), len(self.weights[""][0])
        sizes = [(len(part.values[0]), len(part.values[0][0])) for part in parts]
        grouped = [[tuple(map(math.prod, zip(*group))) for group in (sizes[:k], sizes[k:])] for k in range(1, len(parts))]
        half = min(range(len(grouped)), key=lambda k: max(map(math.prod, grouped[k])), default=0)
        (m, n), (height, width) = grouped[half] if grouped else ((0, 0), (0, 0))
        if not grouped or len(rows) * len(columns) * len(parts) <= height * n * (m + width):
            return flipped(product(self.minor(parts, rows, columns, p), flipped(vectors), p))
        largest, one, other = self.pool == "max", self.joined(parts[: half + 1], 0), self.joined(parts[half + 1 :], 0)
        slot = 3 * p.bit_length() + (2 * self.n * channels).bit_length()
        bits = max(x.bit_length() for part in parts for matrix in part.values for row in matrix for x in row)
        BUDGET.spend(channels * height * n * (m + width) * (1 + slot * len(vectors) // 512 + bits // 1024))
        BUDGET.spend((len(rows) + len(columns) + m * height) * len(vectors))
        packed = [[0] * width for _ in range(n)]
        for j, numbers in zip(columns, zip(*vectors)):
            left, right = one.columns[j // len(other.columns)], other.columns[j % len(other.columns)]
            packed[left][right] += sum(x << slot * k for k, x in enumerate(numbers))
        table = [[0] * height for _ in range(m)]
        for weight, x, y in zip([weight % p for weight in self.weights[""][self.output]], one.values, other.values):
            for b, line in enumerate(y if weight else []):
                order = sorted(range(width), key=line.__getitem__)
                values, first, last = [line[j] for j in order], 0, width
                for slots, column in zip(packed, flipped(x)):
                    sums = [0, *itertools.accumulate(slots[j] for j in order)]
                    rest = [0, *itertools.accumulate(line[j] % p * slots[j] for j in order)]
                    for a, entry in enumerate(column):
                        if largest:
                            first = last = bisect.bisect(values, entry)
                        table[a][b] += weight * (entry % p * sums[last] + rest[width] - rest[first])
        mask, places = (1 << slot) - 1, [divmod(i, len(other.rows)) for i in rows]
        found = [table[one.rows[a]][other.rows[b]] for a, b in places]
        return [[(x >> slot * k & mask) % p for x in found] for k in range(len(vectors))]

    def minor(self, children: "list[Channels]", rows: list[int], columns: list[int], p: int) -> list[list[int]]:
        """Some rows and columns of ``scale`` times the matrix of a rectifier network, mod p."""
        sizes = [[len(part.rows) for part in children], [len(part.columns) for part in children]]
        places = [[digits_of(i, count) for i in chosen] for chosen, count in zip((rows, columns), sizes)]
        weights, pool = self.weights[""][self.output], max if self.pool == "max" else sum
        bits = longer([weights, *(row for part in children for matrix in part.values for row in matrix)])
        BUDGET.spend(len(rows) * len(columns) * len(children) * len(weights) * bits)
        answer = []
        for i in places[0]:
            lines = [[part.values[a][part.rows[r]] for part, r in zip(children, i)] for a in range(len(weights))]
            at = [[part.columns[c] for part, c in zip(children, j)] for j in places[1]]
            answer.append([sum(w * pool(map(operator.getitem, line, j)) for w, line in zip(weights, lines)) % p for j in at])
        return answer

    def minor_times(self, rows: list[int], columns: list[int], vectors: list[list[int]], p: int) -> list[list[int]]:
        if self.pool != "product":
            return self.times(rows, columns, vectors, p)
        children = [part.whole() for part in self.pooled(self.tree, "", p)]
        upper, places = grid(rows, [len(part[0]) for part in children])
        lower, columns = grid(columns, [len(part[0][0]) for part in children])
        children = [[[[m[i][j] for j in c] for i in r] for m in part] for part, r, c in zip(children, upper, lower)]
        size, weights = math.prod(map(len, lower)), [x % p for x in self.weights[""][self.output]]
        answer = []
        for vector in vectors:
            BUDGET.spend(8 * (len(places) + size))
            full = [0] * size
            for j, x in zip(columns, vector):
                full[j] = x
            terms = [kron_times(list(factors), full, p) for factors in zip(*children)]
            answer.append([sum(weight * term[i] for weight, term in zip(weights, terms)) % p for i in places])
        return answer

    def core(self, modulus: int) -> tuple[list[list[list[int]]], list[int]]:
        """The leaf matrices U and the diagonal of D, where A = (kron of U^T) D (kron of U): a row and a column mode a window."""
        leaves: list[list[list[int]]] = []
        return leaves, self.diagonal(self.tree, "", leaves, modulus)[self.output]

    def diagonal(self, node: Any, name: str, leaves: list[list[list[int]]], modulus: int) -> list[list[int]]:
        """The diagonal that every channel of a node has; the matrices of the leaves below it are added to ``leaves``."""
        weights = [[x % modulus if modulus else x for x in row] for row in self.weights[name]]
        names = [child_of(name, i) for i in range(len(node))]
        if any(type(child) is int for child in node):
            pair = len(node) == 2 and all(type(child) is int for child in node) and len(self.row_modes & set(node)) == 1
            require(pair, "every window of leaves has one row mode and one column mode")
            leaves.extend(self.weights[child] for child in names)
            return weights
        products = []
        for factors in zip(*(self.diagonal(child, below, leaves, modulus) for child, below in zip(node, names))):
            product = [1]
            for factor in factors:
                require(len(product) * len(factor) <= MAX_FORMED, "a diagonal core of this size is not formed")
                BUDGET.spend(12 * len(product) * len(factor) * longer([product, factor]))
                product = [x * y % modulus if modulus else x * y for x in product for y in factor]
            products.append([product])
        return [combination(row, products, modulus)[0] for row in weights]


def digits_of(number: int, sizes: list[int]) -> list[int]:
    """The digits of a number, the last one fastest."""
    digits = []
    for size in reversed(sizes):
        number, digit = divmod(number, size)
        digits.append(digit)
    return digits[::-1]


def grid(numbers: list[int], sizes: list[int]) -> tuple[list[list[int]], list[int]]:
    """Which digits occur, place by place, and the numbers written with these alone."""
    digits = [digits_of(number, sizes) for number in numbers]
    used = [sorted(set(column)) for column in zip(*digits)]
    index = [{digit: i for i, digit in enumerate(part)} for part in used]
    places = [functools.reduce(lambda x, at: x * len(at[0]) + at[0][at[1]], zip(index, each), 0) for each in digits]
    return used, places


def longer(rows: list[list[Any]]) -> int:
    """What it costs to multiply two of these integers, or intervals, in products of short integers."""
    bits = max(max(map(abs, row)) for row in rows).bit_length()
    return int(1 + bits * bits // 2**16) * (20 if isinstance(rows[-1][0], Interval) else 1)


def combination(weights: list[int], matrices: list[list[list[int]]], modulus: int) -> list[list[int]]:
    bits = longer([weights, *itertools.chain(*matrices)])
    BUDGET.spend(len(weights) * len(matrices[0]) * len(matrices[0][0]) * bits)
    total = [[0] * len(row) for row in matrices[0]]
    for weight, matrix in zip(weights, matrices):
        total = [[a + weight * b for a, b in zip(one, other)] for one, other in zip(total, matrix)]
    return [[x % modulus for x in row] for row in total] if modulus else total


def kron_times(factors: list[list[list[int]]], vector: list[int], p: int) -> list[int]:
    """(F_1 kron .. kron F_q) x mod p: each factor is applied to the first axis, which then becomes the last, or, where the last
    factor makes x shorter than the first does, to the last axis, which becomes the first."""
    first, last = factors[0], factors[-1]
    if len(last) * len(first[0]) < len(first) * len(last[0]):
        for factor in reversed(factors):
            rows = [vector[i :: len(factor[0])] for i in range(len(factor[0]))]
            vector = list(itertools.chain.from_iterable(product(factor, rows, p)))
        return vector
    for factor in factors:
        width = len(vector) // len(factor[0])
        rows = [vector[i : i + width] for i in range(0, len(vector), width)]
        vector = [x for column in zip(*product(factor, rows, p)) for x in column]
    return vector


def hashed(label: str, facts: dict[str, Any], bound: int, count: int) -> list[int]:
    """``count`` numbers below ``bound``: words of SHAKE-256 in as many bytes as it has, unused high bits cleared, rejected
    when too large."""
    BUDGET.spend(8 * count)
    bits = (bound - 1).bit_length()
    size = (bits + 7) // 8
    stream = hashlib.shake_256(canonical({"tag": f"proofkit/{label}/1", "format": RANK_FORMAT, **facts}))
    found: list[int] = []
    length = count + 64
    while len(found) < count:
        raw, mask = stream.digest(length * size), (1 << bits) - 1
        drawn = (int.from_bytes(raw[i : i + size], "little") & mask for i in range(0, len(raw), size))
        found = list(itertools.islice((x for x in drawn if x < bound), count))
        length *= 2
    return found


def positive(text: str) -> int:
    """A denominator."""
    expect(re.fullmatch(r"[1-9][0-9]{0,3999}", text), "a denominator is a positive integer")
    return int(text)


def integers_by_rows(thing: Any, m: int, n: int) -> list[list[int]]:
    """The rows of an m x n matrix of integers."""
    flat = words(thing, m * n, "int").integers()
    return [flat[i * n : (i + 1) * n] for i in range(m)]


def quotient(thing: Any, m: int, n: int) -> tuple[list[list[int]], int]:
    """The same, over a denominator."""
    entries, denominator = record(thing, entries=dict, denominator=str)
    return integers_by_rows(entries, m, n), positive(denominator)


def indices(thing: Any, count: int, bound: int) -> list[int]:
    found = words(thing, count, "uint").integers()
    require(all(a < b for a, b in zip(found, [*found[1:], bound])), "rows and columns strictly increase, up to the last there is")
    return found


class RankClaim(NamedTuple):
    matrix: Union[Given, Pooling]
    modulus: int  # of the field, 0 for Q
    least: int
    most: int
    facts: dict[str, Any]  # what every hash binds
    generic: bool = False  # whether almost all weights are meant, from above all; those of the matrix are a witness


def bounded(claim: RankClaim) -> RankClaim:
    size = min(claim.matrix.m, claim.matrix.n)
    expect(0 <= claim.least <= size and 0 <= claim.most <= size, "bounds on a rank are between 0 and the smaller size")
    return claim


def read_rank_claim(stated: Any) -> RankClaim:
    thing, field, least, most = record(stated, matrix=dict, field=str, at_least=int, at_most=int)
    matrix = Given(thing) if thing.get("kind") == "entries" else Pooling(thing)
    modulus = Field(field).modulus
    require(not modulus or matrix.has_residues(modulus), "the matrix has no residues modulo this prime")
    return bounded(RankClaim(matrix, modulus, least, most, {"claim": digest(stated), "matrix": digest(thing)}))


def network_of(claim: RankClaim) -> Pooling:
    """The network of product pooling that some bounds are about."""
    if not isinstance(claim.matrix, Pooling):
        raise Invalid("this bound is one of a network")
    require(claim.matrix.pool == "product", "this bound is one of product pooling")
    return claim.matrix


def prime_of(claim: RankClaim, prime: str) -> Field:
    field = Field(f"GF({prime})")
    require(claim.modulus in (0, field.modulus), "the prime is not the one of the field")
    return field


# The ways to show a bound.  Each takes the claim, the proof, and the fields of the proof; it says in words what shows the bound.


def by_nothing(claim: RankClaim, proof: Any) -> str:
    require(claim.least == 0, "a rank above 0 is not shown by nothing")
    return "nothing"


def by_elimination(claim: RankClaim, proof: Any, prime: str, rows: Any, columns: Any) -> str:
    field, r = prime_of(claim, prime), claim.least
    chosen, places = indices(rows, r, claim.matrix.m), indices(columns, r, claim.matrix.n)
    minor = claim.matrix.minor_times(chosen, places, units(r), field.modulus)
    require(field.rank(minor) == r, "the minor is zero mod the prime")
    return f"a minor that is nonzero mod {prime}"


def by_solutions(claim: RankClaim, proof: Any, prime: str, rows: Any, columns: Any, count: int, solutions: Any) -> str:
    p, r = prime_of(claim, prime).modulus, claim.least
    chosen, places = indices(rows, r, claim.matrix.m), indices(columns, r, claim.matrix.n)
    require(1 <= count <= SECURITY and p**count >= 2**SECURITY, f"{count} right-hand sides are too few for this prime")
    facts = {**claim.facts, "prime": prime, "rows": digest(rows), "columns": digest(columns), "count": count}
    wanted, flat = hashed("right-hand-sides", facts, p, count * r), words(solutions, count * r, "uint").integers()
    require(max(flat, default=0) < p, "a solution is not a residue in 0 .. p - 1")
    found = claim.matrix.minor_times(chosen, places, [flat[i * r : (i + 1) * r] for i in range(count)], p)
    require(list(itertools.chain(*found)) == wanted, "a solution does not solve its equation")
    return f"solutions mod {p} for {count} hashed right-hand sides"


def by_full_core(claim: RankClaim, proof: Any, prime: str) -> str:
    field = prime_of(claim, prime)
    leaves, diagonal = network_of(claim).core(field.modulus)
    for leaf in leaves:
        full = field.rank([[x % field.modulus for x in row] for row in leaf]) == len(leaf)
        require(full, "a leaf does not have full rank mod the prime")
    require(sum(map(bool, diagonal)) >= claim.least, "the diagonal core has fewer nonzero entries")
    return f"leaves of full rank and a diagonal core with {claim.least} entries that are nonzero mod {prime}"


def by_shape(claim: RankClaim, proof: Any) -> str:
    require(claim.most == min(claim.matrix.m, claim.matrix.n), "the shape does not give this bound")
    return "the shape"


def by_core(claim: RankClaim, proof: Any) -> str:
    _, diagonal = network_of(claim).core(claim.modulus)
    require(sum(map(bool, diagonal)) <= claim.most, "the diagonal core has more nonzero entries")
    return "a diagonal core"


def by_cut(claim: RankClaim, proof: Any) -> str:
    network = network_of(claim)
    require(min(network.cut(network.tree, "", not claim.generic)) <= claim.most, "the minimum cut is larger")
    return "the minimum cut of the network"


def by_factors(claim: RankClaim, proof: Any, left: Any, right: Any, denominator: str) -> str:
    """d A x = c L R x for some vectors x, those of the identity or hashed ones, c A having integer entries."""
    matrix, p, s, d = claim.matrix, claim.modulus, claim.most, positive(denominator)
    if isinstance(matrix, Pooling):
        rows = matrix.formed().values[0]
        entries, m, n, scale = packed([x for row in rows for x in row]), len(rows), len(rows[0]), matrix.scale
    else:
        entries, scale = (matrix.modulo(p), 1) if p else matrix.integral()
        m, n = matrix.m, matrix.n
    require(not p or d % p, "a denominator is divisible by the prime")
    vectors = units(n) if proof["by"] == "factorization" else test_vectors(claim, n, proof)
    wanted = column_sums(entries, m, n, range(n), vectors)
    inner = column_sums(words(right, s * n, "int"), s, n, range(n), vectors)
    found = column_sums(words(left, m * s, "int"), m, s, range(s), inner)
    differences = (d * a - scale * b for pair in zip(wanted, found) for a, b in zip(*pair))
    require(not any(x % p if p else x for x in differences), "the factors do not multiply to the matrix")
    return f"a factorization{'' if proof['by'] == 'factorization' else ' compared at hashed vectors'}"


LEAST_PRIME = 2**60  # between it and its double lie more than 2^53.5 primes (J. Rosser and L. Schoenfeld, 1962)


def hashed_primes(facts: dict[str, Any], count: int) -> list[int]:
    """Primes between 2^60 and 2^61 that nobody chose."""
    drawn = (LEAST_PRIME + x for x in hashed("primes", facts, LEAST_PRIME, 500 * count))
    return list(itertools.islice(filter(is_prime, drawn), count))


def by_primes(claim: RankClaim, proof: Any, places: Any, arrays: Any) -> str:
    """Of s columns J it is shown that they span all modulo hashed primes: by y with A x = A[:, J] y, for a hashed vector x.

    A rank above s shows in a minor that is not 0: an integer of at most h bits or, for all weights, a polynomial of degree d
    whose coefficients add up to as much.  Fewer than h / 60 primes divide it all, and modulo p it is 0 at no more than d / p of
    all weights; else s columns span A x for at most one in p of all x.  So a false bound passes at one hashed prime, and weights,
    and vector, with probability at most (h + d + 1) / 2^59.  (Modulo a prime that somebody chose, nothing would follow.)  All of
    these are drawn from one hash of the claim and J, so that nobody tries primes first, and then columns.  Over GF(p) the rank is
    no larger."""
    s, count, matrix = claim.most, len(listed(arrays, dict)), claim.matrix
    degree = 0 if not claim.generic or isinstance(matrix, Given) else len(matrix.weights)
    size = matrix.largest() if isinstance(matrix, Given) else matrix.height(matrix.tree, "", not claim.generic)
    bad = (s + 1) * (size.bit_length() + s.bit_length() + degree) + 1
    require(1 <= count <= 16 and bad**count << SECURITY <= 1 << 59 * count, f"{count} primes are too few")
    BUDGET.spend(20 * (matrix.m + matrix.n))
    chosen, rows, columns = indices(places, s, matrix.n), list(range(matrix.m)), list(range(matrix.n))
    facts = {**claim.facts, "columns": digest(places), "count": count}
    for p, thing in zip(hashed_primes(facts, count), arrays, strict=True):
        x = hashed("test-vector", {**facts, "prime": str(p)}, p, matrix.n)
        for j, y in zip(chosen, words(thing, s, "uint").integers()):
            x[j] = (x[j] - y) % p
        at = matrix if isinstance(matrix, Given) or not degree else matrix.drawn(facts, p)
        require(not any(at.minor_times(rows, columns, [x], p)[0]), "the columns do not span the matrix")
    return f"{s} columns that span all modulo {count} hashed primes{' at hashed weights' if degree else ''}"


class Way(NamedTuple):
    shows: Callable[..., str]
    fields: dict[str, type]  # of the proof
    generic: bool  # whether it shows bounds for almost all networks, too
    hashed: bool = False


MINOR: dict[str, type] = {"prime": str, "rows": dict, "columns": dict}
FACTORS: dict[str, type] = {"left": dict, "right": dict, "denominator": str}
BELOW = {
    "nothing": Way(by_nothing, {}, True),
    "elimination": Way(by_elimination, MINOR, True),
    "solutions": Way(by_solutions, {**MINOR, "count": int, "solutions": dict}, False, hashed=True),
    "diagonal core": Way(by_full_core, {"prime": str}, True),
}
ABOVE = {
    "shape": Way(by_shape, {}, True),
    "cut": Way(by_cut, {}, True),
    "diagonal core": Way(by_core, {}, False),
    "factorization": Way(by_factors, FACTORS, False),
    "hashed factorization": Way(by_factors, FACTORS, False, hashed=True),
    "hashed primes": Way(by_primes, {"columns": dict, "solutions": list}, True, hashed=True),
}


def shown(claim: RankClaim, proof: Any, ways: dict[str, Way]) -> tuple[str, bool]:
    """How a bound is shown, and whether hashing is part of it."""
    expect(proof.get("by") in list(ways), f"this bound is by {', '.join(ways)}")
    way = ways[proof["by"]]
    require(way.generic or not claim.generic, "what is shown of a witness so is not shown of almost all networks")
    return way.shows(claim, proof, *record(proof, by=str, **way.fields)[1:]), way.hashed


def units(n: int) -> list[list[int]]:
    require(n <= SMALL_MINOR, f"no more than {SMALL_MINOR} columns are multiplied out")
    return [[int(i == j) for i in range(n)] for j in range(n)]


def test_vectors(claim: RankClaim, n: int, proof: Any) -> list[list[int]]:
    """Over Z one vector of numbers below 2^128 misses a nonzero row with probability <= 2^-128; over GF(p) it takes k."""
    bound = claim.modulus or 2**SECURITY
    count = 1
    while bound**count < 2**SECURITY:
        count += 1
    flat = hashed("test-vectors", {**claim.facts, "proof": digest(proof)}, bound, count * n)
    return [flat[i * n : (i + 1) * n] for i in range(count)]


def rank_certificate(stated: Any, proof: Any) -> Verdict:
    """A claim about the rank of one matrix."""
    claim = read_rank_claim(stated)
    lower, upper = record(proof, lower=dict, upper=dict)
    (below, hashed_below), (above, hashed_above) = shown(claim, lower, BELOW), shown(claim, upper, ABOVE)
    equal = claim.least == claim.most
    text = f"rank(A) == {claim.least}" if equal else f"{claim.least} <= rank(A) <= {claim.most}"
    where = f"A the {claim.matrix.what} with SHA-256 {claim.facts['matrix']}"
    field = f"GF({claim.modulus})" if claim.modulus else "Q, hence R and C"
    verdict = SOUNDNESS if hashed_below or hashed_above else "certified"
    return Verdict(True, verdict, f"{text}, {where}", f"this matrix, over {field}", f">= by {below}; <= by {above}")


def witness_network(architecture: Any, rows: list[Any], weights: Any) -> Pooling:
    """The network of product pooling with these weights, which has to have the sizes, and share what the architecture shares."""
    tree, dim, channels, shared = record(architecture, tree=list, dim=int, channels=dict, shared=int)
    expect(shared in (0, 1), "shared is 0 or 1")
    channels, nodes = mapped(channels, int), branches(tree)
    levels = {name: level for name, _, level in nodes}
    expect(one_depth(levels) or not shared, "leaves of a shared network lie at one depth")
    names = {name: f"L{level}" if shared else name for name, level in levels.items()}
    expect(set(names.values()) == set(weights), "weights are given for every node, of a shared network for every level")
    given = {name: weights[held] for name, held in names.items()}
    facts = {"kind": "network", "pool": "product", "tree": tree, "dim": dim, "seed": "", "rows": rows, "output": 0}
    network = Pooling({**facts, "weights": given})
    network.held = names
    entering = {name: len(network.weights[name][0]) for name, level in levels.items() if level}
    require(entering == channels and len(network.weights[""]) == 1, "the witness is of other sizes")
    return network


def generic_certificate(stated: Any, proof: Any) -> Verdict:
    """A claim about almost all networks of product pooling over a tree with given numbers of channels: bounds on the rank of a
    matricization, the lower one at a witness, the upper one for all; and what it demands of networks over another tree, whose
    last window pools nodes of row modes only and of column modes only, so that its channels bound the rank."""
    architecture, rows, against, least, most = record(stated, network=dict, rows=list, against=list, at_least=int, at_most=int)
    weights, lower, upper = record(proof, weights=dict, lower=dict, upper=dict)
    network = witness_network(architecture, rows, weights)
    claim = bounded(RankClaim(network, 0, least, most, {"claim": digest(stated)}, generic=True))
    (below, _), (above, hashing) = shown(claim, lower, BELOW), shown(claim, upper, ABOVE)
    bounds = f"rank == {least}" if least == most else f"{least} <= rank <= {most}"
    shared = ", weights shared along a level" if architecture["shared"] else ""
    widths = ", ".join(f"{size} into {name or 'the root'}" for name, size in sorted(architecture["channels"].items()))
    text = f"{bounds} of the tensor of a network of product pooling over {architecture['tree']}, modes of size {network.dim}, "
    text += f"channels {widths}{shared}, modes {sorted(rows)} | others"
    if against:
        expect(sorted(leaves_of(against)) == sorted(network.seen), "the other tree has the same modes")
        sides = [network.row_modes.intersection(leaves_of(child)) in (set(), set(leaves_of(child))) for child in against]
        require(all(sides), "a node that the last window of the other tree pools has row modes and column modes")
        text += f"; a network of product pooling over {against} with this tensor has at least {least} channels in its last window"
    over = ", in characteristic 0" if hashing else ""
    scope = f"almost all weights (>=, in characteristic 0) and all weights (<={over}), these sizes"
    method = f">= by a witness, {below}; <= by {above}"
    return Verdict(True, SOUNDNESS if hashing else "certified", text, scope, method, (ZERO_SET,))


# A box: all networks whose weights are within a radius, one a node, of those of a network.


def box_rank(network: Pooling, claim: dict[str, Any], proof: Any) -> str:
    """With row sums of |I - Y C| below 1 for all C in the box, Y C and hence the minor C are nonsingular there."""
    size = claim["number"]
    rows, columns, inverse = record(proof, rows=dict, columns=dict, inverse=dict)
    require(1 <= size <= 64, "a minor of 1 to 64 rows is checked")
    chosen, places = indices(rows, size, network.m), indices(columns, size, network.n)
    (y, scale), whole = quotient(inverse, size, size), network.whole()
    one = scale * network.scale
    minor = [[whole[i][j] for j in places] for i in chosen]
    BUDGET.spend(10 * size**3 * longer([*y, *minor]))
    for i, row in enumerate(y):
        total = (sum(map(operator.mul, row, column), Interval(0, 0)) for column in flipped(minor))
        rest = (cell + (-one if i == j else 0) for j, cell in enumerate(total))
        require(sum(map(abs, rest)) < one, "the minor may be singular in the box")
    return f"rank >= {size}"


def box_channel(network: Pooling, claim: dict[str, Any], proof: Any) -> str:
    """Where the child with the mode is at least as large as the others, in each channel, and as 0, max pooling passes it on."""
    record(proof)
    mode = claim["number"]
    require(network.pool == "max" and mode in network.seen, "one mode of a network with max pooling decides")
    node, name = network.tree, ""
    while type(node) is not int:
        (k,) = [i for i, child in enumerate(node) if mode in leaves_of(child)]
        children = [network.channels(child, child_of(name, i), 0).values for i, child in enumerate(node)]
        for first, *others in zip(children[k], *children[:k], *children[k + 1 :]):
            least = min(cell.low for row in first for cell in row)
            most = max((cell.high for other in others for row in other for cell in row), default=least)
            require(len(node) == 1 or least >= max(most, 0), "another mode may decide in the box")
        node, name = node[k], child_of(name, k)
    require(all(cell.low >= 0 for row in network.whole() for cell in row), "the output may be negative in the box")
    return f"the tensor is a function of mode {mode}, not negative: one channel of a shallow network with max pooling has it"


def shares(network: Pooling, claim: dict[str, Any]) -> bool:
    """Whether the nodes of a level have the same weights and radii.  Then the networks of the box that share their weights along
    a level are a box among all that do."""
    levels = {name: level for name, _, level in branches(network.tree)}
    below = {name: node["denominator"] for name, node in claim["network"]["weights"].items()}
    kinds = {(level, str(network.weights[name]), below[name]) for name, level in levels.items()}
    return one_depth(levels) and len(kinds) == len(set(levels.values()))


def box_shared_channel(network: Pooling, claim: dict[str, Any], proof: Any) -> str:
    """Positive weights, leaves that increase with the index: with shared weights every channel of a level is one function w of
    the largest index below it, w positive and increasing, since a maximum of w is w of the maximum, and sums of such functions
    are such.  The matrix of w(max(a, b)) has rank M: row a minus row a + 1 is zero from column a + 1 on, and not in column a."""
    record(proof)
    require(network.pool == "max" and shares(network, claim), "one function decides where max pooling shares its weights")
    for name, _, level in branches(network.tree):
        for row in network.weights[name]:
            require(all(x.low > 0 for x in row), "a weight may be negative or 0 in the box")
            steps = all(x.high < y.low for x, y in zip(row, row[1:]))
            require(level > 0 or steps, "a leaf may not increase in the box")
    split = 0 < len(network.row_modes) < len(network.seen)
    require(claim["number"] == network.dim and split, "the rank is the size of a mode, across two sets of modes")
    return (
        f"rank == {network.dim}: the tensor is w(largest index), w > 0 and increasing; "
        "one channel of a shallow network, w at every mode"
    )


def box_certificate(stated: Any, proof: Any) -> Verdict:
    """A claim about all networks of a box, which has positive measure: a rank, or that one shallow channel does the same."""
    centre, radii, shows, _ = record(stated, network=dict, radii=dict, shows=str, number=int)
    expect(shows in BOXES, f"a box of networks shows {', '.join(BOXES)}")
    expect(set(radii) == set(centre.get("weights", ())), "every node has a radius")
    network = Pooling(centre, mapped(radii, int))
    found = BOXES[shows](network, stated, proof)
    within = {name: Fraction(radii[name], int(centre["weights"][name]["denominator"])) for name in network.weights}
    distance = ", ".join(f"{radius} at {name or 'the root'}" for name, radius in sorted(within.items()))
    which = f"every network{' with weights shared along a level' * (shows == 'one shared channel')} within {distance} of A"
    among = ", whose nodes share theirs" if shares(network, stated) else ""
    text = f"{found}, for {which}, A the {network.what} with SHA-256 {digest(centre)}{among}"
    return Verdict(True, "certified", text, "all real weights of a box of positive measure", "exact interval arithmetic")


BOXES = {"rank": box_rank, "one channel": box_channel, "one shared channel": box_shared_channel}


# A distance: how far the matricization A of a network is from every B of rank below z.  With integers U, V and U A V' = D + E, D
# the diagonal, |U (A - B) V'| >= |D - U B V'| - |E|, and |D - U B V'| is at least the root of the sum of the squares of D but the
# z - 1 largest (Eckart and Young); |U (A - B) V'| <= |U| |V| |A - B|, |U|^2 being at most the largest sum of a row of |U U'|.
# For functions with a Gram matrix G >= R'R, R is applied to every mode first.


def root(square: int) -> int:
    """The square root, rounded up."""
    return math.isqrt(square - 1) + 1 if square else 0


def change_modes(network: Pooling, gram: dict[str, Any], change: dict[str, Any]) -> None:
    """Apply R to every mode, G - R'R being symmetric, and none of its diagonal below the sum of the others in its row."""
    (given, g), (rows, r) = (quotient(part, network.dim, network.dim) for part in (gram, change))
    rest = [[x * r * r - y * g for x, y in zip(*pair)] for pair in zip(given, product(flipped(rows), rows))]
    require(rest == flipped(rest), "the Gram matrix is not symmetric")
    require(all(2 * row[i] >= sum(map(abs, row)) for i, row in enumerate(rest)), "the Gram matrix is not above R'R")
    for name, _, level in branches(network.tree):
        if not level:
            network.weights[name] = product(network.weights[name], flipped(rows))
            network.scale *= r


def distance_certificate(stated: Any, proof: Any) -> Verdict:
    """A claim about how far the tensor, or the function, of a network is from those of low rank across rows | other modes."""
    matrix, gram, z, text = record(stated, network=dict, gram=dict, rank_below=int, distance=str)
    count, left, right, change = record(proof, count=int, left=dict, right=dict, root=dict)
    expect(1 <= z <= count <= 1024, "a distance is shown by z to 1024 vectors")
    expect(re.fullmatch(r"(0|[1-9][0-9]{0,3999})(/[1-9][0-9]{0,3999})?", text), "a distance is a fraction")
    network = Pooling(matrix)
    require(not gram or network.pool == "product", "functions are compared for product pooling")
    if gram:
        change_modes(network, gram, change)
    whole = network.whole()
    u, v = (integers_by_rows(part, count, size) for part, size in ((left, network.m), (right, network.n)))
    square = product(product(u, whole), flipped(v))
    diagonal = sorted((row[i] ** 2 for i, row in enumerate(square)), reverse=True)
    rest = root(sum(x * x for row in square for x in row) - sum(diagonal))
    norms = [max(sum(map(abs, row)) for row in product(part, flipped(part))) for part in (u, v)]
    unit = network.scale * max(root(norms[0] * norms[1]), 1)  # vectors of zeros show nothing
    require(Fraction(text) * unit <= math.isqrt(sum(diagonal[z - 1 :])) - rest, "the distance may be smaller")
    norm = f"norm of functions with a Gram matrix G or above it, G with SHA-256 {digest(gram)}" if gram else "Frobenius norm"
    channels = f", such as that of a shallow network with fewer than {z} channels" if network.pool == "product" else ""
    what = (
        f"|A - B| >= {text} for every B of rank below {z}{channels}; {norm}, A the {network.what} with SHA-256 {digest(matrix)}"
    )
    return Verdict(True, "certified", what, "these weights, over R and C", "exact products with test vectors")


RANK_KINDS = {
    "rank": rank_certificate, "generic rank": generic_certificate, "open set": box_certificate, "distance": distance_certificate
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- 9 certificates


class Certificate(NamedTuple):
    """One that was accepted."""

    claim: Claim
    digest: str  # of the claim
    verdict: str  # proved or refuted
    method: str
    scope: str
    assumes: set[str]
    used: set[str]
    over: set[str]


def comparisons(text: str) -> list[Comparison]:
    node = parse(text)
    parts = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
    answer = []
    for part in parts:
        if not (isinstance(part, ast.Compare) and len(part.ops) == 1):
            raise Malformed("a claim is X == Y, X <= Y or X >= Y")
        op = {ast.Eq: "==", ast.LtE: "<=", ast.GtE: ">="}.get(type(part.ops[0]), "")
        numeric = Table().numeric(part)
        expect(op == "==" or (op and numeric), "<= and >= compare ranks; tensors compare by ==")
        answer.append(Comparison(op, part.left, part.comparators[0], numeric))
    return answer


def read_claim(thing: Any) -> Claim:
    statement, where, given, almost_every, field, sizes = record(
        thing, statement=str, where=str, given=list, almost_every=list, field=str, sizes=dict
    )
    scope = Scope()
    scope.declare(where)
    for name, size in sizes.items():  # "any", or what the size is fixed to
        if name not in scope.sizes and type(size) is not list:
            scope.sizes[scope.new(name)] = (name,)
    hypotheses = [comparison for text in listed(given, str) for comparison in comparisons(text)]
    expect(not any(comparison.numeric for comparison in hypotheses), "hypotheses are equations of tensors")
    nodes = [node for text in (statement, *given) for node in ast.walk(parse(text))]
    families = {name for name in FAMILIES if any(calls(node, name) for node in nodes)}
    ends = ("ht", "truncated", "truncation_base")
    lists = {ast.unparse(node.args[-1]) for node in nodes for name in ends if calls(node, name) and node.args}
    lists |= {ast.unparse(node.value) for node in nodes if isinstance(node, ast.Subscript)}
    scope.lists = sorted(map(scope.new, lists))
    if field not in ("any", "R", "C"):
        Field(field)
    generic = listed(almost_every, str)
    expect(len(set(generic)) == len(generic) and set(generic) <= set(scope.names) | families, "no such name to be generic")
    expect(not generic or (not given and not field.startswith("GF")), "almost every: over infinite fields, without hypotheses")
    pairs = [(scope.size(larger), scope.size(smaller)) for node in nodes for larger, smaller in cuts(node)]
    scope.ordered = list(dict.fromkeys(pairs))
    scope = with_sizes(scope, {name: size for name, size in sizes.items() if size != "any"})
    return Claim(ast.unparse(parse(statement)), comparisons(statement), hypotheses, generic, field, scope)


def readable(claim: Claim) -> None:
    """What is claimed has to mean something at all its sizes, also where it is refuted at some."""
    scope, table = claim.scope.copy(), Table()
    for comparison in claim.comparisons:
        if comparison.numeric:
            table.integer(scope, comparison.left)
            table.integer(scope, comparison.right)
        else:
            equation(scope, comparison)


def describe(claim: Claim, over: set[str]) -> str:
    """For which sizes, entries and fields the claim speaks."""
    scope = claim.scope
    free = [name for name in scope.sizes if name not in scope.fixed]
    counts = [name for name in scope.lists if name not in scope.fixed]
    fixed = [f"{name} = {scope.channels.get(name) or concrete(scope.sizes[name])}" for name in scope.fixed]
    parts = [f"for all sizes {', '.join(free)} >= 1"] if free else []
    parts += [f"all channel counts {', '.join(counts)} >= 1"] if counts else []
    parts += [f"at the sizes {', '.join(fixed)}"] if fixed else []
    parts += ["with " + " and ".join(show_comparison(one) for one in claim.given)] if claim.given else []
    cut = [(larger, smaller) for larger, smaller in scope.ordered if not (concrete(larger) and concrete(smaller))]
    parts += [f"with {show_group(smaller)} <= {show_group(larger)}" for larger, smaller in cut]
    if claim.almost_every:
        parts.append(f"for almost all {', '.join(claim.almost_every)} (off the zero set of a nonzero polynomial)")
    ranks = any(comparison.numeric for comparison in claim.comparisons)
    fields = "any infinite field" if claim.almost_every else FIELD if ranks or FIELD in over else "any commutative ring"
    parts.append("over " + (fields if claim.field == "any" else claim.field))
    return ", ".join(parts)


def show_comparison(comparison: Comparison) -> str:
    return f"{ast.unparse(comparison.left)} {comparison.op} {ast.unparse(comparison.right)}"


def show_claim(claim: Claim) -> str:
    declared: dict[str, tuple[Mode, ...]] = {}
    for name in claim.scope.declared:
        if name in claim.scope.polynomials:
            size, shape = claim.scope.polynomials[name]
            declared[f"{name}({show_group(size)})"] = shape
        else:
            declared[name] = claim.scope.names[name].shape
    where = [
        f"{name}: {' '.join('~'.join(map(show_group, mode)) for mode in shape)}".rstrip() for name, shape in declared.items()
    ]
    return claim.statement + (f"  where {'; '.join(where)}" if where else "")


def goals(derivation: Derivation, comparison: Comparison, proof: Any) -> None:
    """A comparison follows from the facts."""
    if not comparison.numeric:
        (number,) = record(proof, equality=int)
        wanted = equation(derivation.claim.scope, comparison)
        require(derivation.equality(number) == wanted, "the fact named is not the claim")
        return
    left, right = (derivation.table.integer(derivation.claim.scope, side) for side in (comparison.left, comparison.right))
    directions = {"==": ["at_least", "at_most"], ">=": ["at_least"], "<=": ["at_most"]}[comparison.op]
    for direction, part in zip(directions, record(proof, **dict.fromkeys(directions, dict))):
        larger, smaller = (left, right) if direction == "at_least" else (right, left)
        derivation.shows(plus(larger, times({(): -1}, smaller)), part)


def start(claim: Claim, premises: list[Certificate], steps: list[Any]) -> Derivation:
    """A derivation that knows the hypotheses (facts 0, 1, ...) and has run its steps."""
    derivation = Derivation(claim, claim.scope, Table(), premises, almost=bool(claim.almost_every))
    for comparison in claim.given:
        derivation.know(claim.scope, comparison)
    derivation.run(steps)
    return derivation


def instance_of(claim: Claim, thing: Any) -> Instance:
    """A point over a field that the claim speaks of (Q stands for R and C: ranks and equations are the same there)."""
    point = Instance(claim.scope, thing)
    require(claim.field in ("any", thing["field"]) or (claim.field in ("R", "C") and thing["field"] == "Q"), "another field")
    return point


def derivation_kind(claim: Claim, proof: Any, premises: list[Certificate]) -> tuple[str, str, Derivation]:
    steps, ends, instance = record(proof, steps=list, goals=list, instance=dict)
    method = "derivation"
    if claim.given:
        point = instance_of(claim, instance)
        require(all(point.holds(comparison) for comparison in claim.given), "the instance does not satisfy the hypotheses")
        method += f"; the hypotheses hold at an instance over {instance['field']}"
    else:
        expect(not instance, "an instance is for hypotheses")
    derivation = start(claim, premises, steps)
    expect(len(ends) == len(claim.comparisons), "one goal for each comparison")
    for comparison, end in zip(claim.comparisons, ends):
        goals(derivation, comparison, end)
    return "proved", method, derivation


def refutation_kind(claim: Claim, proof: Any, premises: list[Certificate]) -> tuple[str, str, Derivation]:
    """One comparison is false for all entries (or almost all, where that is what is claimed), at sizes of choice."""
    sizes, steps, number, direction, part = record(proof, sizes=dict, steps=list, comparison=int, direction=str, shows=dict)
    require(not claim.given, "a refutation is for claims without hypotheses")
    special = claim._replace(scope=with_sizes(claim.scope, sizes))
    derivation = start(special, premises, steps)
    comparison = item(claim.comparisons, number, "comparison")
    require(comparison.numeric, "a refutation is for ranks")
    left, right = (derivation.table.integer(special.scope, side) for side in (comparison.left, comparison.right))
    require(direction == "below" and comparison.op != "<=" or direction == "above" and comparison.op != ">=", "no contradiction")
    larger, smaller = (right, left) if direction == "below" else (left, right)
    derivation.shows(plus(larger, plus(times({(): -1}, smaller), {(): -1})), part)
    return "refuted", "contrary bound" + (f" at {json.dumps(sizes)}" if sizes else ""), derivation


def exceeded(point: Instance, comparison: Comparison) -> bool:
    """Whether rank(X) <= e (or ==) fails for almost all entries, because rank(X) > e at a point, e being a number there: a
    minor that is nonzero at the point, or nonzero modulo p at integers, is a nonzero polynomial over Q."""
    smaller, larger = comparison.left, comparison.right
    if comparison.op == ">=" or not calls(smaller, "rank"):
        smaller, larger = larger, smaller
    upper = calls(smaller, "rank") and (comparison.op == "==" or (comparison.op == "<=") == (smaller is comparison.left))
    number = not any(calls(part, name) for part in ast.walk(larger) for name in ("rank", "cp_rank"))
    return upper and number and point.number(smaller) > point.number(larger)


def counterexample_kind(claim: Claim, proof: Any, premises: list[Certificate]) -> tuple[str, str, Derivation]:
    point = instance_of(claim, proof)
    if claim.almost_every:
        upper = any(exceeded(point, one) for one in claim.comparisons)
        require(upper, "one point refutes an upper bound on a rank, nothing else that is claimed almost everywhere")
    require(all(point.holds(comparison) for comparison in claim.given), "it does not satisfy the hypotheses")
    require(not all(point.holds(comparison) for comparison in claim.comparisons), "the claim holds there")
    sizes = ", ".join(f"{name} = {size}" for name, size in proof["sizes"].items())
    return "refuted", f"counterexample over {proof['field']}" + (f" at {sizes}" if sizes else ""), start(claim, premises, [])


KINDS = {"derivation": derivation_kind, "refutation": refutation_kind, "counterexample": counterexample_kind}


def opened(thing: Any) -> tuple[str, Any, Any, list[Any]]:
    """Kind, claim, proof and premises of a certificate, whose digest is that of its contents."""
    form, kind, stated, proof, premises, stamp = record(
        thing, format=str, kind=str, claim=dict, proof=dict, premises=list, digest=str
    )
    expect(form == FORMAT, f"not of the format {FORMAT}")
    body = canonical({key: part for key, part in thing.items() if key != "digest"})
    BUDGET.spend(400 + len(body) // 50)
    require(hashlib.sha256(body).hexdigest() == stamp, "the digest does not match the contents")
    return kind, stated, proof, listed(premises, dict)


def certificate(thing: Any, depth: int = 0) -> Certificate:
    """Check one certificate, its premises first."""
    kind, stated, proof, inner = opened(thing)
    expect(kind in KINDS, f"no kind {kind[:20]}")
    expect(depth <= MAX_PREMISES, "premises are nested too deeply")
    premises = [certificate(premise, depth + 1) for premise in inner]
    claim = read_claim(stated)
    readable(claim)
    verdict, method, derivation = KINDS[kind](claim, proof, premises)
    require(derivation.used == {premise.digest for premise in premises}, "a premise is not used")
    scope = describe(claim, derivation.over)
    return Certificate(claim, digest(stated), verdict, method, scope, derivation.assumes, derivation.used, derivation.over)


def decide(thing: Any) -> Verdict:
    """The verdict on a certificate that is accepted; raises on others."""
    kind = thing.get("kind") if type(thing) is dict else None
    if kind in RANK_KINDS:  # never a premise: it may rest on hashing
        BUDGET.left = MAX_RANK_WORK
        _, stated, proof, premises = opened(thing)
        expect(not premises, "a certificate of this kind has no premises")
        return RANK_KINDS[kind](stated, proof)
    found = certificate(thing)
    assumes, used = tuple(sorted(found.assumes)), tuple(sorted(found.used))
    return Verdict(True, found.verdict, show_claim(found.claim), found.scope, found.method, assumes, used)


def check(data: bytes) -> Verdict:
    """The judge's verdict on the bytes of one certificate; never raises."""
    BUDGET.left = MAX_WORK
    frames = sys.getrecursionlimit()
    sys.setrecursionlimit(max(frames, MAX_FRAMES))
    try:
        return decide(read(data))
    except Malformed as error:
        return Verdict(False, "malformed", reason=str(error))
    except Invalid as error:
        return Verdict(False, "invalid", reason=str(error))
    except Exception as error:  # a defect of this file may reject a certificate, never accept one
        return Verdict(False, "invalid", reason=f"could not be checked ({type(error).__name__})")
    finally:
        sys.setrecursionlimit(frames)


def examine(path: str) -> Verdict:
    """The judge's verdict on a file."""
    reason = "not a regular file"
    try:
        if stat.S_ISREG(os.stat(path).st_mode):  # a pipe might never end
            with open(path, "rb") as file:
                return check(file.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or 'not a path'}"
    return Verdict(False, "malformed", reason=reason)


def code(verdict: Verdict) -> int:
    """The exit code that a verdict calls for."""
    return 0 if verdict.valid else 2 if verdict.verdict == "malformed" else 1


def line(path: str, verdict: Verdict) -> str:
    """One line about one file."""
    path = path if path.isascii() and path.isprintable() else ascii(path)
    if not verdict.valid:
        return f"{path}: {verdict.verdict}: {verdict.reason}"
    assuming = f"; assuming that {' and '.join(verdict.assumes)}" if verdict.assumes else ""
    return f"{path}: valid: {verdict.verdict}: {verdict.claim}  [{verdict.scope}; {verdict.method}{assuming}]"


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python -I verify.py FILE...", file=sys.stderr)
        return 2
    codes = []
    try:
        for path in paths:
            verdict = examine(path)
            print(line(path, verdict), flush=True)
            codes.append(code(verdict))
    except KeyboardInterrupt:
        return 3
    if len(codes) > 1:
        print(f"{codes.count(0)} of {len(codes)} valid")
    return 2 if 2 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
