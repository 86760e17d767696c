"""The work calendar: working days and hours, terms and deadlines."""
