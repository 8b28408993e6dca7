package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Form is how a report is written. All programs have the same forms.
type Form string

// The forms.
const (
	AsText  Form = "text"
	AsHTML  Form = "html"
	AsCSV   Form = "csv"
	AsJSON  Form = "json"
	AsJSONL Form = "jsonl" // the one that can be verified
)

// table is what the other "show" commands call a form for people.
const table = "table"

// Forms lists them all.
func Forms() []Form { return []Form{AsText, AsHTML, AsCSV, AsJSON, AsJSONL} }

// ExportForms are those of many reports at once: a line for each, or all of them
// whole.
func ExportForms() []Form { return []Form{AsCSV, AsJSONL} }

// FormNames lists forms for people, with sep between them.
func FormNames(forms []Form, sep string) string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = string(f)
	}
	return strings.Join(names, sep)
}

// ForPeople reports whether people read a form. Programs read the others, whose texts are
// English unless another language is asked for.
func (f Form) ForPeople() bool { return f == AsText || f == AsHTML }

// ParseForm reads the name of one of these forms, as a flag has it. The error
// names them.
func ParseForm(name string, forms []Form) (Form, error) {
	f := Form(name)
	if name == table && slices.Contains(forms, AsText) {
		f = AsText
	}
	if !slices.Contains(forms, f) {
		return "", fmt.Errorf("one of: %s", FormNames(forms, ", "))
	}
	return f, nil
}

// Ending is how the name of a file in this form ends, such as ".html".
func (f Form) Ending() string {
	if f == AsText {
		return ".txt"
	}
	return "." + string(f)
}

// FormOfFile is the form that the name of a file asks for; "" is none.
func FormOfFile(name string) Form {
	ending := strings.ToLower(filepath.Ext(name))
	if ending == ".htm" {
		return AsHTML
	}
	for _, f := range Forms() {
		if f.Ending() == ending {
			return f
		}
	}
	return ""
}

// Render writes the report in a form. What a form has no use for in style is
// left out.
func (s Source) Render(w io.Writer, f Form, style Style) error {
	switch f {
	case AsText:
		return s.Text(w, style)
	case AsHTML:
		return s.HTML(w, style)
	case AsCSV:
		return s.CSV(w, style)
	case AsJSON:
		return s.JSON(w)
	case AsJSONL:
		return s.Write(w)
	}
	return fmt.Errorf("a report has no form %q", f)
}
