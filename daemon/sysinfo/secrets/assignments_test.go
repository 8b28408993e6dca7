package secrets

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

// What is looked for at some places only is found as the whole pattern finds it.
func TestAssignmentsAreThoseOfThePattern(t *testing.T) {
	pieces := []string{
		"password", "passwd", "PassPhrase", "secret", "api_key", "api-keys", "apitoken", "connection-string", "private_key", "access_key", "xtoken", "_token", "tokens", "smbpass", "rootpw", "pwd",
		"psk", "jwt", "sig", "signature", "bearer", "cred", "creds", "proxy_auth", "key_pass", "community", "OTP", "userpass", "to\u212Aen", "\u017Fecret", "pa\u017Fs", "ü", "비밀",
		"0", "9", "80", "credentials", "x", "a.b", "-", "_", ".", "1", "22", "333", "=", ":", "=>", ":=", " ", "  ", "\n", "\t", `"`, `'`, `\`, `\"`, `\\"`, ",", ";", "&", "!vault ", "bearer ", "Basic ", "/home", masked, "{", "}",
	}
	random := rand.New(rand.NewPCG(1, 2))
	const rounds = 1000
	found := 0
	for range rounds {
		var b strings.Builder
		for range 1 + random.IntN(14) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		s := b.String()
		want := assignment.ReplaceAllStringFunc(s, func(found string) string {
			part := assignment.FindStringSubmatch(found)
			return maskAssignment(part[1], part[2])
		})
		if got := maskAssignments(s); got != want {
			t.Fatalf("%q becomes %q, not %q", s, got, want)
		}
		if want != s {
			found++
		}
	}
	if found < rounds/10 {
		t.Errorf("only %d texts had a secret", found)
	}
}

// A pattern is not tried where none of its signs is.
func TestEveryPatternHasItsSigns(t *testing.T) {
	for name, c := range map[string]struct {
		pattern *regexp.Regexp
		signs   []string
	}{
		"header": {header, headerSigns}, "statement": {statement, statementSigns}, "call": {secretCall, callSigns},
		"webhook": {webhook, webhookSigns}, "foreign": {foreignSecret, foreignSigns},
	} {
		tree, err := syntax.Parse(c.pattern.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		all := shortest(tree)
		if len(all) < 2 {
			t.Errorf("%s: only %d texts", name, len(all))
		}
		for _, text := range all {
			text = strings.ToLower(text)
			if !c.pattern.MatchString(text) {
				t.Errorf("%s: %q does not fit: the test makes wrong ones", name, text)
			}
			if !containsAny(text, c.signs) {
				t.Errorf("%s: %q would be shown", name, text)
			}
		}
	}
}

func containsAny(s string, signs []string) bool {
	for _, sign := range signs {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}

// A command line may hold a whole script with quotes in quotes.
func BenchmarkALongCommandLine(b *testing.B) {
	line := strings.Repeat(`bash -c 'echo "1"; curl -u "kim:geheim" -H "Authorization: Bearer x" --token=x | tee log'; `, 90)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		Command(line)
	}
}
