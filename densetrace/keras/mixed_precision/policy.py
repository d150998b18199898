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

    Raises:
        TypeError: when `name` is not a string.
        ValueError: when no dtype has that name.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'float32'. Received: {name!r:.80}")
        # DEPARTS: mixed_bfloat16 is refused: NumPy has no bfloat16.
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
        """The name it was made with."""
        return self._name

    def __repr__(self) -> str:
        return f'<Policy "{self._name}">'

    def get_config(self) -> dict[str, Any]:
        """The name, as a config."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Policy":
        """The policy that `get_config` described."""
        return cls(**config)


_global_policy: Policy | None = None


@keras_export("keras.mixed_precision.global_policy")
def global_policy() -> Policy:
    """The policy of layers that are given none: that of the default float type unless it was set.

    Follows keras 2.14 mixed_precision/policy.py, global_policy.
    """
    return Policy(backend.floatx()) if _global_policy is None else _global_policy


@keras_export("keras.mixed_precision.set_global_policy")
def set_global_policy(policy: Any) -> None:
    """Set the policy of layers that are given none, by a policy or its name; None takes it back.

    Follows keras 2.14 mixed_precision/policy.py, set_global_policy.

    Raises:
        TypeError: when it is neither a policy nor a string.
        ValueError: when it is not of a floating point dtype.
    """
    global _global_policy
    if policy is not None and not isinstance(policy, Policy):
        policy = Policy(policy)
    if policy is not None and not as_dtype(policy.compute_dtype).is_floating:
        raise ValueError(
            "set_global_policy can only be used to set the global policy to floating-point "
            'policies, such as "float32" and "mixed_float16", but got policy: '
            f"{policy.name}"
        )
    _global_policy = policy


def get_policy(identifier: Any) -> Policy:
    """The policy for a policy, a dtype, a name, a config dict, or None (the default float type).

    Follows keras 2.14 mixed_precision/policy.py, get_policy.

    Raises:
        TypeError: when the identifier names no dtype.
        ValueError: when a dict is not the config of a policy.
    """
    if isinstance(identifier, Policy):
        return identifier
    if identifier is None or identifier == "":
        return global_policy()
    if isinstance(identifier, dict):
        if identifier.get("class_name") not in ("Policy", "PolicyV1"):
            raise ValueError(f"A dict must be the config of a Policy. Received: {identifier}")
        return Policy.from_config(identifier["config"])
    if identifier == "mixed_float16":
        return Policy(identifier)
    return Policy(as_dtype(identifier).name)


def serialize(policy: Policy) -> Any:
    """A dtype's name when compute and variable dtype are the same, otherwise a config dict.

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
