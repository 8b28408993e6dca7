//go:build unix && !linux

package testkit

import "errors"

// Hide is for Linux: no other system has control groups.
func Hide([]string) error { return errors.New("control groups are Linux's") }
