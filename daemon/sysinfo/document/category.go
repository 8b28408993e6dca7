package document

import (
	"slices"
	"strings"

	"supportd/library/api"
	"supportd/library/text"
)

// Category names one part of the system information. Its text is stable: it is
// part of the command line and of the JSON.
type Category string

// The categories, in the order in which a document shows them.
const (
	Summary     Category = "summary"     // host, maker, model, serial, OS, uptime, time zone, locale, last boot
	OS          Category = "os"          // name, version, kernel, how it runs
	Updates     Category = "updates"     // pending updates, reboot required
	CPU         Category = "cpu"         // model, cores, speed, load
	Memory      Category = "memory"      // RAM and swap, modules where readable
	Disks       Category = "disks"       // volumes, physical disks, health where readable
	Graphics    Category = "graphics"    // adapters and displays
	Network     Category = "network"     // adapters and addresses
	Connections Category = "connections" // routes, DNS, proxy, listening and open sockets
	Devices     Category = "devices"     // USB and PCI
	Firmware    Category = "firmware"    // BIOS, board, TPM, secure boot
	Sensors     Category = "sensors"     // temperatures, battery
	Processes   Category = "processes"   // what runs, as whom, how much it uses
	Services    Category = "services"    // background services and their state
	Startup     Category = "startup"     // autostart and scheduled jobs
	Software    Category = "software"    // installed packages and programs
	Users       Category = "users"       // accounts, who is logged on
	Environment Category = "environment" // environment variables, secrets masked
	Security    Category = "security"    // firewall, antivirus, disk encryption
	Log         Category = "log"         // recent errors of the system
	Printers    Category = "printers"    // printers and their state
)

// Categories lists every category in document order.
func Categories() (list []Category) {
	for _, id := range api.Categories() {
		list = append(list, Category(id))
	}
	return list
}

// ParseCategory finds a category by its name. The error lists the valid names.
func ParseCategory(s string) (Category, error) {
	if c := Category(s); slices.Contains(Categories(), c) {
		return c, nil
	}
	return "", text.Errorf("no category %q: there are %s", text.Plain(s, 40), strings.Join(CategoryNames(), ", "))
}

// CategoryNames are the categories as people write them.
func CategoryNames() []string {
	names := make([]string, 0, len(Categories()))
	for _, c := range Categories() {
		names = append(names, string(c))
	}
	return names
}

// Title is the category as a heading for people.
func (c Category) Title() string {
	switch c {
	case OS:
		return "Operating system"
	case CPU:
		return "Processor"
	case Firmware:
		return "Firmware and board"
	case Startup:
		return "Start-up and scheduled jobs"
	case Users:
		return "User accounts"
	case Log:
		return "Recent errors"
	}
	return label(string(c))
}

// Class says what a value would tell about a person or their computer. A
// customer may withhold a class: see [Options].
type Class string

// The classes.
const (
	Public    Class = ""           // nothing that can be withheld by itself
	UserNames Class = "user_names" // who uses this computer
	Serials   Class = "serials"    // serial numbers, UUIDs, machine ids
	Addresses Class = "addresses"  // IP and hardware addresses
)

// Classes lists what can be withheld.
func Classes() []Class { return []Class{UserNames, Serials, Addresses} }

// ParseClass finds a class by its name. The error lists the valid names.
func ParseClass(s string) (Class, error) {
	if c := Class(s); slices.Contains(Classes(), c) {
		return c, nil
	}
	return "", text.Errorf("no kind of field %q: there are user_names, serials, addresses", text.Plain(s, 40))
}
