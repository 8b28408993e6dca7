//go:build !linux

package page_test

func tellsUsers() bool { return false }
