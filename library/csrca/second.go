package csrca

import (
	"errors"
	"fmt"
	"slices"

	"supportd/library/filename"
	"supportd/library/text"
)

const (
	// EveryCategory stands for all categories of scripts, where they are listed.
	EveryCategory = "*"
	// MaxSecond is how many categories are listed at most.
	MaxSecond = 32
	// MaxCategory bounds the name of a category, in bytes.
	MaxCategory = 64
)

// Errors of [CheckSecond].
var (
	errSecondMany = fmt.Errorf("at most %d categories can demand a second signature; %s is all", MaxSecond, EveryCategory)
	errSecondName = fmt.Errorf("a category is one line of 1 to %d bytes, without invisible characters; %s is all", MaxCategory, EveryCategory)
	errSecondTwo  = errors.New("a category that demands a second signature is listed once")
)

// SortSecond is a list of categories in the order that [CheckSecond] wants, each once.
func SortSecond(categories []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(categories)))
}

// CheckSecond says what is wrong with a list of categories whose scripts need the signature
// of a second CSR. It is sorted, and names each once.
func CheckSecond(categories []string) error {
	switch {
	case len(categories) > MaxSecond:
		return errSecondMany
	case slices.ContainsFunc(categories, func(c string) bool { return c == "" || len(c) > MaxCategory || text.Plain(c, MaxCategory) != c }):
		return errSecondName
	}
	for i := 1; i < len(categories); i++ {
		if categories[i-1] >= categories[i] {
			return errSecondTwo
		}
	}
	return nil
}

// NeedsSecond reports whether the scripts of a category need a second signature. Names that
// differ only as some people would not see are the same.
func NeedsSecond(categories []string, category string) bool {
	return slices.ContainsFunc(categories, func(c string) bool {
		return c == EveryCategory || filename.Fold(c) == filename.Fold(category)
	})
}
