"""The dtype policy of a layer: the dtype it computes in, and the dtype of its variables.

Follows keras 2.14 mixed_precision/policy.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.tensorflow.dtypes import as_dtype


@keras_export("keras.mixed_precision.Policy")
class Policy:
    """A policy by name: a dtype, `mixed_float16` (computes in float16, variables in float32), or
    `_infer` (the dtype of the first input, as in TensorFlow 1).

    Policies are compared by identity, as Keras's are.

    Follows keras 2.14 mixed_precision/policy.py, Policy.

    Raises:
        TypeError: if `name` is not a string.
        ValueError: if no dtype has that name.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'float32'. Received: {name!r:.80}")
        # DEPARTS: Keras also has the policy mixed_bfloat16. Here it is refused, because NumPy has
        # no bfloat16.
        self._compute_dtype: str | None = None
        self._variable_dtype: str | None = None
        if name == "mixed_float16":
            self._compute_dtype, self._variable_dtype = "float16", "float32"
        elif name == "mixed_bfloat16":
            as_dtype("bfloat16")  # which refuses it
        elif name == "_infer":
            pass
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
    def variable_dtype(self) -> Any:
        """The dtype of a layer's weights; None for `_infer`."""
        return self._variable_dtype

    @property
    def compute_dtype(self) -> Any:
        """The dtype that a layer's inputs are cast to; None for `_infer`."""
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


_global_policy: Policy | None = None


def global_policy() -> Policy:
    """The policy of layers that are given none: that of `set_global_policy`, else `floatx()`.

    Follows keras 2.14 mixed_precision/policy.py, global_policy.
    """
    return Policy(backend.floatx()) if _global_policy is None else _global_policy


def set_global_policy(policy: Any) -> None:
    """Set the policy of layers that are given none.

    Follows keras 2.14 mixed_precision/policy.py, set_global_policy.

    Args:
        policy: a policy or its name; None for a policy of `floatx()`.

    Raises:
        TypeError, ValueError: as `Policy`; ValueError also for a dtype that is not a float.
    """
    global _global_policy
    if policy is not None and not isinstance(policy, Policy):
        policy = Policy(policy)
    dtype = None if policy is None else policy.compute_dtype
    if dtype is not None and not as_dtype(dtype).is_floating:
        raise ValueError(
            "set_global_policy can only be used to set the global policy to floating-point "
            'policies, such as "float32" and "mixed_float16", but got policy: '
            f"{policy.name}"
        )
    _global_policy = policy


@contextmanager
def policy_scope(policy: Any) -> Iterator[None]:
    """Set the global policy for the length of a `with` block.

    Follows keras 2.14 mixed_precision/policy.py, policy_scope.
    """
    before = _global_policy
    try:
        set_global_policy(policy)
        yield
    finally:
        set_global_policy(before)


def get_policy(identifier: Any) -> Policy:
    """Return the policy for a policy, a dtype, a name, a config dict, or None (the global policy).

    Follows keras 2.14 mixed_precision/policy.py, get_policy.

    Raises:
        TypeError: if no dtype has the name.
        ValueError, TypeError: if a dict is not the config of a policy.
    """
    if isinstance(identifier, Policy):
        return identifier
    if isinstance(identifier, dict):
        found: Policy = deserialize(identifier)
        return found
    if isinstance(identifier, str) and identifier in ("mixed_float16", "mixed_bfloat16"):
        return Policy(identifier)
    if identifier:
        return Policy(as_dtype(identifier).name)
    return global_policy()


def serialize(policy: Policy) -> Any:
    """Return the name of the dtype if compute and variable dtype are equal, else a config dict; for
    `_infer`, None.

    Follows keras 2.14 mixed_precision/policy.py, serialize.
    """
    if policy.compute_dtype == policy.variable_dtype:
        return None if policy.name == "_infer" else policy.name
    return {
        "module": "keras.mixed_precision",
        "class_name": "Policy",
        "config": policy.get_config(),
        "registered_name": None,
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the policy of a config: the name of a dtype, a dict, or None for `_infer`.

    Follows keras 2.14 mixed_precision/policy.py, deserialize.
    """
    from densetrace.keras.saving import serialization_lib

    if config is None:
        return Policy("_infer")
    if isinstance(config, str) and config != "mixed_float16":
        return Policy(as_dtype(config).name)
    return serialization_lib.deserialize_keras_object(
        config,
        module_objects={"Policy": Policy, "PolicyV1": Policy},
        custom_objects=custom_objects,
        printable_module_name="dtype policy",
    )
