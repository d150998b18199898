"""How a call becomes a step: hooks, observers, the recorder, snapshots."""
