"""What configs in JSON need. Follows keras 2.14 saving/legacy/saved_model."""
