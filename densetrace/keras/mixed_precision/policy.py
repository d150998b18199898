"""The dtype policy of a layer: the dtype it computes in, and the dtype of its variables.

Follows keras 2.14 mixed_precision/policy.py.
"""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.tensorflow.dtypes import as_dtype


@keras_export("keras.mixed_precision.Policy")
class Policy:
    """A policy by name: a dtype, or `mixed_float16` (computes in float16, variables in float32).

    Follows keras 2.14 mixed_precision/policy.py, Policy.

    Raises:
        TypeError: if `name` is not a string.
        ValueError: if no dtype has that name.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'float32'. Received: {name!r:.80}")
        # DEPARTS: Keras also has the policy mixed_bfloat16. Here it is a ValueError, because NumPy
        # has no bfloat16.
        if name == "mixed_float16":
            self._compute_dtype, self._variable_dtype = "float16", "float32"
        else:
            try:
                self._compute_dtype = self._variable_dtype = as_dtype(name).name
            except TypeError:
                raise ValueError(
                    f"Cannot convert value {name} to a mixed precision Policy. Valid policies "
                    "include 'mixed_float16', and the name of any dtype such as 'float32'."
                ) from None
        self._name = name

    @property
    def variable_dtype(self) -> str:
        """The dtype of a layer's weights."""
        return self._variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype that a layer's inputs are cast to."""
        return self._compute_dtype

    @property
    def name(self) -> str:
        """The name that the policy was created with."""
        return self._name

    def __repr__(self) -> str:
        return f'<Policy "{self._name}">'

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Policy":
        """Create a policy from the arguments that `get_config` returned."""
        return cls(**config)


def get_policy(identifier: Any) -> Policy:
    """Return the policy for a policy, a dtype, a name, a config dict, or None (the default dtype).

    Follows keras 2.14 mixed_precision/policy.py, get_policy.

    Raises:
        TypeError: if no dtype has the name.
        ValueError: if a dict is not the config of a policy.
    """
    if isinstance(identifier, Policy):
        return identifier
    if identifier is None or identifier == "":
        return Policy(backend.floatx())
    if isinstance(identifier, dict):
        if identifier.get("class_name") not in ("Policy", "PolicyV1"):
            raise ValueError(f"A dict must be the config of a Policy. Received: {identifier}")
        return Policy.from_config(identifier["config"])
    if identifier == "mixed_float16":
        return Policy(identifier)
    return Policy(as_dtype(identifier).name)


def serialize(policy: Policy) -> Any:
    """Return the name of the dtype if compute and variable dtype are equal, else a config dict.

    Follows keras 2.14 mixed_precision/policy.py, serialize.
    """
    if policy.compute_dtype == policy.variable_dtype:
        return policy.name
    return {
        "module": "keras.mixed_precision",
        "class_name": "Policy",
        "config": policy.get_config(),
        "registered_name": None,
    }
