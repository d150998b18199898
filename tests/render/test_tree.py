"""The annotated tree, as people read it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.kinds.kind import LEVELS, Level
from densetrace.render import plain
from densetrace.render.layout import texts
from densetrace.render.outline import View
from densetrace.render.theme import STYLES, UNICODE, Signs, ascii_signs, signs_for
from densetrace.render.tree import Tree, render_text
from tests.conftest import Golden
from tests.render.steps import nested, step, trace
from tests.render.widths import branches, check_width, words

ARTICLE = """\
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

model = Sequential()
model.add(Dense(units=64, activation='relu'))
model.add(Dense(units=10, activation='softmax'))
model.compile(loss='categorical_crossentropy',
              optimizer='sgd',
              metrics=['accuracy'])
"""

CASES: dict[str, Callable[[], Trace]] = {
    "dense": lambda: api.explain("Dense(64, activation='relu')", seed=1),
    "failing": lambda: api.explain("Dense(64, activation='rleu')"),
    "negative": lambda: api.explain("Dense(-1)"),
    "regularized": lambda: api.explain(
        "Dense(3, kernel_regularizer='l2', activity_regularizer='l1', "
        "kernel_constraint=MaxNorm(3), use_bias=False)",
        input_shape=(None, 4, 2),
        seed=1,
    ),
    "sequential": lambda: api.explain(
        "Sequential([Dense(4, input_shape=(3,)), Dense(2, activation='softmax')])", seed=1
    ),
    "build": lambda: api.explain("Dense(2, kernel_initializer='he_normal')", until="build", seed=1),
}
HOSTILE = [
    "Dense(3, name='" + "漢" * 3000 + "')",
    "Dense(3, name='漢字')",
    "Dense(3, name='\\u202eevil')",
    "Dense(3, name='\\x1b[2J\\x1b[H')",
    "Dense(3, name='\U0001f468\u200d\U0001f469')",
    "Sequential([" * 12 + "Dense(3)" + "])" * 12,
    "Dense(4, foo='" + "x" * 500 + "')",
]


def text(made: Trace, level: Level = "author", width: int = 80, signs: Signs = UNICODE) -> str:
    return "".join(Tree(made, View(level), signs).chunks(width))


@pytest.mark.parametrize("case", CASES)
def test_author_level_looks_as_agreed(case: str, golden: Golden) -> None:
    golden(f"{case}-80", text(CASES[case]()))


@pytest.mark.parametrize("level", ["user", "framework"])
def test_other_levels_look_as_agreed(level: Level, golden: Golden) -> None:
    golden(f"dense-{level}", text(CASES["dense"](), level))


def without_numbers(made: Trace, level: Level, width: int) -> str:
    """The text without the numbers of tensors, which are shown where there is room for them."""
    lines = Tree(made, View(level)).lines(width)
    return "".join(texts([run for run in line if run[1] != "numbers"] for line in lines))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("level", LEVELS)
def test_every_width_says_the_same_at_the_same_depth(case: str, level: Level) -> None:
    made = CASES[case]()
    wide = without_numbers(made, level, 1000)
    for width in (60, 80, 200):
        narrow = without_numbers(made, level, width)
        check_width(narrow, wide, width)
        assert branches(narrow) == branches(wide)


@pytest.mark.parametrize("case", CASES)
def test_ascii_says_the_same(case: str) -> None:
    signs, made = ascii_signs(), CASES[case]()
    shown = text(made, signs=signs, width=1000)
    assert shown.isascii()
    assert words(shown) == words(signs.fit(words(text(made, width=1000))))


@pytest.mark.parametrize("level", ["user", "author"])
def test_a_script_looks_as_agreed(level: Level, golden: Golden, tmp_path: Path) -> None:
    script = tmp_path / "article.py"
    script.write_text(ARTICLE)
    golden(f"article-{level}", text(api.run(script).trace, level))


class TestLayout:
    @pytest.mark.parametrize("width", [20, 33, 60, 80, 200])
    @pytest.mark.parametrize("expression", [*HOSTILE, "Dense(64, activation='relu')"])
    def test_no_line_is_wider_than_the_terminal(self, expression: str, width: int) -> None:
        made = api.explain(expression)
        for signs in (UNICODE, ascii_signs()):
            for view in (View(), View("framework"), View("user"), View(depth=2)):
                for line in Tree(made, view, signs).chunks(width):
                    assert cell_len(line.rstrip("\n")) <= width, line

    def test_a_deep_line_keeps_room_and_tells_its_depth(self) -> None:
        lines = list(Tree(trace(nested(300))).chunks(60))
        assert any(line.startswith("300 ") and "dense.call()" in line for line in lines)

    def test_guides_run_on_beside_wrapped_lines(self) -> None:
        made = trace(
            step("call", "k.Dense.call", nested(1), inputs="word " * 12),
            nested(1),
        )
        lines = [line.rstrip("\n") for line in Tree(made).chunks(40)]
        begin = next(index for index, line in enumerate(lines) if line.startswith("├─"))
        end = next(index for index, line in enumerate(lines) if line.startswith("│  └─"))
        assert end > begin + 1
        assert all(line.startswith("│  │") for line in lines[begin + 1 : end])


class TestSigns:
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "nonsense"])
    def test_an_output_that_cannot_draw_gets_ascii(self, encoding: str) -> None:
        signs = signs_for(encoding)
        assert signs.branch.isascii()
        assert signs.fit("a → b ✗") == "a -> b x"

    def test_what_an_output_cannot_hold_is_spelled_out(self) -> None:
        assert signs_for("latin-1").fit("é漢") == "é\\u6f22"

    def test_utf_8_draws_unless_the_terminal_is_dumb(self) -> None:
        assert signs_for("utf-8") is UNICODE
        assert signs_for("utf-8", dumb=True).branch == "|- "


class TestColour:
    def test_rich_prints_it_with_the_same_text(self) -> None:
        made = api.explain("Dense(3)")
        console = Console(file=io.StringIO(), width=80, color_system=None)
        console.print(Tree(made))
        assert isinstance(console.file, io.StringIO)
        printed = [line.rstrip() for line in console.file.getvalue().splitlines()]
        assert printed == render_text(made).splitlines()

    def test_every_role_that_is_used_has_a_style(self) -> None:
        made = api.explain("Dense(3, activation='nope')")
        for view in (View(), View("framework"), View("user"), View(depth=1)):
            roles = {role for line in Tree(made, view).lines(80) for _, role in line}
            assert roles <= set(STYLES)

    def test_nothing_is_said_by_colour_alone(self) -> None:
        shown = render_text(api.explain("Dense(3, activation='nope')"))
        assert "✗ failed" in shown
        assert "ValueError" in shown


NAMES = st.text(max_size=8)


@given(NAMES, NAMES, st.sampled_from(["call", "op", "invoke", "build", "add_weight", "check"]))
def test_whatever_a_trace_says_every_line_is_safe(name: str, value: str, kind: str) -> None:
    made = trace(step(kind, subject=name, line=value, name=value, x=name), text=value)
    for output in (Tree(made).chunks(60), plain.chunks(made, View())):
        assert all(line.rstrip("\n").isprintable() for line in output)


def test_a_heading_has_the_numbers_of_a_small_input_of_your_own_where_there_is_room() -> None:
    from densetrace import explain

    trace = explain("Dense(2)", inputs=[[1, 2, 3]])
    assert "2  first call: dense(x), x = f32[1,3] = [[1, 2, 3]]\n" in render_text(trace)
    narrow = render_text(trace, width=50)
    assert "2  first call: dense(x), x = f32[1,3]\n" in narrow
    saved = Trace.loads(trace.dumps())
    assert render_text(saved) == render_text(trace)


@pytest.mark.parametrize("shape", [None, (3,), (1, 3)])
def test_a_heading_does_not_have_the_numbers_of_a_sample(shape: tuple[int, ...] | None) -> None:
    from densetrace import explain

    text = render_text(explain("Dense(2)", input_shape=shape))
    heading = next(line for line in text.splitlines() if "first call" in line)
    assert "[[" not in heading


def test_a_heading_does_not_have_the_numbers_of_a_large_input() -> None:
    from densetrace import explain

    text = render_text(explain("Dense(2)", inputs=[[0.123] * 40]), width=400)
    assert "x = f32[1,40]\n" in text
