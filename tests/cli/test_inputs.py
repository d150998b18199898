"""What a person hands over to be read: files, links, devices, pipes, standard input."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import densetrace
from densetrace.system import file_input
from densetrace.system.errors import RequestError
from densetrace.system.file_input import Kind, read_bytes, read_text
from tests.cli.running import command, environment, invoke, run
from tests.reliability.terminals import Window

DENSE = "Dense(2)"
SCRIPT = "from keras.layers import Dense\nlayer = Dense(2)  # é\n"
LIMIT = 60
"""Seconds after which a process that should have ended hangs."""

NOTE = Kind("A note", 1000)

READERS = {
    "x.json": (["explain"], ["step"], ["quiz"], ["why", "kernel"], ["diff", DENSE]),
    "x.py": (["run"], ["step"], ["quiz"], ["why", "kernel"], ["diff", DENSE]),
    "x.md": (["demo"],),
}
"""Name -> the commands that read a file of this name, each with what comes after it."""

EVERY_READER = [(name, words) for name, commands in READERS.items() for words in commands]


def started(
    arguments: Sequence[str], stdin: int = subprocess.DEVNULL, pass_fds: Sequence[int] = ()
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command(arguments),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
        env=environment({}),
    )


@contextmanager
def piped(data: bytes) -> Iterator[int]:
    """The reading end of a pipe that brings these bytes, no more than a pipe holds."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    yield reading
    os.close(reading)


@pytest.fixture(scope="module")
def saved() -> str:
    return densetrace.explain(DENSE).dumps()


class TestFilesThatAreNone:
    @pytest.mark.parametrize(("name", "words"), EVERY_READER)
    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
    def test_a_device_is_refused_unread(
        self, tmp_path: Path, name: str, words: list[str], device: str
    ) -> None:
        (tmp_path / name).symlink_to(device)
        result = invoke(words[0], str(tmp_path / name), *words[1:])
        assert (result.exit_code, result.stdout) == (2, "")
        assert "not from a device" in result.stderr

    @pytest.mark.parametrize(("name", "words"), EVERY_READER)
    def test_other_odd_files_are_named_in_a_sentence(
        self, tmp_path: Path, name: str, words: list[str]
    ) -> None:
        itself, away, folder = (tmp_path / f"{one}-{name}" for one in ("itself", "away", "folder"))
        itself.symlink_to(itself.name)
        away.symlink_to("nowhere")
        folder.mkdir()
        for path, problem in (
            (itself, "it is a link that points to itself"),
            (away, "it is a link to a file that does not exist"),
            (folder, "is a file, not a folder"),
            (tmp_path / f"{'x' * 300}{name}", "File name too long"),
            (tmp_path / f"missing-{name}", f"missing-{name}"),
            (tmp_path / "missing" / name, "File not found"),
            (tmp_path / f"no\udcff\x1b{name}", "File not found"),
        ):
            result = invoke(words[0], str(path), *words[1:])
            assert (result.exit_code, result.stdout) == (2, "")
            assert problem in result.stderr
            assert result.stderr.isprintable() or result.stderr.replace("\n", "").isprintable()

    @pytest.mark.parametrize("name", ["sub/", "sub", "./sub", "../here/sub/"])
    @pytest.mark.parametrize(
        "words", [["explain"], ["step"], ["quiz"], ["why", "kernel"], ["diff", DENSE]],
        ids=lambda words: words[0],
    )  # fmt: skip
    def test_a_folder_is_called_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
    ) -> None:
        (tmp_path / "here" / "sub").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "here")
        result = invoke(words[0], name, *words[1:])
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"An expression or a file is expected, not a folder. Received: {name}\n" in (
            result.stderr.replace("In A: ", "")
        )
        assert f"such as {os.path.join(name, 'trace.json')}, or type an exp" in result.stderr

    def test_an_expression_may_be_called_like_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / DENSE).mkdir()
        assert invoke("explain", DENSE).exit_code == 0

    def test_a_name_that_no_file_can_have(self) -> None:
        for name in ("a\0b.json", "a\ud800.json"):
            with pytest.raises(RequestError, match="A file cannot have this name"):
                densetrace.load(name)
            with pytest.raises(RequestError, match="A file cannot have this name"):
                densetrace.run(name)

    def test_a_name_that_is_not_utf_8_is_one_like_any_other(
        self, tmp_path: Path, saved: str
    ) -> None:
        path = os.fsencode(tmp_path) + b"/\xff.json"
        with open(path, "w") as file:
            file.write(saved)
        assert invoke("explain", os.fsdecode(path)).exit_code == 0

    @pytest.mark.skipif(os.getuid() == 0, reason="root may read anything")
    def test_one_that_may_not_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").touch(0o000)
        assert "Permission denied" in invoke("explain", str(tmp_path / "x.json")).stderr

    def test_a_neighbour_is_suggested(self, tmp_path: Path) -> None:
        for name in ("lesson.py", "lesson.json", "lesson.md"):
            (tmp_path / name).touch()
        for word, name in (("run", "leson.py"), ("explain", "leson.json"), ("demo", "leson.md")):
            stderr = invoke(word, str(tmp_path / name)).stderr
            assert f"Did you mean {name.replace('leson', 'lesson')}?" in stderr


class TestSize:
    def test_a_file_is_read_up_to_its_bound(self, tmp_path: Path) -> None:
        path = tmp_path / "note"
        path.write_bytes(b"x" * NOTE.most)
        assert len(read_bytes(path, NOTE)) == NOTE.most
        path.write_bytes(b"x" * (NOTE.most + 1))
        with pytest.raises(RequestError, match="A note has at most 1,000 bytes"):
            read_bytes(path, NOTE)

    def test_a_file_that_says_nothing_of_its_size_is_bounded(self) -> None:
        if not os.path.exists("/proc/self/maps"):
            pytest.skip("no such file here")
        with pytest.raises(RequestError, match="A note has at most 1,000 bytes"):
            read_bytes("/proc/self/maps", NOTE)

    def test_a_big_trace_is_refused_before_it_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "big.json"
        with path.open("wb") as file:
            file.truncate(file_input.TRACE.most + 1)
        for words in READERS["x.json"]:
            result = invoke(words[0], str(path), *words[1:])
            assert result.exit_code == 2
            assert "A saved trace has at most 500,000,000 bytes" in result.stderr

    @pytest.mark.parametrize("begin", [b"", b"{"])
    def test_an_endless_pipe_is_bounded(
        self, monkeypatch: pytest.MonkeyPatch, begin: bytes
    ) -> None:
        monkeypatch.setattr(file_input, "TRACE", Kind("A saved trace", 1_000_000))
        result = invoke("explain", "-", stdin=begin + b" " * 2_000_000)
        assert (result.exit_code, result.stdout) == (2, "")
        assert " has at most " in result.stderr

    @pytest.mark.parametrize("words", [["explain", "-"], ["explain", "/dev/stdin"]])
    def test_an_endless_device_as_standard_input_ends(self, words: list[str]) -> None:
        with open("/dev/zero", "rb") as zero:
            process = started(words, zero.fileno())
            _, stderr = process.communicate(timeout=LIMIT)
        assert process.returncode == 2
        assert stderr.startswith(b"Error: An expression ")

    @pytest.mark.parametrize("words", [["quiz", DENSE], ["step", DENSE], ["quiz", DENSE, "--json"]])
    @pytest.mark.parametrize("endless", ["zeros", "yes"])
    def test_endless_answers_and_keys_end_in_a_sentence(
        self, words: list[str], endless: str
    ) -> None:
        if endless == "zeros":
            source = subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE)
        else:
            source = subprocess.Popen(["yes", "x" * 99], stdout=subprocess.PIPE)
        with source:
            assert source.stdout is not None
            process = started(words, source.stdout.fileno())
            stdout, stderr = process.communicate(timeout=LIMIT)
            source.kill()
        assert process.returncode == 2
        assert "Error: At most " in stderr.decode()
        assert "are read from standard input" in stderr.decode()
        # What came of it until then is said as at any other end.
        said = stdout.decode() + stderr.decode()
        assert "Score: " in said or "To come back:" in said
        assert "--json" not in words or stdout.startswith(b"{")

    def test_keys_in_plenty_are_no_endless_input(self) -> None:
        result = invoke("step", DENSE, stdin="j" * 20_000 + "\n" + "k\n" * 100)
        assert result.exit_code == 0
        assert "To come back:" in result.stdout


class TestEncodings:
    def test_a_byte_order_mark_is_no_text(self, tmp_path: Path, saved: str) -> None:
        for name, text in (
            ("x.json", saved),
            ("x.py", SCRIPT),
            ("x.md", "# L\n\n```trace\n" + DENSE + "\n```\n"),
        ):
            path = tmp_path / name
            path.write_text(text, encoding="utf-8-sig")
            for words in READERS[name][:1]:
                assert invoke(words[0], str(path)).exit_code == 0
        for text in (saved, DENSE):
            assert invoke("explain", "-", stdin=text.encode("utf-8-sig")).exit_code == 0

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "latin-1"])
    def test_another_encoding_is_refused(self, tmp_path: Path, saved: str, encoding: str) -> None:
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        for name, words in EVERY_READER:
            text = {"x.json": saved + "é", "x.py": SCRIPT, "x.md": "# é\n"}[name]
            path = tmp_path / name
            path.write_bytes((mark + text).encode(encoding))
            result = invoke(words[0], str(path), *words[1:])
            assert (result.exit_code, result.stdout) == (2, "")
            assert "UTF-8" in result.stderr
            if encoding != "latin-1" and name != "x.py":
                assert "UTF-16 or UTF-32.\nSave it as UTF-8." in result.stderr

    def test_a_script_says_its_encoding_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "x.py"
        path.write_bytes(
            b"# coding: latin-1\nfrom keras.layers import Dense\nDense(2, name='\xe9')\n"
        )
        assert "'é'" in invoke("run", str(path)).stdout


class TestPipes:
    @pytest.mark.parametrize(
        ("arguments", "inside"),
        [
            (["explain", "PIPE"], "dense(x) = "),
            (["why", "PIPE", "kernel"], "Why dense.kernel"),
            (["diff", "PIPE", DENSE], "same"),
            (["step", "PIPE"], "To come back:"),
            (["quiz", "PIPE", "--seed", "1"], "Score: "),
        ],
        ids=lambda one: one[0] if isinstance(one, list) else "",
    )
    def test_a_process_substitution_is_read(
        self, arguments: list[str], inside: str, saved: str
    ) -> None:
        for text in (DENSE, saved):
            with piped(text.encode()) as pipe:
                words = [f"/dev/fd/{pipe}" if word == "PIPE" else word for word in arguments]
                process = started(words, pass_fds=[pipe])
                stdout, stderr = process.communicate(timeout=LIMIT)
            assert (process.returncode, stderr) == (0, b"")
            assert inside in stdout.decode()

    def test_standard_input_by_its_name(self, saved: str) -> None:
        for text in (DENSE, saved):
            named = run("explain", "/dev/stdin", stdin=text.encode())
            assert named.returncode == 0
            assert named.stdout == run("explain", "-", stdin=text.encode()).stdout
        refused = run("quiz", "/dev/stdin", stdin=DENSE.encode())
        assert b"A quiz reads your answers from standard input" in refused.stderr

    def test_a_script_comes_through_a_pipe_with_its_lines(self) -> None:
        with piped(SCRIPT.encode()) as pipe:
            process = started(["run", f"/dev/fd/{pipe}"], pass_fds=[pipe])
            stdout, stderr = process.communicate(timeout=LIMIT)
        assert (process.returncode, stderr) == (0, b"")
        assert "line 2  layer = Dense(2)" in stdout.decode()

    def test_a_named_pipe_waits_for_its_writer(self, tmp_path: Path, saved: str) -> None:
        pipe = tmp_path / "pipe.json"
        os.mkfifo(pipe)
        window = Window(command(["explain", str(pipe)]))
        window.wait_for("densetrace: Reading pipe.json, 1 s")
        pipe.write_text(saved)
        window.finish()
        assert window.code == 0

    def test_a_writer_may_be_silent_for_as_long_as_it_likes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(file_input, "SECONDS_FOR_A_WRITER", 0)
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        both = os.open(pipe, os.O_RDWR)  # so that the other end opens at once
        writing = os.open(pipe, os.O_WRONLY)
        with subprocess.Popen(["sh", "-c", "sleep 1; printf late"], stdout=writing):
            os.close(writing)
            os.close(both)
            assert read_text(pipe, NOTE) == "late"

    def test_one_that_nobody_writes_to_is_given_up(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.json"
        os.mkfifo(pipe)
        ended = run("explain", str(pipe))
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert b"No program wrote to the pipe " in ended.stderr

    def test_an_interrupt_ends_the_wait(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.py"
        os.mkfifo(pipe)
        window = Window(command(["run", str(pipe)]))
        window.wait_for("densetrace: Reading ")
        window.interrupt()
        window.finish()
        assert window.code == 130

    def test_an_empty_one_is_empty(self) -> None:
        with piped(b"") as pipe:
            assert read_bytes(f"/dev/fd/{pipe}", NOTE) == b""


class TestDeletedFolder:
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["explain", DENSE], 0),
            (["step", DENSE], 0),
            (["quiz", DENSE, "--seed", "1"], 0),
            (["why", DENSE, "kernel"], 0),
            (["diff", DENSE, DENSE], 0),
            (["demo", "layout"], 0),
            (["run", "SCRIPT"], 0),
            (["explain", DENSE, "-o", "FILE"], 0),
            (["run", "x.py"], 2),
            (["explain", "x.json"], 2),
            (["demo", "x.md"], 2),
            (["explain", DENSE, "-o", "x.json"], 2),
            (["quiz", DENSE, "--handout", "x.md"], 2),
        ],
        ids=lambda one: " ".join(one) if isinstance(one, list) else "",
    )
    def test_what_needs_no_folder_works_and_what_does_says_so(
        self, tmp_path: Path, arguments: list[str], code: int
    ) -> None:
        (tmp_path / "script.py").write_text(SCRIPT)
        named = {"SCRIPT": str(tmp_path / "script.py"), "FILE": str(tmp_path / "x.json")}
        (tmp_path / "gone").mkdir()
        words = command([named.get(word, word) for word in arguments])
        ended = subprocess.run(
            ["sh", "-c", 'cd "$0" && rmdir "$0" && "$@"', str(tmp_path / "gone"), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment({}),
            timeout=LIMIT,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
        assert (b"orking folder was deleted" in ended.stderr) == (code == 2)

    def test_a_page_of_the_stepper_says_why_it_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "gone").mkdir()
        ended = subprocess.run(
            [
                "sh",
                "-c",
                'cd "$0" && rmdir "$0" && "$@"',
                str(tmp_path / "gone"),
                *command(["step", DENSE]),
            ],
            input=b"w\n",
            capture_output=True,
            env=environment({}),
            timeout=LIMIT,
            check=False,
        )
        assert ended.returncode == 0
        assert b"the working folder was deleted" in ended.stdout

    def test_a_trace_is_recorded_in_python(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        with densetrace.trace() as recorded:
            densetrace.Dense(2)
        assert recorded.steps
        assert densetrace.explain(DENSE).steps


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (["explain", DENSE, "--input-shape", ","], "--input-shape ','."),
        (["explain", DENSE, "--input", ","], "--input ','."),
        (["explain", DENSE, "--seed", ","], "','."),
        (["explain", DENSE, "--only", ","], "--only ','."),
        (["explain", DENSE, "--batches", ","], "--batches ','."),
        (["explain", DENSE, "--engine", ","], "','."),
        (["explain", DENSE, "--engine", "it's"], '"it\'s".'),
        (["step", DENSE, "--at", "99"], "--at 99."),
        (["quiz", DENSE, "--topic", ","], "--topic ','."),
        (["names", ","], "','."),
        (["glossary", ","], "','."),
        (["diff", DENSE, "--engines", ","], "','."),
    ],
)
def test_a_message_quotes_what_was_received(arguments: list[str], received: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert f"Received: {received}\n" in result.stderr
