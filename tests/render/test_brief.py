"""The tree of an author is short, loses nothing, and says what its lines stand for."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from densetrace import api
from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.kinds.spans import ARROW, plain_text
from densetrace.render.outline import Outline, Row, View
from densetrace.render.tree import Tree

MOST_LINES = 120
"""Of the tree of a Dense and that of the article, together, at 80 columns."""

ARTICLE = """\
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
model = Sequential()
model.add(Dense(units=64, activation='relu'))
model.add(Dense(units=10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.build(input_shape=(None, 3))
"""


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    path = tmp_path_factory.mktemp("article") / "article.py"
    path.write_text(ARTICLE, "utf-8")
    return api.run(path).trace


@pytest.fixture(scope="module")
def dense() -> Trace:
    return api.explain("Dense(64, activation='relu')")


def text(made: Trace, width: int = 80) -> str:
    return "".join(Tree(made).chunks(width))


def words(made: Trace) -> str:
    """The text of the tree in one line, without its guides."""
    return " ".join(re.sub(r"[│├└─]", " ", text(made)).split())


def rows(made: Trace, brief: bool = True) -> Iterator[Row]:
    outline = Outline(made, View(), brief=brief)
    return (row for phase in outline.phases() for row in outline.rows(phase))


def shown_steps(made: Trace, brief: bool) -> set[int]:
    return {step.id for row in rows(made, brief) for step in row.line.steps}


def run(tmp_path: Path, script: str) -> Trace:
    path = tmp_path / "script.py"
    path.write_text(script, "utf-8")
    return api.run(path).trace


def test_a_dense_and_the_article_take_few_lines(dense: Trace, article: Trace) -> None:
    together = text(dense, 80) + text(article, 80)
    assert len(together.splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "said",
    [
        "Adds 64 to the keyword arguments as 'units', the first of __init__'s 10 parameters.",
        "(str, int, float, bool, None), so {'activation': 'relu', 'units': 64}",
        "is the auto-config, for layers that define no get_config. Dense defines one. "
        "__init__ still gets (64, activation='relu')",
        "This decorator would remove kernel_layout and bias_layout (device layouts) before "
        "__init__ and set them afterwards.",
        "You passed neither.",
        "Layer.__init__(activity_regularizer=None) \N{EN DASH} No dtype given: the default.",
        "_name = 'dense' \N{EN DASH} Class name in snake case; not taken.",
        "_activity_regularizer = regularizers.get(None) → None",
        "The deserializer (serialization_lib) runs twice: name to config, then config to function.",
        "An unknown name raises ValueError.",
        "It has no 'module' key: the older (legacy) deserializer creates an object.",
        "kernel_regularizer, bias_regularizer: each regularizers.get(None) → None",
        "input_spec = InputSpec(min_ndim=2, axes={-1: 3}) (was min_ndim=2)",
        "initializers.get returns GlorotUniform#1 as is. It draws within ±limit: fan-in 3",
        "limit sqrt(6/(3+64)) = 0.2993",
        "Inputs of rank 3+ would use tensordot.",
    ],
)
def test_the_tree_of_a_dense_says_it(dense: Trace, said: str) -> None:
    assert said in words(dense)


@pytest.mark.parametrize(
    "said",
    [
        "_name = 'dense_1' ('dense' is taken)",
        "No input shape is known yet, so nothing is built.",
        "Calls each layer on a symbolic input.",
        "This call is symbolic: it computes shapes (None: a size not known yet), not numbers.",
        "Plain keyword arguments (str, int, float, bool, None) become the auto-config, for layers "
        "that define no get_config. Dense defines one.",
        "Resolves the optimizer (SGD#1); a new Mean metric tracks the loss.",
        "Later, fit or evaluate resolves loss and metrics and rejects unknown names.",
        "SGD#1 (learning_rate=0.01) Created by the legacy deserializer.",
        "kernel_initializer = GlorotUniform#2; bias_initializer = Zeros#2",
        "dense_1.call(f32[None,64]) → f32[None,10] (matmul, bias_add, softmax)",
    ],
)
def test_the_tree_of_the_article_says_it(article: Trace, said: str) -> None:
    assert said in words(article)


def test_an_arrow_stands_only_before_what_a_step_returned(article: Trace) -> None:
    for row in rows(article):
        spans = row.line.spans
        arrows = [place for place, span in enumerate(spans) if span == ARROW]
        assert not any("→" in span.text for span in spans if span != ARROW), plain_text(spans)
        assert all(spans[place + 2].role == "result" for place in arrows)
        returned = [step for step in row.line.steps if step.result is not ABSENT]
        assert len(arrows) <= len(returned)


def test_the_arrow_of_a_model_as_of_training_means_a_result(tmp_path: Path) -> None:
    script = """\
import numpy as np
from tensorflow import keras
entry = keras.Input((3,))
model = keras.Model(entry, keras.layers.Dense(1)(entry))
model.compile("sgd", "mse")
model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=2, verbose=0)
"""
    for row in rows(run(tmp_path, script)):
        for place, span in enumerate(row.line.spans):
            assert span == ARROW or "→" not in span.text
            assert span != ARROW or row.line.spans[place + 2].role == "result"


def test_each_step_has_one_line_at_most_and_only_like_ones_have_none(article: Trace) -> None:
    listed = [step.id for row in rows(article) for step in row.line.steps]
    assert len(listed) == len(set(listed))
    left_out = shown_steps(article, brief=False) - set(listed)
    by_id = {step.id: step for step in article.walk()}
    second = next(step for step in article.walk() if step.subject == "dense_1")
    inits = [step for step in article.walk() if step.kind == "layout"]
    like = {step.id for step in inits[1].walk()}
    made = next(step for step in article.walk() if step.inputs.get("class") == "InputLayer")
    after = [step.id for step in article.walk() if step.id > made.id][:4]
    assert second is not None
    assert left_out <= like | set(after), [by_id[one] for one in left_out - like - set(after)]


def test_a_second_object_that_is_set_differently_shows_how(tmp_path: Path) -> None:
    script = """\
from tensorflow.keras.layers import Dense
first = Dense(2)
second = Dense(2, use_bias=False, kernel_regularizer="l2")
"""
    made = text(run(tmp_path, script))
    second = made.partition("(like dense, except:)")[2]
    assert "use_bias = False" in second
    assert "kernel_regularizer = regularizers.get('l2') → L2#1" in second
    assert "bias_constraint" not in second


def test_a_class_that_sets_other_attributes_is_not_called_alike(tmp_path: Path) -> None:
    script = """\
from tensorflow.keras.layers import Layer
class Mine(Layer):
    def __init__(self, more):
        super().__init__()
        self.size = 1
        if more:
            self.extra = 2
first, second, third = Mine(True), Mine(False), Mine(True)
"""
    made = text(run(tmp_path, script))
    assert "Mine.__init__(more=False)\n" in made
    assert made.count("Mine.__init__(more=True)  (like mine, except:)") == 1
    assert made.count("size = 1") == 2


def test_an_object_shared_by_two_layers_is_not_shown_as_another(tmp_path: Path) -> None:
    script = """\
from tensorflow.keras import initializers
from tensorflow.keras.layers import Dense
start = initializers.Zeros()
first, second = Dense(2, kernel_initializer=start), Dense(3, kernel_initializer=start)
"""
    second = text(run(tmp_path, script)).partition("(like dense, except:)")[2]
    assert "units = 3" in second
    assert "kernel_initializer" not in second


LIKE_ONES = """\
from tensorflow.keras import Input
from tensorflow.keras.layers import Dense, Dropout, Layer
class Mine(Layer):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.hidden = Dense(3)
Dense(2)
Dense(2)
Dense(3, use_bias=False, activation="relu")
Dropout(0.5, name="a")
Dropout(0.5, name="a")
Mine(1), Mine(1), Mine(2)
Input((3,)), Input((3,))
"""


@pytest.mark.parametrize("depth", [1, 2, 3, 4, None])
def test_lines_follow_a_colon_at_every_depth(tmp_path: Path, depth: int | None) -> None:
    outline = Outline(run(tmp_path, LIKE_ONES), View(depth=depth), brief=True)
    like = [
        (plain_text(row.line.spans), row.opens)
        for phase in outline.phases()
        for row in outline.rows(phase)
        if "(like " in plain_text(row.line.spans)
    ]
    assert len(like) >= 6
    for label, opens in like:
        assert ("except:)" in label) is opens, label


def test_a_line_that_is_closed_names_the_attributes_that_differ(tmp_path: Path) -> None:
    made = run(tmp_path, LIKE_ONES)
    closed = " ".join("".join(Tree(made, View(depth=1)).chunks(200)).split())
    for said in (
        "(like dense, except _name, kernel_initializer and bias_initializer) (26 steps)",
        "(like dense, except _name, units, activation and 3 more)",
        "(like a) (8 steps)",
        "Mine.__init__(size=1) (like mine, except _name and hidden)",
        "Mine.__init__(size=2) (like mine, except _name, size and hidden)",
        "(like InputLayer#1) (1 step)",
    ):
        assert said in closed, said


def test_an_init_of_a_base_class_that_is_alike_is_no_exception(tmp_path: Path) -> None:
    second = text(run(tmp_path, LIKE_ONES)).partition("(like a)")[2]
    assert second.lstrip("\n").startswith("line 13")


def test_a_failed_object_shows_everything(tmp_path: Path) -> None:
    script = """\
from tensorflow.keras.layers import Dense
Dense(2)
Dense(3, activation="rleu")
"""
    made = text(run(tmp_path, script))
    assert "Unknown activation function" in made
    assert "units = 3" in made
    assert "Dense.__init__  (like dense" not in made


def test_operations_of_a_call_on_data_keep_their_lines(tmp_path: Path) -> None:
    script = """\
import numpy as np
from tensorflow.keras.layers import Dense
for layer in (Dense(1), Dense(1)):
    layer(np.ones((1, 2)))
"""
    assert text(run(tmp_path, script)).count("matmul(") == 2


@pytest.mark.parametrize("name", ["nan", "x; y = 2", "a\x1b[31m"])
def test_a_name_is_shown_as_data(name: str) -> None:
    made = text(api.explain(f"Dense(1, name={name!r})"))
    assert not re.search("\x1b", made)


def test_framework_level_folds_nothing(article: Trace) -> None:
    outline = Outline(article, View("framework"), brief=True)
    listed: list[Step] = []
    for phase in outline.phases():
        for row in outline.rows(phase):
            listed += row.line.steps
    assert listed == list(article.walk())
