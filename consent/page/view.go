package page

import (
	"time"

	"supportd/consent"
	"supportd/library/text"
)

// Limits of foreign text on the page, in characters.
const (
	maxLine     = 300
	maxSentence = 2000
)

// plain makes foreign text one harmless line.
func plain(s string, most int) string { return text.Plain(s, most) }

// lines makes foreign text harmless, and keeps its lines.
func lines(s string) string { return text.EscapeLines(s) }

func plainAll(list []string) []string {
	made := make([]string, 0, len(list))
	for _, s := range list {
		made = append(made, plain(s, maxSentence))
	}
	return made
}

// stateView is a [State] as the page has it: texts that were made harmless.
type stateView struct {
	Language     text.Language  `json:"language"`
	Phase        Phase          `json:"phase"`
	Organisation string         `json:"organisation"`
	Contact      string         `json:"contact"`
	Number       string         `json:"number"`
	Owner        string         `json:"owner"`
	People       []string       `json:"people"`
	Connection   string         `json:"connection"`
	Problem      string         `json:"problem"`
	Hint         string         `json:"hint"`
	Relay        string         `json:"relay"`
	Fingerprint  []string       `json:"fingerprint"`
	Words        []wordsView    `json:"words"`
	Allowed      []grantView    `json:"allowed"`
	Away         *awayView      `json:"away"`
	May          []consent.Kind `json:"may"`
	Withheld     string         `json:"withheld"`
	Run          *runView       `json:"run"`
	ActingAs     string         `json:"acting_as"`
	Locked       string         `json:"locked"`
	End          *endView       `json:"end"`
	Hurried      bool           `json:"hurried"` // this tab may not allow or speak
}

type wordsView struct {
	Key      string `json:"key"`
	Who      string `json:"who"`
	Compared bool   `json:"compared"`
	Asks     bool   `json:"asks"`
}

type grantView struct {
	ID   string `json:"id"`
	Says string `json:"says"`
}

type awayView struct {
	Kinds []consent.Kind `json:"kinds"`
	Until time.Time      `json:"until"`
}

type runView struct {
	Who     string    `json:"who"`
	Scripts []string  `json:"scripts"`
	Since   time.Time `json:"since"`
}

type endView struct {
	Said    []string  `json:"said"`
	Summary []string  `json:"summary"`
	Undone  []string  `json:"undone"`
	At      time.Time `json:"at,omitzero"`
	Report  bool      `json:"report"`
	Kept    string    `json:"kept"`
	Name    string    `json:"name"`
}

type eventView struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	Bad  bool      `json:"bad,omitempty"`
}

type chatView struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	Text string    `json:"text"`
}

type outputView struct {
	Fresh bool   `json:"fresh,omitempty"` // it replaces what was shown
	Text  string `json:"text"`
}

func (s State) view(hurried bool) *stateView {
	v := &stateView{
		Language: s.Language, Phase: s.Phase, Organisation: plain(s.Organisation, text.MaxOrganisation), Contact: plain(s.Contact, maxLine),
		Number: plain(s.Number, maxLine), Owner: s.Owner.String(), People: []string{}, Connection: plain(s.Connection, maxSentence),
		Problem: plain(s.Problem, maxSentence), Hint: plain(s.Hint, maxSentence),
		Relay: plain(s.Relay, maxLine), Fingerprint: plainAll(s.Fingerprint),
		Words: []wordsView{}, Allowed: []grantView{}, May: append([]consent.Kind{}, s.MayAllow...), Withheld: plain(s.Withheld.Names(s.Language), maxSentence),
		ActingAs: plain(s.ActingAs, maxLine), Locked: s.Locked, Hurried: hurried,
	}
	for _, who := range s.People {
		v.People = append(v.People, who.String())
	}
	for _, w := range s.Words {
		v.Words = append(v.Words, wordsView{plain(w.Who.Fingerprint, maxLine), w.Who.String(), w.Compared, w.Asks && !w.Compared})
	}
	for _, g := range s.Allowed {
		v.Allowed = append(v.Allowed, grantView{ID: g.ID, Says: plain(g.Says, maxSentence)})
	}
	if s.Away != nil {
		v.Away = &awayView{s.Away.Kinds, s.Away.Until}
	}
	if s.Run != nil {
		v.Run = &runView{s.Run.Who.String(), plainAll(s.Run.Scripts), s.Run.Since}
	}
	if e := s.End; e != nil {
		v.End = &endView{plainAll(e.Said), plainAll(e.Summary), plainAll(e.Undone), e.At, e.Report, plain(e.Kept, maxSentence), plain(e.Name, maxLine)}
	}
	return v
}

func (i item) message() message {
	if i.event != nil {
		return message{Event: &eventView{i.seq, i.event.At, plain(i.event.Text, maxSentence), i.event.Bad}}
	}
	return message{Chat: &chatView{i.seq, i.chat.At, plain(i.chat.Who, maxLine), lines(i.chat.Text)}}
}

// questionView is a question as the page shows it.
type questionView struct {
	ID         uint64       `json:"id"`
	Kind       consent.Kind `json:"kind"`
	Sentence   string       `json:"sentence"`
	Left       int64        `json:"left"` // milliseconds until it is closed
	Details    []string     `json:"details"`
	Programs   []fileView   `json:"programs"` // each with the files that come with it behind it
	Categories []choiceView `json:"categories"`
	All        bool         `json:"all"` // the categories are all that there are
	Fields     []choiceView `json:"fields"`
	EveryTime  bool         `json:"every_time"` // there is no yes until the end
	Choices    []string     `json:"choices"`    // to pick one of, in the place of a yes

	expires time.Time
}

// fileView is one file of a question. Text is had by its place in the list.
type fileView struct {
	Number int    `json:"number"` // of the program in the run, from 1; 0 comes with the one before
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Text   bool   `json:"text"` // it can be read
}

// choiceView is something that can be withheld.
type choiceView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func viewOf(q consent.Question, l text.Language) *questionView {
	v := &questionView{
		ID: q.ID, Kind: q.Kind, Sentence: q.Sentence(l), Programs: []fileView{}, Categories: []choiceView{}, Fields: []choiceView{}, Choices: []string{},
		EveryTime: q.Kind.EveryTime(), expires: q.Expires,
	}
	rest := q
	rest.Programs = nil // they have their own place
	v.Details = append([]string{}, rest.Outline(l)...)
	if q.Kind == consent.SysInfo {
		v.Details = v.Details[1:] // the topics have theirs
		topics := q.Categories
		if len(topics) == 0 {
			topics, v.All = consent.Categories(), true
		}
		v.Categories = named(topics, consent.NameCategories, l)
		v.Fields = named(consent.Fields(), consent.NameFields, l)
	}
	if q.Kind == consent.Words {
		for _, c := range q.Choices {
			v.Choices = append(v.Choices, plain(c.In(l), maxLine))
		}
	}
	for i, p := range q.Programs {
		v.Programs = append(v.Programs, viewOfFile(p.File, i+1))
		for _, f := range p.With {
			v.Programs = append(v.Programs, viewOfFile(f, 0))
		}
	}
	return v
}

func named(ids []string, name func([]string, text.Language) string, l text.Language) []choiceView {
	made := make([]choiceView, 0, len(ids))
	for _, id := range ids {
		made = append(made, choiceView{id, name([]string{id}, l)})
	}
	return made
}

func viewOfFile(f consent.File, number int) fileView {
	return fileView{number, plain(f.Name, maxLine), f.Size, plain(f.SHA256, 64), f.Text != ""}
}

// at is the question with the time that is left of it.
func (v *questionView) at(now time.Time) *questionView {
	shown := *v
	shown.Left = max(0, v.expires.Sub(now).Milliseconds())
	return &shown
}

// file is the text of a file by its place in [questionView.Programs].
func file(q consent.Question, place int) (string, bool) {
	for _, p := range q.Programs {
		for _, f := range append([]consent.File{p.File}, p.With...) {
			if place == 0 {
				return f.Text, f.Text != ""
			}
			place--
		}
	}
	return "", false
}
