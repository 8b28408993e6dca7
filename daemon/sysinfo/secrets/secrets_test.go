package secrets

import (
	"strings"
	"testing"
)

func TestMaskVariable(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"GITHUB_TOKEN", "x", masked},
		{"db_password", "hunter2", masked},
		{"AWS_SECRET_ACCESS_KEY", "a", masked},
		{"AWS_ACCESS_KEY_ID", "b", masked},
		{"STRIPE_KEY", "c", masked},
		{"MYSQL_PWD", "d", masked},
		{"PGPASSWORD", "e", masked},
		{"SENTRY_DSN", "f", masked},
		{"SESSION_COOKIE", "g", masked},
		{"NPM_AUTH", "h", masked},
		{"GOOGLE_APPLICATION_CREDENTIALS", "/home/kim/key.json", masked},
		{"azure_connection_string", "i", masked},
		{"apiKey", "j", masked},
		{"PWD", "/home/kim", "/home/kim"},
		{"SSH_AUTH_SOCK", "/run/user/1000/agent", "/run/user/1000/agent"},
		{"PATH", "/usr/local/bin:/usr/bin", "/usr/local/bin:/usr/bin"},
		{"LANG", "ko_KR.UTF-8", "ko_KR.UTF-8"},
		{"DESKTOP_SESSION", "gnome", "gnome"},
		{"KEYBOARD", "us", "us"},
		{"EMPTY_TOKEN", "", ""},
		{"DATABASE_URL", "postgres://app:s3cret@db:5432/app?sslmode=on", "postgres://" + masked + "@db:5432/app?sslmode=on"},
		{"HTTPS_PROXY", "http://kim:pa@ss@proxy:8080", "http://" + masked + "@proxy:8080"},
		{"REMOTE", "ssh://git@example.org/x", "ssh://git@example.org/x"},
		{"MYSQL", "root:geheim@tcp(127.0.0.1:3306)/x", masked + "@tcp(127.0.0.1:3306)/x"},
		{"A", "ghp_0123456789abcdefABCDEF0123456789abcd", masked},
		{"B", "prefix glpat-abcdefghij0123456789 suffix", "prefix " + masked + " suffix"},
		{"C", "AKIAIOSFODNN7EXAMPLE", masked},
		{"D", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", masked},
		{"E", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", masked},
		{"F", "wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY", masked},
		{"G", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", masked},
		{"H", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", masked},
		{"I", "sk_live_0123456789abcdefghij", masked},
		{"J", "host=db password=hunter2 user=app", "host=db password=" + masked + " user=app"},
		{"K", "https://hooks.example.org/services/T00000000/B00000000/XyZ12aBcD34eFgH56iJkL78m", "https://hooks.example.org/services/T00000000/B00000000/" + masked},
		{"KDEHOME", "/usr/share/desktop-directories-and-more-of-them", "/usr/share/desktop-directories-and-more-of-them"},
	} {
		if got := Variable(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: %q, want %q", c.name, c.value, got, c.want)
		}
	}
}

func TestMaskArgs(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"curl --password=geheim https://x", "curl --password=" + masked + " https://x"},
		{"curl --password geheim https://x", "curl --password " + masked + " https://x"},
		{"mysqldump -pgeheim db", "mysqldump -p" + masked + " db"},
		{"mysql -p geheim db", "mysql -p " + masked + " db"},
		{"sshpass -p 1234 ssh x", "sshpass -p " + masked + " ssh x"},
		{"tool -p geheim", "tool -p " + masked},
		{"ssh -p 2222 host", "ssh -p 2222 host"},
		{"docker run -p 8080:80 x", "docker run -p 8080:80 x"},
		{"app --api-key=abc --verbose", "app --api-key=" + masked + " --verbose"},
		{"env DB_PASSWORD=x app", "env DB_PASSWORD=" + masked + " app"},
		{"git clone https://kim:tok@example.org/x.git", "git clone https://" + masked + "@example.org/x.git"},
		{"app --token --verbose", "app --token --verbose"},
		{"curl -H Authorization:Bearer.abc", "curl -H Authorization:" + masked},
		{"/sbin/init splash", "/sbin/init splash"},
		{"containerd-shim -id 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "containerd-shim -id " + masked},
	} {
		if got := Args(strings.Fields(c.line)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.line, got, c.want)
		}
	}
	if Args(nil) != "" {
		t.Error("no arguments")
	}
}

func FuzzMask(f *testing.F) {
	f.Add("https://a:b@c password=x -----BEGIN PRIVATE KEY----- ghp_0123456789abcdefABCDEF")
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s)
		if len(once) > 10*len(s)+100 {
			t.Fatalf("%d bytes became %d", len(s), len(once))
		}
		if got := Variable("X_TOKEN", s); s != "" && got != masked {
			t.Fatalf("a token %q is shown as %q", s, got)
		}
		if got := Args([]string{"app", "--password=" + s}); s != "" && got != "app --password="+masked {
			t.Fatalf("a password %q is shown as %q", s, got)
		}
		if got := Args([]string{"mysql", "-p" + s}); s != "" && got != "mysql -p"+masked {
			t.Fatalf("a password %q is shown as %q", s, got)
		}
	})
}
