"""What mutations take, a module a noun. `checks` holds every value against what its field says."""
