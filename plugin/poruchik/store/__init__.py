"""The database of the plugin: one module a noun, one transaction a stage."""
