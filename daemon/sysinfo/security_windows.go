package sysinfo

import (
	"context"

	"golang.org/x/sys/windows/registry"
)

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	const policy = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	for _, p := range [][2]string{{"firewall_private", "StandardProfile"}, {"firewall_public", "PublicProfile"}, {"firewall_domain", "DomainProfile"}} {
		on, err := regNumber(registry.LOCAL_MACHINE, policy+p[1], "EnableFirewall")
		s.try(p[0], on == 1, err)
	}
	uac, err := regNumber(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "EnableLUA")
	s.try("user_account_control", uac == 1, err)
	antivirus := s.table("antivirus", col("name"), col("path"), col("enabled"), col("up_to_date"))
	products, err := query[struct {
		DisplayName, PathToSignedProductExe string
		ProductState                        uint32
	}](ctx, m, center, "AntiVirusProduct", "")
	antivirus.fail(err)
	for _, p := range products { // bits 12 to 15: on; bits 4 to 7: out of date
		antivirus.add(p.DisplayName, p.PathToSignedProductExe, p.ProductState>>12&0xf == 1, p.ProductState>>4&0xf == 0)
	}
	encrypted := s.table("encrypted_volumes", col("name"), col("kind"), col("protected"))
	volumes, err := query[struct {
		DriveLetter      string
		ProtectionStatus uint32
	}](ctx, m, bitlocker, "Win32_EncryptableVolume", "")
	encrypted.fail(err)
	for _, v := range volumes {
		encrypted.add(v.DriveLetter, "bitlocker", v.ProtectionStatus == 1)
	}
	return nil
}
