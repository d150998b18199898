"""The JSON Schema of a saved trace, and the kinds of steps that it lists."""

import json
import pkgutil
from functools import cache
from typing import Any, Final

FORMAT: Final = "densetrace"
VERSION: Final = 3
"""The name and the version of the format in a saved trace."""


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the trace format (docs/trace-format.md)."""
    data = pkgutil.get_data(__name__, "trace.schema.json")
    assert data is not None, "the schema is part of the package"
    loaded: dict[str, Any] = json.loads(data)
    return loaded


KINDS: Final[tuple[str, ...]] = tuple(schema()["$defs"]["step"]["properties"]["kind"]["enum"])
"""The name of every kind of step, in the order in which the documentation introduces them."""
