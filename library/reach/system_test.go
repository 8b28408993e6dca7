package reach

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProxiesOfTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env  string
		to   string
		want string
	}{
		"none":                     {"", "https://relay.test", ""},
		"HTTPS_PROXY":              {"HTTPS_PROXY=http://proxy.test:3128", "https://relay.test", "http://proxy.test:3128"},
		"https_proxy":              {"https_proxy=http://proxy.test:3128", "https://relay.test:2222", "http://proxy.test:3128"},
		"without a scheme":         {"HTTPS_PROXY=proxy.test:3128", "https://relay.test", "http://proxy.test:3128"},
		"ALL_PROXY":                {"ALL_PROXY=socks5://proxy.test:1080", "https://relay.test", "socks5://proxy.test:1080"},
		"the narrower one first":   {"all_proxy=socks5://a.test HTTPS_PROXY=http://b.test", "https://relay.test", "http://b.test"},
		"HTTP_PROXY is for http":   {"HTTP_PROXY=http://proxy.test:3128", "https://relay.test", ""},
		"NO_PROXY":                 {"HTTPS_PROXY=http://proxy.test NO_PROXY=other.test,relay.test", "https://relay.test", ""},
		"no_proxy of a domain":     {"HTTPS_PROXY=http://proxy.test no_proxy=.test", "https://relay.test:2222", ""},
		"NO_PROXY of a port":       {"HTTPS_PROXY=http://proxy.test NO_PROXY=relay.test:2222", "https://relay.test:2222", ""},
		"NO_PROXY of another port": {"HTTPS_PROXY=http://proxy.test NO_PROXY=relay.test:2222", "https://relay.test", "http://proxy.test"},
		"NO_PROXY of a network":    {"HTTPS_PROXY=http://proxy.test NO_PROXY=2001:db8::/32", "https://[2001:db8::5]", ""},
		"NO_PROXY of everything":   {"HTTPS_PROXY=http://proxy.test NO_PROXY=*", "https://relay.test", ""},
		"this computer":            {"HTTPS_PROXY=http://proxy.test", "https://localhost", ""},
		"this computer's address":  {"HTTPS_PROXY=http://proxy.test", "https://127.0.0.1:2222", ""},
		"with a password":          {"HTTPS_PROXY=http://u:p%40w@proxy.test", "https://relay.test", "http://u:p%40w@proxy.test"},
	} {
		env := map[string]string{}
		for _, v := range strings.Fields(c.env) {
			key, value, _ := strings.Cut(v, "=")
			env[key] = value
		}
		u, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := System(func(name string) string { return env[name] })(u)
		if err != nil || shown(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, shown(got), err, c.want)
		}
	}
}

func shown(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

// What Windows keeps in ProxyServer and ProxyOverride.
func TestWindowsSettings(t *testing.T) {
	for name, c := range map[string]struct{ server, override, to, want string }{
		"one for all":            {"proxy.test:8080", "", "https://relay.test", "http://proxy.test:8080"},
		"one for each":           {"http=a.test:1;https=b.test:2;ftp=c.test:3;socks=d.test:4", "", "https://relay.test", "http://b.test:2"},
		"SOCKS alone":            {"socks=d.test:4", "", "https://relay.test", "socks5://d.test:4"},
		"http alone":             {"http=a.test:1", "", "https://relay.test", ""},
		"a URL":                  {"https=http://b.test:2", "", "https://relay.test", "http://b.test:2"},
		"spaces":                 {"  http=a.test:1  https=b.test:2 ", "", "https://relay.test", "http://b.test:2"},
		"excepted":               {"proxy.test:8080", "other.test;relay.test", "https://relay.test", ""},
		"excepted by star":       {"proxy.test:8080", "*.corp.test;10.*", "https://a.corp.test:2222", ""},
		"excepted network":       {"proxy.test:8080", "*.corp.test;10.*", "https://10.1.2.3", ""},
		"another":                {"proxy.test:8080", "*.corp.test;10.*", "https://corp.test", "http://proxy.test:8080"},
		"star inside":            {"proxy.test:8080", "r*a*.test", "https://relay.test", ""},
		"star that does not fit": {"proxy.test:8080", "ab*ba", "https://aba", "http://proxy.test:8080"},
		"excepted port":          {"proxy.test:8080", "https://relay.test:2222", "https://relay.test:2222", ""},
		"another port":           {"proxy.test:8080", "relay.test:2222", "https://relay.test", "http://proxy.test:8080"},
		"local":                  {"proxy.test:8080", "<local>", "https://relay", ""},
		"local has no dots":      {"proxy.test:8080", "<local>", "https://relay.test", "http://proxy.test:8080"},
		"local is no IPv6":       {"proxy.test:8080", "<LOCAL>", "https://[2001:db8::5]", "http://proxy.test:8080"},
		"IPv6 excepted":          {"proxy.test:8080", "[2001:db8::5]", "https://[2001:db8::5]", ""},
		"this computer":          {"proxy.test:8080", "", "https://[::1]:2222", ""},
		"nonsense":               {"://=;;=;", ";;*", "https://relay.test", ""},
		"broken, and excepted":   {"[::1", "*.test", "https://relay.test", ""},
	} {
		u, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := windowsSettings(c.server, c.override).proxyFor(u)
		if err != nil || shown(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, shown(got), err, c.want)
		}
	}
}

// What "scutil --proxy" prints on macOS.
const scutilOutput = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : .corp.test
  }
  ExcludeSimpleHostnames : 1
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 3128
  HTTPProxy : http.test
  HTTPSEnable : 1
  HTTPSPort : 3129
  HTTPSProxy : https.test
  SOCKSEnable : 0
  SOCKSPort : 1080
  SOCKSProxy : socks.test
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      ExceptionsList : <array> {
        0 : relay.test
      }
      HTTPSProxy : other.test
    }
  }
}
`

func TestMacSettings(t *testing.T) {
	socks := strings.NewReplacer("HTTPSEnable : 1", "HTTPSEnable : 0", "SOCKSEnable : 0", "SOCKSEnable : 1").Replace(scutilOutput)
	for name, c := range map[string]struct{ out, to, want string }{
		"https":                 {scutilOutput, "https://relay.test", "http://https.test:3129"},
		"SOCKS":                 {socks, "https://relay.test", "socks5://socks.test:1080"},
		"none":                  {"<dictionary> {\n}\n", "https://relay.test", ""},
		"nothing":               {"", "https://relay.test", ""},
		"cut off":               {scutilOutput[:strings.Index(scutilOutput, "  HTTPSEnable")], "https://relay.test", ""},
		"excepted":              {scutilOutput, "https://printer.local", ""},
		"excepted network":      {scutilOutput, "https://169.254.1.9:2222", ""},
		"excepted domain":       {scutilOutput, "https://a.corp.test", ""},
		"simple name":           {scutilOutput, "https://relay", ""},
		"another network":       {scutilOutput, "https://169.253.1.9", "http://https.test:3129"},
		"more ends than begins": {"}\n}\n" + scutilOutput, "https://relay.test", ""},
	} {
		u, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := macSettings(c.out).proxyFor(u)
		if err != nil || shown(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, shown(got), err, c.want)
		}
	}
}

// A setting of Windows or macOS that is not understood is named, as one of the
// environment is. The error has nothing of what is set, which may be a password.
func TestW13_ABrokenSettingOfTheSystemIsNamed(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "relay.test"}
	for name, c := range map[string]struct {
		system settings
		want   string
	}{
		"Windows, no host":      {windowsSettings(":8080", ""), "ProxyServer"},
		"Windows, brackets":     {windowsSettings("[::1", ""), "ProxyServer"},
		"Windows, no port":      {windowsSettings("https=s3cret.test:port", ""), "ProxyServer"},
		"Windows, a path":       {windowsSettings("http://s3cret.test/proxy.pac", ""), "ProxyServer"},
		"Windows, SOCKS":        {windowsSettings("socks=s3cret:1:2", ""), "ProxyServer"},
		"macOS, port no number": {macSettings(strings.Replace(scutilOutput, "3129", "s3cret", 1)), "HTTPSProxy"},
		"macOS, no port":        {macSettings(strings.Replace(scutilOutput, "HTTPSPort", "Other", 1)), "HTTPSProxy"},
		"macOS, no host":        {macSettings(strings.Replace(scutilOutput, "HTTPSProxy : https.test", "", 1)), "HTTPSProxy"},
		"macOS, SOCKS": {macSettings(strings.NewReplacer("HTTPSEnable : 1", "HTTPSEnable : 0", "SOCKSEnable : 0", "SOCKSEnable : 1", "1080", "x").
			Replace(scutilOutput)), "SOCKSProxy"},
	} {
		got, err := c.system.proxyFor(u)
		var named *SettingError
		if !errors.As(err, &named) || named.Name != c.want || strings.Contains(err.Error(), "s3cret") || got != nil {
			t.Errorf("%s: %q, %v; want %s named", name, shown(got), err, c.want)
		}
	}
}

func TestSettingsAreReadAgainWhenTheyAreOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		c := &cachedSettings{read: func() settings { reads++; return settings{https: proxySetting{addr: "proxy.test:1"}} }}
		for range 3 {
			if c.get().https.addr == "" {
				t.Error("no setting")
			}
		}
		time.Sleep(settingsAge + 1)
		c.get()
		if reads != 2 {
			t.Errorf("read %d times, want 2", reads)
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add("http=a:1;https=b:2", "*.x;<local>;10.*", "relay.test")
	f.Add(scutilOutput, "a*b*c", "abc")
	f.Add("::", "*/**/8", "10.0.0.1")
	f.Fuzz(func(_ *testing.T, server, except, host string) {
		u := &url.URL{Scheme: "https", Host: host}
		windowsSettings(server, except).proxyFor(u)
		macSettings(server + "\n" + except).proxyFor(u)
	})
}
