package sysinfo

// adapterColumns are those of the table of network adapters on every system.
func adapterColumns() []Column {
	return []Column{col("name"), col("kind"), col("state"), col("mac_address", Addresses), col("ip_addresses", Addresses),
		col("mtu"), col("speed", BitsPerSec), col("received", Bytes), col("sent", Bytes), col("errors")}
}
