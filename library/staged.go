package library

// StagedFile is a file or a folder in a CSR's staging area on a customer's computer. Its
// path comes from the computer and is hostile.
type StagedFile struct {
	Path   string
	Size   int64 // in bytes; of a file
	Folder bool
}

// StagingArea is what lies in one, as a computer lists it.
type StagingArea struct {
	Files []StagedFile // each folder before its files
	More  int          // files and folders that were counted and are not in Files
	Open  bool         // there are still more of them, which nobody counted
}
