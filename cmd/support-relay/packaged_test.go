package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The configuration that the packages install: it can be used as it is, it names every
// option, and with all examples in force it would be taken, too.
func TestPackagedConfigurationNamesEveryOption(t *testing.T) {
	const packaged = "../../hack/packaging/relay.toml"
	var cfg config
	if err := cfg.read(packaged); err != nil {
		t.Error(err)
	}
	if len(cfg.places) != 1 || cfg.Data != "/var/lib/supportd" {
		t.Errorf("more is set than data: %v", cfg.places)
	}
	text, err := os.ReadFile(packaged)
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile(`(?m)^# (\w+ = |\[tls\])`).ReplaceAllString(string(text), "$1")
	// It is the one or the other: a certificate of one's own, or ACME.
	for name, without := range map[string]string{"acme": `(?m)^(cert|key) = .*$`, "cert": `(?m)^acme\w* = .*$`} {
		file := filepath.Join(t.TempDir(), name+".toml")
		if err := os.WriteFile(file, regexp.MustCompile(without).ReplaceAll([]byte(examples), nil), 0o600); err != nil {
			t.Fatal(err)
		}
		var all config
		if err := all.read(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for key := range cfg.fields() {
			if _, named := all.places[key]; !named && !strings.HasPrefix(key, "tls.") {
				t.Errorf("%s: %s is not named", name, key)
			}
		}
	}
	for _, key := range []string{"cert", "key", "acme", "acme_ca"} {
		if !strings.Contains(examples, "\n"+key+" = ") {
			t.Errorf("tls.%s is not named", key)
		}
	}
}
