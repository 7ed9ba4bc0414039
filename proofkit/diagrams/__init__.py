"""Expressions as diagrams: how they are built, when two are the same, where they can be cut, how they are drawn."""

from proofkit.diagrams.build import Box, Diagram, Expression, Scope, draw
from proofkit.diagrams.canonical import Canonical, canonical
from proofkit.diagrams.cuts import minimal_cuts

__all__ = ["Box", "Canonical", "Diagram", "Expression", "Scope", "canonical", "draw", "minimal_cuts"]
