"""The organisation: units, people, roles, absences, and who a reference of a policy means."""
