package consent_test

import (
	"context"
	"fmt"

	"supportd/consent"
	"supportd/library/text"
)

// careful is a customer who reads the question, and allows one look until the
// support session ends.
type careful struct{}

func (careful) Name() string { return "terminal" }

func (careful) Ask(_ context.Context, q consent.Question) (consent.Answer, error) {
	fmt.Println("asked:", q.Sentence(text.English))
	a := consent.Answer{Question: q.ID} // the zero value is a No
	if q.Kind == consent.SysInfo {
		a.Decision = consent.AllowedForSession
	}
	return a, nil
}

// A gate asks the customer, writes the answer down, and remembers what they
// allowed for the whole support session.
func ExampleGate() {
	gate, err := consent.NewGate(consent.Options{
		Prompters: []consent.Prompter{careful{}},
		Record: func(q consent.Question, a consent.Answer) error {
			fmt.Println("journal:", q.Kind, a.Decision, a.Why)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:abc"}
	look := consent.Question{Kind: consent.SysInfo, Who: alice, Categories: []string{"os"}}
	for _, q := range []consent.Question{look, look, {Kind: consent.Reboot, Who: alice}} {
		fmt.Println("allowed:", gate.Ask(context.Background(), q).Decision.Allowed())
	}
	gate.Stop() // the customer pressed Ctrl-C: all that was allowed is taken back
	fmt.Println("allowed:", gate.Ask(context.Background(), look).Decision.Allowed())
	// Output:
	// asked: Alice Kim (alice) wants to see information about this computer.
	// journal: sysinfo allowed-for-session answered
	// allowed: true
	// journal: sysinfo allowed-for-session granted
	// allowed: true
	// asked: Alice Kim (alice) wants to restart this computer. Save your work; support reconnects by itself.
	// journal: reboot denied answered
	// allowed: false
	// journal: sysinfo denied stopped
	// allowed: false
}

// What a customer writes after --allow. What is asked every time cannot be
// allowed beforehand, and "all" is all the rest.
func ExampleParseAllow() {
	for _, s := range []string{"sysinfo, script", "reboot", "all"} {
		kinds, err := consent.ParseAllow(s)
		fmt.Println(kinds, err)
	}
	// Output:
	// [sysinfo script] <nil>
	// [] reboot is asked every time and cannot be allowed beforehand
	// [sysinfo script] <nil>
}
