"""Files: their bytes, judged by content, kept somewhere safe."""
