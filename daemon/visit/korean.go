package visit

import (
	"supportd/daemon/script/process"
	"supportd/daemon/transcript"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// speaker says everything to a CSR in the language that their ssh forwards.
func speaker(channel *sshd.Session) *text.Speaker {
	return text.NewSpeaker(text.LanguageFrom(channel.Getenv), korean, transcript.Korean(), cmdline.Korean())
}

// becauseOf is why something did not happen, as package journal says it.
type becauseOf struct{ journal.Because }

// In implements [text.Sayable].
func (b becauseOf) In(s *text.Speaker) string { return text.Plain(b.Say(s.Language()), 500) }

// String is the English.
func (b becauseOf) String() string { return b.In(nil) }

// korean has what CSRs are told here. The words that it is made of stand in
// CONTRIBUTING.md.
var korean = text.Catalogue{
	helpText: `이 컴퓨터는 지원 세션 중입니다. 무엇을 보여 주거나 실행하기 전에 먼저 사용자에게
묻고, 모든 일을 기록으로 남깁니다.

  status [--json]                              내가 누구이고 어디인지, 무엇이 허용되었는지
  sysinfo [--json] [--list] [CATEGORY...]      이 컴퓨터의 정보
  run [--keep-going] [--timeout D] PATH...     보낸 스크립트를 이 순서대로 실행
  run --attach                                 진행 중인 실행을 이어서 보기
  run --raw PATH...                            표준 출력을 바이트 그대로(프로그램용)
  cancel                                       진행 중인 실행 끝내기
  chat [--send TEXT]                           고객과 대화하고 일어나는 일 보기
  logon-as USER                                다른 사용자로 작업(ssh -t 필요)
  logoff                                       다시 고객의 사용자로 작업
  reboot [--delay D] [--reason TEXT]           이 컴퓨터를 다시 시작하고 돌아오기
  words                                        읽어 준 확인 단어를 고객이 고르게 하기
  journal [--json] [--follow]                  지금까지 있었던 일
  help                                         이 도움말

스크립트는 sftp로 내 폴더에 보내며, 그 폴더는 지원 세션과 함께 없어집니다:

  printf 'put fix.sh' | sftp -b - HOST   그다음   ssh HOST run fix.sh
`,

	// What commands and flags are for.
	"what a CSR can do on this computer":                  "상담원이 이 컴퓨터에서 할 수 있는 것",
	"what can be done here":                               "여기에서 할 수 있는 것",
	"who and where you are, what is allowed":              "내가 누구이고 어디인지, 무엇이 허용되었는지",
	"information about this computer":                     "이 컴퓨터의 정보",
	"one JSON object":                                     "JSON 객체 하나",
	"only the names of the categories":                    "항목의 이름만",
	"what has happened so far, in sentences":              "지금까지 있었던 일을 문장으로",
	"one JSON object a line":                              "한 줄에 JSON 객체 하나",
	"and what happens from now on":                        "이제부터 일어나는 일도",
	"run uploaded scripts in this order":                  "보낸 스크립트를 이 순서대로 실행합니다",
	"go on after a script that failed":                    "스크립트가 실패해도 계속합니다",
	"end a script after `D`, e.g. 90s or 1h":              "`D` 뒤에 스크립트를 끝냅니다. 예: 90s, 1h",
	"show the last run from its beginning, and follow it": "마지막 실행을 처음부터 보여 주고 이어서 봅니다",
	"write events, one JSON object a line":                "한 줄에 JSON 객체 하나로 기록을 씁니다",
	"write standard output byte for byte, for a program that reads it; with --json, as base64 beside the text": "표준 출력을 바이트 그대로 씁니다(프로그램용). --json이면 텍스트 옆에 base64로",
	"end the run that is going on":                    "진행 중인 실행을 끝냅니다",
	"talk to the customer, and see what happens":      "고객과 대화하고 일어나는 일을 봅니다",
	"send `TEXT` and nothing else":                    "이 말(`TEXT`)만 보냅니다",
	"of what was before, only the last `D`, e.g. 10m": "지난 일은 마지막 `D`만. 예: 10m",
	"no colours":                                 "색 없이",
	"act as another user of this computer":       "이 컴퓨터의 다른 사용자로 작업합니다",
	"act as the customer's own user again":       "다시 고객의 사용자로 작업합니다",
	"restart this computer and come back":        "이 컴퓨터를 다시 시작하고 돌아옵니다",
	"wait `D` after the customer's yes, e.g. 2m": "고객이 동의한 뒤 `D` 동안 기다립니다. 예: 2m",
	"`TEXT` that the customer sees":              "고객에게 보이는 이유(`TEXT`)",

	// What "status" shows.
	"session": "세션", "state": "상태", "host": "컴퓨터", "system": "시스템", "asked": "질문", "unread": "읽지 않음", "acting as": "작업 사용자",
	"you": "나", "allowed": "허용됨", "staged": "보낸 파일", "running": "실행 중", "since": "시작",
	string(api.Waiting): "대기 중", string(api.Active): "진행 중", string(api.Away): "연결 끊김", string(api.Ended): "종료됨",
	"%s, %d s left, by %s":              "%s, %d초 남음, 상담원 %s",
	"nothing":                           "없음",
	"the customer":                      "고객",
	"%d files and folders, %d bytes":    "파일과 폴더 %d개, %d바이트",
	"%s, script %d of %d, since %s UTC": "%s, 스크립트 %[3]d개 중 %[2]d번째, %[4]s UTC부터",
	"nothing without a question":        "묻지 않고는 아무것도 허용되지 않음",
	"nothing: the customer wants no more questions from you": "없음: 고객이 더 이상의 질문을 원하지 않습니다",
	"%s of %s": "%s: %s",
	"%s as %s": "%s (사용자 %s)",

	// What the customer said.
	"waiting for the customer's answer, at most %.0f s …":                                                                            "고객의 대답을 기다립니다(최대 %.0f초) …",
	"the customer's screen shows it":                                                                                                 "고객의 화면에 질문이 보입니다",
	"the customer's screen shows it; %s":                                                                                             "고객의 화면에 질문이 보입니다. %s",
	"the customer said no":                                                                                                           "고객이 거절했습니다",
	"the customer said no, and wants no more questions or messages from you":                                                         "고객이 거절했고, 질문과 메시지를 더 받지 않겠다고 했습니다",
	"explain on the phone what it is for, then ask again":                                                                            "무엇을 위한 것인지 전화로 설명한 뒤 다시 요청하세요",
	"have the customer pick the safety words you read out":                                                                           "읽어 준 확인 단어를 고객이 고르게 합니다",
	"run \"supportctl words NUMBER\" once with this key; plain ssh has none, and works after that":                                   "이 키로 \"supportctl words NUMBER\"를 한 번 실행하세요. ssh만으로는 확인 단어가 없지만, 그 뒤에는 됩니다",
	"the safety words with your key are not compared: this program and the computer have none":                                       "이 키의 확인 단어를 비교하지 않았습니다. 이 프로그램과 컴퓨터가 정한 단어가 없습니다",
	"\"supportctl words NUMBER\" says them: read both to the customer, who picks them on their screen":                               "\"supportctl words NUMBER\"로 볼 수 있습니다. 두 단어를 고객에게 읽어 주면 고객이 화면에서 고릅니다",
	"the customer has not compared the safety words yet":                                                                             "고객이 아직 확인 단어를 비교하지 않았습니다",
	"the customer has picked the words that this computer has with your key; only their voice tells you that it is their computer\n": "고객이 이 컴퓨터와 이 키의 단어를 골랐습니다. 고객의 컴퓨터인지는 목소리로만 알 수 있습니다\n",
	"safety words compared": "확인 단어 비교함",
	"the safety words":      "확인 단어",
	"tell them to type one of the words that stand there, then ask again":  "화면에 나온 단어 중 하나를 입력해 달라고 한 뒤 다시 요청하세요",
	"the customer typed something else than an answer, which counts as no": "고객이 정해진 단어가 아닌 것을 입력해 거절로 처리했습니다",
	"make sure that they look at the screen, then ask again":               "고객이 화면을 보고 있는지 확인한 뒤 다시 요청하세요",
	"the customer did not answer within %.0f s":                            "고객이 %.0f초 안에 대답하지 않았습니다",
	"the question was withdrawn before the customer answered":              "고객이 대답하기 전에 질문을 취소했습니다",
	"no one is at the screen of %s, so nobody could be asked":              "%s의 화면 앞에 아무도 없어 물어볼 수 없었습니다",
	"ask them to unlock it, then ask again":                                "잠금을 풀어 달라고 한 뒤 다시 요청하세요",
	"the customer's screen is locked, so nobody could be asked":            "고객의 화면이 잠겨 있어 물어볼 수 없었습니다",
	"too many questions at once: the customer was not asked":               "질문이 한꺼번에 너무 많아 고객에게 묻지 않았습니다",
	"the customer wants no more questions from you":                        "고객이 더 이상의 질문을 원하지 않습니다",
	"the customer wants no more questions or messages from you":            "고객이 더 이상의 질문과 메시지를 원하지 않습니다",
	"the customer has not allowed it":                                      "고객이 허용하지 않았습니다",
	"the customer's disk may be full":                                      "고객 컴퓨터의 디스크가 가득 찼을 수 있습니다",
	"the journal could not be written, so nothing was done":                "기록할 수 없어 아무것도 하지 않았습니다",
	"wait a minute": "잠시 기다리세요",
	"you have no access to this support session any more":                                 "이 세션에 더 이상 접속할 수 없습니다",
	"your certificate does not let you in here any more: %v":                              "이 인증서로는 더 이상 들어올 수 없습니다 (%v)",
	"the customer has stopped the support session%s":                                      "고객이 세션을 중지했습니다%s",
	"the support session was ended by %s%s":                                               "세션이 끝났습니다. 종료한 사람: %s%s",
	"the support session has ended":                                                       "세션이 끝났습니다",
	"the computer restarts":                                                               "컴퓨터를 다시 시작하는 중입니다",
	"support comes back by itself when the computer is up again":                          "컴퓨터가 켜지면 저절로 다시 연결됩니다",
	"ask the customer to end this session and open another one":                           "고객에게 이 세션을 끝내 달라고 하고 새 세션을 여세요",
	"the computer has restarted, and it cannot tell whether somebody else sits there now": "컴퓨터가 다시 시작되었는데, 지금 다른 사람이 앞에 있는지 알 수 없습니다",

	// Scripts.
	"\"run --attach\" follows it, \"cancel\" ends it": "\"run --attach\"로 이어서 보고 \"cancel\"로 끝냅니다",
	"a run is going on already, since %s UTC: %s":     "이미 실행 중입니다(%s UTC부터): %s",
	"%s right now":                        "지금 %s",
	"%s is asking the customer about %s":  "%s 상담원이 고객에게 묻고 있습니다: %s",
	"a run":                               "스크립트 실행",
	"a restart":                           "다시 시작",
	"logging on":                          "로그온",
	"what is allowed while they are away": "자리를 비우는 동안 허용할 것",
	"wait for the answer":                 "대답을 기다리세요",
	"sftp to this computer uploads scripts; its \"ls\" shows what is there": "스크립트는 sftp로 이 컴퓨터에 보냅니다. sftp의 \"ls\"로 볼 수 있습니다",
	"%v; the customer was not asked":                                        "%v. 고객에게 묻지 않았습니다",
	"run fewer scripts at once, or ones with fewer files":                   "한 번에 더 적은 스크립트를 실행하거나 파일을 줄이세요",
	"the list of files is too long for one question":                        "파일이 너무 많아 질문 하나에 담을 수 없습니다",
	"%d scripts are too many for one run, %d are allowed":                   "스크립트 %d개는 한 번에 실행하기에 너무 많습니다. %d개까지입니다",
	"%s is not there to be run":                                             "실행할 %s이(가) 없습니다",
	"%s is a folder: name the script in it, e.g. %s/run.sh":                 "%s은(는) 폴더입니다. 그 안의 스크립트를 지정하세요. 예: %s/run.sh",
	"%s: %w: there are %d files now, %d were shown":                         "%s: %w: 지금 파일이 %d개인데 %d개를 보여 주었습니다",
	"the files are not those that were shown":                               "보여 준 파일과 다릅니다",
	process.HowToBound: "support-agent를 일반 사용자로, 또는 /sys/fs/cgroup에 쓸 수 있는 곳에서 시작하게 하세요",
	"nothing was run: this computer cannot limit how many processes a script of root starts, as no control group can be made here (a container?)": "아무것도 실행하지 않았습니다. 이 컴퓨터에서는 루트의 스크립트가 시작하는 프로세스 수를 제한할 수 없습니다. 제어 그룹을 만들 수 없는 곳입니다(컨테이너?)",
	"no script is named: give the paths of staged scripts, in the order in which they shall run":                                                  "스크립트를 지정하지 않았습니다. 보낸 스크립트의 경로를 실행할 순서대로 쓰세요",
	"leave out -t, and send the output into a file or a program: ssh NUMBER.support run --raw PATH > FILE":                                        "-t를 빼고 출력을 파일이나 프로그램으로 보내세요: ssh NUMBER.support run --raw PATH > FILE",
	"run: --raw is not for a terminal, which the bytes of a script could drive":                                                                   "run: --raw는 터미널에 쓸 수 없습니다. 스크립트의 출력이 터미널을 조작할 수 있습니다",
	"run --attach, or run PATH...":                      "run --attach, 또는 run PATH...",
	"run: --attach takes no scripts":                    "run: --attach에는 스크립트를 쓰지 않습니다",
	"run PATH...":                                       "run PATH...",
	"run: PATH is missing":                              "run: PATH가 빠졌습니다",
	"--timeout 10m":                                     "--timeout 10m",
	"run: --timeout must be more than 0 and at most %s": "run: --timeout은 0보다 길고 %s까지입니다",
	"nothing is running and nothing has run":            "실행 중인 것도, 실행한 것도 없습니다",
	"nothing is running":                                "실행 중인 것이 없습니다",
	"the journal could not be written any more, so the run was ended":            "더 이상 기록할 수 없어 실행을 끝냈습니다",
	"The run goes on if this connection drops; \"run --attach\" shows it again.": "연결이 끊어져도 실행은 계속됩니다. \"run --attach\"로 다시 볼 수 있습니다.",

	// Chat.
	"send files with sftp":                                          "파일은 sftp로 보내세요",
	"a message has 1 to %d bytes of text":                           "메시지는 1~%d바이트입니다",
	"too many messages at once: this one was not sent":              "메시지가 한꺼번에 너무 많아 이 메시지는 보내지 않았습니다",
	"the journal could not be written, so the message was not sent": "기록할 수 없어 메시지를 보내지 않았습니다",
	"chat --send TEXT":                                              "chat --send TEXT",
	"chat: unexpected argument %q":                                  "chat: 필요 없는 말이 있습니다: %q",
	"--since 10m":                                                   "--since 10m",
	"chat: --since must not be negative":                            "chat: --since는 0보다 작을 수 없습니다",
	"Support session %s; times are UTC.\nCtrl-D leaves the chat.":   "지원 세션 %s. 시각은 UTC입니다.\nCtrl-D를 누르면 대화에서 나갑니다.",

	// Another user.
	"ssh -t HOST logon-as USER": "ssh -t HOST logon-as USER",
	"logon-as: a terminal is needed, so that the password is typed without being shown": "logon-as: 암호가 보이지 않게 입력하려면 터미널이 필요합니다",
	"Password of %s: ":                                              "%s의 암호: ",
	"logged off, but %s":                                            "로그오프했지만 %s",
	"nobody else is logged on, but %s":                              "다른 사용자로 로그온하지 않았지만 %s",
	"nobody else is logged on":                                      "다른 사용자로 로그온하지 않았습니다",
	"wait for it":                                                   "기다리세요",
	"another CSR is logging on right now":                           "지금 다른 상담원이 로그온하는 중입니다",
	"\"logoff\" first":                                              "먼저 \"logoff\"를 하세요",
	"%s is logged on already":                                       "이미 %s(으)로 로그온했습니다",
	"the other user was logged off meanwhile":                       "그 사이에 다른 사용자가 로그오프되었습니다",
	"the collector ended with exit code %d":                         "정보 수집 프로그램이 종료 코드 %d(으)로 끝났습니다",
	"%d of the processes of %s may still run":                       "%[2]s의 프로세스 %[1]d개가 아직 실행 중일 수 있습니다",
	"files of %s stay in %s":                                        "%s의 파일이 %s에 남아 있습니다",
	"%d of the processes of %s may still run, and files stay in %s": "%[2]s의 프로세스 %[1]d개가 아직 실행 중일 수 있고, 파일이 %[3]s에 남아 있습니다",

	"that user or an administrator can remove them":                                                                                         "그 사용자나 관리자가 지울 수 있습니다",
	"a restart of the computer ends them: \"reboot\"":                                                                                       "컴퓨터를 다시 시작하면 끝납니다: \"reboot\"",
	"\"logon-as\" once more; the customer is asked again first; \"sysinfo users\" lists the accounts":                                       "\"logon-as\"를 한 번 더 하세요. 먼저 고객에게 다시 묻습니다. 계정은 \"sysinfo users\"에 나옵니다",
	"\"logon-as\" once more; the customer is asked again first":                                                                             "\"logon-as\"를 한 번 더 하세요. 먼저 고객에게 다시 묻습니다",
	"\"sysinfo users\" lists the accounts":                                                                                                  "계정은 \"sysinfo users\"에 나옵니다",
	"programs have an administrator's whole rights; Windows does not ask":                                                                   "프로그램이 관리자의 모든 권한을 가집니다. Windows는 묻지 않습니다",
	"programs have ordinary rights, as a rule an administrator's too; for whole ones the customer starts support-agent as an administrator": "프로그램은 일반 권한을 가지며, 관리자도 대개 그렇습니다. 모든 권한은 고객이 support-agent를 관리자로 시작해야 있습니다",
	"ask the customer to start support-agent as an administrator":                                                                           "고객에게 support-agent를 관리자로 시작해 달라고 하세요",
	"its service Secondary Logon is switched off; the customer can sign in as that user themselves, and start support-agent there":          "Secondary Logon 서비스가 꺼져 있습니다. 고객이 직접 그 사용자로 로그인해 support-agent를 시작할 수 있습니다",
	"a directory server may be out of reach; try a local account":                                                                           "디렉터리 서버에 연결하지 못하는 것일 수 있습니다. 로컬 계정으로 해 보세요",
	"ask whoever administers the account, or use another one":                                                                               "계정을 관리하는 사람에게 문의하거나 다른 계정을 쓰세요",

	// Restarts.
	"reboot [--delay D] [--reason TEXT]":             "reboot [--delay D] [--reason TEXT]",
	"reboot: unexpected argument %q":                 "reboot: 필요 없는 말이 있습니다: %q",
	"reboot: --reason has at most %d bytes":          "reboot: --reason은 %d바이트까지입니다",
	"--delay 2m":                                     "--delay 2m",
	"reboot: --delay is at most %s":                  "reboot: --delay는 %s까지입니다",
	"another CSR is asking to restart this computer": "다른 상담원이 이 컴퓨터를 다시 시작하겠다고 요청 중입니다",
	"ask the customer to start support-agent again from a folder of their own, without --state, and to join with a new number; or to restart by hand": "고객에게 support-agent를 자기 폴더에서 --state 없이 다시 시작해 새 번호로 참여하거나, 직접 다시 시작해 달라고 하세요",
	"log on as an administrator first, or ask the customer to restart by hand":                                                                        "먼저 관리자로 로그온하거나, 고객에게 직접 다시 시작해 달라고 하세요",
	"ask the customer to restart by hand; they can join again with a new number":                                                                      "고객에게 직접 다시 시작해 달라고 하세요. 새 번호로 다시 참여할 수 있습니다",
	"ask the customer who that is; when they have logged off, try again":                                                                              "누구인지 고객에게 물어보고, 로그오프한 뒤에 다시 해 보세요",
	"wait until it has finished, or ask the customer to close it, then try again":                                                                     "끝날 때까지 기다리거나 고객에게 닫아 달라고 한 뒤 다시 해 보세요",
	"ask the customer to restart by hand":                                                                                                             "고객에게 직접 다시 시작해 달라고 하세요",

	// System information.
	"sysinfo --list shows what they are":                            "sysinfo --list로 항목을 볼 수 있습니다",
	"ask the customer to check what they withhold":                  "무엇을 숨기는지 확인해 달라고 고객에게 말하세요",
	"nothing is shown: %v":                                          "아무것도 보여 주지 않습니다: %v",
	"no category %q: there are %s":                                  "%q 항목은 없습니다. 있는 것: %s",
	"no kind of field %q: there are user_names, serials, addresses": "%q 종류는 없습니다. 있는 것: user_names, serials, addresses",

	// What is meant for something else.
	"ssh ACCOUNT@RELAY %s …, without -J": "-J 없이: ssh ACCOUNT@RELAY %s …",
	"unknown command %q: this is a customer's computer in a support session; that is a command of the relay":                                                      "알 수 없는 명령 %q: 이곳은 지원 세션 중인 고객 컴퓨터이고, 그것은 중계 서버의 명령입니다",
	"use sftp, or scp without -O: both copy through SFTP":                                                                                                         "sftp나, -O 없는 scp를 쓰세요. 둘 다 SFTP로 복사합니다",
	"%q cannot be run here: files come by SFTP":                                                                                                                   "여기에서 %q을(를) 실행할 수 없습니다. 파일은 SFTP로 받습니다",
	"\"help\" lists what there is; commands go into a script, which is uploaded by sftp and started with \"run\"":                                                 "할 수 있는 것은 \"help\"에 나옵니다. 명령은 스크립트에 넣어 sftp로 보내고 \"run\"으로 실행하세요",
	"%q: this is a customer's computer in a support session, and there is no git for you":                                                                         "%q: 이곳은 지원 세션 중인 고객 컴퓨터이고 git은 없습니다",
	"put it into the library with supportctl script add, signed with an author's certificate; nothing was run":                                                    "작성자 인증서로 서명해 supportctl script add로 라이브러리에 넣으세요. 아무것도 실행하지 않았습니다",
	"%s does not run here: your organisation wants two signatures for scripts of some categories, and of which one this is, only its author's signature says: %v": "%s은(는) 여기에서 실행되지 않습니다. 소속 조직이 몇몇 분류의 스크립트에 두 사람의 서명을 요구하는데, 어느 분류인지는 작성자의 서명으로만 알 수 있습니다: %v",
	"%s does not run here: your organisation wants two signatures for scripts of the category %q, and the second one does not count: %v":                          "%s은(는) 여기에서 실행되지 않습니다. 소속 조직이 분류 %q의 스크립트에 두 사람의 서명을 요구하는데, 두 번째 서명이 인정되지 않습니다: %v",
	"another CSR looks at it and signs it: supportctl script sign %q; nothing was run":                                                                            "다른 상담원이 살펴보고 서명해야 합니다: supportctl script sign %q. 아무것도 실행하지 않았습니다",
	author.ErrForged.Error():                              "작성자가 이 이름의 이 파일들에 서명한 것이 아닙니다",
	author.ErrSecondForged.Error():                        "두 번째 서명은 이 이름의 이 파일들에 한 것이 아닙니다",
	author.ErrSamePerson.Error():                          "두 번째 서명이 작성자와 같은 계정이나 키로 되어 있습니다. 한 사람의 서명 두 개는 하나로 칩니다",
	errNoCertificate.Error():                              "작성자의 키에 인증서가 없습니다",
	"nobody has signed it":                                "아무도 서명하지 않았습니다",
	"there is none":                                       "서명이 없습니다",
	"the customer is not told who else has signed %s: %v": "%s에 함께 서명한 사람을 고객에게 알리지 않습니다: %v",
	"the customer is not told who has written %s: %v":     "%s의 작성자를 고객에게 알리지 않습니다: %v",
	"an admin of the relay adds keys: csr key-add":        "키는 중계 서버 관리자가 추가합니다: csr key-add",
	"this is a customer's computer in a support session: there is no shell here, and keys cannot be installed": "이곳은 지원 세션 중인 고객 컴퓨터입니다. 셸이 없고 키를 설치할 수 없습니다",
	"unknown command %q: this is a customer's computer in a support session, and there is no shell for you":    "알 수 없는 명령 %q: 이곳은 지원 세션 중인 고객 컴퓨터이고 셸은 없습니다",
}
