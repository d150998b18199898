"""The `densetrace` command: `python -m densetrace`, and what an installed `densetrace` starts."""

from densetrace import collecting, completion


def main() -> None:
    """The entry point of the command."""
    collecting.rarely()
    completion.begin()
    from densetrace.cli import main as command

    try:
        command()
    finally:
        collecting.no_more()


if __name__ == "__main__":
    main()
