package disk

import "os"

// SyncDir does nothing: Windows has no such call for a directory
// (FlushFileBuffers is documented for files and volumes, and a volume takes an
// administrator). NTFS logs its changes of names by itself.
func SyncDir(string) error { return nil }

// SyncRoot does nothing for the same reason.
func SyncRoot(*os.Root) error { return nil }
