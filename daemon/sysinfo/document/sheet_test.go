package document

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/secrets"
)

// The same in the other places that show command lines.
func TestK1P31_InMessagesAndVariables(t *testing.T) {
	for _, text := range []string{
		"kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=/usr/bin/mysql -pTr0ub4dor", "(root) CMD (mysqldump -u root -pTr0ub4dor db > /x)", "exec: /bin/sh -c 'curl -u a:Tr0ub4dor x'",
		"Process 12 (docker login -p Tr0ub4dor) exited", "ExecStart=/usr/bin/app --password Tr0ub4dor", "ran `sshpass -p Tr0ub4dor ssh x`",
	} {
		s := NewSheet(Log)
		s.Set("message", text)
		if got := s.Seal(nil).Items[0].Value.(string); strings.Contains(got, "Tr0ub4dor") {
			t.Errorf("%s\n  shows %s", text, got)
		}
	}
	for name, value := range map[string]string{"BACKUP_CMD": "mysqldump -u root -pTr0ub4dor", "CURL_OPTS": "-u kim:Tr0ub4dor", "HTTP_PROXY": "kim:Tr0ub4dor@proxy:3128", "X": "<a><password>Tr0ub4dor</password></a>"} {
		if got := secrets.Variable(name, value); strings.Contains(got, "Tr0ub4dor") {
			t.Errorf("%s=%s shows %s", name, value, got)
		}
	}
}
