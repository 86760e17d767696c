"""Policy packs: data, no code."""
