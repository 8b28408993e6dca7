//go:build unix

package main

// defaultEditor is what POSIX has everywhere.
const defaultEditor = "vi"
