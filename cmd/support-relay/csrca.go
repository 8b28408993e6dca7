package main

import (
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/text"
)

// keyCSRCA is the option that names its files.
const keyCSRCA = "csr_ca"

// readCSRCA reads the public keys of a CSR CA out of files. option names where they were
// named.
func readCSRCA(option string, files []string) ([]ssh.PublicKey, error) {
	var all []byte
	for _, file := range files {
		data, err := disk.Read(file, csrca.MaxFile)
		if err == nil {
			_, err = csrca.Keys(data)
		}
		if err != nil {
			return nil, cmdline.Usage("name the CA's public key: the .pub file that ssh-keygen or supportctl ca init made", "%s: %s: %v", option, text.Escape(file), err)
		}
		all = append(append(all, data...), '\n')
	}
	if len(all) == 0 {
		return nil, nil
	}
	keys, err := csrca.Keys(all)
	if err != nil {
		return nil, cmdline.Usage("name fewer", "%s: together: %v", option, err)
	}
	return keys, nil
}

// fingerprintOf is that of a key as csrca.Line writes it.
func fingerprintOf(line string) string {
	key, err := csrca.ParseLine(line)
	if err != nil {
		return err.Error()
	}
	return ssh.FingerprintSHA256(key)
}
