package sysinfo_test

import (
	"context"
	"fmt"

	"supportd/daemon/sysinfo"
	"supportd/daemon/sysinfo/document"
)

// A collector answers with one section for each category. What the customer
// keeps back is not even read.
func ExampleCollector() {
	var c sysinfo.Collector
	doc := c.Collect(context.Background(), sysinfo.Options{
		Categories:         []document.Category{document.OS, document.Processes},
		WithholdCategories: []document.Category{document.Processes},
	})
	for _, s := range doc.Sections {
		fmt.Printf("%s: %s, withheld: %t, has items: %t\n", s.Category, s.Category.Title(), s.Withheld, len(s.Items) > 0)
	}
	// Output:
	// os: Operating system, withheld: false, has items: true
	// processes: Processes, withheld: true, has items: false
}
