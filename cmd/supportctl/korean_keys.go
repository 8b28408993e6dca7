package main

import "supportd/library/text"

// koreanKeys has what is told of keys: how they are compared, and who vouches for them.
var koreanKeys = text.Catalogue{
	// Safety words.
	"session %s has no safety words: %v": "세션 %s에 확인 단어가 없습니다: %v",
	"safety words of session %s: %s; read them to the customer, whose screen shows the same two":                                                   "세션 %s의 확인 단어: %s. 고객에게 읽어 주세요. 고객 화면에 같은 두 단어가 있습니다",
	"ask the customer to download support-agent again for a new session, or compare the digits of plain ssh with what their screen shows":          "고객이 support-agent를 다시 받아 새 세션을 시작하게 하거나, ssh용 숫자를 고객 화면의 숫자와 비교하세요",
	"session %s has no safety words: nothing shows that nobody sits in between":                                                                    "세션 %s에 확인 단어가 없습니다. 중간에 아무도 없다는 것을 확인할 수 없습니다",
	"read both words to the customer, whose screen shows the same two. Are theirs others, or none? Then somebody sits in between: end the session": "두 단어를 고객에게 읽어 주세요. 고객 화면에 같은 두 단어가 있습니다. 다르거나 없다고 하면 누군가 중간에 있는 것이니 세션을 끝내세요",
	"digits of plain ssh": "ssh용 숫자",
	"session":             "세션", "none": "없음",
	"English": "영어", "Korean": "한국어",

	// The CSR CA.
	"supportctl ca init csr-ca":          "supportctl ca init csr-ca",
	"ca init: name the file for the key": "ca init: 키를 저장할 파일을 지정하세요",
	"%s: the CA's private key; keep it off every relay\n%s: its public key, for --csr-ca of support-relay and support-agent\n%s": "%s: CA의 개인 키. 중계 서버에 두지 마세요\n%s: 공개 키. support-relay와 support-agent의 --csr-ca에 씁니다\n%s",
	"New passphrase for %s: ": "%s의 새 암호: ",
	"run it in a terminal; --no-passphrase makes a key that needs none": "터미널에서 실행하세요. --no-passphrase는 암호 없는 키를 만듭니다",
	"there is no terminal to ask for a passphrase":                      "암호를 물어볼 터미널이 없습니다",
	"--no-passphrase makes a key that needs none":                       "--no-passphrase는 암호 없는 키를 만듭니다",
	"choose another name: a CA's key is never replaced":                 "다른 이름을 고르세요. CA의 키는 덮어쓰지 않습니다",
	"the passphrase is empty; nothing was made":                         "암호가 비어 있어 아무것도 만들지 않았습니다",
	"The same once more: ":                                              "한 번 더: ",
	"try again":                                                         "다시 해 보세요",
	"the two passphrases differ; nothing was made":                      "두 암호가 달라 아무것도 만들지 않았습니다",
	"supportctl ca sign alice.pub --ca csr-ca --account alice":          "supportctl ca sign alice.pub --ca csr-ca --account alice",
	"ca sign: name the CSR's public key":                                "ca sign: 상담원의 공개 키를 지정하세요",
	"supportctl ca sign --help shows the options":                       "옵션은 supportctl ca sign --help에 나옵니다",
	"no certificate was made: %v":                                       "인증서를 만들지 않았습니다: %v",
	"%s: for the account %s, until %s, number %d, by the CA %s":         "%s: 계정 %s, 유효 기간 %s까지, 번호 %d, CA %s",
	"supportctl ca revoke revocations --ca csr-ca --key alice.pub":      "supportctl ca revoke revocations --ca csr-ca --key alice.pub",
	"ca revoke: name the file of the list":                              "ca revoke: 목록의 파일을 지정하세요",
	"ssh-keygen -L -f KEY-cert.pub shows it":                            "ssh-keygen -L -f KEY-cert.pub로 볼 수 있습니다",
	"--serial: %q is no serial number":                                  "--serial: %q은(는) 인증서 번호가 아닙니다",
	"supportctl ca revoke --help shows the options":                     "옵션은 supportctl ca revoke --help에 나옵니다",
	"no list was made: %v":                                              "목록을 만들지 않았습니다: %v",
	"%s: list %d, keys: %d, certificates: %d, good until %s, by the CA %s\nFor the relay: support-relay revocations set FILE --config FILE, then SIGHUP": "%s: 목록 %d번, 키: %d, 인증서: %d, 유효 기간 %s까지, CA %s\n중계 서버에서: support-relay revocations set FILE --config FILE, 그다음 SIGHUP",
	"name the newest list of this CA, or a new file, with --number above that of the newest list":                                                        "이 CA의 가장 새로운 목록을 지정하거나, 새 파일에 --number로 더 높은 번호를 주세요",
	"%s cannot be extended: %v":                      "%s에 더할 수 없습니다: %v",
	"leave --number out":                             "--number를 빼세요",
	"--number: %q is no number":                      "--number: %q은(는) 숫자가 아닙니다",
	"--number: the list has number %d already":       "--number: 목록의 번호가 이미 %d입니다",
	"ssh-keygen -l -f FILE shows it":                 "ssh-keygen -l -f FILE로 볼 수 있습니다",
	"name the CSR's .pub file as ssh-keygen made it": "ssh-keygen이 만든 상담원의 .pub 파일을 지정하세요",
	"%s is no public key that can be signed: %v":     "%s은(는) 서명할 수 있는 공개 키가 아닙니다: %v",
}
