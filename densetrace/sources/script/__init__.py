"""A script: read, compiled, and run with stand-ins for TensorFlow and Keras."""
