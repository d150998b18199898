"""Turns a trace into what people read: a tree, plain lines, JSON. One file each."""
