package main

import "supportd/library/text"

// koreanHelp has what commands and flags are for, and the headings of tables.
var koreanHelp = text.Catalogue{
	"support sessions on customers' computers": "고객 컴퓨터의 지원 세션을 다룹니다",

	"log in to a relay and keep the login; \"help addresses\" says what ADDRESS may be": "중계 서버에 로그인하고 로그인을 보관합니다. ADDRESS에 쓸 수 있는 것은 \"help addresses\"에 나옵니다",
	"the `FINGERPRINT` of the relay's host key, SHA256:…; asked for when missing":       "중계 서버 호스트 키의 지문(`FINGERPRINT`), SHA256:…. 없으면 물어봅니다",
	"the private key `FILE`, or the public half of a key in ssh-agent":                  "개인 키 파일(`FILE`), 또는 ssh-agent에 있는 키의 공개 키",
	"register the key with an invitation first, which is asked for and not shown":       "먼저 초대로 키를 등록합니다. 초대는 물어보며 화면에 보이지 않습니다",
	"the same with the invitation in this `FILE`, or - for standard input":              "초대가 이 파일(`FILE`)에 있을 때. -는 표준 입력",
	"forget the login and everything kept with it":                                      "로그인과 함께 보관한 것을 모두 지웁니다",
	"the account that is logged in, as the relay knows it":                              "로그인한 계정을 중계 서버가 아는 대로 보여 줍니다",

	"the CA that vouches for CSRs' keys; it needs no login and no network":                                 "상담원의 키를 보증하는 인증 기관(CA). 로그인도 네트워크도 필요 없습니다",
	"make the key of a CA: FILE, and FILE.pub for relays and programs":                                     "CA의 키를 만듭니다: FILE, 그리고 중계 서버와 프로그램에 줄 FILE.pub",
	"keep the key readable for whoever has the file":                                                       "암호 없이, 파일을 가진 사람은 누구나 키를 쓸 수 있게 합니다",
	"make a CSR's certificate: KEY-cert.pub beside KEY.pub, as ssh-keygen -s does":                         "상담원의 인증서를 만듭니다: KEY.pub 옆의 KEY-cert.pub. ssh-keygen -s와 같습니다",
	"the CA's private key `FILE`, or the public half of one in ssh-agent":                                  "CA의 개인 키 파일(`FILE`), 또는 ssh-agent에 있는 키의 공개 키",
	"the `ACCOUNT` at the relay that it is for":                                                            "인증서를 쓸 중계 서버의 계정(`ACCOUNT`)",
	"the `NAME` of the CSR that customers see":                                                             "고객에게 보이는 상담원 이름(`NAME`)",
	"`TEXT` by which you find it again in logs and reports":                                                "로그와 보고서에서 다시 찾을 수 있는 이름(`TEXT`)",
	"how long it is good, a `SPAN` such as 12h or 7d":                                                      "유효 기간(`SPAN`), 예: 12h, 7d",
	"`ADDR` or network from which alone it is good; may be repeated":                                       "이 주소나 네트워크(`ADDR`)에서만 유효합니다. 여러 번 쓸 수 있습니다",
	"make or extend the list of what the CA has revoked, which relays bring to computers":                  "CA가 취소한 것의 목록을 만들거나 더합니다. 중계 서버가 컴퓨터에 전합니다",
	"a `KEY` of a CSR: SHA256:…, or the file with its public half or a certificate of it; may be repeated": "상담원의 키(`KEY`): SHA256:…, 또는 공개 키나 인증서 파일. 여러 번 쓸 수 있습니다",
	"the `NUMBER` of a certificate, as ca sign says it; may be repeated":                                   "ca sign이 알려 준 인증서 번호(`NUMBER`). 여러 번 쓸 수 있습니다",
	"how long the list is good, a `SPAN` such as 12h or 30d":                                               "목록의 유효 기간(`SPAN`), 예: 12h, 30d",
	"the `NUMBER` of the list, above all earlier ones":                                                     "목록의 번호(`NUMBER`). 이전의 모든 번호보다 높아야 합니다",
	"one more than before":               "이전보다 하나 높은 번호",
	"another `FILE` for the certificate": "인증서를 저장할 다른 파일(`FILE`)",

	"open, see and end support sessions":                                          "세션을 열고, 보고, 끝냅니다",
	"open a support session; read its number to the customer":                     "세션을 엽니다. 나온 번호를 고객에게 읽어 주세요",
	"`CODE` by which another system knows it":                                     "다른 시스템의 접수 번호(`CODE`)",
	"`TEXT` by which you know it: how it begins stands for the number everywhere": "상담원이 부르는 이름(`TEXT`). 앞부분만 써도 어디서나 번호를 대신합니다",
	"`TEXT` for the report, in quotes":                                            "보고서에 남길 메모(`TEXT`). 따옴표로 묶으세요",
	"also the address of the page where the customer begins":                      "고객이 시작하는 페이지의 주소도 보여 줍니다",
	"the link, and a picture of it for the customer's camera":                     "링크와, 고객이 카메라로 찍을 QR 코드를 보여 줍니다",
	"your open support sessions":                                                  "열려 있는 내 세션",
	"those that have ended too":                                                   "끝난 세션도",
	"those of every CSR; for admins":                                              "모든 상담원의 세션(관리자용)",
	"one support session; without a number the only open one":                     "세션 하나를 보여 줍니다. 번호가 없으면 하나뿐인 열린 세션",
	"end support sessions for good; without a number the only open one":           "세션을 완전히 끝냅니다. 번호가 없으면 하나뿐인 열린 세션",
	"all your open sessions":                                                      "열려 있는 내 세션 모두",
	"`TEXT` that the customer sees, in quotes":                                    "고객에게 보이는 이유(`TEXT`). 따옴표로 묶으세요",
	"put a note into the report, in the place of the one before":                  "보고서의 메모를 바꿉니다",
	"tell every change of your support sessions as it happens":                    "내 세션이 바뀔 때마다 알려 줍니다",
	"one JSON object a line":                                                      "한 줄에 JSON 객체 하나",
	"do not ask for confirmation":                                                 "확인을 묻지 않습니다",

	"what happened in support sessions, and the proof of it":                                        "세션에서 있었던 일과 그 증명",
	"reports of your support sessions, as the relay tells of them; \"report verify\" proves one":    "중계 서버가 알려 주는 내 세션의 보고서 목록. 증명은 \"report verify\"로 합니다",
	"one report, from the relay or from a file that \"report export\" or a customer has saved":      "보고서 하나. 중계 서버에서 가져오거나, \"report export\" 또는 고객이 저장한 파일에서 읽습니다",
	"the console: all support sessions on one screen, by keys":                                      "콘솔: 모든 세션을 한 화면에서 키로 다룹니다",
	"`LANGUAGE`: en or ko; without it that of the environment":                                      "언어(`LANGUAGE`): en 또는 ko. 없으면 환경 변수를 따릅니다",
	"`FORMAT` of the results: table, json, jsonl or csv":                                            "결과의 형식(`FORMAT`): table, json, jsonl, csv",
	"also write all output into this directory `DIR`, a file for each session; no file is replaced": "모든 출력을 이 폴더(`DIR`)에 세션마다 한 파일로도 저장합니다. 있는 파일은 바꾸지 않습니다",
	"`LANGUAGE`: en or ko":                   "언어(`LANGUAGE`): en 또는 ko",
	"`FORMAT`: %s; the last can be verified": "형식(`FORMAT`): %s. 마지막 것은 검증할 수 있습니다",
	"`FORMAT`: %s":                           "형식(`FORMAT`): %s",
	" or ":                                   " 또는 ",
	"many reports: a line for each as csv, or all of them whole as jsonl":                                                            "여러 보고서를 내보냅니다. csv는 보고서마다 한 줄, jsonl은 전체 내용",
	"`FILE` with a public key of the CA that signs your CSRs' keys; without it, the CA of your login's certificate; may be repeated": "상담원 키에 서명하는 CA의 공개 키 `FILE`. 없으면 로그인 인증서의 CA. 여러 번 쓸 수 있습니다",
	"with --link: that page is at this `ADDRESS`, https://HOST; without it, it has to be on the relay's host":                        "--link와 함께: 그 페이지의 주소 `ADDRESS`, https://HOST. 없으면 중계 서버의 호스트에 있어야 합니다",
	"prove that reports are complete and as the computers signed them, without trusting the relay":                                   "중계 서버를 믿지 않고, 보고서가 빠짐없고 컴퓨터가 서명한 그대로임을 증명합니다",
	"one JSON object for each report": "보고서마다 JSON 객체 하나",
	"the computer's key is the one with this `FINGERPRINT`, SHA256:…; without it, the key has to be one that this program was connected to": "컴퓨터 키의 지문(`FINGERPRINT`), SHA256:…. 없으면 이 프로그램이 접속했던 컴퓨터의 키여야 합니다",

	"what the customer's computer is, after they have said yes": "고객이 동의하면 컴퓨터의 정보를 보여 줍니다",
	"only this `CATEGORY`, as when it stands behind the number": "이 항목(`CATEGORY`)만. 번호 뒤에 쓰는 것과 같습니다",
	"one JSON object":                              "JSON 객체 하나",
	"write all categories to this text `FILE`":     "모든 항목을 이 텍스트 파일(`FILE`)에 저장합니다",
	"let --save replace the file":                  "--save가 파일을 덮어쓰게 합니다",
	"print it on paper":                            "종이에 인쇄합니다",
	"on this `PRINTER` instead of the default one": "기본 프린터 대신 이 프린터(`PRINTER`)에",
	"only what has changed since your last look at this computer, or since `[FILE]`, which --save has written": "이 컴퓨터를 마지막으로 본 뒤, 또는 --save로 저장한 파일(`[FILE]`)과 비교해 바뀐 것만",

	"the script library, and running scripts on customers' computers": "스크립트 라이브러리, 고객 컴퓨터에서 스크립트 실행",
	"run scripts in this order, on each chosen computer after its customer's yes; a SCRIPT is a file, a directory with one executable, or the name of one in the library": "고른 컴퓨터마다 고객의 동의를 받은 뒤 이 순서대로 스크립트를 실행합니다. SCRIPT는 파일, 실행 파일이 하나 있는 폴더, 또는 라이브러리에 있는 이름입니다",
	"on the computer of this session `NUMBER`, or several":           "이 세션 번호(`NUMBER`)의 컴퓨터에서. 여러 번 쓸 수 있습니다",
	"on all your active sessions":                                    "진행 중인 내 세션 모두에서",
	"on at most `K` computers at once":                               "한 번에 컴퓨터 `K`대까지",
	"go on after a script that fails":                                "스크립트가 실패해도 계속합니다",
	"only show what would be sent and asked":                         "무엇을 보내고 물을지 보여 주기만 합니다",
	"begin with the `K`-th script":                                   "`K`번째 스크립트부터 시작합니다",
	"`TIME` for each script, e.g. 90s or 5m":                         "스크립트마다의 제한 시간(`TIME`). 예: 90s, 5m",
	"follow the run that goes on on a computer, or see the last one": "컴퓨터에서 진행 중인 실행을 이어서 보거나 마지막 실행을 봅니다",
	"write the scripts' standard output byte for byte, for a program that reads it; all else goes to standard error": "스크립트의 표준 출력을 바이트 그대로 씁니다. 다른 프로그램이 읽을 때 쓰며, 나머지는 표준 오류로 나갑니다",
	"`CATEGORY`, one of \"category list\"":                         "분류(`CATEGORY`). \"category list\" 중 하나",
	"`TEXT` of what it does":                                       "무엇을 하는지 설명(`TEXT`)",
	"`FILE` that is run, or a directory with it and what it needs": "실행할 파일(`FILE`), 또는 그것과 필요한 것이 든 폴더",
	"`FILE` that it needs; may be given several times":             "함께 필요한 파일(`FILE`). 여러 번 쓸 수 있습니다",
	"let every CSR see and run it":                                 "모든 상담원이 보고 실행하게 공개합니다",
	"the scripts of the library that you may run":                  "실행할 수 있는 라이브러리의 스크립트",
	"by `COLUMN`: %s":                                              "정렬할 열(`COLUMN`): %s",
	"the other way round":                                          "거꾸로",
	"only those of `CATEGORY`":                                     "이 분류(`CATEGORY`)만",
	"only your own":                                                "내 것만",
	"only those with `TEXT` in name or description":                "이름이나 설명에 이 말(`TEXT`)이 들어 있는 것만",
	"a script of the library, its files and versions":              "라이브러리의 스크립트 하나와 그 파일, 버전",
	"`N`, an older version":                                        "이전 버전 `N`",
	"write its files into the new directory `DIR`":                 "파일을 새 폴더(`DIR`)에 저장합니다",
	"put a script into the library: FILE, and what it needs; without it an editor asks for everything": "라이브러리에 스크립트를 추가합니다: FILE과 필요한 것. 없으면 편집기에서 모두 적습니다",
	"change a script of yours; without flags in an editor":                                             "내 스크립트를 고칩니다. 옵션이 없으면 편집기에서",
	"`NAME`, a new one":                             "새 이름(`NAME`)",
	"keep it to yourself":                           "나만 쓰게 합니다",
	"only if version `N` is still the newest":       "버전 `N`이 아직 최신일 때만",
	"delete a script of yours from the library":     "라이브러리에서 내 스크립트를 삭제합니다",
	"the headings of the library; admins make them": "라이브러리의 분류. 관리자가 만듭니다",
	"all categories":                                "모든 분류",
	"make a category":                               "분류를 만듭니다",
	"delete a category in which no script is":       "스크립트가 없는 분류를 삭제합니다",

	"talk to the customer, and see what happens on their computer":                             "고객과 대화하고, 컴퓨터에서 일어나는 일을 봅니다",
	"send `TEXT` and nothing else, as with MESSAGE":                                            "이 말(`TEXT`)만 보냅니다. MESSAGE와 같습니다",
	"of what was before, only the last `D`, e.g. 10m":                                          "지난 일은 마지막 `D`만. 예: 10m",
	"act as another user of the customer's computer, after they have said yes":                 "고객이 동의하면 고객 컴퓨터의 다른 사용자로 작업합니다",
	"what ssh asks about a computer's key, as its KnownHostsCommand; \"ssh config\" writes it": "ssh가 컴퓨터의 키를 물어보는 KnownHostsCommand. \"ssh config\"가 씁니다",
	"have the customer pick them on their screen; on a terminal it does so by itself":          "고객이 화면에서 고르게 합니다. 터미널에서는 저절로 합니다",
	"keep that you have heard the customer say the same two":                                   "고객이 같은 두 단어를 말하는 것을 들었다고 저장합니다",
	"keep that you have heard others, or none: it ends the session":                            "다른 단어를 들었거나 없다고 했다고 저장하고 세션을 끝냅니다",
	"the safety words to compare with the customer by voice":                                   "고객과 말로 비교할 확인 단어",
	"act as the customer's own user again":                                                     "다시 고객의 사용자로 작업합니다",
	"restart the customer's computer, after they have said yes":                                "고객이 동의하면 컴퓨터를 다시 시작합니다",
	"wait until it is back, and show what has changed":                                         "돌아올 때까지 기다렸다가 바뀐 것을 보여 줍니다",
	"give the customer `D` to save their work, e.g. 2m":                                        "고객에게 작업을 저장할 시간(`D`)을 줍니다. 예: 2m",
	"`TEXT` that the customer sees":                                                            "고객에게 보이는 이유(`TEXT`)",

	"what ssh and sftp need to reach customers' computers":                                 "ssh와 sftp로 고객 컴퓨터에 접속하는 데 필요한 것",
	"make ~/.ssh/config include it; logout takes it out again":                             "~/.ssh/config가 읽게 합니다. 로그아웃하면 다시 뺍니다",
	"the ssh_config for NUMBER.support":                                                    "NUMBER.support에 쓰는 ssh_config",
	"the known_hosts lines of relay and computers":                                         "중계 서버와 컴퓨터의 known_hosts 줄",
	"the ProxyCommand that brings ssh to the relay by every way; \"ssh config\" writes it": "ssh를 모든 방법으로 중계 서버에 잇는 ProxyCommand. \"ssh config\"가 써 줍니다",
	"the script that completes words in a shell: bash, zsh, fish or pwsh":                  "셸에서 낱말을 완성해 주는 스크립트: bash, zsh, fish, pwsh",

	"RELAY": "중계 서버", "RELAY KEY": "중계 서버 키", "SESSION": "세션", "SCRIPT": "스크립트", "TIME": "걸린 시간", "RESULT": "결과", "FILE": "파일", "BYTES": "바이트", "FROM": "출처",

	exitCodesTopic: `supportctl은 다음 종료 코드 중 하나로 끝납니다:

    0  성공
    1  실패
    2  잘못된 사용법, 또는 쓸 수 없는 파일
    3  여러 컴퓨터나 스크립트 중 일부가 실패했거나 거절됨
    4  인증되지 않음: 키가 없거나, 받아들여지지 않거나, 호스트 키가 다름
    5  고객이 거절했거나 대답하지 않음
    6  그런 세션이 없거나 끝남
    7  제한 시간이 지남
    8  중계 서버에 연결할 수 없음
  130  중단됨
`,
	addressesTopic: `중계 서버의 주소는 다음 중 하나입니다:

  HOST                  모든 방법: 2222와 443 포트의 SSH, TLS(https) 안의 WebSocket,
                        그리고 이 컴퓨터의 프록시를 거치는 같은 방법. 처음 성공한 방법을 쓰고
                        다음에도 먼저 시도합니다
  HOST:PORT             그 포트의 SSH만; [IPv6]:PORT
  https://HOST[:PORT]   WebSocket만

어느 방법이든 로그인할 때 알려 준 호스트 키로 중계 서버를 확인합니다. ssh 자체는 포트 하나만 알기 때문에,
로그인에 방법이 더 있으면 "supportctl ssh config"가 ssh에게 "supportctl connect"를 실행하게 합니다.
`,
	environmentTopic: `supportctl이 읽는 환경 변수:

  LC_ALL, LC_MESSAGES, LANG  언어: UTF-8의 ko이면 한국어, 아니면 영어
  HOME, XDG_CONFIG_HOME  로그인은 XDG_CONFIG_HOME 또는 ~/.config 아래 supportctl/에 보관합니다
                         (Windows: AppData 아래, macOS: ~/Library/Application Support 아래)
  SSH_AUTH_SOCK          키(하드웨어 키 포함)를 가진 ssh-agent
  PAGER                  긴 글을 보여 줍니다. 없으면 화면마다 멈춥니다
  LESS                   설정하지 않았으면 PAGER에 FRX를 줍니다
  NO_COLOR               비어 있지 않으면: 색 없음
  TERM                   "dumb": 색 없음, 긴 글에서 멈추지 않음, 콘솔은 메뉴
  ACCESSIBLE             "1": 콘솔(ui)이 화면 낭독기에 맞게 줄로 된 번호 메뉴가 됩니다
  PATH                   --print에 쓰는 lp를 찾는 곳
  HTTPS_PROXY, ALL_PROXY 중계 서버로 가는 프록시: http://, https:// 또는 socks5://[USER:PASSWORD@]HOST:PORT.
                         없으면 시스템 설정(Windows, macOS)을 따릅니다
  NO_PROXY               프록시 없이 연결할 호스트

프록시의 암호 말고는 변수에 비밀을 넣을 필요가 없습니다. 키의 암호는 터미널에서만 묻습니다.
`,
}
