package api

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// Tables are how a program shows rows to people. In CSV, numbers are digits and times
// are in UTC, whatever the table has. All fields but Speaker are required.
type Tables struct {
	Number  func(wire.Number) string
	Time    func(time.Time) string
	Speaker *text.Speaker // see [cmdline.Format.For]; it has the texts of [Korean]
}

// state is a state for people, who read it in their language.
func (t Tables) state(s State) string { return t.Speaker.Text(string(s)) }

// stateText also says why a computer is away, where it has said so, and that one has
// to wait.
func (t Tables) stateText(s Session) string {
	switch {
	case s.State == Away && s.Reason != "":
		return t.state(s.State) + " (" + s.Reason + ")"
	case s.Delay != nil:
		return t.Speaker.Say("%s (delayed)", t.state(s.State))
	}
	return t.state(s.State)
}

// Sessions are the columns of a list of support sessions.
func (t Tables) Sessions() []cmdline.Column[Session] {
	return cmdline.Headed(t.Speaker, []cmdline.Column[Session]{
		{Title: "NUMBER", Value: func(s Session) string { return t.Number(s.Number) }, Data: func(s Session) string { return string(s.Number) }},
		{Title: "STATE", Value: t.stateText, Data: func(s Session) string { return string(s.State) }},
		{Title: "CUSTOMER", Value: func(s Session) string { return s.Customer }, Cut: true},
		{Title: "HOST", Value: func(s Session) string { return s.Host }, Cut: true},
		{Title: "NOW", Value: func(s Session) string { return s.now(t.Speaker, time.Now()) }, Cut: true, Spare: true},
		{Title: "TICKET", Value: func(s Session) string { return s.Ticket }, Cut: true, Spare: true},
		{Title: "NAME", Value: func(s Session) string { return s.Name }, Cut: true, Spare: true},
		{Title: "OS", Value: func(s Session) string { return s.OS }, Cut: true, Drop: 3},
		{Title: "OWNER", Value: func(s Session) string { return s.Owner }, Drop: 1},
		cmdline.Dropped(2, cmdline.TimeColumn("CREATED", func(s Session) time.Time { return s.Created }, t.Time)),
	})
}

// Session are the columns of one support session: those of a list, and more.
func (t Tables) Session() []cmdline.Column[Session] {
	return append(t.Sessions(), cmdline.Headed(t.Speaker, []cmdline.Column[Session]{
		cmdline.TimeColumn("EXPIRES", func(s Session) time.Time { return s.Expires }, t.Time),
		cmdline.TimeColumn("JOINED", func(s Session) time.Time { return s.Joined }, t.Time),
		cmdline.TimeColumn("AWAY SINCE", func(s Session) time.Time { return s.AwaySince }, t.Time),
		cmdline.TimeColumn("ENDED", func(s Session) time.Time { return s.Ended }, t.Time),
		{Title: "ENDED BY", Value: func(s Session) string { return s.EndedBy }},
		{Title: "REASON", Value: func(s Session) string { return s.Reason }},
		{Title: "NOTE", Value: func(s Session) string { return s.Note }},
		{Title: "QUESTION", Value: func(s Session) string {
			if s.Question == nil {
				return ""
			}
			return t.Speaker.Say("%s", s.Question.Message(time.Now()))
		}, Data: func(s Session) string {
			if s.Question == nil {
				return ""
			}
			return s.Question.Kind
		}},
		{Title: "UNREAD", Value: func(s Session) string { return strconv.Itoa(s.Unread) }},
		{Title: "ACTING AS", Value: func(s Session) string { return s.ActingAs }},
		{Title: "RUN", Value: func(s Session) string {
			if s.Run == nil {
				return ""
			}
			return t.Speaker.Say("%s", s.Run.message())
		}},
		{Title: "LAST EVENT", Value: func(s Session) string {
			if s.LastEvent == nil {
				return ""
			}
			return s.LastEvent.Kind + ", " + t.Time(s.LastEvent.Time)
		}, Data: func(s Session) string {
			if s.LastEvent == nil {
				return ""
			}
			return s.LastEvent.Kind
		}},
		{Title: "DELAY", Value: func(s Session) string {
			if s.Delay == nil {
				return ""
			}
			return t.Speaker.Say("%s", s.Delay.message(t.Time))
		}},
	})...)
}

// minute is a time without its seconds, as far as it is shown with them.
func (t Tables) minute(at time.Time) string { return clockTime.ReplaceAllString(t.Time(at), "$1") }

// clockTime is the time of a day with its seconds.
var clockTime = regexp.MustCompile(`(\d\d:\d\d):\d\d`)

// Reports are the columns of a list of reports.
func (t Tables) Reports() []cmdline.Column[Report] {
	return cmdline.Headed(t.Speaker, []cmdline.Column[Report]{
		{Title: "NUMBER", Value: func(r Report) string { return t.Number(r.Number) }, Data: func(r Report) string { return string(r.Number) }},
		{Title: "STATE", Value: func(r Report) string { return t.state(State(r.State)) }, Drop: 2}, // JOURNAL says what is open
		{Title: "TICKET", Value: func(r Report) string { return r.Ticket }, Cut: true},
		{Title: "NAME", Value: func(r Report) string { return r.Name }, Cut: true, Spare: true},
		{Title: "CUSTOMER", Value: func(r Report) string { return r.Customer }, Cut: true},
		{Title: "HOST", Value: func(r Report) string { return r.Host }, Cut: true, Drop: 3},
		{Title: "OWNER", Value: func(r Report) string { return r.Owner }, Drop: 4},
		cmdline.Dropped(1, cmdline.TimeColumn("CREATED", func(r Report) time.Time { return r.Created }, t.minute)),
		cmdline.Dropped(5, cmdline.TimeColumn("ENDED", func(r Report) time.Time { return r.Ended }, t.minute)),
		{Title: "MINUTES", Value: func(r Report) string { return fmt.Sprint(r.Minutes(time.Now())) }},
		{Title: "JOURNAL", Value: func(r Report) string { return t.Speaker.Text(r.Journal()) }},
	})
}

// ReportDetails are the columns of an export, a line for each report: those of a list, and
// more.
func (t Tables) ReportDetails() []cmdline.Column[Report] {
	return append(t.Reports(), cmdline.Headed(t.Speaker, []cmdline.Column[Report]{
		{Title: "OS", Value: func(r Report) string { return r.OS }},
		cmdline.TimeColumn("JOINED", func(r Report) time.Time { return r.Joined }, t.Time),
		{Title: "ENTERED", Value: func(r Report) string {
			var names []string
			for _, e := range r.Entered {
				names = append(names, e.Account)
			}
			return strings.Join(names, " ")
		}},
		{Title: "RESTARTS", Value: func(r Report) string { return fmt.Sprint(r.Restarts) }},
		{Title: "ENDED BY", Value: func(r Report) string { return r.EndedBy }},
		{Title: "REASON", Value: func(r Report) string { return r.Reason }},
		{Title: "NOTE", Value: func(r Report) string { return r.Note }},
		{Title: "ID", Value: func(r Report) string { return r.ID }},
	})...)
}

// Categories are the columns of a list of categories.
func (t Tables) Categories() []cmdline.Column[Category] {
	return cmdline.Headed(t.Speaker, []cmdline.Column[Category]{
		{Title: "NAME", Value: func(c Category) string { return c.Name }},
		cmdline.TimeColumn("CREATED", func(c Category) time.Time { return c.Created }, t.Time),
	})
}

// Scripts are the columns of a list of scripts: one for each of [ScriptOrders].
func (t Tables) Scripts() []cmdline.Column[Script] {
	return cmdline.Headed(t.Speaker, []cmdline.Column[Script]{
		{Title: "NAME", Value: func(s Script) string { return s.Name }},
		{Title: "CATEGORY", Cut: true, Value: func(s Script) string { return s.Category }},
		{Title: "OWNER", Value: func(s Script) string { return s.Owner }},
		{Title: "PUBLISHED", Value: func(s Script) string { return t.Speaker.Text(cmdline.YesNo(s.Published)) }, Drop: 1},
		cmdline.Dropped(3, cmdline.TimeColumn("CHANGED", func(s Script) time.Time { return s.Changed }, t.Time)),
		{Title: "SIZE", Value: func(s Script) string { return strconv.Itoa(s.Size) }, Drop: 4},
		{Title: "RUNS", Value: func(s Script) string { return strconv.Itoa(s.Runs) }, Drop: 2},
		{Title: "LAST RESULT", Value: func(s Script) string { return t.Speaker.Text(cmp.Or(s.LastResult, "-")) }, Data: func(s Script) string { return s.LastResult }},
		{Title: "DESCRIPTION", Cut: true, Value: func(s Script) string { return firstLine(s.Description) }},
	})
}

// author is who has signed a script, as its signature and its files prove it.
func (t Tables) author(s Script) string {
	by, signed, err := s.Author()
	keyID, ca, certified := by.Certified()
	switch {
	case err != nil:
		return t.Speaker.Say("not known: %v; do not run it", err)
	case !signed:
		return t.Speaker.Text("unsigned: nobody vouches for it but the relay")
	case certified:
		return t.Speaker.Say("%s, certificate %q, which names the CA %s", by.Fingerprint(), text.Plain(keyID, 60), ca)
	}
	return by.Fingerprint()
}

// approver is who else has signed it, likewise.
func (t Tables) approver(s Script) string {
	by, signed, err := s.Approver()
	switch {
	case err != nil:
		return t.Speaker.Say("not right: %v; do not run it", err)
	case !signed:
		return t.Speaker.Text("none, and its category needs one: another CSR looks at it, then: supportctl script sign NAME")
	}
	keyID, ca, _ := by.Certified()
	return t.Speaker.Say("%s, key %s, certificate %q, which names the CA %s", s.ApprovedBy, by.Fingerprint(), text.Plain(keyID, 60), ca)
}

// firstLine is what of a description fits into a table.
func firstLine(s string) string {
	line, more, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if short := text.Plain(line, 60); short != line || more != "" {
		return strings.TrimSuffix(short, "…") + "…"
	}
	return line
}

// WriteScript shows one script: the columns of a list and more and, in a table, its
// files, its versions, and the rest of its description.
func (t Tables) WriteScript(w io.Writer, f cmdline.Format, s Script) error {
	columns := append(t.Scripts(), cmdline.Headed(t.Speaker, []cmdline.Column[Script]{
		{Title: "VERSION", Value: func(s Script) string { return strconv.Itoa(s.Version) }},
		{Title: "EXECUTABLE", Value: func(s Script) string { return s.Executable }},
		{Title: "SHA-256", Value: func(s Script) string { return s.SHA256 }},
		{Title: "AUTHOR", Value: t.author, Data: func(s Script) string { return s.SignedBy }},
	})...)
	if s.ApprovedBy != "" || s.NeedsSecond {
		columns = append(columns, cmdline.Headed(t.Speaker, []cmdline.Column[Script]{
			{Title: "SECOND SIGNATURE", Value: t.approver, Data: func(s Script) string { return s.ApprovedBy }},
		})...)
	}
	if err := cmdline.Show(w, f, s, columns); err != nil || f != cmdline.Table {
		return err
	}
	var b strings.Builder
	b.WriteString("\n" + t.Speaker.Text("Files:") + "\n")
	for _, file := range s.Files {
		size, sum, path := fmt.Sprintf("  %8d", file.Size), text.Escape(file.SHA256), text.Escape(file.Path)
		b.WriteString(fitting(w, size+"  "+sum+"  "+path, size+"  "+path, sum))
	}
	b.WriteString("\n" + t.Speaker.Text("Versions:") + "\n")
	for _, v := range s.Versions {
		line, sum := fmt.Sprintf("  %4d  %s  %s  %s", v.Version, t.Time(v.Changed), text.Escape(v.By), t.Speaker.Say("%d bytes", v.Size)), text.Escape(v.SHA256)
		b.WriteString(fitting(w, line+"  "+sum, line, sum))
	}
	if firstLine(s.Description) != s.Description { // the table has not all of it
		b.WriteString("\n" + text.EscapeLines(s.Description) + "\n")
	}
	_, err := io.WriteString(w, cmdline.Folded(w, b.String()))
	return err
}

// fitting is a line that ends in a line end, or two that say the same where it is too wide
// for a terminal: a hash stays in one piece, to be copied and compared.
func fitting(w io.Writer, line, first, second string) string {
	if t, ok := w.(cmdline.Terminal); ok && t.Width() > 0 && text.MostWidth(line) > t.Width() {
		return first + "\n" + strings.Repeat(" ", len("  12345678  ")) + second + "\n"
	}
	return line + "\n"
}

// WhoAmI are the columns of one's own account: one more where a certificate has let them in.
func (t Tables) WhoAmI(me WhoAmI) []cmdline.Column[WhoAmI] {
	columns := []cmdline.Column[WhoAmI]{
		{Title: "ACCOUNT", Value: func(v WhoAmI) string { return v.Account }},
		{Title: "NAME", Value: func(v WhoAmI) string { return v.Name }},
		{Title: "ADMIN", Value: func(v WhoAmI) string { return t.Speaker.Text(cmdline.YesNo(v.Admin)) }},
		{Title: "KEY", Value: func(v WhoAmI) string { return v.Key }},
	}
	if c := me.Certificate; c != nil {
		columns = append(columns, cmdline.Column[WhoAmI]{Title: "CERTIFICATE", Value: func(WhoAmI) string {
			return t.Speaker.Say("%s, by the CA %s, until %s", c.KeyID, c.CA, c.Ends.UTC().Format("2006-01-02 15:04 UTC"))
		}})
	}
	return cmdline.Headed(t.Speaker, columns)
}
