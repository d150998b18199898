"""The file that a person names for a result: its suffix, and pipes, devices and descriptors."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from densetrace.cli import option_values
from densetrace.cli.option_values import format_for
from densetrace.data.trace import Trace
from densetrace.system import files
from densetrace.system.errors import RequestError
from tests.cli.running import command, environment, invoke, run
from tests.reliability.terminals import Window

DENSE = "Dense(2)"
ENDING = b"Key: densetrace glossary notation\n"
LIMIT = 60
"""Seconds after which a process that should have ended hangs."""

NEVER_RUNS = "raise SystemExit(99)\n"
PRINTS = """\
from keras.layers import Dense
print("one")
Dense(2)
print("two")
"""


def started(
    arguments: Sequence[str], pass_fds: Sequence[int] = (), stdout: int = subprocess.PIPE
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
        env=environment({}),
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "script.py").write_text(NEVER_RUNS)
    (tmp_path / "lesson.md").write_text(f"# L\n\n```python\n{NEVER_RUNS}```\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.json").write_text("{}")
    (tmp_path / "itself.json").symlink_to("itself.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestSuffix:
    @pytest.mark.parametrize(
        ("name", "form"),
        [
            ("x.json", "json"),
            ("x.HTML", "html"),
            ("x.htm", "html"),
            ("x.svg", "svg"),
            ("x.md", "markdown"),
            ("x.markdown", "markdown"),
            ("x.txt", "tree"),
            ("x", "tree"),
            ("x.png/y", "tree"),
        ],
    )
    def test_it_gives_the_format(self, name: str, form: str) -> None:
        assert format_for(None, name, False) == form
        assert format_for(None, name, True) == ("plain" if form == "tree" else form)

    @pytest.mark.parametrize("name", ["x.png", "x.pdf", "trace.json.gz", "x.py", "x.json~", "1.0"])
    @pytest.mark.parametrize(
        "asked",
        [
            ["explain", "script.py"],
            ["run"],
            ["why", "script.py", "kernel"],
            ["diff", "script.py", "script.py"],
            ["verify", DENSE],
            ["demo", "lesson.md"],
        ],
        ids=lambda asked: asked[0],
    )
    def test_one_that_no_format_has_is_refused_before_anything_runs(
        self, folder: Path, asked: list[str], name: str
    ) -> None:
        script = ["script.py"] if asked == ["run"] else []
        result = invoke(*asked, "-o", name, *script)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"Received: -o '{name}'.\n" in result.stderr
        assert "html" in result.stderr or ".json (json)" in result.stderr
        assert not (folder / name).exists()

    def test_the_message_has_every_suffix_with_its_format(self) -> None:
        with pytest.raises(RequestError) as refused:
            format_for(None, "x.png", False)
        for suffix, form in option_values._BY_SUFFIX.items():
            assert f"{suffix or 'none'} ({form})" in refused.value.problem

    @pytest.mark.parametrize("name", ["x.png", "x", "x.json"])
    def test_a_format_that_is_asked_for_goes_with_any(self, folder: Path, name: str) -> None:
        assert invoke("explain", DENSE, "--format", "svg", "-o", name).exit_code == 0
        assert (folder / name).read_text().startswith("<svg ")

    def test_a_pipe_may_be_called_anything(self, folder: Path) -> None:
        os.mkfifo("pipe.fifo")
        assert format_for(None, "pipe.fifo", False) == "tree"

    def test_a_handout_is_a_page_or_markdown(self, folder: Path) -> None:
        result = invoke("quiz", "script.py", "--handout", "quiz.pdf")
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: A handout is HTML or Markdown.")
        assert "quiz.html or quiz.md" in result.stderr


REFUSED = [
    ("", "A file needs a name. Received: an empty name."),
    (
        "new.json/",
        "Cannot write new.json/: a path that ends with / is a folder.\nLeave it out: new.json",
    ),
    ("file.json/", "a path that ends with / is a folder"),
    ("folder", "it is a folder.\nName a file in it: folder/trace.json"),
    ("folder/", "it is a folder"),
    (".", "it is a folder"),
    ("missing/x.json", "there is no folder missing"),
    ("file.json/x.json", "file.json is a file, not a folder"),
    ("itself.json", "Too many levels of symbolic links"),
    ("x" * 300, "File name too long"),
    ("/dev/fd/999", "Bad file descriptor"),
]


class TestPlaces:
    @pytest.mark.parametrize(("name", "problem"), REFUSED)
    def test_what_cannot_be_written_is_refused_before_anything_runs(
        self, folder: Path, name: str, problem: str
    ) -> None:
        before = sorted(os.listdir())
        for arguments in (["run", "-o", name, "script.py"], ["why", DENSE, "no", "-o", name]):
            result = invoke(*arguments)
            assert (result.exit_code, result.stdout) == (2, "")
            assert problem in result.stderr
        assert sorted(os.listdir()) == before

    @pytest.mark.parametrize(("name", "problem"), REFUSED)
    def test_saving_from_python_says_the_same(self, folder: Path, name: str, problem: str) -> None:
        with pytest.raises(RequestError) as refused:
            Trace().save(name)
        assert problem in f"{refused.value.problem}\n{refused.value.hint}"

    def test_an_empty_name_is_refused_in_one_way(self, folder: Path) -> None:
        problem, hint = "A file needs a name. Received: an empty name.", "For example: trace.json"
        for words in (["explain", DENSE, "-o", ""], ["quiz", DENSE, "--handout", ""]):
            assert invoke(*words).stderr == f"Error: {problem}\n{hint}\n"

    def test_a_link_to_a_file_that_is_not_there_makes_it(self, folder: Path) -> None:
        (folder / "link.json").symlink_to("folder/made.json")
        assert invoke("explain", DENSE, "-o", "link.json").exit_code == 0
        assert (folder / "folder" / "made.json").read_text().startswith('{"format"')
        (folder / "away.json").symlink_to("missing/made.json")
        result = invoke("explain", DENSE, "-o", "away.json")
        assert "there is no folder" in result.stderr
        assert "missing" in result.stderr

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_may_not_be_written_is_refused(self, folder: Path) -> None:
        (folder / "folder").chmod(0o500)
        result = invoke("run", "-o", "folder/x.json", "script.py")
        assert (result.exit_code, "Permission denied" in result.stderr) == (2, True)

    def test_a_handout_in_markdown_is_two_files(self, folder: Path) -> None:
        for name in ("/dev/stdout", os.devnull):
            result = invoke("quiz", "script.py", "--handout", name)
            assert result.exit_code == 2
            assert "A handout in Markdown is two files" in result.stderr
        for name, problem in (
            ("missing/x.md", "there is no folder missing"),
            ("new.md/", "a path that ends with / is a folder"),
            ("folder", "it is a folder"),
            ("", "A file needs a name"),
        ):
            result = invoke("quiz", "script.py", "--handout", name)
            assert (result.exit_code, problem in result.stderr) == (2, True)


class TestStandardStreams:
    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_the_one_of_results_gets_what_it_gets_without_the_option(self, name: str) -> None:
        if not os.path.exists(name):
            pytest.skip("no such path here")
        for arguments in (
            ["explain", DENSE],
            ["why", DENSE, "kernel"],
            ["demo", "layout", "--format", "html"],
        ):
            plain, named = run(*arguments), run(*arguments, "-o", name)
            assert (named.returncode, named.stderr) == (0, b"")
            assert named.stdout == plain.stdout

    def test_results_follow_what_a_script_has_printed(self, tmp_path: Path) -> None:
        (tmp_path / "script.py").write_text(PRINTS)
        for name in ("/dev/stdout", "out.txt"):
            with (tmp_path / "out.txt").open("wb") as stdout:
                process = subprocess.run(
                    command(["run", "-o", name, "script.py"]),
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    cwd=tmp_path,
                    env=environment({}),
                    timeout=LIMIT,
                    check=False,
                )
            assert (process.returncode, process.stderr) == (0, b"")
            assert (tmp_path / "out.txt").read_bytes() == run(
                "run", "script.py", cwd=tmp_path
            ).stdout

    def test_standard_error_gets_the_result_and_no_more(self) -> None:
        ended = run("explain", DENSE, "-o", "/dev/stderr")
        assert (ended.returncode, ended.stdout) == (0, b"")
        assert ended.stderr == run("explain", DENSE).stdout

    def test_an_open_file_is_gone_on_with(self, tmp_path: Path) -> None:
        with (tmp_path / "out.txt").open("w+b", buffering=0) as out:
            out.write(b"before\n")
            process = started(["explain", DENSE, "-o", f"/dev/fd/{out.fileno()}"], [out.fileno()])
            assert process.communicate(timeout=LIMIT)[0] == b""
            out.write(b"after\n")
        written = (tmp_path / "out.txt").read_bytes()
        assert written == b"before\n" + run("explain", DENSE).stdout + b"after\n"


class TestPipes:
    def test_a_process_substitution_gets_the_result(self) -> None:
        reading, writing = os.pipe()
        process = started(["explain", DENSE, "-o", f"/dev/fd/{writing}"], [writing])
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.read().endswith(ENDING)
        stdout, stderr = process.communicate(timeout=LIMIT)
        assert (process.returncode, stdout) == (0, b"")
        assert stderr.startswith(b"Wrote /dev/fd/")

    @pytest.mark.parametrize("form", ["tree", "json"])
    def test_one_that_is_closed_ends_quietly(self, form: str) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        for arguments, code in (
            (["explain", DENSE, "--format", form], 0),
            (["diff", DENSE, "Dense(3)", "--format", form], 1),
        ):
            process = started([*arguments, "-o", f"/dev/fd/{writing}"], [writing])
            assert process.communicate(timeout=LIMIT) == (b"", b"")
            assert process.returncode == code
        os.close(writing)

    def test_a_named_pipe_gets_the_result_and_stays(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.json"
        os.mkfifo(pipe)
        process = started(["explain", DENSE, "-o", str(pipe)])
        assert pipe.read_bytes().startswith(b'{"format"')
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0
        assert pipe.is_fifo()

    def test_an_interrupt_ends_the_wait_for_a_reader(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        window = Window(command(["explain", DENSE, "-o", str(pipe)]))
        window.wait_for("densetrace: Waiting for a program that reads")
        window.interrupt()
        window.finish()
        assert window.code == 130
        assert not any("Traceback" in row for row in window.rows)


class TestNewFiles:
    def test_the_first_name_that_is_free_is_taken(self, tmp_path: Path) -> None:
        names = [tmp_path / name for name in ("a", "b", "c")]
        names[0].write_text("there")
        names[1].symlink_to("itself")
        assert files.write_new(names, "new") == names[2]
        assert names[2].read_text() == "new"
        assert files.write_new(names, "newer") is None
        assert sorted(os.listdir(tmp_path)) == ["a", "b", "c"]

    def test_a_failure_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(RequestError, match="No space left"):
            files.write_new([tmp_path / "a"], "text")
        assert os.listdir(tmp_path) == []
