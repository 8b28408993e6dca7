package secrets

import (
	"strings"
	"testing"
)

// P31: secrets that a message tells in words, in the words of other languages, apart from
// their name, or as a server is told them.
func TestK1P31_MessagesThatTellASecret(t *testing.T) {
	for _, s := range []string{
		"login failed for user kim with password Tr0ub4dor", "wrong passphrase \"Tr0ub4dor\"", "password is Tr0ub4dor", "initial password for admin is Tr0ub4dor", "A temporary password is generated for root@localhost: Tr0ub4dor",
		"Your one-time code is Tr0ub4dor", "recovery key Tr0ub4dor", "token \"Tr0ub4dor\" rejected", "api key Tr0ub4dor is not valid", "password := Tr0ub4dor", "Your verification code is Tr0ub4dor.",
		"비밀번호: Tr0ub4dor", "비밀 번호는 : Tr0ub4dor", "암호=Tr0ub4dor", "mot de passe : Tr0ub4dor", "contraseña: Tr0ub4dor", "пароль: Tr0ub4dor", "パスワード：Tr0ub4dor", "密码：Tr0ub4dor", "Kennwort: Tr0ub4dor",
		"user:Tr0ub4dor@host:80", "sudo: kim : TTY=x ; COMMAND=/bin/sh -c echo Tr0ub4dor | passwd --stdin x", "COMMAND=/usr/bin/bash -c printf Tr0ub4dor | sudo -S id",
		"<add key=\"Password\" value=\"Tr0ub4dor\"/>", "<property name=\"db.password\" value=\"Tr0ub4dor\"/>", "name: password, value: Tr0ub4dor", "{\"name\":\"DB_PASSWORD\",\"value\":\"Tr0ub4dor\"}",
		"{\\\"Name\\\": \\\"API_TOKEN\\\", \\\"Value\\\": \\\"Tr0ub4dor\\\"}", "- name: TOKEN\n  value: Tr0ub4dor", "[\"--password\",\"Tr0ub4dor\"]", "['-token', 'Tr0ub4dor']", "https://h/?u=x%26password%3DTr0ub4dor", "access_token%253DTr0ub4dor",
		"ftp: PASS Tr0ub4dor", "a1 LOGIN \"kim\" \"Tr0ub4dor\"", "LOGIN kim Tr0ub4dor", "AUTH PLAIN Tr0ub4dorAGtpbQ==", "https://hooks.slack.com/services/T0/B0/Tr0ub4dor", "https://discord.com/api/webhooks/1/Tr0ub4dor",
		"https://api.telegram.org/bot12:Tr0ub4dor/sendMessage",
	} {
		if got := Prose(s); strings.Contains(got, canary) || !strings.Contains(got, masked) {
			t.Errorf("%s\n  shows %s", s, got)
		} else if again := Prose(got); again != got {
			t.Errorf("%s\n  twice %s", got, again)
		}
	}
	for _, s := range []string{
		"Accepted password for kim2 from 192.0.2.1 port 22 ssh2", "Failed password for invalid user x1 from 192.0.2.1", "password check failed for user (kim)", "the password is wrong", "password has expired", "pass phrase for key /home/x/.ssh/id2",
		"password must contain at least 8 characters", "token bucket filter", "LOGIN ON ttyUSB0 BY kim", "ROOT LOGIN ON tty1", "FAILED LOGIN (1) on '/dev/tty1' FOR 'kim'", "PIN code required", "key code 0x1f pressed", "암호를 입력하세요", "비밀번호가 틀렸습니다",
		"glib-networking-common", "glib-networking-services 2.74.0-4", "name: eth0, value: 12", "[\"--verbose\",\"x\"]", "user:kim@host", "passwords are stored in /etc/shadow", "PASS 12 tests", "Started Session c2 of User kim", "secret service started", "https://hooks.example.org/x", "a%3Db",
	} {
		if got := Prose(s); got != s {
			t.Errorf("%s\n  became %s", s, got)
		}
	}
}

// P31: more names and programs that have a secret.
func TestK1P31_MoreNamesAndPrograms(t *testing.T) {
	for _, line := range []string{
		"redis-server¦--masterauth¦Tr0ub4dor", "irssi¦-w¦Tr0ub4dor", "composer¦config¦http-basic.x¦k¦Tr0ub4dor", "mvn¦-Dpass=Tr0ub4dor", "java¦-Dpw=Tr0ub4dor", "fly¦secrets¦set¦X=Tr0ub4dor", "ss-local¦-k¦Tr0ub4dor¦-s¦h", "sslocal¦-kTr0ub4dor",
		"python3¦-c¦requests.get('x', auth=('k','Tr0ub4dor'))", "app¦--bindpw=Tr0ub4dor", "app¦--rootpw¦Tr0ub4dor",
	} {
		if got := Args(argv(line)); strings.Contains(got, canary) {
			t.Errorf("%s\n  shows %s", line, got)
		}
	}
	for _, name := range []string{"GITHUB_PAT", "ROOTPW", "LDAP_BINDPW", "SLACK_WEBHOOK", "DOOR_ACCESS_CODE", "UNLOCK_CODE", "비밀번호"} {
		if got := Variable(name, canary); got != masked {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, value := range map[string]string{"PATH": "/usr/bin", "CPATH": "x", "SPAWN": "x", "PATTERN": "x", "WEB_HOOKS": "on", "JAVA_OPTS": "-Dfile.encoding=UTF-8 -Duser.dir=/x"} {
		if got := Variable(name, value); got != value {
			t.Errorf("%s: %s", name, got)
		}
	}
}
