package document

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"supportd/library/text"
)

// label makes a stable name readable: "last_boot" is "Last boot", "ip_address"
// is "IP address".
func label(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		switch w {
		case "bios", "cpu", "dns", "id", "ip", "mac", "mtu", "os", "pci", "pid", "ram", "tpm", "uid", "usb",
			"uuid", "uefi", "url", "sid", "http", "https":
			words[i] = strings.ToUpper(w)
		case "selinux":
			words[i] = "SELinux"
		case "apparmor":
			words[i] = "AppArmor"
		default:
			if i == 0 && w != "" {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
		}
	}
	return strings.Join(words, " ")
}

// show writes a value as people read it, on one line.
func show(v any, u Unit) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return text.Escape(v)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case time.Time:
		return instant(v)
	case time.Duration:
		return span(v)
	case int64:
		return number(float64(v), strconv.FormatInt(v, 10), u)
	case uint64:
		return number(float64(v), strconv.FormatUint(v, 10), u)
	case float64:
		return number(v, trimmed(v), u)
	}
	return text.Escape(fmt.Sprint(v))
}

func number(v float64, plain string, u Unit) string {
	switch u {
	case Bytes:
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
	case Hertz:
		return scaled(v, 1000, "Hz", "kHz", "MHz", "GHz", "THz")
	case BitsPerSec:
		return scaled(v, 1000, "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
	case Percent:
		return trimmed(v) + " %"
	case Celsius:
		return trimmed(v) + " °C"
	case Watthours:
		return trimmed(v) + " Wh"
	case Seconds:
		return span(time.Duration(v * float64(time.Second)))
	}
	return plain
}

// trimmed writes at most one decimal.
func trimmed(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// scaled picks the unit in which v has one to four digits before the point.
func scaled(v, step float64, units ...string) string {
	i := 0
	for math.Abs(v) >= step && i < len(units)-1 {
		v, i = v/step, i+1
	}
	if i == 0 {
		return strconv.FormatFloat(v, 'f', -1, 64) + " " + units[0]
	}
	return trimmed(v) + " " + units[i]
}

// span writes a duration in its two largest units: "3 days 4 h".
func span(d time.Duration) string {
	if d < 0 {
		return "-" + span(-d)
	}
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	minutes, seconds := int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days == 1:
		return fmt.Sprintf("1 day %d h", hours)
	case days > 0:
		return fmt.Sprintf("%d days %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return trimmed(d.Seconds()) + " s"
}

// instant writes a time in its own zone, with the offset.
func instant(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") }
