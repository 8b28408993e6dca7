package cmdline

import "supportd/library/text"

// Korean has the texts of this package; [Run] and [ReportIn] know it.
func Korean() text.Catalogue { return korean }

// korean has every text of this package that somebody can meet.
var korean = text.Catalogue{
	"%swhich command?":                    "%s어떤 명령인가요?",
	"%sunknown command %q%s":              "%s알 수 없는 명령 %q%s",
	"%sunknown flag %s%s":                 "%s알 수 없는 옵션 %s%s",
	"%sunexpected argument %q":            "%s필요 없는 말이 있습니다: %q",
	"%s%s is missing":                     "%s%s이(가) 빠졌습니다",
	"%s--%s is missing":                   "%s--%s이(가) 빠졌습니다",
	"%s needs a value":                    "%s 뒤에 값이 있어야 합니다",
	"%s--%s: %v":                          "%s--%s: 값이 맞지 않습니다 (%v)",
	"%s --help shows the usage":           "%s --help 를 입력하면 사용법이 나옵니다",
	"--help shows the usage":              "--help 를 입력하면 사용법이 나옵니다",
	"%s takes no arguments; %s":           "%s 뒤에는 아무것도 쓰지 않습니다. %s",
	"one of: %s":                          "다음 중 하나: %s",
	"one of: table, json, jsonl, csv":     "다음 중 하나: table, json, jsonl, csv",
	"-o: unknown format %q":               "-o: 알 수 없는 형식 %q",
	"; did you mean %s?":                  ". 혹시 %s인가요?",
	"did you mean: %s":                    "혹시 다음 중 하나인가요? %s",
	"help on a command, or on one of: %s": "명령이나 다음 주제의 도움말: %s",
	"EXAMPLE:":                            "예:",
	"NAME:":                               "이름:",
	"USAGE:":                              "사용법:",
	"COMMANDS:":                           "명령:",
	"OPTIONS:":                            "옵션:",
	"DESCRIPTION:":                        "설명:",
	"[command]":                           "[명령]",
	"[options]":                           "[옵션]",
	"%s (default: %s)":                    "%s (기본값: %s)",
	"show help":                           "도움말을 보여 줍니다",
	"print the version":                   "버전을 보여 줍니다",
	"cannot write to standard output: %v": "출력할 수 없습니다: %v",
	"it is closed, or what it leads to is full": "출력이 닫혔거나 저장할 곳이 가득 찼습니다",
	"interrupted":                        "중단되었습니다",
	hintLabel:                            "도움말",
	"the command's quotes do not match":  "명령의 따옴표가 짝이 맞지 않습니다",
	"put quotes in pairs, as in a shell": "셸에서처럼 따옴표를 짝을 맞추어 쓰세요",
	"%q is no number":                    "%q은(는) 숫자가 아닙니다",
	"it takes no value such as %q: leave \"=%s\" out":              "%q 같은 값은 쓰지 않습니다. \"=%s\"을(를) 빼세요",
	"%q is no span of time such as 90s, 30m, 36h or 90d":           "%q은(는) 90s, 30m, 36h, 90d 같은 기간이 아닙니다",
	"%q is no time such as 2026-03-01, 2026-03-01T09:30:00Z or 7d": "%q은(는) 2026-03-01, 2026-03-01T09:30:00Z, 7d 같은 시각이 아닙니다",
	"%q is no offset from UTC such as +09:00":                      "%q은(는) +09:00 같은 UTC와의 시차가 아닙니다",
	"`FORMAT`: table, json, jsonl or csv":                          "출력 형식(`FORMAT`): table, json, jsonl, csv",
	"the same as -o json":                                          "-o json과 같습니다",
	"begin CSV with a byte order mark, which spreadsheets need for Hangul; so is what you save at a terminal, unless --bom=false": "CSV 앞에 바이트 순서 표식(BOM)을 붙입니다. 스프레드시트에서 한글을 보려면 필요합니다. 터미널에서 저장할 때는 --bom=false가 없으면 저절로 붙습니다",
	"yes": "예",
	"no":  "아니요",
}
