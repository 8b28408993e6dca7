package cmdline

import (
	"cmp"

	"supportd/library/text"
)

// said is a text of this package in a language. Formats take the same arguments in
// every language.
func said(l text.Language, english string) string {
	if l != text.Korean {
		return english
	}
	return cmp.Or(korean()[english], english)
}

// korean has every text of this package that a customer can meet.
func korean() map[string]string {
	return map[string]string{
		"%swhich command?":                          "%s어떤 명령인가요?",
		"%sunknown command %q%s":                    "%s알 수 없는 명령 %q%s",
		"%sunknown flag %s%s":                       "%s알 수 없는 옵션 %s%s",
		"%sunexpected argument %q":                  "%s필요 없는 말이 있습니다: %q",
		"%s%s is missing":                           "%s%s이(가) 빠졌습니다",
		"%s--%s is missing":                         "%s--%s이(가) 빠졌습니다",
		"%s needs a value":                          "%s 뒤에 값이 있어야 합니다",
		"%s--%s: %v":                                "%s--%s: 값이 맞지 않습니다 (%v)",
		"%s --help shows the usage":                 "%s --help 를 입력하면 사용법이 나옵니다",
		"%s takes no arguments; %s":                 "%s 뒤에는 아무것도 쓰지 않습니다. %s",
		"one of: %s":                                "다음 중 하나: %s",
		"; did you mean %s?":                        ". 혹시 %s인가요?",
		"help on a command, or on one of: %s":       "명령이나 다음 주제의 도움말: %s",
		"EXAMPLE:":                                  "예:",
		"show help":                                 "도움말을 보여 줍니다",
		"print the version":                         "버전을 보여 줍니다",
		"cannot write to standard output: %v":       "출력할 수 없습니다: %v",
		"it is closed, or what it leads to is full": "출력이 닫혔거나 저장할 곳이 가득 찼습니다",
	}
}

// programHelp is the form of a program's help; "" is the library's own, which is in
// English.
func programHelp(l text.Language) string {
	if l != text.Korean {
		return ""
	}
	return `이름:
   {{.Name}}{{if .Usage}} - {{.Usage}}{{end}}

사용법:
   {{.HelpName}} [명령] [옵션]

명령:{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}

옵션:{{range .VisibleFlags}}
   {{.}}{{end}}
`
}

// commandHelp is the same for a command.
func commandHelp(l text.Language) string {
	if l != text.Korean {
		return ""
	}
	return `이름:
   {{.HelpName}}{{if .Usage}} - {{.Usage}}{{end}}

사용법:
   {{.HelpName}} [옵션]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}

옵션:{{range .VisibleFlags}}
   {{.}}{{end}}
`
}
