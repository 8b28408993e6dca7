package power

import "testing"

func TestBootIDIsTheSameWithinOneBoot(t *testing.T) {
	first, err := BootID()
	if err != nil || first == "" {
		t.Fatalf("BootID: %q, %v", first, err)
	}
	for range 3 {
		if again, err := BootID(); err != nil || again != first {
			t.Errorf("BootID: %q, %v, was %q", again, err, first)
		}
	}
}
