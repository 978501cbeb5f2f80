"""Steps that several apps know to be done."""

GIVE_ADDRESS = "address"
