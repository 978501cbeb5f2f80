"""AAF (annuaire académique fédérateur): `sources` finds the files, `reader` streams their entries,
`facts` turns their values into typed facts. No database here."""
