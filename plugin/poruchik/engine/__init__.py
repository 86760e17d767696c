"""From policies and a document to a decision: compile → match → decide → trace."""
