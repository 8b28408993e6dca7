package daemon

import (
	"fmt"

	"golang.org/x/sys/windows"
)

func systemName() string {
	v := windows.RtlGetVersion()
	name := "Windows"
	if v.MajorVersion == 10 {
		name = "Windows 10"
		// The first build that Microsoft calls Windows 11; the version stayed 10.
		if v.BuildNumber >= 22000 {
			name = "Windows 11"
		}
	}
	return fmt.Sprintf("%s (%d.%d.%d)", name, v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
