"""The values that flow through the core, one noun a file. All are immutable; every moment carries an offset."""
