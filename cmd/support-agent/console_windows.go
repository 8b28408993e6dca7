package main

import "golang.org/x/sys/windows"

// hideWindow leaves the console, whose window closes then: nobody else is attached to it
// (FreeConsole, Windows console API). A program for the console is what makes plain
// commands work, so it cannot be one without a window from the beginning; the window
// stands until the page is there, and stays where none comes.
func hideWindow() bool {
	ok, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("FreeConsole").Call()
	return ok != 0
}
