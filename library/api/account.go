package api

import "time"

// WhoAmI is the account that is logged in, and by which key.
type WhoAmI struct {
	Account string `json:"account"`
	Name    string `json:"name"` // that customers see
	Admin   bool   `json:"admin"`
	Key     string `json:"key"` // SHA256:… of the key that was proven
	// Certificate is what lets the key in; null is that it is a key of the account's.
	Certificate *Certificate `json:"certificate"`
	// Library is what authors call the relay's library in what they sign; "" is a relay that
	// keeps no signatures.
	Library string `json:"library"`
}

// Certificate is a user certificate of the organisation's CSR CA.
type Certificate struct {
	CA    string    `json:"ca"`     // SHA256:… of the CA that has signed it
	KeyID string    `json:"key_id"` // as the CA wrote it: foreign text
	Ends  time.Time `json:"ends"`
}

// Account is a CSR's account, as admins see it.
type Account struct {
	Account  string    `json:"account"`
	Name     string    `json:"name"`
	Admin    bool      `json:"admin"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
	Keys     []Key     `json:"keys"`
	Used     time.Time `json:"used,omitzero"`    // when they logged in last, to the hour; zero is never
	Invited  time.Time `json:"invited,omitzero"` // until when an invitation is open; zero is that none is
}

// Key is a key that logs in for an account.
type Key struct {
	Fingerprint string    `json:"fingerprint"` // SHA256:…
	Created     time.Time `json:"created"`
	Comment     string    `json:"comment"`       // what its file said of it; foreign text
	Used        time.Time `json:"used,omitzero"` // when it logged in last, to the hour; zero is never
}
