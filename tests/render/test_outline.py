"""Which lines a trace has, at which level, and what is left out of them."""

import numpy as np
import pytest

import densetrace
from densetrace import api
from densetrace.data.steps import Error, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function
from densetrace.kinds import KINDS
from densetrace.kinds.spans import plain_text
from densetrace.render.outline import Outline, Row, View
from densetrace.render.phases import Phase
from densetrace.system.errors import RequestError
from tests.render.steps import nested, step, trace

RELU = Function("relu", "keras.activations")


def rows(made: Trace, view: View | None = None) -> list[Row]:
    outline = Outline(made, view or View(), annotate=lambda step: None)
    return [row for phase in outline.phases() for row in outline.rows(phase)]


def texts(made: Trace, view: View | None = None) -> list[str]:
    return ["  " * (row.depth - 1) + plain_text(row.line.spans) for row in rows(made, view)]


def lookup(*children: Step, line: str = "self.activation = activations.get(activation)") -> Step:
    return step(
        "get", "keras.activations.get", *children, identifier="relu", result=RELU, line=line
    )


def assign(line: str = "self.activation = activations.get(activation)", **extra: object) -> Step:
    return step("assign", name="activation", value=RELU, line=line)


class TestAuthorLevel:
    def test_a_lookup_and_the_assignment_it_feeds_share_a_line(self) -> None:
        assert texts(trace(lookup(), assign())) == [
            "activation = activations.get('relu') → function relu"
        ]

    def test_a_lookup_does_not_feed_an_assignment_further_down(self) -> None:
        later = assign()
        assert later.where is not None
        moved = Step(
            **{name: getattr(later, name) for name in Step.__slots__}
            | {"where": type(later.where)("file.py", 9, "function", "self.activation = other")}
        )
        assert len(texts(trace(lookup(line="found = activations.get(name)"), moved))) == 2

    def test_a_lookup_for_a_private_attribute_is_named_by_its_line(self) -> None:
        assert texts(trace(lookup(line="self._activation = activations.get(name)"))) == [
            "_activation = activations.get('relu') → function relu"
        ]

    def test_lookups_inside_a_lookup_are_folded(self) -> None:
        inner = step("deserialize", "keras.saving.serialization_lib.f", identifier="relu")
        assert texts(trace(lookup(inner), assign())) == texts(trace(lookup(), assign()))

    def test_what_else_happens_inside_a_lookup_is_shown(self) -> None:
        made = step("call", "keras.layers.core.dense.Dense.call")
        inner = step("deserialize", "keras.saving.serialization_lib.f", made, identifier="relu")
        assert texts(trace(lookup(inner)))[1:] == ["  dense.call() → None"]

    def test_the_decorator_and_its_init_share_a_line(self) -> None:
        init = step("init", "keras.layers.core.dense.Dense.__init__", assign())
        after = step("assign", name="kernel_layout", value="shard")
        made = step("layout", "keras.dtensor.utils.allow_initializer_layout", init, after)
        assert texts(trace(made)) == [
            "allow_initializer_layout calls Dense.__init__",
            "  activation = relu",
            "  kernel_layout = 'shard'",
        ]

    def test_a_second_identical_check_and_an_assignment_without_effect_are_left_out(self) -> None:
        check = step("check", spec=None, shape=None, facts={"verdict": "fits"})
        same = step("assign", name="built", value=True, before=True)
        assert len(texts(trace(step("invoke", "k.Layer.__call__", check, check, same)))) == 2

    def test_add_weight_does_not_look_up_again_what_it_was_given(self) -> None:
        again = step("get", "keras.regularizers.get", identifier=None, facts={"branch": "None"})
        real = step("get", "keras.initializers.get", identifier="ones", facts={"branch": "str"})
        made = step("add_weight", "k.Layer.add_weight", real, again, name="w")
        assert len(texts(trace(made))) == 2

    def test_a_step_that_raised_is_never_left_out(self) -> None:
        error = Error("ValueError", "no")
        bad = step("get", "keras.regularizers.get", error=error, facts={"branch": "None"})
        made = step("add_weight", "k.Layer.add_weight", bad, error=error, name="w")
        assert texts(trace(made)) == [
            "add_weight('w')",
            "  regularizers.get()  ✗ failed",
            "    ✗ ValueError: no",
        ]


class TestErrors:
    def test_the_error_stands_after_what_had_gone_well(self) -> None:
        error = Error("ValueError", "units\n\n  must be\tpositive")
        init = step("init", "k.Dense.__init__", assign(), error=error)
        assert texts(trace(init)) == [
            "Dense.__init__()  ✗ failed",
            "  activation = relu",
            "  ✗ ValueError: units must be positive",
        ]

    def test_an_error_that_became_another_is_told_at_both_places(self) -> None:
        inner = step("call", "k.Dense.call", error=Error("TypeError", "inner"))
        outer = step("invoke", "k.Layer.__call__", inner, error=Error("ValueError", "outer"))
        shown = [text for text in texts(trace(outer)) if "✗" in text]
        assert [text.split()[-1] for text in shown] == ["failed", "failed", "inner", "outer"]

    @pytest.mark.parametrize("depth", [1, 2, 3])
    def test_depth_never_hides_an_error(self, depth: int) -> None:
        made = api.explain("Dense(4, activation='rleu')")
        shown = rows(made, View(depth=depth))
        assert any("failed" in plain_text(row.line.spans) for row in shown)

    def test_only_never_hides_an_error(self) -> None:
        made = api.explain("Dense(4, activation='rleu')")
        assert any("✗ failed" in text for text in texts(made, View(only=frozenset({"op"}))))


class TestViews:
    def test_framework_level_has_a_line_for_every_step(self) -> None:
        made = api.explain("Sequential([Dense(4, activation='relu'), Dense(2)])")
        shown = [row.line.steps[0].id for row in rows(made, View("framework"))]
        assert shown == [step.id for step in made.walk()]

    def test_author_level_shows_each_step_once_at_most_and_in_order(self) -> None:
        made = api.explain("Sequential([Dense(4, activation='relu'), Dense(2)])")
        shown = [step.id for row in rows(made) for step in row.line.steps]
        assert len(shown) == len(set(shown))
        first = [row.line.steps[0].id for row in rows(made)]
        assert first == sorted(first)

    @pytest.mark.parametrize("kind", ["get", "deserialize", "add_weight", "op", "check"])
    @pytest.mark.parametrize("level", ["author", "framework"])
    def test_only_shows_all_steps_of_a_kind_and_no_line_without_one(
        self, level: str, kind: str
    ) -> None:
        made = api.explain("Dense(4, kernel_regularizer='l2')")
        view = View(level, frozenset({kind}))  # type: ignore[arg-type] # one of the levels
        shown = rows(made, view)
        assert all(any(step.kind == kind for step in row.line.steps) for row in shown)
        found = [step for row in shown for step in row.line.steps if step.kind == kind]
        order = made.order
        parents = [None if parent < 0 else order.steps[parent] for parent in order.parents]
        assert found == [
            step
            for step, parent in zip(order.steps, parents, strict=True)
            if step.kind == kind
            and (level == "framework" or not KINDS[kind].is_inner(step, parent))
        ]

    def test_a_note_that_is_shown_once_is_shown_in_a_call_that_keras_wraps(self) -> None:
        model = densetrace.Sequential([densetrace.Dense(2), densetrace.Dense(2)])
        with densetrace.trace() as made:
            model(np.ones((2, 3), "float32"))
        assert made.steps[0].facts["within"] == "keras.engine.training.Model.__call__"
        outline = Outline(made, View(only=frozenset({"build"})))
        [phase] = outline.phases()
        noted = [bool(row.line.notes) for row in outline.rows(phase)]
        assert noted == [True, False]

    def test_depth_says_how_much_it_hides(self) -> None:
        assert texts(trace(nested(4)), View(depth=2)) == [
            "dense.call() → None",
            "  dense.call() → None  (2 steps)",
        ]

    def test_the_trace_may_be_deeper_than_pythons_stack(self) -> None:
        assert len(rows(trace(nested(5000)))) == 5000
        assert len(rows(trace(nested(5000)), View(only=frozenset({"op"})))) == 0

    @pytest.mark.parametrize(
        ("asked", "hint"),
        [
            ({"level": "autor"}, "Did you mean author?"),
            ({"only": frozenset({"gett"})}, "Did you mean get?"),
            ({"only": frozenset({"get"}), "level": "user"}, "--level author"),
        ],
    )
    def test_a_wrong_view_is_refused_with_what_to_type(
        self, asked: dict[str, object], hint: str
    ) -> None:
        with pytest.raises(RequestError, match=hint):
            View(**asked)  # type: ignore[arg-type] # wrong on purpose

    def test_the_first_lines_cost_nothing_of_the_rest(self) -> None:
        noted: list[int] = []

        def annotate(one: Step) -> None:
            noted.append(one.id)

        outline = Outline(trace(*(nested(3) for _ in range(1000))), View(), annotate)
        phase = next(iter(outline.phases()))
        next(outline.rows(phase))
        assert len(noted) < 5


class TestPhases:
    @staticmethod
    def headings(made: Trace) -> list[str]:
        def heading(phase: Phase) -> str:
            return f"{phase.number} {plain_text(phase.title)} {phase.aside}".strip()

        return [heading(phase) for phase in Outline(made).phases()]

    def test_one_layer_is_constructed_and_called(self) -> None:
        assert self.headings(api.explain("Dense(3)")) == [
            "1 construct",
            "2 first call: dense(x), x = f32[2,3] (assumed: shape (None, 3), 2 examples)",
        ]

    def test_a_shape_that_was_given_was_not_assumed(self) -> None:
        made = api.explain("Dense(3)", input_shape=(None, 5))
        assert self.headings(made)[1].endswith("x = f32[2,5] (input shape (None, 5), 2 examples)")

    def test_several_objects_are_constructed_one_by_one(self) -> None:
        assert [
            heading.split("(")[0].strip()
            for heading in self.headings(api.explain("Sequential([Dense(3), Dense(2)])"))
        ] == [
            "1 construct dense",
            "2 construct dense_1",
            "3 construct sequential",
            "4 first call: sequential",
        ]

    def test_until_build_has_a_phase_for_it(self) -> None:
        assert self.headings(api.explain("Dense(3)", until="build")) == [
            "1 construct",
            "2 build dense (assumed: input shape (None, 3))",
        ]

    def test_python_divides_by_its_own_lines(self) -> None:
        with densetrace.trace() as made:
            layer = densetrace.Dense(3, kernel_regularizer="l2")
            layer(np.ones((1, 1)))
            assert layer.losses
        headings = [heading.partition(", line ") for heading in self.headings(made)]
        assert all(place.endswith("test_outline.py") for place, _, _ in headings)
        assert headings[1][2].endswith("layer(np.ones((1, 1)))")
        assert headings[2][2].endswith("assert layer.losses")

    def test_a_statement_of_several_lines_is_marked_as_going_on(self) -> None:
        made = step("call", line="layer = Dense(3,")
        heading = self.headings(Trace({"kind": "script"}, {}, {}, (made,)))
        assert heading == ["line 1 layer = Dense(3, ..."]


def test_objects_of_one_name_are_each_told_with_their_own_steps() -> None:
    def made(units: int) -> tuple[Step, ...]:
        return (
            step("new", "keras.engine.base_layer.Layer.__new__"),
            step("init", "keras.layers.core.dense.Dense.__init__"),
            step("assign", name="units", value=units),
        )

    shown = texts(trace(*made(3), *made(4)), View("user"))
    assert [line.strip() for line in shown if "units" in line] == ["units = 3", "units = 4"]
