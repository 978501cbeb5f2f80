"""CSV files of a school: `reading` finds the table, `mapping` names its columns, `values` reads its cells,
`people` says whom its lines speak of, `known` what the directory knows, `plan` what changes.
Nothing is written here."""
