"""Lessons are read from Markdown; errors name file and line."""

from pathlib import Path

import pytest

from densetrace.system.errors import RequestError
from densetrace.teach.lesson import Block, Claim, LessonError, Prose
from densetrace.teach.lesson_reader import load_lesson, read_lesson

WHOLE = """\
<!-- a remark
in two lines -->
# Title

Prose with `code`.

```text
# no heading
```

## First page

```trace only=get,assign until=init
Dense(2)
```
Words between.
```expect
# a remark
assert not steps("build")
```

```claim corrected
Said: one
thing
Means: assert step("build")
So: another
Proof: assert not steps("build")
```

## Second page

~~~python show=output
print(1)
~~~
"""


def test_pages_prose_blocks_and_claims() -> None:
    lesson = read_lesson(WHOLE, "mine", "mine.md")
    first, second, third = lesson.pages
    assert (lesson.title, lesson.name, lesson.called) == ("Title", "mine", "mine.md")
    assert [page.title for page in lesson.pages] == ["Title", "First page", "Second page"]
    [prose] = first.pieces
    assert isinstance(prose, Prose)
    assert prose.text == "Prose with `code`.\n\n```text\n# no heading\n```"
    assert prose.line == 5
    block, between, claim = second.pieces
    assert isinstance(block, Block)
    assert isinstance(between, Prose)
    assert isinstance(claim, Claim)
    assert (block.number, block.line, block.text) == (1, 13, "Dense(2)")
    assert block.options == {"only": "get,assign", "until": "init"}
    assert [(one.text, one.line) for one in block.expectations] == [('not steps("build")', 19)]
    assert (claim.said, claim.so, claim.verdict, claim.block) == ("one thing", "another",
                                                                  "corrected", 1)  # fmt: skip
    [script] = third.pieces
    assert isinstance(script, Block)
    assert (script.language, script.shows, script.text) == ("python", "output", "print(1)")


T = "# Title\n\n"
RUN = "```trace\nDense(2)\n```\n"
BROKEN = {
    "no title": ("Words.\n\n" + RUN, 1, "Start the lesson with its title"),
    "a page before the title": ("## Page\n", 1, "Start the lesson with its title"),
    "a block before the title": (RUN, 1, "Start the lesson with its title"),
    "nothing": ("", 1, "Start the lesson with its title"),
    "two titles": (T + RUN + "# Title\n", 6, "one title"),
    "nothing to run": (T + "Words.\n", 1, "at least one block"),
    "no end": (T + "```trace\nDense(2)\n", 3, "starts with ``` and is never closed"),
    "a comment without end": (T + RUN + "<!-- x\n", 6, "never closed"),
    "an unknown block": (T + "```trcae\nDense(2)\n```\n", 3, "Did you mean trace?"),
    "an unknown option": (T + "```trace lvel=user\nDense(2)\n```\n", 3, "Did you mean level?"),
    "an option of another": (T + "```python until=init\n1\n```\n", 3, "An option of a python"),
    "an option without value": (T + "```trace level\nDense(2)\n```\n", 3, "written as"),
    "a wrong level": (T + "```trace level=autor\nDense(2)\n```\n", 3, "Did you mean author?"),
    "a wrong number": (T + "```trace depth=x\nDense(2)\n```\n", 3, "whole number"),
    "a wrong count of batches": (T + "```python batches=some\n1\n```\n", 3, "number or all"),
    "neither yes nor no": (T + "```trace fit=true\nDense(2)\n```\n", 3, "one of yes, no"),
    "a wrong kind": (T + "```trace only=gett\nDense(2)\n```\n", 3, "Did you mean get?"),
    "a quote without end": (T + "```trace input='1\nDense(2)\n```\n", 3, "never closed"),
    "an empty block": (T + "```trace\n\n```\n", 3, "is empty"),
    "three to compare": (T + "```diff\nDense(1)\nDense(2)\nDense(3)\n```\n", 3, "Received: 3"),
    "no target": (T + "```why\nDense(1)\n```\n", 3, "target=kernel"),
    "no Python": (T + "```python\nx = 1\nx = = 2\n```\n", 5, "This is not Python"),
    "expected of nothing": (T + "```expect\nassert 1\n```\n", 3, "must follow the block"),
    "expected of another page": (T + RUN + "## Page\n```expect\nassert 1\n```\n", 7, "same page"),
    "an empty expectation": (T + RUN + "```expect\n# x\n```\n", 6, "is empty"),
    "options of expect": (T + RUN + "```expect x\nassert 1\n```\n", 6, "no options"),
    "no expectation": (T + RUN + "```expect\nassert 1\nstep get\n```\n", 8, "Python asserts"),
    "steps of a diff": (T + "```diff\nDense(1)\nDense(2)\n```\n```expect\nassert step\n```\n", 8,
                        "only be about"),
    "a claim of nothing": (T + "```claim corrected\nSaid: x\n```\n", 3, "must follow the trace"),
    "a claim without verdict": (T + RUN + "```claim\nSaid: x\n```\n", 6, "needs an outcome"),
    "nothing said": (T + RUN + "```claim confirmed\nMeans: assert 1\nSo: x\n```\n", 6, "Said:"),
    "nothing meant": (T + RUN + "```claim confirmed\nSaid: x\nSo: x\n```\n", 6, "Means:"),
    "an empty claim": (T + RUN + "```claim confirmed\nSaid: x\nMeans:\nSo: x\n```\n", 6, "Means:"),
    "nothing so": (T + RUN + "```claim confirmed\nSaid: x\nMeans: assert 1\n```\n", 6, "So:"),
    "a page after the solution": (T + RUN + "## Solution\n\n## More\n", 8, "is the last one"),
    "no proof": (T + RUN + "```claim corrected\nSaid: x\nMeans: assert 1\nSo: x\n```\n", 6,
                 "Proof:"),
    "a wrong line": (T + RUN + "```claim confirmed\nx\n```\n", 7, "must start with Said:"),
    "no assert": (T + RUN + "```claim confirmed\nSaid: x\nMeans: step get\nSo: x\n```\n", 8,
                  "Python asserts"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_broken_lesson_is_told_with_file_and_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(LessonError) as broken:
        read_lesson(text, "mine", "lessons/mine.md")
    assert broken.value.problem.startswith(f"lessons/mine.md:{line}: ")
    assert problem in str(broken.value)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("missing.md", None, "File not found"),
        ("binary.md", b"# T\xff\n", "UTF-8"),
        ("big.md", b"# T\n" + b"x" * 1_000_001, "at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, data: bytes | None, problem: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RequestError, match=problem) as refused:
        load_lesson(path)
    assert name in str(refused.value)


def test_a_folder_is_no_lesson(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="A lesson is a file, not a folder"):
        load_lesson(tmp_path)


def test_tabs_and_marks_of_other_systems_are_taken() -> None:
    lesson = read_lesson(("# T\r\n\r\n```trace\r\nDense(\t2)\r\n```\r\n"), "m", "m.md")
    assert lesson.blocks[0].text == "Dense(  2)"
