package script

import "time"

// sent makes a file that lies in a staging area one that a client has sent.
func sent(s *Staging, rel string) error {
	file, data, err := s.describe(rel)
	if err != nil {
		return err
	}
	defer s.lock()()
	s.entries[fold(rel)] = &entry{rel: rel, size: int64(len(data)), sum: file.SHA256, mode: 0o600, changed: time.Now()}
	for parent := parentOf(rel); parent != "."; parent = parentOf(parent) {
		s.entries[fold(parent)] = &entry{rel: parent, dir: true, mode: 0o700}
	}
	return nil
}
