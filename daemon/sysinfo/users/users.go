// Package users collects who uses a computer: its accounts, and who is logged on.
//
// [List] fills the category; [Names] tells what to look for when names are withheld.
// Both ask a [machine.Machine]. The package imports no other collector: software
// and system ask it for homes and names.
package users
