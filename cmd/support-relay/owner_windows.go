package main

// ownerInstead names nobody: here what an administrator makes has the rights that the
// directory hands down.
func ownerInstead(string) string { return "" }
