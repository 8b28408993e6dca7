package script

import (
	"fmt"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/filename"
	"supportd/library/text"
)

// refusal is an error whose text a CSR may read. Unwrap gives the status code
// that the SFTP client is sent (draft-ietf-secsh-filexfer-02 section 7).
type refusal struct {
	text string
	code error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.code }

func refuse(what, why string) error {
	return &refusal{text: text.Escape(strings.TrimPrefix(what, "/")) + ": " + why, code: sftp.ErrSSHFxPermissionDenied}
}

// beyond refuses what is over a limit. Its status code does not speak of permissions.
func beyond(what, why string) error {
	return &refusal{text: text.Escape(strings.TrimPrefix(what, "/")) + ": " + why, code: sftp.ErrSSHFxFailure}
}

func tooLong(rel string) error {
	return beyond(rel, fmt.Sprintf("the script and its files may have %d bytes together", library.MaxPackage))
}

// cleanPath turns what a client names, where "/" is the staging area, into a
// relative path with slashes that keeps the rule of package filename; "." is the
// area itself.
func cleanPath(name string) (string, error) {
	rel := strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/")
	if rel == "" || rel == "." {
		return ".", nil
	}
	if err := filename.CheckPath(rel); err != nil {
		return "", refuse(name, err.Error())
	}
	return rel, nil
}

// fold makes names equal that some file system takes for the same.
func fold(name string) string { return filename.Fold(name) }

// errKeys is the answer to ssh-copy-id -s, which would write keys into a home directory.
func errKeys(rel string) error {
	return refuse(rel, "this is a customer's computer in a support session, and keys cannot be installed here; an admin of the relay adds keys")
}

// keysFolder reports whether a path is where OpenSSH keeps a person's keys.
func keysFolder(rel string) bool { return fold(packageOf(rel)) == fold(".ssh") }

// packageOf is the first part of a path: the package that a file belongs to.
func packageOf(rel string) string {
	first, _, _ := strings.Cut(rel, "/")
	return first
}

func parentOf(rel string) string { return path.Dir(rel) }
