"""The names of what a model does with data. Follows keras 2.14 utils/mode_keys.py."""

from typing import Final


class ModeKeys:
    """Training, testing and predicting.

    Follows keras 2.14 utils/mode_keys.py, ModeKeys.
    """

    TRAIN: Final = "train"
    TEST: Final = "test"
    PREDICT: Final = "predict"
