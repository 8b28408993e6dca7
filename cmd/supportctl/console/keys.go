package console

import (
	"strings"
	"unicode/utf8"
)

// keysOf are the keys of an action, the one that is shown first. This is the only place
// that names keys; each is as Bubble Tea calls it.
func keysOf(name word) []string {
	return map[word][]string{
		wHelp: {"?", "f1"}, wBack: {"esc"}, wQuit: {"q"}, wSuspend: {"ctrl+z"}, wMessages: {"m"},
		wUp: {"up", "k"}, wDown: {"down", "j"}, wPageUp: {"pgup"}, wPageDown: {"pgdown"}, wFirst: {"home", "g"}, wLast: {"end", "G"},
		wOpen: {"enter"}, wChoose: {"space"},

		wNew: {"n"}, wCopy: {"y"}, wFilter: {"/"}, wMark: {"space"}, wEnd: {"e"},
		wInformation: {"i"}, wChat: {"c"}, wLog: {"o"}, wRun: {"r"}, wRunAll: {"a"}, wLibrary: {"l"}, wReports: {"p"},
		wNextTab: {"tab", "right"}, wLastTab: {"shift+tab", "left"},
		wRestart: {"b"}, wLogOn: {"u"}, wLogOff: {"U"}, wWords: {"v"},

		wStaged: {"s"}, wPut: {"p"}, wGet: {"w"}, wRemoveFile: {"x"},
		wRefresh: {"f"}, wSave: {"w"}, wPrint: {"P"}, wChanges: {"d"}, wNextCategory: {"]", "n"}, wLastCategory: {"[", "N"},
		wAdd: {"n"}, wEdit: {"e"}, wAddInEditor: {"N"}, wEditInEditor: {"E"}, wPublish: {"b"}, wRemove: {"x"},
		wNextField: {"tab", "down"}, wLastField: {"shift+tab", "up"}, wNextValue: {"right", "space"}, wLastValue: {"left"},
		wBrowse: {"enter", "space"}, wTakeAway: {"backspace", "delete"}, wSubmit: {"ctrl+s"},
		wUpFolder: {"left", "backspace"}, wTake: {"space"}, wGoTo: {"t"},
		wSort: {"s"}, wReverse: {"S"},
		wStart: {"enter"}, wMoveUp: {"K", "shift+up"}, wMoveDown: {"J", "shift+down"}, wWhere: {"t"}, wCancel: {"x"}, wOutput: {"enter"},
		wCellLeft: {"left"}, wCellRight: {"right"},
		wRead: {"enter"}, wVerify: {"v"}, wExport: {"w"},
	}[name]
}

// keyName is how a key is shown.
func (c *Console) keyName(name word) string {
	key := keysOf(name)[0]
	if shown := c.words[word("key "+key)]; shown != "" {
		return shown
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "Ctrl-" + strings.ToUpper(rest)
	}
	return key
}

// latin is the Latin key under which a Korean keyboard (two-set) has a letter, so that
// nobody has to switch the keyboard for one key.
func latin(key string) string {
	const hangul, letters = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ", "qwertyuiopasdfghjklzxcvbnmQWERTOP"
	if at := strings.Index(hangul, key); at >= 0 && utf8.RuneCountInString(key) == 1 {
		return letters[at/len("ㅂ"):][:1]
	}
	return key
}
