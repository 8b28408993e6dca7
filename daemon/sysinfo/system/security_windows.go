package system

import (
	"context"

	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Security fills the category Security: firewall, antivirus, disk encryption.
func Security(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	const policy = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	for _, p := range [][2]string{{"firewall_private", "StandardProfile"}, {"firewall_public", "PublicProfile"}, {"firewall_domain", "DomainProfile"}} {
		on, err := machine.RegNumber(registry.LOCAL_MACHINE, policy+p[1], "EnableFirewall")
		s.Try(p[0], on == 1, err)
	}
	uac, err := machine.RegNumber(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "EnableLUA")
	s.Try("user_account_control", uac == 1, err)
	antivirus := s.Table("antivirus", document.Col("name"), document.Col("path"), document.Col("enabled"), document.Col("up_to_date"))
	products, err := machine.Query[struct {
		DisplayName, PathToSignedProductExe string
		ProductState                        uint32
	}](ctx, m, machine.Center, "AntiVirusProduct", "")
	antivirus.Fail(err)
	for _, p := range products { // bits 12 to 15: on; bits 4 to 7: out of date
		antivirus.Add(p.DisplayName, p.PathToSignedProductExe, p.ProductState>>12&0xf == 1, p.ProductState>>4&0xf == 0)
	}
	encrypted := s.Table("encrypted_volumes", document.Col("name"), document.Col("kind"), document.Col("protected"))
	volumes, err := machine.Query[struct {
		DriveLetter      string
		ProtectionStatus uint32
	}](ctx, m, machine.Bitlocker, "Win32_EncryptableVolume", "")
	encrypted.Fail(err)
	for _, v := range volumes {
		encrypted.Add(v.DriveLetter, "bitlocker", v.ProtectionStatus == 1)
	}
	return nil
}
