package sysinfo_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"supportd/daemon/sysinfo"
)

// A collector answers with one section for each category. What the customer
// keeps back is not even read.
func ExampleCollector() {
	var c sysinfo.Collector
	doc := c.Collect(context.Background(), sysinfo.Options{
		Categories:         []sysinfo.Category{sysinfo.OS, sysinfo.Processes},
		WithholdCategories: []sysinfo.Category{sysinfo.Processes},
	})
	for _, s := range doc.Sections {
		fmt.Printf("%s: %s, withheld: %t, has items: %t\n", s.Category, s.Category.Title(), s.Withheld, len(s.Items) > 0)
	}
	// Output:
	// os: Operating system, withheld: false, has items: true
	// processes: Processes, withheld: true, has items: false
}

// A document is text for people. What is not known says so, and is never 0.
func ExampleWriteText() {
	doc := sysinfo.Document{
		Host: "PC-0417", Collected: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		Sections: []sysinfo.Section{{Category: sysinfo.Memory, Items: []sysinfo.Item{
			{Name: "total", Value: uint64(8 << 30), Unit: sysinfo.Bytes},
			{Name: "serial", Class: sysinfo.Serials, Withheld: true},
			{Name: "modules", Reason: "needs administrator rights"},
		}}},
	}
	if err := sysinfo.WriteText(os.Stdout, doc); err != nil {
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
	c, err := sysinfo.ParseCategory("disks")
	fmt.Println(c, err)
	// Output:
	// disks <nil>
}
