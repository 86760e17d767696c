"""Policy sets: kept whole under their version, put into force from a day on, taken up by a plugin that runs."""
