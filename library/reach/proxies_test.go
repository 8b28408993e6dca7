package reach

import "net/url"

// proxies is a setting: one proxy for everything.
func proxies(setting string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return url.Parse(setting) }
}
