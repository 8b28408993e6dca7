package system

import (
	"testing"

	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S13_TimeZones(t *testing.T) {
	seoul := string(zoneData("KST", "KST-9"))
	for name, c := range map[string]struct {
		tz    string // "-" is not set
		files map[string]string
		want  string
	}{
		"posix":          {"KST-9", nil, "KST-9 (+09:00)"},
		"posix with dst": {"EST5EDT,M3.2.0,M11.1.0", nil, "EST5EDT,M3.2.0,M11.1.0 (-05:00)"},
		"south":          {"NZST-12NZDT,M9.5.0,M4.1.0/3", nil, "NZST-12NZDT,M9.5.0,M4.1.0/3 (+13:00)"},
		"no rule":        {"CET-1CEST", nil, "CET-1CEST (+01:00)"},
		"half hours":     {"<+0330>-3:30", nil, "<+0330>-3:30 (+03:30)"},
		"name":           {"Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"colon":          {":Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"file":           {":/usr/share/zoneinfo/Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"empty":          {"", map[string]string{"etc/localtime": seoul}, "UTC (+00:00)"},
		"nonsense":       {"Mars/Phobos", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Mars/Phobos, not known here (+00:00)"},
		"climbing":       {"../../etc/passwd", map[string]string{"usr/share/zoneinfo/x": ""}, "../../etc/passwd, not known here (+00:00)"},
		"link":           {"-", map[string]string{"etc/localtime@": "../usr/share/zoneinfo/Asia/Seoul", "usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"copy":           {"-", map[string]string{"etc/localtime": seoul, "etc/timezone": "# c\nAsia/Seoul\n"}, "Asia/Seoul (+09:00)"},
		"copy, no name":  {"-", map[string]string{"etc/localtime": seoul}, "KST (+09:00)"},
		"nothing":        {"-", nil, "UTC (+00:00)"},
	} {
		m := machinetest.Stopped(machinetest.New(machinetest.Tree(c.files)), machinetest.Noon)
		if c.tz != "-" {
			m.Environment = []string{"TZ=" + c.tz}
		}
		if got := timeZone(m); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzZone(f *testing.F) {
	f.Add("KST-9")
	f.Add("EST5EDT,M3.2.0,M11.1.0")
	f.Fuzz(func(t *testing.T, rule string) { posixZone(rule) })
}
