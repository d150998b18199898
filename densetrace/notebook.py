"""The notebook extension: `%load_ext densetrace` adds `%%densetrace`, which traces a cell.

IPython is not imported at module level: inside a notebook it is already loaded.
"""

import ast
from importlib import import_module
from typing import Any

from densetrace.api import trace
from densetrace.recording.cells import running_cell, shell
from densetrace.render.notebook import display
from densetrace.system.errors import quoted, shown


def load_ipython_extension(ipython: Any) -> None:
    """Register the cell magic `%%densetrace`; called by `%load_ext densetrace`."""
    ipython.register_magic_function(trace_cell, "cell", "densetrace")


def unload_ipython_extension(ipython: Any) -> None:
    """Unregister the cell magic; called by `%unload_ext densetrace`."""
    ipython.magics_manager.magics["cell"].pop("densetrace", None)


def trace_cell(line: str, cell: str) -> Any:
    """Run a cell, and show its trace.

    %%densetrace [NAME]

    With NAME, assign the trace to this variable. The last expression of the cell is its value, as
    in any cell. If an exception ends the cell, the trace has the steps up to that point.
    """
    __tracebackhide__ = "__ipython_bottom__"  # IPython shows no frame up to this one
    name = line.strip()
    if name and not name.isidentifier():
        raise _usage_error(
            "%%densetrace takes the name of a variable, or nothing. "
            f"Received: {quoted(name)}. For example: %%densetrace t"
        )
    running = shell()
    try:
        first, last = _compiled(running, cell)
    except SyntaxError as error:
        raise _usage_error(
            f"SyntaxError in line {error.lineno}: {shown(error.msg, 200)}."
        ) from None
    value = None
    recorded = None
    try:
        with trace() as recorded:
            exec(first, running.user_ns)  # noqa: S102 - running the cell is the purpose
            if last is not None:
                value = eval(last, running.user_ns)  # noqa: S307 - as above
    finally:
        if recorded is not None:
            if name:
                running.user_ns[name] = recorded
            display(recorded)
    return value


def _usage_error(message: str) -> Exception:
    """An error that IPython shows as one line, without a traceback."""
    error: Exception = import_module("IPython.core.error").UsageError(message)
    return error


def _compiled(running: Any, cell: str) -> tuple[Any, Any]:
    """The code of a cell, and of its last expression if there is one."""
    # The line with %%densetrace counts, so that lines have their numbers in the cell.
    source = "\n" + running.transform_cell(cell)
    filename = running.compile.cache(source, running_cell(), raw_code=cell)
    tree = running.transform_ast(ast.parse(source, filename))
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), filename, "eval")
    return compile(tree, filename, "exec"), last
