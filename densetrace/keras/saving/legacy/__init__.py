"""The config format of Keras before 2.12, which `get()` still accepts."""
