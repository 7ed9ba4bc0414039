"""The statement language on the searching side: one line that says what is claimed.

``parse_statement`` and ``parse_expression`` read it, ``to_text`` prints it, ``parse_declarations`` reads
what the names stand for, and ``infer`` completes the declarations, so that the judge, which infers nothing,
can read the claim. ``at_sizes`` is the statement with some sizes fixed.
"""

from proofkit.errors import StatementError
from proofkit.statements.declarations import (
    Atom,
    Declaration,
    Declarations,
    Group,
    Mode,
    Shape,
    describe,
    group_text,
    monomial,
    parse_declarations,
)
from proofkit.statements.inference import Typed, at_sizes, check_shapes, infer
from proofkit.statements.syntax import (
    Comparison,
    Node,
    Statement,
    cuts,
    names,
    parse_expression,
    parse_statement,
    statement_of,
    substitute,
    to_text,
    walk,
)

__all__ = [
    "Atom",
    "Comparison",
    "Declaration",
    "Declarations",
    "Group",
    "Mode",
    "Node",
    "Shape",
    "Statement",
    "StatementError",
    "Typed",
    "at_sizes",
    "check_shapes",
    "cuts",
    "describe",
    "group_text",
    "infer",
    "monomial",
    "names",
    "parse_declarations",
    "parse_expression",
    "parse_statement",
    "statement_of",
    "substitute",
    "to_text",
    "walk",
]
