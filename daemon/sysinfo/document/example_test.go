package document_test

import (
	"fmt"
	"os"
	"time"

	"supportd/daemon/sysinfo/document"
)

// A document is text for people. What is not known says so, and is never 0.
func ExampleWriteText() {
	doc := document.Document{
		Host: "PC-0417", Collected: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		Sections: []document.Section{{Category: document.Memory, Items: []document.Item{
			{Name: "total", Value: uint64(8 << 30), Unit: document.Bytes},
			{Name: "serial", Class: document.Serials, Withheld: true},
			{Name: "modules", Reason: "needs administrator rights"},
		}}},
	}
	if err := document.WriteText(os.Stdout, doc); err != nil {
		fmt.Println(err)
	}
	// Output:
	// System information of PC-0417
	// collected 2026-11-26 09:00:00 +00:00
	//
	// Memory [memory]
	//   Total    8 GiB
	//   Serial   withheld
	//   Modules  (needs administrator rights)
}

// Categories are named on command lines; a wrong name gets the list of all.
func ExampleParseCategory() {
	c, err := document.ParseCategory("disks")
	fmt.Println(c, err)
	// Output:
	// disks <nil>
}
