package web

import "supportd/library/text"

// texts are the words of the join page in one language. %s in those that have it is
// the organisation, or what stands for it.
type texts struct {
	Name, Language                      string // of the language itself; of the switch
	Brand                               string // where no organisation is known
	Somebody, Called                    string // stand for the organisation; Called as what publishes the program
	Title                               string
	Ask, Help                           string // headings
	CallQuestion                        string
	CallYes                             string // %s
	CallNo, CallWhy                     string
	NumberAsk, Go                       string
	NumberWrong                         string
	NumberDigits                        string
	TooMany                             string
	NumberIs                            string
	NumberCheck                         string
	NumberOther                         string
	StartHeading                        string
	What                                string // %s
	Start                               string
	Then                                string // heading of the steps behind Start
	Downloads1                          string // %s: a file and its size
	Linked                              string // %s: the host it comes from
	Choose, ChooseNone, Missing         string // where the system is not known, or has no program
	PhoneHeading, Phone                 string
	IsComputer                          string
	Nothing, HaveProgram                string
	MacHeading, Mac                     string
	MacDownload, MacDownloadWhat        string
	OtherSystem, StepsFor, OnlyDownload string
	CannotDownload                      string
	PasteWhat                           string
	PasteWindows                        string
	PasteLinux                          string
	Copy, Copied                        string // by script: a button and what it says then
	StepWindows                         string
	StepSaved, StepCopy, StepTerminal   string // Linux
	StepPaste                           string // Linux
	StepCopyMac, StepSearchMac          string
	StepTerminalMac, StepPasteMac       string
	StepWarnedMac                       string
	StepChipMac, StepUnpackMac          string
	OneChip                             string // only one of the two has a program
	StepOpenMac                         string // %s: the file
	StepRefusedMac                      string
	StepWait, StepAddress, StepTyped    string // phone
	StepOpen                            string
	StepNumber                          string // %s: the number
	StepBlocked                         string // Windows
	StepPublisher                       string // Windows; %s
	StepAsk                             string
	StepType                            string // %s: the number
	StepStop                            string
	Begun, Joined                       string // by script: a download has begun, the computer has joined
	Stop, NoPage, NotReady              notice
	ToStart, CallNoLink                 string
	PromiseHeading                      string
	Promises                            []string
	ContactIs                           string
	Foot                                string
	Systems                             map[system]string
	Megabytes                           string
}

// notice is a page that says something, and asks for nothing.
type notice struct {
	heading string
	notes   []string
}

func textsIn(l text.Language) *texts {
	if l == text.Korean {
		return korean()
	}
	return english()
}

func english() *texts {
	return &texts{
		Name: "English", Language: "Language",
		Brand: "Remote support", Somebody: "your support", Called: "the company that you called", Title: "Remote support",
		Ask: "Get help with your computer", Help: "Get help with this computer",
		CallQuestion: "First: did you call us?",
		CallYes:      "Go on only if you yourself called %s, and the person on the phone gave you a number or a link.",
		CallNo:       "If someone called you, wrote to you, or a window on your screen told you to come here: close this page and hang up.",
		CallWhy:      "This is how criminals get into computers and bank accounts.",
		NumberAsk:    "Type the 9 digits that the person on the phone tells you", Go: "Go on",
		NumberWrong:  "This number has a mistake in it: probably one digit is wrong. Ask the person on the phone to say it again, slowly.",
		NumberDigits: "The number has 9 digits, and does not begin with 0. Ask the person on the phone to say it again, slowly.",
		TooMany:      "Too many wrong numbers came from your network. Ask the person on the phone to say it again: the right number works at once.",
		NumberIs:     "Your number",
		NumberCheck:  "It has to be the number that you were told.", NumberOther: "I have another number",
		What:         "This starts a small program on this computer. Through it %s can help you while you watch.",
		StartHeading: "Start the program", Start: "Start", Then: "After you have pressed Start",
		Downloads1: "Downloads %s.", Linked: "Downloads the program from %s.",
		Choose:     "First choose the computer that you are sitting at. The next page says what to do there, step by step.",
		ChooseNone: "If it is none of these, tell the person on the phone.",
		Missing:    "There is no program for this kind of computer here. Tell the person on the phone. If you have another computer that needs help, choose it:",

		PhoneHeading: "Go to the computer that needs help", Phone: "This works on a computer, not on a phone or a tablet.",
		StepWait:    "Ask the person on the phone to wait until you sit at the computer. Do not hang up.",
		StepAddress: "On that computer open the program with which you visit web pages, such as Edge, Chrome, Firefox or Safari. At the top, type this address, and press Enter:",
		StepTyped:   "A page like this one opens. Type your number there:", IsComputer: "This is a computer",

		Nothing: "This page has no program to download. Ask the person on the phone: “Where do I get the program?” When you have it, press this:", HaveProgram: "I have the program",
		StepOpen: "Open the program. A window opens.", StepNumber: "When the program asks for a number, type %s.",

		MacHeading: "Start the program on your Mac", Mac: "It takes about a minute. The line in step 1 starts the program once, and removes it at the end.",
		StepCopyMac:     "Copy this line: click it, then press ⌘ (Command) and C together.",
		StepSearchMac:   "Press ⌘ (Command) and the space bar together. A field for a search opens.",
		StepTerminalMac: "Type “Terminal”, and press Return. A window opens in which you can type.",
		StepPasteMac:    "Press ⌘ (Command) and V together: the line appears in that window. Press Return. The window says what it does, and then starts the program.",
		StepWarnedMac:   "macOS may ask whether you really want to paste, because criminals use this way, too. Go on only if you yourself called us. If not, close the window.",
		MacDownload:     "Download instead", MacDownloadWhat: "If you cannot use Terminal, your Mac can download the program. It then asks more questions.",
		OneChip:        "There is no program here for the other kind of chip. Tell the person on the phone if yours is that one.",
		StepChipMac:    "Press the apple at the top left of your screen, then “About This Mac”: it says whether the chip is from Apple or from Intel. Choose yours here. If the browser asks whether it may download, allow it:",
		StepUnpackMac:  "Open the folder Downloads. If the file’s name ends in .zip, double-click it: another file appears beside it.",
		StepOpenMac:    "Double-click %s. macOS asks whether you want to open a program from the internet. Press Open: a window opens, and the program starts in it.",
		StepRefusedMac: "If macOS says that it cannot check the program, and there is no Open, press Done. Then use the line for Terminal above, which needs no such question.",

		OtherSystem: "Another kind of computer", StepsFor: "Show me the steps for:", OnlyDownload: "Only download the program", CannotDownload: "I can't download",
		PasteWhat:    "One line starts the program without a download in the browser. It says what it does, checks the program (SHA-256), needs no administrator, installs nothing, and removes the program at the end.",
		PasteWindows: "Copy this line: click it, then press Ctrl and C together. Press the Windows key, type “cmd”, and press Enter: a black window opens. Press Ctrl and V together there, then Enter.",
		PasteLinux:   "Copy this line: click it, then press Ctrl and C together. Press Ctrl, Alt and T together: a window opens in which you can type. Press Ctrl, Shift and V together there, then Enter.",
		Copy:         "Copy the line", Copied: "Copied ✓",
		StepWindows:   "When the download is done, open the file: it is at the top right of your browser, or in the folder Downloads.",
		StepSaved:     "Wait until your browser has saved the file. It shows that at the top right.",
		StepCopy:      "Copy this line: click it, then press Ctrl and C together.",
		StepTerminal:  "Press Ctrl, Alt and T together. A window opens in which you can type. If none opens, press the Windows key, type “terminal”, and press Enter.",
		StepPaste:     "Press Ctrl, Shift and V together: the line appears in that window. Press Enter. The program starts in the same window.",
		StepBlocked:   "If a blue window says “Windows protected your PC”, press “More info” in it. It then shows the publisher.",
		StepPublisher: "If Windows asks about the program, the publisher has to be %s: then press “Run anyway” or “Run”. If it is anybody else or unknown, press nothing there, and tell the person on the phone.",
		StepAsk:       "The program asks you again whether you called. Then it connects, and the person on the phone sees that you are there.",
		StepType:      "If it asks for a number, type %s.",
		StepStop:      "To stop everything at any time, close the program's window.",
		Begun:         "Your browser is downloading the program. Go on with step 1 below.",
		Joined:        "Your computer is connected. The person on the phone can see that. Go on in the program's window. To stop everything, close that window. If you did not call us: close that window first, then hang up.",
		Stop: notice{"Stop here", []string{
			"Hang up the phone. Do not call back a number that they gave you.",
			"Close this page. Opening it has done nothing to your computer.",
			"If you have already started a program, close its window. That ends everything.",
			"If you gave them a password or money, call your bank now. Its number is on your bank card.",
		}},
		NoPage: notice{"There is nothing at this address", []string{
			"Compare the address with the person on the phone, letter by letter. Or go to the first page, and type your number there.",
		}},
		NotReady: notice{"The program cannot be downloaded just now", []string{
			"Wait a few seconds, go back, and press Start once more. If this comes again, tell the person on the phone.",
		}},
		ToStart: "Go to the first page", CallNoLink: "I did not call you. What now?",
		PromiseHeading: "You decide",
		Promises: []string{
			"Nothing is seen, done or changed on your computer before you say yes. You are always asked first.",
			"You can stop at any moment: close the program's window.",
			"Nothing is installed. When it ends, nobody can come back without you.",
			"We never ask for a bank card, a bank login, or money on the phone.",
		},
		ContactIs: "Not sure? Ask us first:",
		Foot:      "This page sets no cookies, and writes down nothing about you, not even your number.",
		Systems: map[system]string{
			{"windows", "amd64"}: "Windows", {"windows", "arm64"}: "Windows on ARM",
			{"darwin", "arm64"}: "Mac with an Apple chip (since late 2020)", {"darwin", "amd64"}: "Mac with an Intel chip",
			{"linux", "amd64"}: "Linux", {"linux", "arm64"}: "Linux on ARM",
		},
		Megabytes: "%.1f MB",
	}
}

func korean() *texts {
	return &texts{
		Name: "한국어", Language: "언어",
		Brand: "원격 지원", Somebody: "고객 지원 센터", Called: "전화하신 회사", Title: "원격 지원",
		Ask: "컴퓨터 도움 받기", Help: "이 컴퓨터에서 도움 받기",
		CallQuestion: "먼저 확인하세요. 직접 전화하셨나요?",
		CallYes:      "%s에 직접 전화하셨고, 통화 중인 상담원이 번호나 링크를 알려 드린 경우에만 계속하세요.",
		CallNo:       "누군가 먼저 전화하거나 메시지를 보냈거나, 화면에 뜬 창이 여기로 오라고 했다면 이 페이지를 닫고 전화를 끊으세요.",
		CallWhy:      "사기범이 컴퓨터와 은행 계좌에 들어오려고 쓰는 방법입니다.",
		NumberAsk:    "상담원이 전화로 알려 드린 숫자 9자리를 입력하세요", Go: "계속",
		NumberWrong:  "올바른 번호가 아닙니다. 숫자 하나가 틀린 것 같습니다. 상담원에게 번호를 천천히 다시 불러 달라고 하세요.",
		NumberDigits: "번호는 0으로 시작하지 않는 숫자 9자리입니다. 상담원에게 번호를 천천히 다시 불러 달라고 하세요.",
		TooMany:      "같은 네트워크에서 틀린 번호를 너무 많이 입력했습니다. 상담원에게 번호를 다시 확인하세요. 올바른 번호는 바로 쓸 수 있습니다.",
		NumberIs:     "번호",
		NumberCheck:  "상담원에게 들은 번호와 같아야 합니다.", NumberOther: "다른 번호 입력하기",
		What:         "이 컴퓨터에서 작은 프로그램을 시작합니다. %s 상담원이 고객님이 보는 앞에서 도와드립니다.",
		StartHeading: "프로그램 시작하기", Start: "시작", Then: "‘시작’을 누른 다음",
		Downloads1: "내려받는 파일: %s", Linked: "프로그램을 내려받는 곳: %s",
		Choose:     "먼저 지금 앞에 있는 컴퓨터를 고르세요. 다음 페이지에서 할 일을 순서대로 알려 드립니다.",
		ChooseNone: "여기에 없으면 통화 중인 상담원에게 말씀하세요.",
		Missing:    "이 종류의 컴퓨터에 맞는 프로그램이 여기에 없습니다. 통화 중인 상담원에게 말씀하세요. 도움이 필요한 컴퓨터가 따로 있으면 고르세요.",

		PhoneHeading: "도움이 필요한 컴퓨터로 가세요", Phone: "휴대전화나 태블릿이 아니라 컴퓨터에서 할 수 있습니다.",
		StepWait:    "컴퓨터 앞에 앉을 때까지 기다려 달라고 상담원에게 말씀하세요. 전화는 끊지 마세요.",
		StepAddress: "그 컴퓨터에서 인터넷을 볼 때 쓰는 프로그램(엣지, 크롬, 웨일, 사파리 등)을 여세요. 맨 위 주소창에 이 주소를 입력하고 Enter를 누르세요.",
		StepTyped:   "이와 비슷한 페이지가 열립니다. 거기에 번호를 입력하세요.", IsComputer: "지금 컴퓨터를 쓰고 있어요",

		Nothing: "이 페이지에는 내려받을 프로그램이 없습니다. 통화 중인 상담원에게 “프로그램을 어디에서 받나요?”라고 물어보세요. 받은 다음 아래 버튼을 누르세요.", HaveProgram: "프로그램을 받았어요",
		StepOpen: "프로그램을 여세요. 창이 열립니다.", StepNumber: "프로그램이 번호를 물으면 %s 번을 입력하세요.",

		MacHeading: "Mac에서 프로그램 시작하기", Mac: "1분쯤 걸립니다. 1번의 한 줄은 프로그램을 한 번만 시작하고, 끝나면 지웁니다.",
		StepCopyMac:     "아래 한 줄을 복사하세요. 클릭한 다음 ⌘(Command)와 C를 함께 누르세요.",
		StepSearchMac:   "⌘(Command)와 스페이스 바를 함께 누르세요. 검색창이 열립니다.",
		StepTerminalMac: "‘터미널’을 입력하고 Return을 누르세요. 글자를 입력할 수 있는 창이 열립니다.",
		StepPasteMac:    "⌘(Command)와 V를 함께 누르면 복사한 줄이 그 창에 나타납니다. Return을 누르세요. 무엇을 하는지 보여 준 다음 프로그램을 시작합니다.",
		StepWarnedMac:   "정말 붙여 넣을지 macOS가 물을 수 있습니다. 사기범도 이 방법을 쓰기 때문입니다. 저희에게 직접 전화하신 경우에만 계속하세요. 아니면 그 창을 닫으세요.",
		MacDownload:     "파일로 내려받기", MacDownloadWhat: "터미널을 쓸 수 없으면 프로그램을 파일로 내려받을 수 있습니다. 이때는 macOS가 몇 가지를 더 묻습니다.",
		OneChip:        "다른 칩에 맞는 프로그램은 여기에 없습니다. 그 칩이면 통화 중인 상담원에게 말씀하세요.",
		StepChipMac:    "화면 왼쪽 위의 사과 모양을 누르고 ‘이 Mac에 관하여’를 누르세요. 칩이 Apple인지 Intel인지 나옵니다. 여기에서 맞는 것을 고르세요. 내려받아도 되는지 브라우저가 물으면 허용하세요.",
		StepUnpackMac:  "‘다운로드’ 폴더를 여세요. 파일 이름이 .zip으로 끝나면 두 번 클릭하세요. 옆에 다른 파일이 나타납니다.",
		StepOpenMac:    "%s 파일을 두 번 클릭하세요. 인터넷에서 받은 프로그램을 열지 macOS가 묻습니다. ‘열기’를 누르면 창이 열리고 프로그램이 시작됩니다.",
		StepRefusedMac: "macOS가 프로그램을 확인할 수 없다고 하고 ‘열기’가 없으면 ‘완료’를 누르세요. 그리고 위에 있는 터미널용 한 줄을 쓰세요. 그 방법은 이렇게 묻지 않습니다.",

		OtherSystem: "다른 종류의 컴퓨터", StepsFor: "방법 보기:", OnlyDownload: "프로그램만 내려받기", CannotDownload: "내려받을 수 없어요",
		PasteWhat:    "브라우저로 내려받지 않고 명령 한 줄로 프로그램을 시작합니다. 무엇을 하는지 보여 주고, 프로그램을 검사하며(SHA-256), 관리자 권한이 필요 없고, 아무것도 설치하지 않으며, 끝나면 프로그램을 지웁니다.",
		PasteWindows: "아래 한 줄을 복사하세요. 클릭한 다음 Ctrl과 C를 함께 누르세요. Windows 키를 누르고 cmd를 입력한 뒤 Enter를 누르면 검은 창이 열립니다. 그 창에서 Ctrl과 V를 함께 누르고 Enter를 누르세요.",
		PasteLinux:   "아래 한 줄을 복사하세요. 클릭한 다음 Ctrl과 C를 함께 누르세요. Ctrl, Alt, T를 함께 누르면 글자를 입력할 수 있는 창이 열립니다. 그 창에서 Ctrl, Shift, V를 함께 누르고 Enter를 누르세요.",
		Copy:         "복사하기", Copied: "복사했습니다 ✓",
		StepWindows:   "내려받기가 끝나면 파일을 여세요. 브라우저 오른쪽 위나 ‘다운로드’ 폴더에 있습니다.",
		StepSaved:     "브라우저가 파일을 다 받을 때까지 기다리세요. 브라우저 오른쪽 위에 표시됩니다.",
		StepCopy:      "아래 한 줄을 복사하세요. 클릭한 다음 Ctrl과 C를 함께 누르세요.",
		StepTerminal:  "Ctrl, Alt, T를 함께 누르세요. 글자를 입력할 수 있는 창이 열립니다. 열리지 않으면 Windows 키를 누르고 terminal을 입력한 뒤 Enter를 누르세요.",
		StepPaste:     "Ctrl, Shift, V를 함께 누르면 복사한 줄이 그 창에 나타납니다. Enter를 누르세요. 같은 창에서 프로그램이 시작됩니다.",
		StepBlocked:   "‘Windows의 PC 보호’라는 파란 창이 나오면 그 창에서 ‘추가 정보’를 누르세요. 그러면 게시자가 나옵니다.",
		StepPublisher: "Windows가 이 프로그램에 대해 물으면 게시자가 %s인지 확인하세요. 맞으면 ‘실행’을 누르세요. 다르거나 알 수 없는 게시자라고 나오면 아무것도 누르지 말고 통화 중인 상담원에게 말씀하세요.",
		StepAsk:       "프로그램이 직접 전화하셨는지 한 번 더 묻습니다. 그다음 연결되고, 상담원이 연결된 것을 볼 수 있습니다.",
		StepType:      "번호를 물으면 %s 번을 입력하세요.",
		StepStop:      "언제든지 프로그램 창을 닫으면 모두 멈춥니다.",
		Begun:         "브라우저가 프로그램을 내려받고 있습니다. 아래 1번부터 따라 하세요.",
		Joined:        "컴퓨터가 연결되었습니다. 상담원도 연결된 것을 볼 수 있습니다. 이제 프로그램 창에서 진행하세요. 모두 멈추려면 그 창을 닫으세요. 직접 전화하신 것이 아니라면 먼저 그 창을 닫고, 그다음 전화를 끊으세요.",
		Stop: notice{"여기서 멈추세요", []string{
			"전화를 끊으세요. 상대방이 알려 준 번호로 다시 전화하지 마세요.",
			"이 페이지를 닫으세요. 페이지를 연 것만으로는 컴퓨터에 아무 일도 일어나지 않습니다.",
			"이미 프로그램을 시작했다면 그 창을 닫으세요. 그러면 모두 끝납니다.",
			"비밀번호를 알려 주었거나 돈을 보냈다면 지금 바로 은행에 전화하세요. 번호는 카드 뒷면에 있습니다.",
		}},
		NoPage: notice{"이 주소에는 아무것도 없습니다", []string{
			"통화 중인 상담원과 함께 주소를 한 글자씩 확인하세요. 또는 첫 페이지로 가서 번호를 입력하세요.",
		}},
		NotReady: notice{"지금은 프로그램을 내려받을 수 없습니다", []string{
			"몇 초 기다린 뒤 이전 페이지로 돌아가 ‘시작’을 다시 누르세요. 계속 안 되면 통화 중인 상담원에게 말씀하세요.",
		}},
		ToStart: "첫 페이지로 가기", CallNoLink: "제가 전화하지 않았어요. 어떻게 하나요?",
		PromiseHeading: "결정은 고객님이 합니다",
		Promises: []string{
			"고객님이 허락하기 전에는 컴퓨터에서 아무것도 보거나 실행하거나 바꾸지 않습니다. 항상 먼저 묻습니다.",
			"언제든지 멈출 수 있습니다. 프로그램 창을 닫으면 됩니다.",
			"아무것도 설치하지 않습니다. 끝난 뒤에는 고객님 없이 아무도 다시 들어올 수 없습니다.",
			"저희는 전화로 카드 번호나 은행 비밀번호, 돈을 절대 요구하지 않습니다.",
		},
		ContactIs: "확실하지 않으면 먼저 문의하세요:",
		Foot:      "이 페이지는 쿠키를 쓰지 않으며, 번호를 비롯해 고객님에 대해 아무것도 기록하지 않습니다.",
		Systems: map[system]string{
			{"windows", "amd64"}: "Windows", {"windows", "arm64"}: "Windows(ARM)",
			{"darwin", "arm64"}: "Apple 칩 Mac(2020년 말 이후)", {"darwin", "amd64"}: "Intel 칩 Mac",
			{"linux", "amd64"}: "Linux", {"linux", "arm64"}: "Linux(ARM)",
		},
		Megabytes: "%.1f MB",
	}
}
