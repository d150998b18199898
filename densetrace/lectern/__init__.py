"""Where lessons are held: their blocks are run, shown page by page, and handed out."""
