package main

// defaultEditor is what every Windows has.
const defaultEditor = "notepad"
