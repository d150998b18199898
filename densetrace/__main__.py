"""The `densetrace` command: `python -m densetrace`, and what an installed `densetrace` starts.

So little stands here that an interrupt finds nothing half done.
"""

import os


def main() -> None:
    """The entry point of the command."""
    try:
        # Loaded here, so that an interrupt during the loading is met as well.
        import atexit

        from densetrace.system import signals

        signals.end_at_once()
        atexit.register(signals.ignore_interrupts_at_exit)
        from densetrace.cli import completion
        from densetrace.system import gc_tuning

        gc_tuning.rarely()
        completion.begin()
        from densetrace.cli.commands import main as command

        try:
            command()
        finally:
            signals.end_at_once()
            gc_tuning.skip_at_exit()
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
