package hack_test

import (
	"slices"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/sysinfo/document"
	"supportd/library/api"
)

// Q8: each topic and each kind of field has words for customers, and no others do.
func TestK2Q8_CustomersHaveWordsForEveryTopic(t *testing.T) {
	if got := consent.Categories(); !slices.Equal(got, api.Categories()) {
		t.Errorf("customers know %v, there are %v: give each its words in consent/names.go", got, api.Categories())
	}
	var classes []string
	for _, c := range document.Classes() {
		classes = append(classes, strings.ReplaceAll(string(c), "_", "-"))
	}
	if got := consent.Fields(); !slices.Equal(got, classes) {
		t.Errorf("customers know %v, there are %v", got, classes)
	}
}
