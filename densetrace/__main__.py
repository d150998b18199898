"""The `densetrace` command: `python -m densetrace`, and what an installed `densetrace` starts.

So little stands here that an interrupt finds nothing half done.
"""

import os


def main() -> None:
    """The entry point of the command."""
    try:
        # Loaded here, so that an interrupt during the loading is met as well.
        import atexit

        from densetrace import interrupts

        interrupts.end_at_once()
        atexit.register(interrupts.come_too_late)
        from densetrace import collecting, completion

        collecting.rarely()
        completion.begin()
        from densetrace.cli import main as command

        try:
            command()
        finally:
            interrupts.end_at_once()
            collecting.no_more()
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
