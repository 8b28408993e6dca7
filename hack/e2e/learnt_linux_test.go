package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/internal/rig"
)

const placeMemory = "its memory"

// cmdKnows looks for a text in all that the relay has: its memory, its data directory and
// its log.
func cmdKnows(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, true, args, 1, "knows TEXT")
	r, ok := of(ts).relays["relay"]
	if !ok {
		ts.Fatalf("no relay runs")
	}
	places, err := knownTo(r, args[0])
	if err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Logf("the relay has %q in %q", args[0], places)
	if neg && len(places) > 0 {
		ts.Fatalf("the relay knows it")
	}
	// What it knows has passed through its memory: where it is not found there, the search
	// sees nothing.
	if !neg && !slices.Contains(places, placeMemory) {
		ts.Fatalf("the relay does not know it")
	}
}

// knownTo names where a relay has a text.
func knownTo(r *rig.Relay, text string) (places []string, err error) {
	if strings.Contains(r.Log.String(), text) {
		places = append(places, "its log")
	}
	err = filepath.WalkDir(r.Data, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		all, err := os.ReadFile(name)
		if bytes.Contains(all, []byte(text)) {
			places = append(places, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	inMemory, err := inMemory(r.Process().Pid, text)
	if inMemory {
		places = append(places, placeMemory)
	}
	return places, err
}

// inMemory looks for a text in all memory of a process that can be written (proc(5)):
// what it has learnt is in no other.
func inMemory(pid int, text string) (bool, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return false, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return false, err
	}
	defer memory.Close()
	read := 0
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var rights string
		if n, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 {
			return false, fmt.Errorf("%q: %w", line, err)
		}
		if !strings.HasPrefix(rights, "rw") || len(raceFlags()) > 0 && to-from > 1<<30 { // the race detector's shadow of it
			continue
		}
		found, n, err := inRange(io.NewSectionReader(memory, int64(from), int64(to-from)), text)
		if found || err != nil {
			return found, err
		}
		read += n
	}
	if read < 1<<20 {
		return false, fmt.Errorf("only %d bytes of the relay's memory can be read", read)
	}
	return false, nil
}

// inRange looks for a text page by page. A page that has never been used may not be
// readable, and has nothing.
func inRange(r *io.SectionReader, text string) (found bool, read int, err error) {
	const page = 1 << 12
	buf := make([]byte, 0, 2*page)
	for at := int64(0); at < r.Size(); at += page {
		kept := buf[max(0, len(buf)-len(text)):]
		buf = append(buf[:0], kept...)
		n, err := r.ReadAt(buf[len(buf):len(buf)+page], at)
		if err != nil && err != io.EOF {
			buf = buf[:0]
			continue
		}
		buf, read = buf[:len(buf)+n], read+n
		if bytes.Contains(buf, []byte(text)) {
			return true, read, nil
		}
	}
	return false, read, nil
}
