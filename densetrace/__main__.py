"""The entry point of `densetrace` and `python -m densetrace`.

It imports nothing at module level that an interrupt could leave half done.
"""

import os
import signal


def main() -> None:
    """Run the command."""
    # Until ours are loaded: an interrupt that is raised during an import may be swallowed there.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        import atexit

        from densetrace.system import signals

        signals.end_at_once()
        atexit.register(signals.ignore_interrupts_at_exit)
        from densetrace.cli import completion
        from densetrace.system import gc_tuning

        gc_tuning.rarely()
        completion.begin()
        from densetrace.cli.app import main as command

        try:
            command()
        finally:
            signals.end_at_once()
            gc_tuning.skip_at_exit()
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
