package power

import (
	"strings"
	"testing"
)

func TestAtScreenTellsDomains(t *testing.T) {
	users, err := System{}.AtScreen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range users {
		if domain, name, ok := strings.Cut(user, `\`); !ok || domain == "" || name == "" {
			t.Errorf("%q is no DOMAIN\\user", user)
		}
	}
}
