"""Inference: the shapes of what a statement leaves undeclared, and the scope that this imposes.

A name that begins with a capital letter is a matrix of two fresh sizes, made equal to others where an
operation requires it; a name in the place of a size is a size. Sizes are unified to a fixed point: equal
products need nothing, common ends cancel, a lone unknown takes the rest, and where two products of one length
are left they are matched factor by factor. Since m*n = p*q implies neither m = p nor n = q, what is matched
is part of the scope and noted.
A size that the user named is never specialised, and no size is ever inferred to be 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from proofkit.errors import StatementError, UsageError
from proofkit.statements.declarations import (
    UNKNOWN,
    Declaration,
    Declarations,
    Group,
    Shape,
    describe,
    group_text,
    monomial,
    parse_declarations,
)
from proofkit.statements.shapes import Demand, ShapeRules
from proofkit.statements.syntax import NUMERIC, Node, Statement, parse_statement, statement_of, to_text

_FRESH = tuple("mnpqstkldegh")
MAX_FACTORS = 4096


@dataclass(frozen=True)
class Typed:
    """A statement with its hypotheses and complete declarations.

    ``notes`` are the size equalities between undeclared names that belong to the scope, such as
    "A.columns = C.rows"; ``assumed_sizes`` are undeclared names that were read as sizes, in order of first
    appearance.
    """

    statement: Statement
    givens: tuple[Statement, ...]
    declarations: Declarations
    notes: tuple[str, ...]
    assumed_sizes: tuple[str, ...]
    _rules: ShapeRules = field(repr=False, compare=False)

    def shape_of(self, node: Node) -> Shape:
        """The shape of an expression over the declared names; :class:`StatementError` if it has none."""
        return self._rules.shape(node)


def check_shapes(statement: Statement, declarations: Declarations, source: str = "") -> ShapeRules:
    """Check a statement against complete declarations, inferring nothing; return its shape rules."""
    rules = ShapeRules(declarations, declarations.sizes, declarations.lists, _require_equal)
    rules.source = source
    for comparison in statement.comparisons:
        rules.comparison(comparison)
    return rules


def infer(statement: Statement | str, where: Declarations | str = "", given: Sequence[Statement | str] = ()) -> Typed:
    """Complete the declarations of ``statement`` and of the hypotheses ``given``.

    Raise :class:`StatementError`, with source "" for the statement and "given 1", ... for the hypotheses,
    where a name has to be declared, is used in two ways, or sizes do not fit.
    """
    goal = parse_statement(statement) if isinstance(statement, str) else statement
    declared = parse_declarations(where) if isinstance(where, str) else where
    givens = tuple(
        parse_statement(each, f"given {number}") if isinstance(each, str) else each for number, each in enumerate(given, 1)
    )
    sources = [("", goal), *((f"given {number}", each) for number, each in enumerate(givens, 1))]
    uses = _Uses(declared)
    for source, each in sources:
        uses.read(source, each)
    fresh = uses.undeclared_matrices()
    solver = _Solver(fresh)
    tensors = {**declared, **{name: solver.declaration(name) for name in fresh}}
    rules = ShapeRules(tensors, uses.sizes, uses.lists, solver.demands.append)
    for source, each in sources:
        rules.source = source
        for comparison in each.comparisons:
            rules.comparison(comparison)
    solver.solve()
    named = solver.named(uses.taken())
    complete = [Declaration(d.name, named.shape(d.shape), d.argument) for d in tensors.values()]
    _refuse_unwritable(complete, uses)
    declarations = Declarations(complete, uses.sizes, uses.lists)
    for source, each in sources:
        final = check_shapes(each, declarations, source)
    return Typed(goal, givens, declarations, solver.notes(named), uses.assumed_sizes(), final)


def at_sizes(typed: Typed, sizes: Mapping[str, int | Sequence[int]]) -> Typed:
    """The same statement with some sizes fixed, and channel counts given to the lists of families.

    Raise :class:`UsageError` for a name that is not a size of the statement, or a value that is not positive.
    """
    declared = typed.declarations
    for name, value in sizes.items():
        is_list = not isinstance(value, int)
        if name not in (declared.lists if is_list else declared.sizes):
            allowed = ", ".join(sorted(declared.sizes | declared.lists)) or "none"
            kind = "channel list" if is_list else "size"
            raise UsageError(f"{name} is not a {kind} of the statement; its sizes and lists are: {allowed}")
        if any(count < 1 for count in ([value] if isinstance(value, int) else value)):
            raise UsageError(f"{name} = {value}: sizes are positive integers")
    atoms = {name: (value,) if value > 1 else () for name, value in sizes.items() if isinstance(value, int)}
    fixed = _Named(atoms)
    tensors = [
        Declaration(d.name, fixed.shape(d.shape), None if d.argument is None else fixed.group(d.argument))
        for d in declared.values()
    ]
    declarations = Declarations(tensors, declared.sizes - atoms.keys(), declared.lists)
    goal, *givens = (_fixed_statement(each, sizes) for each in (typed.statement, *typed.givens))
    for number, each in enumerate(givens, 1):
        check_shapes(each, declarations, f"given {number}")
    rules = check_shapes(goal, declarations)
    return Typed(goal, tuple(givens), declarations, typed.notes, typed.assumed_sizes, rules)


def _fixed_statement(statement: Statement, sizes: Mapping[str, int | Sequence[int]]) -> Statement:
    sides = ((c, _fixed(c.left, sizes), _fixed(c.right, sizes)) for c in statement.comparisons)
    return statement_of(*(replace(c, left=left, right=right) for c, left, right in sides))


def _fixed(node: Node, sizes: Mapping[str, int | Sequence[int]]) -> Node:
    value = sizes.get(str(node.value)) if node.op in ("name", "subscript") else None
    if node.op == "subscript" and node.args[0].op == "sub":
        last = _fixed(node.args[0].args[0], sizes)
        node = replace(node, args=(Node("int", (), int(str(last.value)) - 1),)) if last.op == "int" else node
    if node.op == "name" and isinstance(value, int):
        return Node("int", (), value, node.column)
    if node.op == "subscript" and value is not None and not isinstance(value, int):
        index = node.args[0].value
        if not isinstance(index, int) or index >= len(value):
            raise UsageError(f"{to_text(node)} has no value: {node.value} has {len(value)} entries")
        return Node("int", (), value[index], node.column)
    return replace(node, args=tuple(_fixed(argument, sizes) for argument in node.args))


def _require_equal(demand: Demand) -> None:
    if monomial(demand.left) != monomial(demand.right):
        raise _mismatch(demand, demand.left, demand.right, demand.shapes, "they differ")


def _mismatch(demand: Demand, left: Group, right: Group, shapes: Iterable[Shape], why: str) -> StatementError:
    found = " and ".join(map(describe, shapes))
    sizes = f"{group_text(left)} = {group_text(right)}"
    return StatementError(f"{demand.rule}; found {found}, which needs {sizes}: {why}", demand.node.column, demand.source)


def _refuse_unwritable(complete: Iterable[Declaration], uses: _Uses) -> None:
    for declaration in complete:
        for group in (group for mode in declaration.shape for group in mode):
            for atom in group:
                if isinstance(atom, str) and not atom.isidentifier():
                    source, column = uses.first[declaration.name]
                    problem = f"the size {atom} of {declaration.name} cannot be declared; give the family integers"
                    raise StatementError(problem, column, source)


class _Uses:
    """How each name is used: as a size, a channel list, a tensor, or where sizes and scalars may stand."""

    def __init__(self, declared: Declarations) -> None:
        self.declared = declared
        self.first: dict[str, tuple[str, int]] = {}
        self._as_size: dict[str, tuple[str, int]] = {}
        self._as_tensor: dict[str, tuple[str, int]] = {}
        self._as_list: dict[str, tuple[str, int]] = {}
        self._called: set[str] = set()
        self._source = ""

    @property
    def sizes(self) -> frozenset[str]:
        return self.declared.sizes | frozenset(self._as_size)

    @property
    def lists(self) -> frozenset[str]:
        return self.declared.lists | frozenset(self._as_list)

    def read(self, source: str, statement: Statement) -> None:
        """Collect the uses of names in one statement, then refuse names that are used in two ways."""
        self._source = source
        for comparison in statement.comparisons:
            context = "size" if comparison.numeric else "ring"
            self._collect(comparison.left, context)
            self._collect(comparison.right, context)
        self._refuse_double_use()

    def _collect(self, node: Node, context: str) -> None:
        place = (self._source, node.column)
        if node.op in ("name", "apply", "subscript"):
            self.first.setdefault(str(node.value), place)
        if node.op in ("apply", "subscript"):
            self._called.add(str(node.value))
        if node.op == "name" and context != "ring":
            uses = {"size": self._as_size, "tensor": self._as_tensor, "list": self._as_list}[context]
            uses.setdefault(str(node.value), place)
        elif node.op == "apply":
            self._as_tensor.setdefault(str(node.value), place)
        for argument, inner in zip(node.args, _contexts(node, context), strict=True):
            self._collect(argument, inner)

    def _refuse_double_use(self) -> None:
        pairs = (
            (self._as_size, "a size", self._as_tensor, "a tensor"),
            (self._as_size, "a size", self._as_list, "a channel list"),
            (self._as_tensor, "a tensor", self._as_list, "a channel list"),
        )
        for one, first, other, second in pairs:
            for name in one.keys() & other.keys():
                self._refuse(name, sorted([(one[name], first), (other[name], second)]))
        for name in sorted(self.declared.sizes & (self._as_tensor.keys() | self._as_list.keys())):
            source, column = (self._as_tensor | self._as_list)[name]
            raise StatementError(f"{name} is a size in the declarations, and stands here as a tensor", column, source)
        for name in sorted(self.declared.keys() & (self._as_size.keys() | self._as_list.keys())):
            source, column = (self._as_list | self._as_size)[name]
            kind = describe(self.declared[name].shape)
            raise StatementError(f"{name} is declared as a tensor ({kind}); a size is needed here", column, source)

    def _refuse(self, name: str, uses: list[tuple[tuple[str, int], str]]) -> None:
        (_, before), ((source, column), after) = uses
        raise StatementError(f"{name} stands here as {after}, and elsewhere as {before}; rename one", column, source)

    def undeclared_matrices(self) -> list[str]:
        """The undeclared names that are matrices, in order of first appearance."""
        found = []
        for name, (source, column) in self.first.items():
            known = name in self.declared or name in self.sizes or name in self.lists
            if known or name in self._called:
                continue
            if not name[0].isupper():
                remedy = f"declare it, for example '{name}: n' for a vector or '{name}:' for a scalar"
                raise StatementError(f"{name} is not known; {remedy}", column, source)
            found.append(name)
        return found

    def assumed_sizes(self) -> tuple[str, ...]:
        """Undeclared names that stand in the place of sizes."""
        return tuple(name for name in self.first if name in self._as_size and name not in self.declared.sizes)

    def taken(self) -> set[str]:
        """Names that a fresh size must not have."""
        return {*self.first, *self.declared, *self.sizes, *self.lists}


def _contexts(node: Node, context: str) -> list[str]:
    """In which context each argument of ``node`` stands, when ``node`` itself stands in ``context``."""
    count_of = len(node.args)
    if node.op in ("rank", "cp_rank"):
        return ["tensor"]
    if node.op == "blocks":
        return ["tensor", "size"]
    if node.op in ("ht", "truncated", "truncation_base"):
        return ["size"] * (count_of - 1) + ["list"]
    if node.op in ("cp", "eye", "ones", "zeros", "commutation", "subscript") or node.op in NUMERIC:
        return ["size"] * count_of
    if node.op in ("add", "sub", "mul", "neg", "pow"):
        return ["size" if context == "size" else "ring"] * count_of
    return ["tensor"] * count_of


class _Named:
    """Sizes with every unknown replaced by what it was found to be."""

    def __init__(self, final: Mapping[str, Group]) -> None:
        self.final = final

    def group(self, group: Group) -> Group:
        return tuple(part for atom in group for part in (self.final.get(atom, (atom,)) if isinstance(atom, str) else (atom,)))

    def shape(self, shape: Shape) -> Shape:
        return tuple(tuple(self.group(group) for group in mode) for mode in shape)


class _Solver:
    """Unification of sizes. An unknown is an atom such as ``?A.rows``."""

    def __init__(self, fresh: Iterable[str]) -> None:
        self.demands: list[Demand] = []
        self.unknowns = [f"{UNKNOWN}{name}.{side}" for name in fresh for side in ("rows", "columns")]
        self._order = {unknown: place for place, unknown in enumerate(self.unknowns)}
        self._bound: dict[str, Group] = {}
        self._matched: set[str] = set()

    def declaration(self, name: str) -> Declaration:
        """The declaration of an undeclared matrix, with its unknown sizes."""
        return Declaration(name, (((f"{UNKNOWN}{name}.rows",),), ((f"{UNKNOWN}{name}.columns",),)))

    def solve(self) -> None:
        """Satisfy all demands, certain steps first; :class:`StatementError` for the first that cannot be."""
        pending = self.demands
        while pending:
            waiting = [demand for demand in pending if not self._step(demand)]
            if len(waiting) == len(pending):
                waiting = self._match_one(waiting)
            pending = waiting

    def resolve(self, group: Group) -> Group:
        """``group`` with the unknowns that are bound replaced, repeatedly."""
        found: list[str | int] = []
        stack = list(reversed(group))
        while stack:
            atom = stack.pop()
            bound = self._bound.get(atom) if isinstance(atom, str) else None
            if bound is None:
                found.append(atom)
            else:
                stack.extend(reversed(bound))
            # Undeclared names defined by one another can double in size with every step.
            if len(found) > MAX_FACTORS:
                raise StatementError(f"a size would be a product of more than {MAX_FACTORS} factors", 1)
        return tuple(found)

    def _step(self, demand: Demand) -> bool:
        """Whether the demand is settled by a step that follows from it; an impossible one is an error."""
        left, right = _strip(self.resolve(demand.left), self.resolve(demand.right))
        if monomial(left) == monomial(right):
            return True
        if not left or not right:
            rest = group_text(left or right)
            raise self._error(demand, f"{rest} would have to be 1, and size 1 is never inferred; declare the sizes")
        if not any(map(_is_unknown, left + right)):
            raise self._error(demand, "no declared size is specialised; give both one name, or an integer each")
        return self._bind(left, right) or self._bind(right, left)

    def _bind(self, lone: Group, rest: Group) -> bool:
        if len(lone) != 1 or not _is_unknown(lone[0]) or lone[0] in rest:
            return False
        one, other = str(lone[0]), rest[0]
        if len(rest) == 1 and _is_unknown(other) and self._order[str(other)] > self._order[one]:
            one, rest = str(other), lone
        self._bound[one] = rest
        return True

    def _match_one(self, waiting: list[Demand]) -> list[Demand]:
        """Settle one demand factor by factor, or by cancelling common factors; raise if none can be."""
        for attempt in (self._match, self._cancel):
            for place, demand in enumerate(waiting):
                if attempt(*_strip(self.resolve(demand.left), self.resolve(demand.right))):
                    return waiting[:place] + waiting[place + 1 :]
        raise self._error(waiting[0], "this does not determine the sizes; declare them")

    def _match(self, left: Group, right: Group) -> bool:
        if len(left) != len(right):
            return False
        before, matched = dict(self._bound), []
        for one, other in zip(left, right, strict=True):
            first, second = self.resolve((one,)), self.resolve((other,))
            if monomial(first) == monomial(second):
                continue
            known = set(self._bound)
            if not (self._bind(first, second) or self._bind(second, first)):
                self._bound = before
                return False
            matched += [name for name in self._bound if name not in known]
        self._matched.update(matched)
        return True

    def _cancel(self, left: Group, right: Group) -> bool:
        rest = list(right)
        own = []
        for atom in left:
            if atom in rest:
                rest.remove(atom)
            else:
                own.append(atom)
        return bool(own and rest) and (self._bind(tuple(own), tuple(rest)) or self._bind(tuple(rest), tuple(own)))

    def _error(self, demand: Demand, why: str) -> StatementError:
        resolved = _Named({unknown: self.resolve((unknown,)) for unknown in self.unknowns})
        shapes = [resolved.shape(shape) for shape in demand.shapes]
        return _mismatch(demand, self.resolve(demand.left), self.resolve(demand.right), shapes, why)

    def named(self, taken: set[str]) -> _Named:
        """Every unknown with its size, free ones named m, n, p, ... in order of appearance."""
        fresh = _fresh_names(taken)
        free = {unknown: next(fresh) for unknown in self.unknowns if unknown not in self._bound}
        names_of = _Named({unknown: (name,) for unknown, name in free.items()})
        return _Named({unknown: names_of.group(self.resolve((unknown,))) for unknown in self.unknowns})

    def notes(self, named: _Named) -> tuple[str, ...]:
        """The equalities between sizes of undeclared names, and those that were matched factor by factor."""
        classes: dict[Group, list[str]] = {}
        for unknown in self.unknowns:
            classes.setdefault(named.final[unknown], []).append(unknown)
        roots = {named.final[unknown]: unknown for unknown in self.unknowns if unknown not in self._bound}
        notes = []
        for size, members in classes.items():
            chain = [member.removeprefix(UNKNOWN) for member in members]
            if size not in roots:
                parts = self.resolve((members[0],))
                if any(map(_is_unknown, parts)) or self._matched.intersection(members):
                    chain.append(group_text(parts))
            if len(chain) > 1:
                notes.append(" = ".join(chain))
        return tuple(notes)


def _is_unknown(atom: str | int) -> bool:
    return isinstance(atom, str) and atom.startswith(UNKNOWN)


def _strip(left: Group, right: Group) -> tuple[Group, Group]:
    """Both sizes without their common first and last factors."""
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return left, right


def _fresh_names(taken: set[str]) -> Iterator[str]:
    for number in count():
        for letter in _FRESH:
            name = f"{letter}{number}" if number else letter
            if name not in taken:
                yield name
