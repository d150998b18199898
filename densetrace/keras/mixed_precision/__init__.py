"""Policies of the dtypes that layers compute in, and of those of their weights."""

from densetrace.keras.mixed_precision.policy import Policy as Policy
from densetrace.keras.mixed_precision.policy import global_policy as global_policy
from densetrace.keras.mixed_precision.policy import set_global_policy as set_global_policy
