"""The pages: what a controller, a head, an executor, an administrator and an author of rules see and do."""
