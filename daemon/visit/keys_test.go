package visit

import (
	"fmt"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/state"
)

func person(account, fingerprint string) consent.Person {
	return consent.Person{Name: account, Account: account, Fingerprint: fingerprint}
}

// P11: only the relay's first list lets keys in, also when it names nobody.
func TestP11_OnlyTheFirstListLetsKeysIn(t *testing.T) {
	now := time.Date(2026, 11, 27, 1, 2, 3, 4, time.UTC)
	alice, second, carl := person("alice", "A"), person("alice", "B"), person("carl", "A")
	first := keysAfter(nil, []consent.Person{alice}, now)
	later := keysAfter(first, []consent.Person{alice, second, carl}, now.Add(time.Minute))
	for who, let := range map[consent.Person]bool{alice: true, second: false, carl: false} {
		if got := keyOf(later, who); got.Let != let || got.Who != who {
			t.Errorf("%v: %+v", who, got)
		}
	}
	if got := keyOf(later, second).Since; got != time.Date(2026, 11, 27, 1, 3, 3, 0, time.UTC) {
		t.Error("new since", got)
	}
	if got := keysAfter(keysAfter(nil, nil, now), []consent.Person{alice}, now); keyOf(got, alice).Let {
		t.Error("an empty first list was none")
	}
	if again := keysAfter(later, []consent.Person{second}, now.Add(time.Hour)); keyOf(again, second).Since != keyOf(later, second).Since {
		t.Errorf("a key is new again: %+v", again)
	}
	renamed := alice
	renamed.Name = "The Bank"
	if got := keyOf(keysAfter(first, []consent.Person{renamed}, now), renamed); !got.Let || got.Who != alice {
		t.Errorf("a new name for a known key: %+v", got)
	}
	if got := letIn(later, second); !keyOf(got, second).Let || keyOf(got, carl).Let || keyOf(later, second).Let {
		t.Errorf("%+v, from %+v", got, later)
	}
	if keyOf(nil, consent.Person{}).Let {
		t.Error("nobody is let in")
	}
}

// P11: what a relay names without end is not kept without end, and those who were let
// in stay so while the relay does not name them.
func TestP11_KeysWithoutEnd(t *testing.T) {
	alice := person("alice", "A")
	keys := []state.Key(keysAfter(nil, []consent.Person{alice}, time.Now()))
	for i := range 1000 {
		keys = keysAfter(keys, []consent.Person{person("alice", fmt.Sprint(i))}, time.Now())
	}
	if len(keys) != 2 || !keyOf(keys, alice).Let {
		t.Errorf("%d keys: %+v", len(keys), keys)
	}
}
