"""Lists what stands where in an installed Keras: the source of tests/data/keras-2.14-places.json.

Run as: python tests/teach/keras_places.py path/to/keras/src > tests/data/keras-2.14-places.json
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

FILES = (
    "activations.py",
    "backend.py",
    "constraints.py",
    "dtensor/utils.py",
    "engine/base_layer.py",
    "engine/base_layer_utils.py",
    "engine/compile_utils.py",
    "engine/functional.py",
    "engine/input_layer.py",
    "engine/input_spec.py",
    "engine/sequential.py",
    "engine/training.py",
    "initializers/__init__.py",
    "initializers/initializers.py",
    "layers/activation/elu.py",
    "layers/activation/leaky_relu.py",
    "layers/activation/prelu.py",
    "layers/activation/relu.py",
    "layers/activation/softmax.py",
    "layers/activation/thresholded_relu.py",
    "layers/core/dense.py",
    "losses.py",
    "metrics/__init__.py",
    "metrics/accuracy_metrics.py",
    "metrics/base_metric.py",
    "metrics/confusion_metrics.py",
    "metrics/f_score_metrics.py",
    "metrics/hinge_metrics.py",
    "metrics/iou_metrics.py",
    "metrics/probabilistic_metrics.py",
    "metrics/regression_metrics.py",
    "mixed_precision/policy.py",
    "optimizers/__init__.py",
    "optimizers/optimizer.py",
    "regularizers.py",
    "saving/legacy/serialization.py",
    "saving/object_registration.py",
    "saving/serialization_lib.py",
    "utils/generic_utils.py",
)


def places(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """The dotted names of the functions and classes in a body, and of a module's own variables."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from places(inner, f"{prefix}{name}.")
            case ast.Assign(targets=targets) if not prefix:
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def main(root: Path) -> None:
    """Print the places of every file in `FILES` below `root`, as JSON."""
    found = {
        f"keras/{file}": sorted(set(places(ast.parse((root / file).read_text("utf-8")).body)))
        for file in FILES
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
