"""Python bytecode without docstrings: nobody reads them in Lambda, and those of the fixes are whole pages.

Python's own ``-OO`` leaves out assertions as well, https://docs.python.org/3/using/cmdline.html#cmdoption-OO. They
stay: the function is to fail where one does not hold, not further on.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
from pathlib import Path

_UNCHECKED_HASH = 0b01
"""In the zip every file has the same time, so bytecode that is checked by time is never used: https://peps.python.org/pep-0552/."""


def compile_modules(folder: Path, root: Path, unpacked_at: str) -> None:
    """Compile the modules under a folder, for a tree whose ``root`` will be ``unpacked_at``. Raises ``SyntaxError``."""
    for source in sorted(folder.rglob("*.py")):
        compiled = Path(importlib.util.cache_from_source(str(source)))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(_bytecode(source.read_bytes(), f"{unpacked_at}/{source.relative_to(root).as_posix()}"))


def _bytecode(source: bytes, filename: str) -> bytes:
    tree = _WithoutDocstrings().visit(ast.parse(source, filename))
    code = compile(tree, filename, "exec", dont_inherit=True)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


class _WithoutDocstrings(ast.NodeTransformer):
    def visit_Module(self, node: ast.Module) -> ast.Module:
        return self._strip(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return self._strip(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._strip(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._strip(node)

    def _strip[T: (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)](self, node: T) -> T:
        if ast.get_docstring(node, clean=False) is not None:
            docstring = node.body.pop(0)
            if not node.body and not isinstance(node, ast.Module):
                node.body = [ast.copy_location(ast.Pass(), docstring)]
        self.generic_visit(node)
        return node
