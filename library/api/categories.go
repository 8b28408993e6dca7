package api

// Categories are the ids of the categories of system information, in the order in
// which a document has them: what the computer knows, and what a CSR's program
// completes.
func Categories() []string {
	return []string{
		"summary", "os", "updates", "cpu", "memory", "disks", "graphics", "network", "connections", "devices", "firmware",
		"sensors", "processes", "services", "startup", "software", "users", "environment", "security", "log", "printers",
	}
}
