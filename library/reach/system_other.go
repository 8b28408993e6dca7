//go:build !windows && !darwin

package reach

// systemSettings is empty: here the environment is the setting.
func systemSettings() settings { return settings{} }
