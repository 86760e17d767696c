"""What can be said of a policy without any document: conflicts with a witness, dead and shadowed rules, gaps."""
