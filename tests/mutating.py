"""Mutants of a program: one statement left out, or one condition negated (pure)."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one change: where, what, and the whole text with it."""

    function: str
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Return every mutant of the functions in a program, from top to bottom."""
    tree = ast.parse(source)
    for index, function in enumerate(tree.body):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for place, node in enumerate(ast.walk(function)):
                for change in _changes(node):
                    yield _mutant(tree, index, place, change)


def _changes(node: ast.AST) -> list[str]:
    """What can be changed in a statement."""
    if isinstance(node, (ast.If, ast.While)):
        return ["negate"] if not isinstance(node.test, ast.Constant) else []
    if isinstance(node, ast.IfExp):
        return ["negate"]
    if isinstance(node, ast.Expr):
        is_text = isinstance(node.value, ast.Constant)
        return [] if is_text else ["delete"]
    simple = (ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Delete)
    return ["delete"] if isinstance(node, simple) else []


def _mutant(tree: ast.Module, index: int, place: int, change: str) -> Mutant:
    mutated = copy.deepcopy(tree)
    function = mutated.body[index]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    node = list(ast.walk(function))[place]
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        told = f"negate: {ast.unparse(node.test)}"
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        told = f"{change}: {ast.unparse(node).splitlines()[0]}"
        _Without(node).visit(function)
    return Mutant(function.name, told, ast.unparse(ast.fix_missing_locations(mutated)))


class _Without(ast.NodeTransformer):
    """Leaves one statement out; `pass` stands in its place."""

    def __init__(self, node: ast.AST) -> None:
        self._node = node

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace it."""
        return ast.copy_location(ast.Pass(), node) if node is self._node else super().visit(node)
