//go:build !linux

package disk

// unmountBelow knows of no mounts here.
func unmountBelow(string) error { return nil }

// makeRemovable gives a directory back the permissions that its removal needs.
func makeRemovable(path string, dir bool) {
	if dir {
		openDirectory(path)
	}
}
